"""Print the chain from raw data to one table, figure, section or number of the paper.

`smartiqa explain tables/ablation`, `smartiqa explain "Fig. 11"` or `"Section V-A"`, an experiment
(`C3`), a claim (`res-07`), or the path of a value in `paper.json`, such as
`experiments.C3.results.synthetic.srcc`. What a table reads is found by rendering it and a figure
says it itself, so the answer cannot fall behind.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartiqa.config.files import PUBLISHED, build_command
from smartiqa.core.errors import InputError
from smartiqa.explanation.chain import (
    INDENT,
    dataset_lines,
    experiment_lines,
    file_line,
    weight_lines,
)
from smartiqa.explanation.printed_numbers import printed_label, printed_labels
from smartiqa.paper.figures.needs import declared_needs, expand_needs, scope_of_plan
from smartiqa.paper.latex.environment import template_closure
from smartiqa.paper.lineage import Reader, Sources, exhibits, figure_sources, first_of, sources_of
from smartiqa.paper.rendering import OTHER_FILES, values_of_study
from smartiqa.provenance.code_digest import code_digest
from smartiqa.results.study_results import Results

PAPER = Path("paper")
CHOICES = 3  # of names near to an unknown one

Values = Mapping[str, Any]
Part = tuple[str, list[str]]  # a title and its lines


@dataclass(frozen=True)
class Subject:
    """What is explained.

    Attributes:
        name: tables/<name>, figures/<name>, sections/<name>, or the path of a value.
        kind: tables, figures, sections or value.
        target: the file that Snakemake makes.
        made_by: how it is made, in words.
        paths: of the values that it reads.
        files: result files that it reads.
        sources: experiments, seeds and datasets behind it.
    """

    name: str
    kind: str
    target: str
    made_by: str
    paths: tuple[str, ...]
    files: tuple[Path, ...]
    sources: Sources


def explain(name: str, results: Results, values: Values, with_values: bool = False) -> str:
    """Return the chain behind `name` as text.

    Raises:
        InputError: there is no such table, figure, section or value; the nearest ones are named.
    """
    subject = find(name, results, values)
    return as_text([*own_parts(subject, results, values, with_values), *behind(subject, results)])


def own_parts(
    subject: Subject, results: Results, values: Values, with_values: bool = False
) -> list[Part]:
    """Return what a subject is, how it is made again, and what it reads."""
    return [
        (subject.name, [f"{subject.target}: {subject.made_by}", *shown_value(subject, values)]),
        ("rebuild", [build_command(results.study.name, subject.target)]),
        ("reads", [*map(file_line, subject.files), *read_lines(subject, with_values)]),
    ]


def behind(subject: Subject, results: Results) -> list[Part]:
    """Return the runs, weights and data behind a subject; those of equal sources are equal."""
    sources = subject.sources
    runs = [
        line for name in sources.experiments for line in experiment_lines(results, name, sources)
    ]
    data = [
        line
        for dataset in sources.datasets
        for line in dataset_lines(results, dataset, sources.experiments)
    ]
    weights = weight_lines(results, sources.experiments)
    return [("runs", runs), ("pretrained weights", weights), ("data", data)]


def as_text(parts: Sequence[Part]) -> str:
    """Lay parts out, each below its title."""
    return "".join(
        f"{title}\n" + "".join(f"{INDENT}{line}\n" for line in lines or ["none"])
        for title, lines in parts
    )


def explain_part(name: str, results: Results, with_values: bool) -> str:
    """Read the values of a study and return the chain behind `name` as text.

    Of an experiment there is something to say before anything has run.

    Raises:
        InputError: the study has no values yet, or nothing of this name.
    """
    written = results.folder / "paper.json"
    if not written.exists():
        if plain(name) in results.catalogue.experiments:
            return explain(name, results, {}, with_values)
        part = known_parts().get(plain(name))
        target = target_of(part) if part else f"{PAPER}/main.pdf"
        raise InputError(
            f"study {results.study.name} has no results to explain yet ({written}); build it "
            f"first: {build_command(results.study.name, target)}"
        )
    return explain(name, results, values_of_study(results.folder), with_values)


def find(name: str, results: Results, values: Values) -> Subject:
    """Find out what a name means.

    Raises:
        InputError: it means nothing; the nearest names are given.
    """
    wanted = plain(name)
    if wanted in results.catalogue.experiments:
        return experiment_of(wanted, results, values)
    known = known_parts()
    if printed := printed_label(name, PAPER, values):
        wanted, template = printed
        known.setdefault(wanted, template)  # a drawing, or a section itself
    wanted = known.get(wanted, wanted)
    if wanted in known.values():
        return part_of_paper(wanted, results, values)
    claims = claims_in(values)
    wanted = claims.get(wanted, wanted)
    paths = list(paths_in(values))
    if wanted in paths:
        return value_of(wanted, results, values)
    printed_names = printed_labels(PAPER, values)
    names = [*known, *printed_names, *results.catalogue.experiments, *claims, *paths]
    nearest = difflib.get_close_matches(wanted, names, n=CHOICES, cutoff=0.4)
    choices = [*nearest, *(choice for choice in known if wanted and wanted in choice)][:CHOICES]
    hint = f"the nearest are: {', '.join(choices)}" if choices else "see paper/ and paper.json"
    raise InputError(
        f"'{name}' is no table, figure, section, experiment, claim or value of study "
        f"{results.study.name}; {hint}"
    )


def plain(name: str) -> str:
    """A name without the folder and the endings of the file that it may stand for."""
    wanted = name.strip().removeprefix(f"{PAPER}/").removesuffix(".j2")
    return wanted.removesuffix(".tex").removesuffix(".pdf")


def target_of(part: str) -> str:
    """The file that Snakemake makes of a table, figure or section."""
    return f"{part}.pdf" if part.startswith("figures/") else f"{PAPER}/{part}.tex"


def known_parts() -> dict[str, str]:
    """All names of tables, figures and sections: with folder, alone, and as labelled."""
    shown = exhibits(PAPER)
    known = {
        f"{exhibit.kind}/{exhibit.name}": f"{exhibit.kind}/{exhibit.name}" for exhibit in shown
    }
    known |= {exhibit.label: f"{exhibit.kind}/{exhibit.name}" for exhibit in shown}
    sections = sorted(path.name.split(".")[0] for path in PAPER.glob("sections/*.tex.j2"))
    known |= {f"sections/{section}": f"sections/{section}" for section in sections}
    alone = [part.partition("/")[2] for part in set(known.values())]
    single = {part.partition("/")[2]: part for part in known.values()}
    return known | {short: part for short, part in single.items() if alone.count(short) == 1}


def part_of_paper(name: str, results: Results, values: Values) -> Subject:
    """Describe a table, a figure or a section."""
    kind, _, short = name.partition("/")
    if kind == "figures":
        return Subject(
            name=name,
            kind=kind,
            target=target_of(name),
            made_by=made_by("smartiqa.stages.figure", f"smartiqa.paper.figures.{short}"),
            paths=(),
            files=tuple(figure_files(short, results)),
            sources=figure_sources(short, values),
        )
    template = PAPER / kind / f"{short}.tex.j2"
    paths = tuple(sorted(Reader(values).paths_read(template)))
    used = [file for key, file in OTHER_FILES.items() if any(is_below(path, key) for path in paths)]
    return Subject(
        name=name,
        kind=kind,
        target=target_of(name),
        made_by=made_by("smartiqa.stages.render"),
        paths=paths,
        files=(
            *template_closure(template),
            *(results.folder / file for file in ["paper.json", *used] if paths),
        ),
        sources=sources_of(paths, values),
    )


def experiment_of(name: str, results: Results, values: Values) -> Subject:
    """Describe an experiment: all that is known of it, which are its settings before it has run.

    Raises:
        InputError: the study does not run it.
    """
    study, target = results.study, str(results.first_run(name) / "metrics.json")
    if name not in results.planned:
        title = results.catalogue.experiments[name].title
        raise InputError(
            f"study {study.name} does not run the experiment {name} ({title}): add it to "
            f"`experiments` of the study, then: {build_command(results.study.name, target)}"
        )
    known = values.get("experiments", {}).get(name)
    leaves = tuple(paths_in(known, f"experiments.{name}", leaves=True)) if known else ()
    return Subject(
        name=name,
        kind="experiment",
        target=target,
        made_by=made_by("smartiqa.stages.score"),
        paths=leaves,
        files=(results.folder / "paper.json",),
        sources=Sources((name,), study.seeds_of(name), study.datasets_of(name)),
    )


def claims_in(values: Values) -> dict[str, str]:
    """Return the paths of the ledger's claims by their ids; none before it is written."""
    claims = values.get("ledger", {}).get("claims", ())
    return {claim["id"]: f"ledger.claims[{number}]" for number, claim in enumerate(claims)}


