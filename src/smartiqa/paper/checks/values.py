"""What the templates of a paper see, as shapes, and the check of all of them.

Types say what `paper.json` and the records beside it hold; which experiments, groups and published
numbers there are, the catalogue and `published.yaml` say, which are files of the repository.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel

from smartiqa.config.catalogue import Catalogue
from smartiqa.config.experiment import Model
from smartiqa.config.roles import Roles, Step
from smartiqa.config.splits import SplitKind
from smartiqa.core.errors import InputError
from smartiqa.core.yaml_files import read_yaml
from smartiqa.data.adapters import adapter_names
from smartiqa.data.needs import SplitName
from smartiqa.evaluation.comparisons import CROSS_GROUP
from smartiqa.models.counting import published_configurations
from smartiqa.paper.checks.commands import known_names
from smartiqa.paper.checks.expressions import CHOSEN
from smartiqa.paper.checks.filters import filters_of, tests_of
from smartiqa.paper.checks.shapes import Items, Plain, Record, Shape, Table, Text
from smartiqa.paper.checks.templates import Walk
from smartiqa.paper.checks.typed import Types, shape_of_content
from smartiqa.paper.latex.environment import FILTERS, FUNCTIONS, HELPERS, THRESHOLDS, environment
from smartiqa.paper.latex.wording import RunStep
from smartiqa.paper.lineage import KINDS, IndexRow, index
from smartiqa.paper.rendering import RECORDS
from smartiqa.results.comparison_results import Gain
from smartiqa.results.dataset_records import DatasetRecord, SplitRecord
from smartiqa.results.paper_results import PaperResults
from smartiqa.results.records import Timing


def whole_numbers(*ends: int) -> list[int]:
    """What Jinja's `range` takes and returns."""
    return list(range(*ends))


class Findings(NamedTuple):
    """What is wrong with templates, what the check cannot see, and how much it saw."""

    problems: list[str]
    unseen: list[str]
    templates: int
    paths: int


def texts(names: Any) -> Text:
    """A text that is one of these names."""
    return Text(frozenset(names))


def known_fields(catalogue: Catalogue, published: Path) -> dict[tuple[type[BaseModel], str], Shape]:
    """What fields hold, as the catalogue, the published numbers and the code know it."""
    ids, steps = texts(catalogue.experiments), texts(step.name for step in catalogue.roles.steps)
    models = texts(published_configurations())
    groups = catalogue.groups_with(catalogue.roles)
    members = {name: Items(texts(names)) for name, names in groups.items()}
    return {
        (PaperResults, "experiments"): ids,
        (PaperResults, "groups"): Record("groups", members),
        (PaperResults, "complexity"): models,
        (PaperResults, "published"): shape_of_content(read_yaml(published), "published"),
        (Roles, "quoted"): Table(ids, frozenset(catalogue.roles.quoted)),
        (Timing, "published"): models,
        (Gain, "shares"): steps,
        (Step, "name"): steps,
        (RunStep, "name"): steps,
        (Model, "backbone"): texts(e.model.backbone for e in catalogue.experiments.values()),
        (DatasetRecord, "adapter"): texts(adapter_names()),
        (SplitRecord, "kind"): texts(get_args(SplitKind)),
        (SplitRecord, "drawn"): texts(get_args(SplitName)),
        (IndexRow, "kind"): texts(KINDS),
    }


def known_arguments(catalogue: Catalogue) -> dict[str, Text]:
    """What functions take that have a parameter of this name."""
    ids = texts(catalogue.experiments)
    groups = texts([*catalogue.groups_with(catalogue.roles), CROSS_GROUP])
    return {
        "group": groups,
        "adapter": texts(adapter_names()),
        **dict.fromkeys(("name", "names", "first", "second", "reference"), ids),
    }


def visible(types: Types) -> dict[str, Shape]:
    """The names that every template sees."""
    values = types.shape(PaperResults)
    fields = dict(values.fields) if isinstance(values, Record) else {}
    fields |= {name: types.shape(kind) for name, kind in RECORDS.items()}
    fields |= {name: types.function(name, f, given=1) for name, f in FUNCTIONS.items()}
    fields |= {name: types.function(name, f) for name, f in HELPERS.items()}
    fields["exhibits"] = types.function("exhibits", index, given=2)
    fields["range"] = types.function("range", whole_numbers)
    return fields | dict.fromkeys(THRESHOLDS, Plain())


def check_templates(paper: Path, catalogue: Catalogue, published: Path) -> Findings:
    """Check every template below a folder: first what includes macros, then unused macros.

    Raises:
        InputError: there is none, or a file is no template.
    """
    macros = sorted((paper / "macros").glob("*.j2"))
    templates = [path for path in sorted(paper.rglob("*.j2")) if path not in macros]
    if not templates:
        raise InputError(f"{paper} has no templates (*.j2); name the folder that main.tex.j2 is in")
    types = Types(known_fields(catalogue, published), known_arguments(catalogue))
    tex = environment()
    walk = Walk(
        visible(types),
        filters_of(tex.filters, FILTERS, types),
        tests_of(tex.tests),
        known_names(paper),
    )
    for path in templates:
        walk.template(path)
    for path in macros:
        walk.macros(path)
    walk.references()
    return Findings(
        list(walk.problems), list(walk.unseen), len(templates) + len(macros), len(walk.seen)
    )


def told(found: Findings, with_unseen: bool) -> str:
    """Say what was found, a line each."""
    kinds = Counter(
        "names that each study chooses" if line.endswith(CHOSEN) else "keys that come from values"
        for line in found.unseen
    )
    counted = ", ".join(f"{count} {what}" for what, count in sorted(kinds.items()))
    lines = [f"not seen: {line}" for line in found.unseen if with_unseen]
    lines.append(
        f"{found.templates} templates: {len(found.problems)} problems in {found.paths} names and "
        f"keys; {len(found.unseen)} not seen" + (f" ({counted})" if counted else "")
    )
    return "".join(f"{line}\n" for line in lines)
