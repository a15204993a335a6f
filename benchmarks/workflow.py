"""What Snakemake takes to plan the full matrix, to find nothing to do, and after a small edit.

Everything happens in copies of the repository: nothing of the user's is touched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.materials import REPOSITORY
from benchmarks.options import Options
from benchmarks.report import Goal, Line
from benchmarks.timing import spread, take_turns
from smartiqa.core.errors import InputError

PARTS = ("Snakefile", "profiles", "workflow", "src", "envs", "data/demo")
OUTPUTS = ("figures", "paper", "results/demo", ".snakemake/metadata")
REWRITTEN = ("logs", "benchmarks", "paper", "figures", "metadata")  # folders that jobs write into
PAPER = "paper/main.pdf"
EDITED = "src/smartiqa/paper/figures/pca_weights.py"
ROUNDS = 5


def measure(options: Options) -> list[Line]:
    """Time Snakemake on the full matrix, with nothing computed and with everything."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = copy_sources(Path(temporary))
        dry_run = take_turns(
            {"": lambda: snakemake(folder, "koniq", options.cores, "--dry-run", "--quiet")}, ROUNDS
        )[""]
        files = pretend_everything_is_there(folder, "koniq", options.cores)
        no_op = take_turns(
            {"": lambda: find_nothing_to_do(folder, "koniq", options.cores)}, ROUNDS
        )[""]
    size = f"{files:,} files"
    return [
        Line("full koniq matrix: dry run", spread(dry_run), ROUNDS, size, "s", Goal("<=", 5)),
        Line("full koniq matrix: nothing to do", spread(no_op), ROUNDS, size, "s", Goal("<=", 10)),
    ]


def measure_demo(options: Options) -> list[Line]:
    """Time Snakemake on the finished demo paper: nothing to do, and one figure edited.

    Raises:
        InputError: the demo paper is not up to date.
    """
    with tempfile.TemporaryDirectory(dir=REPOSITORY / "results") as temporary:
        folder = copy_finished(Path(temporary))
        try:
            no_op = take_turns(
                {"": lambda: find_nothing_to_do(folder, "demo", options.cores)}, ROUNDS, warm_up=0
            )[""]
        except RuntimeError as error:
            raise InputError("the demo paper is not up to date: run `make paper`") from error
        edit = take_turns({"": lambda: redraw_one_figure(folder, options.cores)}, ROUNDS)[""]
    return [
        Line("demo: nothing to do", spread(no_op), ROUNDS, "", "s"),
        Line("demo: one figure edited", spread(edit), ROUNDS, "drawn and typeset anew", "s"),
    ]


def measure_whole_demo(options: Options) -> list[Line]:
    """Build the demo paper from nothing, once."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = copy_sources(Path(temporary))
        seconds = take_turns(
            {"": lambda: snakemake(folder, "demo", options.cores, "--quiet")}, 1, warm_up=0
        )[""]
    minutes = spread([value / 60 for value in seconds])
    details = f"from photos to PDF, --cores {options.cores}"
    return [Line("demo: whole paper", minutes, 1, details, "min", Goal("<=", 12))]


def snakemake(folder: Path, study: str, cores: int, *flags: str) -> str:
    """Ask for the paper of a study in `folder`; return what was printed.

    Raises:
        RuntimeError: Snakemake failed.
    """
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores)]
    done = subprocess.run(
        [*command, "--config", f"study={study}", *flags, "--", PAPER],
        cwd=folder,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"snakemake failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout + done.stderr


def find_nothing_to_do(folder: Path, study: str, cores: int) -> None:
    """Let Snakemake find that all is there.

    Raises:
        RuntimeError: there is something to do.
    """
    printed = snakemake(folder, study, cores, "--dry-run")
    if "Nothing to be done" not in printed:
        raise RuntimeError(f"there is something to do:\n{printed[-3000:]}")


def pretend_everything_is_there(folder: Path, study: str, cores: int) -> int:
    """Make every output of a study as an empty file that is up to date; return their number."""
    table = snakemake(folder, study, cores, "--summary").splitlines()
    start = next(number for number, line in enumerate(table) if line.startswith("output_file"))
    outputs = [folder / line.split("\t")[0] for line in table[start + 1 :] if "\t" in line]
    for path in outputs:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    snakemake(folder, study, cores, "--touch", "--quiet", "all")
    return len(outputs)


def redraw_one_figure(folder: Path, cores: int) -> None:
    """Edit the module of a figure and bring the paper up to date.

    Raises:
        RuntimeError: more was done than drawing and typesetting.
    """
    module = folder / EDITED
    module.write_text(module.read_text(encoding="utf-8") + "\nEDITED = True\n", encoding="utf-8")
    printed = snakemake(folder, "demo", cores)
    if "2 of 2 steps (100%) done" not in printed:
        raise RuntimeError(f"an edit of one figure did more than it should:\n{printed[-3000:]}")


def copy_sources(folder: Path) -> Path:
    """Copy what the workflow reads; everything is still to be computed."""
    for part in (*PARTS, "paper"):
        copy(part, folder, shutil.copy2)
    for pattern in ("paper/main.pdf", "paper/*.tex", "paper/*/*.tex"):
        for output in folder.glob(pattern):
            output.unlink()
    return folder


def copy_finished(folder: Path) -> Path:
    """Copy sources and results; large results, which no job rewrites in place, are hard links."""
    for part in PARTS:
        copy(part, folder, shutil.copy2)
    for part in OUTPUTS:
        if not (REPOSITORY / part).exists():
            raise InputError(f"{part} is missing: run `make paper`")
        copy(part, folder, link_or_copy)
    return folder


def copy(part: str, folder: Path, way: Callable[[str, str], object]) -> None:
    """Copy a file or folder of the repository to the same place below `folder`."""
    source, target = REPOSITORY / part, folder / part
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
        shutil.copytree(source, target, ignore=ignored, copy_function=way)
    else:
        shutil.copy2(source, target)


def link_or_copy(source: str, target: str) -> None:
    """Link a file, or copy it if jobs may write into it."""
    if set(Path(source).relative_to(REPOSITORY).parts) & set(REWRITTEN):
        shutil.copy2(source, target)
    else:
        os.link(source, target)
