"""The form of `results/<study>/jobs.json`: what was recorded of the jobs that made the results.

It may come from anywhere with the results, so nothing in it is believed before it was checked.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, RootModel

from smartiqa.core.json_files import read_json
from smartiqa.core.strict import Sha256, Strict, validated

LEDGER = "jobs.json"

Entries = dict[str, dict[str, Any]]


def _inside(path: str) -> str:
    if not path or PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError(f"{path!r} leads outside of the repository")
    return path


Inside = Annotated[str, AfterValidator(_inside)]


class JobRecord(BaseModel):
    """What Snakemake recorded, as far as it is read here; the rest depends on its version."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    input: list[str]
    log: list[Inside]
    input_checksums: dict[str, str]
    params: list[Any] | None
    record_format_version: int


class LedgerEntry(Strict):
    """One output.

    Attributes:
        sha256: of its content, when its job had made it.
        folders: digests of the folders among its inputs, which Snakemake does not read.
        record: of its job.
    """

    sha256: Sha256
    folders: dict[Inside, Sha256 | None]
    record: JobRecord


class Ledger(RootModel[dict[Inside, LedgerEntry]]):
    """All outputs of a study, by their paths relative to the repository."""


def read_ledger(path: Path) -> Entries:
    """Read and check a ledger; one that is not there is empty.

    Raises:
        InputError: it is damaged or has another form; the message names output and field.
    """
    if not path.is_file():
        return {}
    content: Entries = read_json(path)
    validated(Ledger, content, str(path))
    return content
