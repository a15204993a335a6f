"""A figure is the same whatever its maker has set for matplotlib, and whatever fonts there are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
from fontTools.ttLib import TTFont

from command_line import command
from surroundings import MATPLOTLIBRC, SOURCE, hostile_home, hostile_variables

FAMILY_AND_FULL_NAME = (1, 4, 16)


def write_font_called(name: str, path: Path) -> None:
    """Write a sans-serif font under the name of another."""
    font = TTFont(Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"))
    for entry in font["name"].names:
        if entry.nameID in FAMILY_AND_FULL_NAME:
            entry.string = name
    path.parent.mkdir(parents=True)
    font.save(path)


# A list of fonts as matplotlib keeps it in a home folder, in which another font has the name.
STALE_LIST = """
import sys
from pathlib import Path
from matplotlib import font_manager, get_cachedir

fonts = font_manager.fontManager
fonts.ttflist = [font for font in fonts.ttflist if font.name != "STIXGeneral"]
fonts.addfont(sys.argv[1])
name = f"fontlist-v{fonts.__version__}.json"
font_manager.json_dump(fonts, Path(get_cachedir(), name))
"""


def drawn_in(folder: Path, results: Path, variables: dict[str, str]) -> bytes:
    """Call the stage by hand in a folder."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        command("figure", "losses", results=results, output="figure.pdf"),
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return (folder / "figure.pdf").read_bytes()


def test_a_figure_is_drawn_alike_for_everybody(results: Path, tmp_path: Path) -> None:
    home = hostile_home(tmp_path / "home")
    font = home / ".local" / "share" / "fonts" / "own.ttf"
    write_font_called("STIXGeneral", font)
    listing = [sys.executable, "-c", STALE_LIST, str(font)]
    subprocess.run(listing, env={"HOME": str(home)}, check=True, timeout=300)
    own = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)}
    (tmp_path / "hostile").mkdir()
    (tmp_path / "hostile" / "matplotlibrc").write_text(MATPLOTLIBRC)
    clean = drawn_in(tmp_path / "clean", results, own)
    assert drawn_in(tmp_path / "hostile", results, hostile_variables(home)) == clean
