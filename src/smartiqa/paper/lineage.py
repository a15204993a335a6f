"""What every table, figure and number of the paper was made from.

For templates nothing is declared: they are rendered, and the values that they read are noted. For
figures, `NEEDS` and `SHOWS` of the module say it. The index of provenance in the paper and
`smartiqa explain` both ask here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartiqa.config.roles import Roles
from smartiqa.core.errors import InputError
from smartiqa.core.strict import Strict
from smartiqa.paper.exhibits import shown
from smartiqa.paper.figures.needs import declared_needs, declared_shows, experiments_of
from smartiqa.paper.inclusion import Inclusion, inclusions
from smartiqa.paper.latex.comparisons import all_run
from smartiqa.paper.latex.environment import rendered
from smartiqa.paper.latex.values import Branch

# Of an experiment or a comparison, what says nothing about a run.
NAMES = ("title", "status", "compared_with", "seeds")
PAIR = ("first", "second", "dataset", "metric")
RUN = re.compile(r"^runs/[^/]+/seed\{(first_seed|seed)\}/")
COMPARISON = re.compile(r"^comparisons\.(\w+)\[(\d+)\]\.(\w+)$")
CLAIM = re.compile(r"^claims\[(\d+)\]")
LABEL = re.compile(r"\\label\{(tab:[\w-]+)\}")
INDEX = "provenance"
KINDS = ("tables", "figures")

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Sources:
    """Experiments that were run, in the order of the text, their seeds, and datasets."""

    experiments: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    datasets: tuple[str, ...] = ()


def exhibits(paper: Path) -> list[Inclusion]:
    """List tables and figures in the order in which the templates in `paper` include them.

    The label of each is the whole one that the text refers to.
    """
    return list(_labelled(paper))


def _labelled(paper: Path) -> Iterator[Inclusion]:
    for kind, name, label in inclusions(paper):
        if kind == "figures":
            yield Inclusion(kind, name, f"fig:{label}")
        elif kind == "tables":
            found = LABEL.search((paper / "tables" / f"{name}.tex.j2").read_text(encoding="utf-8"))
            if found is None:
                raise InputError(f"{paper}/tables/{name}.tex.j2 has no label that begins with tab:")
            yield Inclusion(kind, name, found[1])


class IndexRow(Strict):
    """One row of the paper's index of provenance: an exhibit, and what it was made from."""

    kind: str
    name: str
    label: str
    runs: list[str]
    seeds: list[str]
    code: list[str]
    data: list[str]


def index(paper: Path, values: Values) -> list[IndexRow]:
    """Return one row an exhibit for the paper's index of provenance.

    The index itself is left out, and so is what the values leave out of the paper.
    """
    reader = Reader(values)
    return [
        indexed(exhibit, exhibit_sources(paper, exhibit, values, reader), values)
        for exhibit in exhibits(paper)
        if exhibit.name != INDEX and shown(values, f"{exhibit.kind}/{exhibit.name}")
    ]


def indexed(exhibit: Inclusion, sources: Sources, values: Values) -> IndexRow:
    """Return the row of one exhibit, with the first digits of digests."""
    records = [values["experiments"][name] for name in sources.experiments]
    return IndexRow(
        **exhibit._asdict(),
        runs=list(sources.experiments),
        seeds=[str(seed) for seed in sources.seeds],
        code=sorted({record["provenance"]["code"][:8] for record in records}),
        data=[values["datasets"][name]["digest"][:8] for name in sources.datasets],
    )


class Reader:
    """The values of a study, and which of them templates read; many templates share one reader."""

    def __init__(self, values: Values) -> None:
        self._read: set[str] = set()
        self._values = Branch(values, read=self._read)

    def paths_read(self, template: Path) -> set[str]:
        """Return the paths of the values that a template prints or decides by.

        Raises:
            InputError: the template cannot be rendered.
        """
        self._read.clear()
        rendered(template, self._values, {"exhibits": list})
        return set(self._read)


def exhibit_sources(paper: Path, exhibit: Inclusion, values: Values, reader: Reader) -> Sources:
    """Return what a table or a figure was made from; `reader` has the same values."""
    if exhibit.kind == "figures":
        return figure_sources(exhibit.name, values)
    template = paper / "tables" / f"{exhibit.name}.tex.j2"
    return sources_of(reader.paths_read(template), values)


def figure_sources(name: str, values: Values) -> Sources:
    """Return what a figure was made from, by its module's declarations."""
    needs, roles = declared_needs(name), Roles.model_validate(values["roles"])
    patterns = [match for need in needs if (match := RUN.match(need))]
    shown = [
        experiment
        for group in declared_shows(name)
        for experiment in values["groups"].get(group) or values["study"].get(group, ())
    ]
    single = bool(patterns) and not shown and all(match[1] == "first_seed" for match in patterns)
    found = {player for need in needs for player in experiments_of(need, roles)} | set(shown)
    crossed = "cross_experiments" in declared_shows(name) or any(
        "{cross_dataset}" in need for need in needs
    )
    study = values["study"]
    datasets = {study["training_dataset"], *(study["cross_datasets"] if crossed else ())}
    return _sources(values, found, datasets, single)


