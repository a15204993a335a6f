"""Between which versions of libraries a score changes.

    python -m benchmarks.versions    renews the second table of docs/reference/behaviour.md

Each version goes into an environment of its own, over the packages of this one; OpenCV into all of
them. The demo's baseline and full model have to be there (`make paper`). Versions come from the
package index that pip uses. torch and torchvision are not among them: only pairs built for each
other work, and they are large.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.behaviour import (
    CROPS,
    OUTPUT,
    PHOTOS,
    by_pillow,
    psnr,
    renewed,
    resized_by_pillow,
    small_size,
    variants,
)
from benchmarks.report import pipe_table
from smartiqa.cli import run_function
from smartiqa.config.study import tried_experiments
from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_atomically
from smartiqa.photos.loading import load_model
from smartiqa.photos.model import PhotoModel
from smartiqa.results.study_results import Results

BEGIN, END = "<!-- measured by benchmarks/versions.py -->", "<!-- end of versions -->"
OPENCV = "opencv-python-headless"
NEWEST_OPENCV = "5.0.0.93"
# What is changed at a time; the model's code and arithmetic, then who decodes and resizes.
CHANGES: tuple[tuple[str, ...], ...] = (
    ("timm==1.0.30",),
    ("timm==1.0.20",),
    ("numpy==2.3.5",),
    ("numpy==2.2.6",),
    ("pillow==12.3.0",),
    ("pillow==11.3.0",),
    ("pillow==10.4.0",),
    (f"{OPENCV}==4.14.0.94",),
    (f"{OPENCV}==4.10.0.84",),
)

Arrays = Mapping[str, NDArray[Any]]
USUAL, SCORES = "usual: Pillow decodes, Pillow's bicubic kernel", "scores"
HEADS = ("changed", "from", "way", "least PSNR")


class Change(NamedTuple):
    """How far another version moves one way of getting pixels.

    Attributes:
        way: its name.
        least: peak signal-to-noise ratio of the photo whose pixels differ most, dB.
        most: (models,) largest change of a photo's score.
    """

    way: str
    least: float
    most: NDArray[np.float64]


def models_of_demo() -> dict[str, PhotoModel]:
    """The demo's baseline and full model, by what the table calls them."""
    results = Results.of("demo")
    return {
        f"{results.catalogue.experiments[name].title} ({name}), most": load_model(
            results.first_run(name)
        )
        for name in tried_experiments(results.study, results.catalogue)
    }


def measure(output: Path) -> None:
    """Write the pixels of every photo by every way, and its scores the usual way.

    Example:
        python -m benchmarks.versions --measure measured.npz
    """
    models, found = models_of_demo().values(), dict[str, NDArray[Any]]()
    for photo in sorted(PHOTOS.glob("*.jpg")):
        own = by_pillow(photo.read_bytes())
        plain = resized_by_pillow(own, small_size(own))
        made = {" ".join(choice): after for choice, _, after in variants(own)}
        found |= {f"{way}|{photo.stem}": pixels for way, pixels in {USUAL: plain, **made}.items()}
        scores = [model.score(plain, CROPS).quality for model in models]
        found[f"{SCORES}|{photo.stem}"] = np.array(scores)
    np.savez(output, **found)  # type: ignore[arg-type]


def measured_with(requirements: Sequence[str]) -> Arrays | str:
    """Measure in an environment that has these versions before those of this one.

    Returns:
        What `measure` wrote, or why a photo cannot be scored with these versions.

    Raises:
        InputError: they cannot be installed.
    """
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python, output = Path(folder, "bin", "python"), Path(folder, "measured.npz")
        (site,) = Path(folder, "lib").glob("python*/site-packages")
        below = sysconfig.get_path("purelib")
        (site / "base.pth").write_text(f"import site; site.addsitedir({below!r})\n")
        quiet = ("--quiet", "--disable-pip-version-check", "--no-deps", "--ignore-installed")
        if said := _failure_of([python, "-m", "pip", "install", *quiet, *requirements]):
            raise InputError(f"{' '.join(requirements)}: {said}")
        if said := _failure_of([python, "-m", "benchmarks.versions", "--measure", output]):
            return said
        with np.load(output) as content:
            return dict(content)


