"""Between which versions of libraries a score changes.

    python -m benchmarks.versions             renews the second table of docs/reference/behaviour.md
    python -m benchmarks.versions torch timm  only the rows in which one of these changes

Each version goes into an environment of its own, over the packages of this one; OpenCV into all of
them. The demo's baseline and full model have to be there (`make paper`). Versions come from the
package index that pip uses. Each torch has the torchvision that was built for it, and brings 5 GB
of libraries, one after the other.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import torch
import typer
from numpy.typing import NDArray

from benchmarks.behaviour import (
    CROPS,
    OUTPUT,
    PHOTOS,
    Pixels,
    by_pillow,
    psnr,
    renewed,
    resized_by_pillow,
    small_size,
    variants,
)
from benchmarks.materials import CPU
from benchmarks.report import pipe_table
from benchmarks.training import step_of
from smartiqa.cli import run_function
from smartiqa.config.planned import tried_experiments
from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_atomically
from smartiqa.data.crops import normalise
from smartiqa.evaluation.prediction import load_run
from smartiqa.machine.precision import Precision
from smartiqa.photos.loading import load_model
from smartiqa.photos.model import PhotoModel
from smartiqa.results.study_results import Results

BEGIN, END = "<!-- measured by benchmarks/versions.py -->", "<!-- end of versions -->"
OPENCV = "opencv-python-headless"
NEWEST_OPENCV = "5.0.0.93"
# What is changed at a time; the model's code and arithmetic, then who decodes and resizes.
CHANGES: tuple[tuple[str, ...], ...] = (
    ("torch==2.14.1",),
    ("torch==2.13.0", "torchvision==0.28.0"),
    ("torch==2.12.1", "torchvision==0.27.1"),
    ("torch==2.11.0", "torchvision==0.26.0"),
    ("torchvision==0.29.1",),
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

LIBRARIES = tuple(dict.fromkeys(new.partition("==")[0] for change in CHANGES for new in change))

Arrays = Mapping[str, NDArray[Any]]
USUAL = "usual: Pillow decodes, Pillow's bicubic kernel"
FORMATS: tuple[Precision, ...] = ("float32", "bfloat16")
STEPS = 3  # of a training
# Prints the versions that an environment has of some libraries.
USED = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
HEADS = ("changed", "from", "way", "least PSNR")


class Change(NamedTuple):
    """How far another version moves one way of getting pixels or scores.

    Attributes:
        way: its name.
        least: PSNR of the photo whose pixels differ most, dB; empty for scores.
        most: (models,) largest change of a photo's score.
    """

    way: str
    least: str
    most: NDArray[np.float64]


def runs_of_demo() -> dict[str, Path]:
    """Runs of the demo's baseline and full model, by what the table calls them."""
    results = Results.of("demo")
    return {
        f"{results.catalogue.experiments[name].title} ({name}), most": results.first_run(name)
        for name in tried_experiments(results.study, results.catalogue)
    }


def loaded(run: Path, precision: Precision, photos: Sequence[Pixels]) -> PhotoModel:
    """Return a run's model as it is."""
    return replace(load_model(run), precision=precision)


def trained(run: Path, precision: Precision, photos: Sequence[Pixels]) -> PhotoModel:
    """Return a run's model after some more steps of its training, on a crop of each photo."""
    experiment, network = load_run(run)
    side, backbone = experiment.crop, experiment.backbone
    crops = torch.from_numpy(np.stack([photo[:side, :side] for photo in photos]))
    images = normalise(crops, backbone.mean, backbone.std, CPU)
    torch.manual_seed(0)
    labels = torch.linspace(0, 100, len(photos))
    step = step_of(network.train(), experiment, images, labels, precision)
    for _ in range(STEPS):
        step()
    return replace(load_model(run), network=network.eval(), precision=precision)


MODELS: Mapping[str, Callable[[Path, Precision, Sequence[Pixels]], PhotoModel]] = {
    "scores": loaded,
    f"scores after {STEPS} steps of training": trained,
}


def measure(output: Path) -> None:
    """Write all photos' pixels by every way, and their scores.

    Example:
        python -m benchmarks.versions --measure measured.npz
    """
    plain: dict[str, Pixels] = {}
    found: dict[str, NDArray[Any]] = {}
    for path in sorted(PHOTOS.glob("*.jpg")):
        own = by_pillow(path.read_bytes())
        plain[path.stem] = resized_by_pillow(own, small_size(own))
        made = {" ".join(choice): after for choice, _, after in variants(own)}
        ways = {USUAL: plain[path.stem], **made}
        found |= {f"{way}|{path.stem}": pixels for way, pixels in ways.items()}
    runs = runs_of_demo().values()
    for way, model_of in MODELS.items():
        for precision in FORMATS:
            models = [model_of(run, precision, [*plain.values()]) for run in runs]
            for photo, pixels in plain.items():
                scores = [model.score(pixels, CROPS).quality for model in models]
                found[f"{way}, {precision}|{photo}"] = np.array(scores)
    np.savez(output, **found)  # type: ignore[arg-type]


def measured_with(requirements: Sequence[str]) -> Arrays | str:
    """Measure in an environment that has these versions before those of this one.

    Returns:
        What `measure` found, or why a photo cannot be scored with these versions.

    Raises:
        InputError: they cannot be installed.
    """
    with tempfile.TemporaryDirectory() as folder:
        python, output = environment(Path(folder), requirements), Path(folder, "measured.npz")
        if said := _failure_of([python, "-m", "benchmarks.versions", "--measure", output]):
            return said
        with np.load(output) as content:
            return dict(content)