def sources_of(paths: Iterable[str], values: Values) -> Sources:
    """Return what the values at these paths of `paper.json` were made from."""
    experiments: set[str] = set()
    datasets: set[str] = set()
    for path in paths:
        found, measured_on = _of_path(path, values)
        experiments |= found
        datasets |= measured_on
    embedding = all(path.startswith("embedding.") for path in paths)
    return _sources(values, experiments, datasets, embedding)


def _of_path(path: str, values: Values) -> tuple[set[str], set[str]]:
    """Experiments and datasets behind one path."""
    study = values["study"]
    home, away = {study["training_dataset"]}, set(study["cross_datasets"])
    head, _, rest = path.partition(".")
    match head.partition("[")[0]:
        case "experiments":
            name = first_of(rest, values["experiments"])
            part, _, below = rest[len(name) + 1 :].partition(".")
            if part in NAMES:
                return set(), set()
            dataset = first_of(below, values["datasets"]) if part == "results" else ""
            return {name} - {""}, {dataset} - {""} or home
        case "datasets":
            name = first_of(rest, values["datasets"])
            return set(), {name} - {""} if not rest.endswith((".title", ".adapter")) else set()
        case "cross":
            name = first_of(rest, study["cross_datasets"])
            model = first_of(rest.partition(".")[2], values["experiments"])
            return {model} - {""}, {name} - {""} or away
        case "ledger" if _is_decided_without_data(rest, values):
            return set(), set()
        case "ranking":
            return set(all_run(values)), home
        case "ledger":
            return set(all_run(values)), home | away
        case _:
            return _of_analysis(path, values)


def _of_analysis(path: str, values: Values) -> tuple[set[str], set[str]]:
    """The same of what was found of some experiments, beside their results."""
    home = {values["study"]["training_dataset"]}
    head, _, rest = path.partition(".")
    match head.partition("[")[0]:
        case "gain":
            return set(values["roles"]["ablation"]), home
        case "attention":
            return {values["attention"]["experiment"]}, home
        case "embedding":
            return {first_of(rest, values["experiments"])} - {""}, home
        case "by_distortion":
            measured = values["by_distortion"]
            name = first_of(rest.removeprefix("experiments."), measured["experiments"])
            return {name} - {""}, {measured["dataset"]}
        case "floors":
            compared = rest.startswith("comparison.")
            return ({values["floors"]["experiment"]} if compared else set()), home
        case "peers":
            return set(), home
        case "intervals":
            name = first_of(rest, values["intervals"])
            dataset = first_of(rest[len(name) :].removeprefix(".coverage."), values["datasets"])
            return {name} - {""}, {dataset} - {""} or home
        case "robustness":
            return {first_of(rest, values["robustness"])} - {""}, home
        case "masking":
            return {values["masking"]["experiment"]}, home
        case "attacks":
            tried = values["attacks"]["experiments"]
            name = first_of(rest.removeprefix("experiments."), tried)
            return {name} - {""} or {*tried}, home
        case "group_errors":
            tried = values["attacks"]["experiments"]
            name = rest.partition("errors.")[2] or rest.partition("srcc.")[2]
            return {first_of(name, tried)} - {""}, home
        case "competition":
            entry = values["competition"][int(path.partition("[")[2].partition("]")[0])]
            return {entry["defender"], entry["attacker"]}, home
        case _:
            return _of_comparison(path, values)


def _is_decided_without_data(rest: str, values: Values) -> bool:
    """Whether a path below the ledger belongs to a claim that counting or arithmetic decides."""
    found = CLAIM.match(rest)
    return found is not None and values["ledger"]["claims"][int(found[1])]["needs"] == "nothing"


def _of_comparison(path: str, values: Values) -> tuple[set[str], set[str]]:
    found = COMPARISON.match(path)
    if found is None or found[3] in PAIR:
        return set(), set()
    entry = values["comparisons"][found[1]][int(found[2])]
    return {entry["first"], entry["second"]}, {entry["dataset"]}


def first_of(rest: str, names: Iterable[str]) -> str:
    """Return the longest name that a path begins with; names may contain dots, as A-0.3 does."""
    fitting = [name for name in names if rest == name or rest.startswith((f"{name}.", f"{name}["))]
    return max(fitting, key=len, default="")


def _sources(
    values: Values, experiments: set[str], datasets: set[str], first_seed_only: bool
) -> Sources:
    run = all_run(values, experiments)
    seeds = [values["experiments"][name]["seeds"] for name in run]
    in_order = (values["study"]["training_dataset"], *values["study"]["cross_datasets"])
    return Sources(
        experiments=tuple(run),
        seeds=tuple(sorted({s for own in seeds for s in (own[:1] if first_seed_only else own)})),
        datasets=tuple(name for name in in_order if name in datasets),
    )
