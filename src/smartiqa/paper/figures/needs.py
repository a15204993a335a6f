"""Which result files a figure reads.

A figure module declares `NEEDS`, patterns relative to `results/<study>`. Placeholders:

- `{seed}`: every seed of the experiment that the pattern names; `{first_seed}`: the first one;
- `{training_dataset}`, `{cross_dataset}`: the datasets of the study; the second stands for every
  cross-dataset that the experiment was tested on;
- `{resize}`: how experiment C3 resizes its images, which names the pixel store.

`store.json` stands for its whole pixel store, since the workflow does not track `pixels.u8`. A
pattern below `runs/<experiment>/` counts only if the study runs that experiment.

A figure that takes values of experiments from `paper.json` says in `SHOWS` which ones: groups of
the catalogue, or `cross_experiments` for those that the study tests on other datasets.

The workflow reads both while it is parsed, so this module imports nothing heavy and executes no
figure.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from smartiqa.core.errors import InputError
from smartiqa.core.strict import unknown_name

EXPERIMENT = re.compile(r"^runs/([^/]+)/")


@dataclass(frozen=True)
class Scope:
    """What a study runs, as far as figures care.

    Attributes:
        seeds: the seeds of each experiment that is run.
        training_dataset: the dataset that every experiment is tested on.
        cross_datasets: the other datasets each experiment is tested on, if any.
        resize: how experiment C3 resizes its images.
    """

    seeds: Mapping[str, tuple[int, ...]]
    training_dataset: str
    cross_datasets: Mapping[str, tuple[str, ...]]
    resize: str


def expand_needs(needs: Iterable[str], scope: Scope) -> list[str]:
    """Return the files that `needs` stand for, relative to `results/<study>`, in order."""
    return [path for pattern in needs for path in _expand(pattern, scope)]


def _expand(pattern: str, scope: Scope) -> list[str]:
    match = EXPERIMENT.match(pattern)
    experiment = match.group(1) if match else None
    if experiment is not None and experiment not in scope.seeds:
        return []
    seeds = scope.seeds[experiment] if experiment else ()
    values: dict[str, tuple[object, ...]] = {
        "seed": seeds,
        "first_seed": seeds[:1],
        "training_dataset": (scope.training_dataset,),
        "cross_dataset": scope.cross_datasets.get(experiment or "", ()),
        "resize": (scope.resize,),
    }
    names = [name for name in values if f"{{{name}}}" in pattern]
    choices = product(*(values[name] for name in names))
    return [pattern.format(**dict(zip(names, choice, strict=True))) for choice in choices]


def declared_needs(figure: str) -> tuple[str, ...]:
    """Read `NEEDS` of the figure module with this name from its source, without importing it.

    Raises:
        InputError: there is no such figure.
    """
    needs = _declared(figure, "NEEDS")
    if needs is None:
        raise InputError(unknown_name("figure", figure, figure_names()))
    return needs


def declared_shows(figure: str) -> tuple[str, ...]:
    """Read `SHOWS` of a figure module in the same way; empty if it declares none."""
    return _declared(figure, "SHOWS") or ()


def _declared(figure: str, variable: str) -> tuple[str, ...] | None:
    source = Path(__file__).with_name(f"{figure}.py")
    if source.is_file():
        for statement in ast.parse(source.read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == variable:
                return tuple(ast.literal_eval(statement.value))
    return None


def figure_names() -> list[str]:
    """Return the names of all figures: the modules of this package that declare `NEEDS`."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py"))
    return [name for name in names if _declared(name, "NEEDS")]