def _failure_of(command: Sequence[str | Path]) -> str:
    """Run a command; return what it said last if it failed."""
    done = subprocess.run(command, capture_output=True, text=True)
    last = [line for line in done.stderr.splitlines() if line.strip()][-1:]
    return "".join(last).removeprefix("error: ") if done.returncode else ""


def changes(before: Arrays, after: Arrays, models: Sequence[PhotoModel]) -> list[Change]:
    """Compare what two environments measured: the ways that moved something.

    The usual way is scored by each environment; other pixels that differ, all by this one.
    """
    found = []
    for way in dict.fromkeys(key.partition("|")[0] for key in before):
        photos = [key.partition("|")[2] for key in before if key.startswith(f"{way}|")]
        if way == SCORES:
            continue
        pairs = [(before[f"{way}|{photo}"], after[f"{way}|{photo}"]) for photo in photos]
        least = min(psnr(*pair) for pair in pairs)
        if way == USUAL:
            moved = [after[f"{SCORES}|{p}"] - before[f"{SCORES}|{p}"] for p in photos]
        else:
            differing = [pair for pair in pairs if not np.array_equal(*pair)]
            moved = [
                np.array(
                    [m.score(new, CROPS).quality - m.score(old, CROPS).quality for m in models]
                )
                for old, new in differing
            ]
        if np.isfinite(least) or np.any(moved):
            found.append(Change(way, least, np.abs(moved).max(axis=0)))
    return found


def rows_of(
    requirements: Sequence[str], found: Sequence[Change] | str, models: int
) -> list[tuple[str, ...]]:
    """One row for each way that is moved; one that says so if none is, or if none can be scored."""
    names = [requirement.partition("==")[0] for requirement in requirements]
    new = ", ".join(requirement.replace("==", " ") for requirement in requirements)
    old = ", ".join(NEWEST_OPENCV if name == OPENCV else version(name) for name in names)
    if isinstance(found, str):
        return [(new, old, f"refused: {found.partition(', ')[0]}", "", *[""] * models)]
    if not found:
        return [(new, old, "all", "equal", *["0"] * models)]
    return [
        (
            *(new, old, change.way),
            "equal" if np.isinf(change.least) else f"{change.least:.1f}",
            *(f"{most:.2g}" for most in change.most),
        )
        for change in found
    ]


def main(
    output: Annotated[Path, typer.Option(dir_okay=False, help="the page")] = OUTPUT,
    measured: Annotated[
        Path | None,
        typer.Option("--measure", dir_okay=False, help="only measure here, into this .npz"),
    ] = None,
) -> None:
    """Score the demo's photos with other versions of libraries, and renew the page.

    Example:
        python -m benchmarks.versions
    """
    if measured is not None:
        measure(measured)
        return
    newest = f"{OPENCV}=={NEWEST_OPENCV}"
    models, before = models_of_demo(), measured_with([newest])
    if isinstance(before, str):
        raise InputError(before)
    rows: list[tuple[str, ...]] = []
    for requirements in CHANGES:
        others = () if requirements[0].startswith(OPENCV) else (newest,)
        after = measured_with([*requirements, *others])
        found = after if isinstance(after, str) else changes(before, after, [*models.values()])
        rows += rows_of(requirements, found, len(models))
        sys.stderr.write(f"{rows[-1]}\n")
    page = output.read_text(encoding="utf-8")
    told = "\n".join(pipe_table((*HEADS, *models), rows))
    with replace_atomically(output) as temporary:
        temporary.write_text(renewed(page, told, BEGIN, END), encoding="utf-8")
    sys.stdout.write(f"{output}\n")


if __name__ == "__main__":
    run_function(main, "python -m benchmarks.versions")