def value_of(path: str, results: Results, values: Values) -> Subject:
    """Describe one value, or all values below a path."""
    leaves = tuple(paths_in(at(path, values), path, leaves=True))
    file = OTHER_FILES.get(path.partition(".")[0], "paper.json")
    stage = {"paper.json": "collate"}.get(file, file.removesuffix(".json"))
    published = [PUBLISHED] if is_below(path, "published") else []
    counted = [results.folder / "complexity.json"] if "complexity" in path else []
    return Subject(
        name=path,
        kind="value",
        target=str(results.folder / file),
        made_by=made_by(f"smartiqa.stages.{stage}"),
        paths=leaves,
        files=(results.folder / file, *published, *counted),
        sources=sources_of(leaves, values),
    )


def made_by(*modules: str) -> str:
    """Name a stage, or what it draws, with the digest of the code that this depends on."""
    return f"{modules[-1]}, code {code_digest(modules)}"


def shown_value(subject: Subject, values: Values) -> list[str]:
    """The value itself, if it is one value."""
    if subject.kind != "value":
        return []
    return [f"value: {json.dumps(at(subject.name, values), ensure_ascii=False, sort_keys=True)}"]


def at(path: str, values: Any) -> Any:
    """Return what stands at a path, such as comparisons.ablation[0].difference."""
    while path:
        if path.startswith("["):
            number, _, path = path[1:].partition("]")
            values, path = values[int(number)], path.removeprefix(".")
        else:
            key = first_of(path, values)
            values, path = values[key], path[len(key) :].removeprefix(".")
    return values


