from __future__ import annotations

import os
import shutil
import stat
import sys
from pathlib import Path

import pytest

from command_line import smartiqa
from smartiqa.core.errors import InputError
from smartiqa.paper import typesetting as stage
from smartiqa.paper.typesetting import typeset, typeset_command

LATEXMK = """#!{python}
import os, pathlib, sys
folder = pathlib.Path([a for a in sys.argv if a.startswith("-outdir=")][0].removeprefix("-outdir="))
source = pathlib.Path(sys.argv[-1])
text = source.read_text()  # relative: TeX has to run where the source lies
folder.joinpath(source.stem + ".log").write_text({log!r})
if {status}:
    print("l.7 Undefined control sequence " + text)
    print("\\n".join(f"line {{k}}" for k in range(40)))
    sys.exit({status})
dates = [os.environ[name] for name in ("SOURCE_DATE_EPOCH", "FORCE_SOURCE_DATE")]
folder.joinpath(source.stem + ".pdf").write_text(f"PDF of {{text}}, {{dates}}")
"""


def install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, log: str = "", status: int = 0
) -> None:
    """Put a latexmk that only pretends at the head of the PATH."""
    tool = folder / "bin" / "latexmk"
    tool.parent.mkdir()
    tool.write_text(LATEXMK.format(python=sys.executable, log=log, status=status))
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tool.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "paper" / "main.tex"
    path.parent.mkdir()
    path.write_text("some text")
    return path


def with_tools(monkeypatch: pytest.MonkeyPatch, *tools: str) -> None:
    monkeypatch.setattr(
        stage.shutil, "which", lambda name: f"/bin/{name}" if name in tools else None
    )


def test_latexmk_is_preferred_and_stops_at_errors(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_tools(monkeypatch, "latexmk", "tectonic")
    command = typeset_command(source, Path("build"))
    assert command[0] == "latexmk"
    assert {"-pdf", "-halt-on-error", "-interaction=nonstopmode", "-outdir=build"} <= {*command}
    assert command[-1] == "main.tex"


def test_tectonic_serves_where_there_is_no_latexmk(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_tools(monkeypatch, "tectonic")
    command = typeset_command(source, Path("build"))
    assert command == ["tectonic", "--keep-logs", "--outdir", "build", "main.tex"]


def test_without_tex_the_error_says_what_to_install(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_tools(monkeypatch)
    with pytest.raises(InputError, match=r"no TeX was found: install latexmk with .*--sdm conda"):
        typeset(source, source.with_suffix(".pdf"))
    assert not source.with_suffix(".pdf").exists()


def test_the_pdf_is_made_in_the_sources_folder_with_fixed_dates(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch)
    output = tmp_path / "out" / "main.pdf"
    smartiqa("typeset", source=source, output=output)
    assert output.read_text() == "PDF of some text, ['0', '1']"
    assert {path.name for path in source.parent.iterdir()} == {"main.tex", "build"}


def test_an_error_of_tex_ends_with_the_last_lines_of_its_output(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, status=12)
    output = source.with_suffix(".pdf")
    output.write_text("an older PDF")
    said = r"main\.tex cannot be typeset, see .*main\.log:\nline 15\n(.|\n)*line 39$"
    with pytest.raises(InputError, match=said):
        typeset(source, output)
    assert output.read_text() == "an older PDF"


@pytest.mark.skipif(shutil.which("latexmk") is None, reason="needs TeX")
def test_what_a_killed_run_of_tex_left_does_not_matter(source: Path) -> None:
    source.write_text("\\documentclass{article}\n\\begin{document}\nx\n\\end{document}\n")
    (source.parent / "build").mkdir()
    (source.parent / "build" / "main.aux").write_text("\\newlabel{a}{{1")
    typeset(source, source.with_suffix(".pdf"))
    assert source.with_suffix(".pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    "line",
    [
        "LaTeX Warning: Reference `tab:sizes' on page 3 undefined on input line 41.",
        "Overfull \\hbox (17.3pt too wide) in paragraph at lines 10--11",
    ],
)
def test_what_a_reader_should_not_see_is_refused(
    line: str, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, log=f"This is TeX\n{line}\n")
    output = source.with_suffix(".pdf")
    with pytest.raises(InputError) as caught:
        typeset(source, output)
    assert line in str(caught.value)
    assert "main.log" in str(caught.value)
    assert not output.exists()
