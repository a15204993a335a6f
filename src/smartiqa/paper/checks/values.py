"""What the templates of a paper see, as shapes, and the check of all of them.

Types say what `paper.json` and the records beside it hold; which experiments, groups and published
numbers there are, the catalogue and `published.yaml` say, which are files of the repository.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from smartiqa.config.catalogue import Catalogue
from smartiqa.core.yaml_files import read_yaml
from smartiqa.evaluation.comparisons import CROSS_GROUP
from smartiqa.models.counting import published_configurations
from smartiqa.paper.checks.shapes import (
    Items,
    Plain,
    Record,
    Shape,
    Table,
    Text,
    function_shape,
    shape_of_content,
    shape_of_type,
)
from smartiqa.paper.checks.templates import Walk
from smartiqa.paper.latex.environment import FUNCTIONS, HELPERS, THRESHOLDS
from smartiqa.paper.lineage import index
from smartiqa.paper.rendering import RECORDS
from smartiqa.results.paper_results import ExperimentResults, PaperResults
from smartiqa.results.records import Counts


def whole_numbers(*ends: int) -> list[int]:
    """What Jinja's `range` takes and returns."""
    return list(range(*ends))


class Findings(NamedTuple):
    """What is wrong with templates, what the check cannot see, and how much it saw."""

    problems: list[str]
    unseen: list[str]
    templates: int
    paths: int


def visible(catalogue: Catalogue, published: Path) -> dict[str, Shape]:
    """The names that every template sees."""
    values = shape_of_type(PaperResults)
    fields = dict(values.fields) if isinstance(values, Record) else {}
    fields |= {name: shape_of_type(kind) for name, kind in RECORDS.items()}
    fields |= _named_by_catalogue(catalogue, fields)
    fields["published"] = shape_of_content(read_yaml(published), "published")
    functions = {name: function_shape(name, f, given=1) for name, f in FUNCTIONS.items()}
    functions |= {name: function_shape(name, f) for name, f in HELPERS.items()}
    functions["exhibits"] = function_shape("exhibits", index, given=2)
    functions["range"] = function_shape("range", whole_numbers)
    return fields | functions | dict.fromkeys(THRESHOLDS, Plain())


def _named_by_catalogue(catalogue: Catalogue, fields: Mapping[str, Shape]) -> dict[str, Shape]:
    """The levels whose keys the catalogue and the published models know."""
    ids = frozenset(catalogue.experiments)
    groups = catalogue.groups_with(catalogue.roles)
    quoted = Table(Text(ids), frozenset(catalogue.roles.quoted))
    roles = fields["roles"]
    casts = dict(roles.fields) if isinstance(roles, Record) else {}
    return {
        "experiments": Table(shape_of_type(ExperimentResults), ids),
        "groups": Record("groups", {n: Items(Text(frozenset(m))) for n, m in groups.items()}),
        "roles": Record("roles", casts | {"quoted": quoted}),
        "complexity": Table(shape_of_type(Counts), frozenset(published_configurations())),
    }


def named_arguments(catalogue: Catalogue) -> dict[str, Shape]:
    """What functions take that have a parameter of this name: experiments, and their groups."""
    ids = Text(frozenset(catalogue.experiments))
    groups = Text(frozenset(catalogue.groups_with(catalogue.roles)) | {CROSS_GROUP})
    return {"group": groups, **dict.fromkeys(("name", "names", "first", "second"), ids)}


def check_templates(paper: Path, catalogue: Catalogue, published: Path) -> Findings:
    """Check every template below a folder: first what includes macros, then unused macros.

    Raises:
        InputError: a file is no template.
    """
    walk = Walk(visible(catalogue, published), named_arguments(catalogue))
    macros = sorted((paper / "macros").glob("*.j2"))
    templates = [path for path in sorted(paper.rglob("*.j2")) if path not in macros]
    for path in templates:
        walk.template(path)
    for path in macros:
        walk.macros(path)
    return Findings(
        list(walk.problems), list(walk.unseen), len(templates) + len(macros), len(walk.seen)
    )
