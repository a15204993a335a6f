"""What a check of a dataset finds: one row a problem, and how it is counted and told.

Two severities. An *error* makes a row unusable or a test meaningless: broken files, bad labels, the
same pixels on both sides of a split. Strict preparation stops at errors; otherwise exactly these
rows are left out and listed. A *note* is worth knowing but stops nothing: images without a label
(references, for instance), equal pixels within one split, images that look the same, another number
of images than published.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from smartiqa.core.errors import InputError, first_named
from smartiqa.core.files import damage_of, damaged, replace_atomically
from smartiqa.core.tables import Columns, read_csv
from smartiqa.data.fetch.source_state import MANIFEST_FILE

ERROR, NOTE = "error", "note"
FINDING_COLUMNS = ["problem", "severity", "id", "detail"]
KINDS: Columns = {**dict.fromkeys(FINDING_COLUMNS, "text"), "row": "number"}
FINDINGS_FILE, TABLE_FILE = "findings.csv", "problems.csv"
# Of a pair of images the first one stays as it is and is named first: the test split as published.
PRECEDENCE = {"test": 0, "validation": 1, "train": 2}
NAMED = 5  # as many names a problem are shown
LONGEST = 100  # characters of a name


def table_of(findings: pd.DataFrame) -> pd.DataFrame:
    """Return one row a kind of problem: columns problem, severity, count, first (names)."""
    groups = findings.groupby(["severity", "problem"], sort=True)["id"]
    return pd.DataFrame(
        [
            (problem, severity, len(names), first_named([*map(_shown, names.unique())], NAMED))
            for (severity, problem), names in groups
        ],
        columns=["problem", "severity", "count", "first"],
    )


def write_findings(folder: Path, findings: pd.DataFrame) -> None:
    """Write every finding, with its row of the labels counted from 1 (0: of none), and the table.

    Args:
        folder: gets `findings.csv` and `problems.csv`.
        findings: columns `FINDING_COLUMNS`; the index is the row of the labels, -1 for none.
    """
    numbered = findings[FINDING_COLUMNS].reset_index(names="row")
    numbered["row"] += 1
    for name, frame in ((TABLE_FILE, table_of(findings)), (FINDINGS_FILE, numbered)):
        with replace_atomically(folder / name) as temporary:
            frame.to_csv(temporary, index=False)


def left_out(folder: Path) -> dict[str, Any]:
    """Read `findings.csv` in `folder` and sum up what was left out of the dataset, and why.

    Returns:
        `images`, how many; `problems`, one record a kind of problem with `problem`, `images` and
        `first`, the first names. An image may have several problems.

    Raises:
        InputError: there is no such file, or it is damaged.
    """
    path = folder / FINDINGS_FILE
    findings = read_csv(path, KINDS, "prepare", verified_report)
    errors = findings[findings["severity"] == ERROR]
    return {
        "images": int(errors["row"].nunique()),
        "problems": [
            {"problem": problem, "images": len(names), "first": names.unique()[:NAMED].tolist()}
            for problem, names in errors.groupby("problem", sort=True)["id"]
        ],
    }


def verified_report(path: Path) -> Path:
    """Return a file of the folder `checks` if it is what was written there.

    The folder is no output of the workflow, so that it stays when a strict preparation fails. With
    a file that is damaged or missing the manifest beside it goes aside, so both are made anew.

    Raises:
        InputError: the file is damaged or missing.
    """
    problem = damage_of(path) if path.is_file() else "there is no such file"
    if not problem:
        return path
    manifest = path.parent.with_name(MANIFEST_FILE)
    if manifest.is_file():
        raise damaged(manifest, f"{path.parent.name}/{path.name} belongs to it, and {problem}")
    raise InputError(f"{path}: {problem}; the stage prepare makes it with the manifest")


def _shown(name: str) -> str:
    """A name as it fits into a line of a table: without line ends, and not of 5,000 letters."""
    printable = name if name.isprintable() else ascii(name)[1:-1]
    return printable if len(printable) <= LONGEST else f"{printable[:LONGEST]}..."
