"""Are the programs and fonts there with which the paper is made?"""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import partial
from pathlib import Path

from matplotlib import font_manager

from smartiqa.paper.figures.style import SETTINGS
from smartiqa.paper.typesetting import PACKAGES, typeset_command
from smartiqa.preflight.findings import Findings

LOADED = re.compile(r"^\\(usepackage|documentclass)(?:\[[^]]*\])?\{([^}]+)\}", re.M)
SUFFIXES = {"usepackage": ".sty", "documentclass": ".cls"}
FONTS = ("utmr8a.pfb", "ptmr8t.tfm")  # Times, which the class takes


def check_programs(template: Path, found: Findings) -> None:
    """Check that there is a TeX with what the paper's main template loads, and the figures' font.

    Tectonic fetches what it lacks, so it is only asked for itself.
    """
    command = found.attempt("TeX", partial(typeset_command, Path("main.tex"), Path("build")))
    if command is not None and command[0] == "latexmk":
        missing = missing_files(files_loaded(template.read_text(encoding="utf-8")))
        if missing:
            found.error(f"TeX: {', '.join(missing)} not found: {PACKAGES}")
    family = str(SETTINGS["font.family"])
    try:
        font_manager.findfont(family, fallback_to_default=False)
    except ValueError:
        found.error(f"figures: the font {family} is missing; install matplotlib anew")


def files_loaded(text: str) -> list[str]:
    """Name the files of the class, packages and fonts that a main file loads."""
    files = [
        name + SUFFIXES[kind] for kind, names in LOADED.findall(text) for name in names.split(",")
    ]
    return [*files, *FONTS]


def missing_files(files: list[str]) -> list[str]:
    """Return those of some files that TeX does not find."""
    if shutil.which("kpsewhich") is None:
        return ["kpsewhich"]
    done = subprocess.run(["kpsewhich", *files], capture_output=True, text=True, check=False)
    there = {Path(line).name for line in done.stdout.splitlines()}
    return [file for file in files if file not in there]
