"""Which result files a figure reads.

A figure module declares `NEEDS`, patterns relative to `results/<study>`. Placeholders:

- `{reference}`, `{baseline}`, `{mapped}`, `{ablation}`, `{embedded}`, `{drawn}`, `{timed}`: the
  experiments that have this role (`smartiqa.config.roles`), as many as there are;
- `{seed}`: every seed of the experiment that the pattern names; `{first_seed}`: the first one;
- `{training_dataset}`, `{cross_dataset}`: the datasets of the study; the second stands for every
  cross-dataset that the experiment was tested on;
- `{resize}`: how the reference resizes its images, which names the pixel store.

`store.json` stands for its whole pixel store, since the workflow does not track `pixels.u8`. A
pattern below `runs/<experiment>/` counts only for experiments that the study runs.

A figure that takes values of experiments from `paper.json` says in `SHOWS` which ones: groups of
the catalogue, or `cross_experiments` for those that the study tests on other datasets.

The workflow reads both while it is parsed, so this module imports nothing heavy and executes no
figure.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from smartiqa.config.planned import planned_experiments, resolve, roles_of
from smartiqa.core.errors import InputError
from smartiqa.core.strict import unknown_name

if TYPE_CHECKING:
    from smartiqa.config.catalogue import Catalogue
    from smartiqa.config.roles import Roles
    from smartiqa.config.study import Study
    from smartiqa.results.paper_results import PaperResults

EXPERIMENT = re.compile(r"^runs/([^/]+)/")
ROLES = ("reference", "baseline", "mapped", "ablation", "embedded", "drawn", "timed")


@dataclass(frozen=True)
class Scope:
    """What a study runs, as far as figures care.

    Attributes:
        seeds: the seeds of each experiment that is run.
        training_dataset: the dataset that every experiment is tested on.
        cross_datasets: the other datasets each experiment is tested on, if any.
        resize: how the reference resizes its images.
        roles: who plays which role.
    """

    seeds: Mapping[str, tuple[int, ...]]
    training_dataset: str
    cross_datasets: Mapping[str, tuple[str, ...]]
    resize: str
    roles: Roles


def scope_of_plan(study: Study, catalogue: Catalogue) -> Scope:
    """Return what a study will run.

    Raises:
        InputError: the study does not fit the catalogue.
    """
    planned, roles = planned_experiments(study, catalogue), roles_of(study, catalogue)
    return Scope(
        seeds={name: study.seeds_of(name) for name in planned},
        training_dataset=study.training_dataset,
        cross_datasets={name: study.datasets_of(name)[1:] for name in planned},
        resize=resolve(study, catalogue, roles.reference).recipe.resize,
        roles=roles,
    )


def scope_of_paper(paper: PaperResults) -> Scope:
    """Return what a study ran."""
    run = {name: entry for name, entry in paper.experiments.items() if entry.is_run}
    recipe = paper.experiments[paper.roles.reference].recipe
    return Scope(
        seeds={name: entry.seeds for name, entry in run.items()},
        training_dataset=paper.study.training_dataset,
        cross_datasets={
            name: tuple(d for d in paper.study.cross_datasets if d in entry.results)
            for name, entry in run.items()
        },
        resize="" if recipe is None else recipe.resize,
        roles=paper.roles,
    )


def experiments_of(pattern: str, roles: Roles) -> tuple[str, ...]:
    """Return the experiments that a pattern is about, run or not; none if it names no run."""
    match = EXPERIMENT.match(pattern)
    if match is None:
        return ()
    role = match[1].removeprefix("{").removesuffix("}")
    players = getattr(roles, role) if role in ROLES else match[1]
    return (players,) if isinstance(players, str) else tuple(players or ())


def expand_needs(needs: Iterable[str], scope: Scope) -> list[str]:
    """Return the files that `needs` stand for, relative to `results/<study>`, in order."""
    return list(dict.fromkeys(path for pattern in needs for path in _expand(pattern, scope)))


def _expand(pattern: str, scope: Scope) -> Iterator[str]:
    match = EXPERIMENT.match(pattern)
    if match is None:
        yield from _filled(pattern, "", scope)
    for experiment in experiments_of(pattern, scope.roles):
        if match is not None and experiment in scope.seeds:
            yield from _filled(f"runs/{experiment}/{pattern[match.end() :]}", experiment, scope)


def _filled(pattern: str, experiment: str, scope: Scope) -> Iterator[str]:
    """Fill in what depends on the experiment and the study."""
    seeds = scope.seeds.get(experiment, ())
    values: dict[str, tuple[object, ...]] = {
        "seed": seeds,
        "first_seed": seeds[:1],
        "training_dataset": (scope.training_dataset,),
        "cross_dataset": scope.cross_datasets.get(experiment, ()),
        "resize": (scope.resize,),
    }
    names = [name for name in values if f"{{{name}}}" in pattern]
    for choice in product(*(values[name] for name in names)):
        yield pattern.format(**dict(zip(names, choice, strict=True)))


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