def read_lines(subject: Subject, with_values: bool) -> list[str]:
    """How many values are read; with `with_values` all of them."""
    if not subject.paths or subject.kind == "value":
        return []
    many = f"{len(subject.paths)} values"
    return [f"{many}:", *subject.paths] if with_values else [f"{many} (--values lists them)"]


def figure_files(figure: str, results: Results) -> Iterator[Path]:
    """Yield the result files that a figure reads."""
    scope = scope_of_plan(results.study, results.catalogue)
    for path in expand_needs(declared_needs(figure), scope):
        yield results.folder / path


def paths_in(values: Any, path: str = "", leaves: bool = False) -> Iterator[str]:
    """Yield the path of every value, and of every level unless only leaves are wanted."""
    below: Sequence[tuple[str, Any]] = ()
    if isinstance(values, Mapping):
        below = [(f"{path}.{key}" if path else key, value) for key, value in values.items()]
    elif isinstance(values, list) and any(isinstance(item, Mapping) for item in values):
        below = [(f"{path}[{number}]", value) for number, value in enumerate(values)]
    if path and not (below and leaves):
        yield path
    for deeper, value in below:
        yield from paths_in(value, deeper, leaves)


def is_below(path: str, level: str) -> bool:
    """Whether a path is `level` or lies below it."""
    return path == level or path.startswith((f"{level}.", f"{level}["))