def environment(folder: Path, requirements: Sequence[str]) -> Path:
    """Make an environment with these versions and what they need, over the packages of this one.

    What of this one they can work with is not installed anew.

    Returns:
        Its Python.

    Raises:
        InputError: they cannot be installed, or others were, be it another build of a version.
    """
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    (site,) = folder.glob("lib/python*/site-packages")
    below = sysconfig.get_path("purelib")
    (site / "base.pth").write_text(f"import site; site.addsitedir({below!r})\n")
    quiet = ("--quiet", "--disable-pip-version-check", "--no-compile")
    if said := _failure_of([python, "-m", "pip", "install", *quiet, *requirements]):
        raise InputError(f"{' '.join(requirements)}: {said}")
    require(python, requirements)
    return python


def require(python: Path, requirements: Sequence[str]) -> None:
    """Refuse an environment that has others than these versions.

    Raises:
        InputError: it has, be it another build of the same version.
    """
    names = [requirement.partition("==")[0] for requirement in requirements]
    said = subprocess.check_output([python, "-c", USED, *names], text=True)
    used = [f"{name}=={found}" for name, found in zip(names, said.split(), strict=True)]
    if used != [*requirements]:
        raise InputError(f"{' '.join(requirements)} asked for, {' '.join(used)} installed")


def _failure_of(command: Sequence[str | Path]) -> str:
    """Run a command; return what it said last if it failed."""
    done = subprocess.run(command, capture_output=True, text=True)
    last = [line for line in done.stderr.splitlines() if line.strip()][-1:]
    return "".join(last).removeprefix("error: ") if done.returncode else ""


def changes(before: Arrays, after: Arrays, models: Sequence[PhotoModel]) -> list[Change]:
    """Compare what two environments measured: the ways that moved something.

    Scores are those of each environment; pixels that differ are scored by this one.
    """

    def scores(content: NDArray[Any]) -> NDArray[np.float64]:
        if content.ndim == 1:  # (models,)
            return content
        return np.array([model.score(content, CROPS).quality for model in models])

    found = []
    for way in dict.fromkeys(key.partition("|")[0] for key in before):
        pairs = [(before[key], after[key]) for key in before if key.startswith(f"{way}|")]
        if differing := [pair for pair in pairs if not np.array_equal(*pair)]:
            are_pixels = differing[0][0].ndim > 1
            least = f"{min(psnr(*pair) for pair in differing):.1f}" if are_pixels else ""
            moved = [np.abs(scores(new) - scores(old)) for old, new in differing]
            found.append(Change(way, least, np.max(moved, axis=0)))
    return found


def rows_of(
    requirements: Sequence[str], found: Sequence[Change] | str, models: int
) -> list[tuple[str, ...]]:
    """One row for each way that is moved; one that says so if none is, or if none can be scored."""
    names = [requirement.partition("==")[0] for requirement in requirements]
    new, old = (
        named(requirements),
        ", ".join(NEWEST_OPENCV if n == OPENCV else version(n) for n in names),
    )
    if isinstance(found, str):
        return [(new, old, f"refused: {found.partition(', ')[0]}", "", *[""] * models)]
    if not found:
        return [(new, old, "all", "equal", *["0"] * models)]
    return [(new, old, c.way, c.least, *(f"{most:.2g}" for most in c.most)) for c in found]


def named(requirements: Sequence[str]) -> str:
    """Return what is changed, as the table calls it."""
    return ", ".join(requirement.replace("==", " ") for requirement in requirements)


def rows_on(page: str) -> dict[str, list[tuple[str, ...]]]:
    """Return the rows of a page's table by what is changed in them."""
    rows: dict[str, list[tuple[str, ...]]] = {}
    lines = page.partition(BEGIN)[2].partition(END)[0].strip().splitlines()
    for line in lines[2:]:
        cells = tuple(cell.strip() for cell in line.split("|")[1:-1])
        rows.setdefault(cells[0], []).append(cells)
    return rows


def main(
    libraries: Annotated[
        list[str] | None,
        typer.Argument(metavar="LIBRARY", help=f"{', '.join(LIBRARIES)}; all if none is named"),
    ] = None,
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
    for library in libraries or ():
        if library not in LIBRARIES:
            raise InputError(f"unknown library '{library}' (valid: {', '.join(LIBRARIES)})")
    newest = f"{OPENCV}=={NEWEST_OPENCV}"
    models = {name: load_model(run) for name, run in runs_of_demo().items()}
    before = measured_with([newest])
    if isinstance(before, str):
        raise InputError(before)
    for requirements in CHANGES:
        if libraries and not any(new.partition("==")[0] in libraries for new in requirements):
            continue
        others = () if requirements[0].startswith(OPENCV) else (newest,)
        after = measured_with([*requirements, *others])
        found = after if isinstance(after, str) else changes(before, after, [*models.values()])
        rows = rows_of(requirements, found, len(models))
        sys.stderr.write("".join(f"{row}\n" for row in rows))
        page = output.read_text(encoding="utf-8")
        known = rows_on(page) | {named(requirements): rows}
        shown = [row for change in CHANGES for row in known.get(named(change), [])]
        told = "\n".join(pipe_table((*HEADS, *models), shown))
        with replace_atomically(output) as temporary:
            temporary.write_text(renewed(page, told, BEGIN, END), encoding="utf-8")
    sys.stdout.write(f"{output}\n")


if __name__ == "__main__":
    run_function(main, "python -m benchmarks.versions")
