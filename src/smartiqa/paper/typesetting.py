"""Typeset the rendered paper, and refuse a result that a reader should not see."""

from __future__ import annotations

import difflib
import os
import re
import shutil
import subprocess
from pathlib import Path

from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_atomically, verify_folder
from smartiqa.machine.isolation import clean_environment
from smartiqa.paper.latex.log_check import check_log

# pdfTeX dates a PDF by these variables, so that equal sources give equal bytes.
REPRODUCIBLE = {"SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1"}
# A paper starts no programs (\\write18), reads no hidden files, and writes below its folder.
CONFINED = {"shell_escape": "f", "openin_any": "r", "openout_any": "p"}
CONFINED |= {"TECTONIC_UNTRUSTED_MODE": "1"}
ERROR = re.compile(r"^(?:\./)?(?P<file>[^:\n]+\.tex):(?P<line>\d+): (?P<problem>.+)$", re.MULTILINE)
ALIKE = 0.3  # of a line of a template and the line that it became
LAST_LINES = 25
PACKAGES = (
    "install latexmk with texlive-latex-extra, texlive-publishers, texlive-pictures and "
    "texlive-fonts-recommended (or tectonic), or run Snakemake with `--sdm conda`"
)


def typeset_command(source: Path, build: Path) -> list[str]:
    """Return the command that typesets `source` into `build`.

    Raises:
        InputError: there is neither latexmk nor tectonic.
    """
    if shutil.which("latexmk"):
        # -norc: no settings of the person or the machine
        options = [
            "-norc",
            "-pdf",
            "-interaction=nonstopmode",
            "-halt-on-error",
            "-file-line-error",
        ]
        return ["latexmk", *options, f"-outdir={build}", source.name]
    if shutil.which("tectonic"):
        return ["tectonic", "--keep-logs", "--outdir", str(build), source.name]
    raise InputError(f"no TeX was found: {PACKAGES}")


def tex_environment(build: Path) -> dict[str, str]:
    """Return the variables of TeX: with a home folder of its own, it meets nobody's classes."""
    own = REPRODUCIBLE | CONFINED | {"HOME": str(build / "home")}
    return clean_environment(os.environ) | own


def blamed(said: str, folder: Path) -> str:
    """Say which line of which template TeX stumbled on; empty if that is not known."""
    found = ERROR.search(said)
    template = folder / f"{found['file']}.j2" if found else None
    if found is None or template is None or not template.is_file():
        return ""
    rendered, lines = (
        (path.read_text(encoding="utf-8").splitlines())
        for path in (folder / found["file"], template)
    )
    nearest = difflib.get_close_matches(rendered[int(found["line"]) - 1], lines, 1, ALIKE)
    place = f", line {lines.index(nearest[0]) + 1}" if nearest else ""
    return f"{template}{place}: {found['problem']}; "


def typeset(source: Path, output: Path) -> None:
    """Typeset `source` in its folder and write the PDF as `output`.

    Raises:
        InputError: a rendered file or a figure is damaged, TeX is missing or fails, a reference is
            undefined, or a box is overfull; the message ends with the last lines of the log or
            names the problems.
    """
    for folder in (".", "sections", "tables", "../figures"):
        verify_folder(source.parent / folder)
    build = source.parent.resolve() / "build"
    (build / "home").mkdir(parents=True, exist_ok=True)
    for left in build.glob(f"{source.stem}.*"):  # by a run that was killed, which latexmk would
        left.unlink()  # take for one that had failed, and not repeat
    done = subprocess.run(
        typeset_command(source, build),
        cwd=source.parent,
        env=tex_environment(build),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-LAST_LINES:])
        log, where = build / f"{source.stem}.log", blamed(done.stdout, source.parent)
        raise InputError(f"{where}{source} cannot be typeset, see {log}:\n{tail}")
    check_log(build / f"{source.stem}.log")
    with replace_atomically(output) as temporary:
        shutil.copyfile(build / f"{source.stem}.pdf", temporary)
