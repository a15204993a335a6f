"""Render one template of the paper with the values of a study."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smartiqa.core.json_files import fields_of_model
from smartiqa.core.strict import Known
from smartiqa.paper.latex.environment import render
from smartiqa.paper.lineage import index
from smartiqa.results.paper_results import PaperResults
from smartiqa.results.records import Cost, JudgedLedger, StageRecord, Timing, read_record

# What templates may read beside `paper.json`, by the name that it has there.
RECORDS: Known[type[StageRecord]] = Known(
    "record of a study", {"ledger": JudgedLedger, "timing": Timing, "cost": Cost}
)
OTHER_FILES = {"ledger": "claims.json", "timing": "timing.json", "cost": "cost.json"}


def render_part(template: Path, values: Mapping[str, Any], output: Path) -> None:
    """Render one template of the folder `paper` (of its top, of `sections` or of `tables`).

    Beside the values, it can call `exhibits()`, the index of what tables and figures come from.

    Raises:
        InputError: the template is missing or broken, or uses a value that is missing or NaN.
    """
    at_the_top = (template.parent / "main.tex.j2").is_file()
    paper = template.parent if at_the_top else template.parent.parent
    render(template, values, output, {"exhibits": functools.partial(index, paper, values)})


def read_values(values: Path, **others: Path | None) -> dict[str, Any]:
    """Read `paper.json` and add the content of other files, each under its name in `RECORDS`.

    Raises:
        InputError: a file is missing, or is not what its stage writes.
    """
    given = {name: path for name, path in others.items() if path is not None}
    records = {name: read_record(RECORDS[name], path) for name, path in given.items()}
    return fields_of_model(read_record(PaperResults, values)) | {
        name: fields_of_model(record) for name, record in records.items()
    }


def values_of_study(folder: Path) -> dict[str, Any]:
    """Read the `paper.json` of a study, and what there is of `OTHER_FILES`; as `read_values`."""
    others = {name: folder / file for name, file in OTHER_FILES.items()}
    there = {name: path for name, path in others.items() if path.is_file()}
    return read_values(folder / "paper.json", **there)
