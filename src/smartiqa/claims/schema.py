"""The ledger as it is written in YAML: units, the deciding study, and the claims."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from smartiqa.claims.run_results import DecidingStudy
from smartiqa.core.errors import InputError
from smartiqa.core.strict import (
    Flag,
    NonNegative,
    Number,
    Positive,
    Strict,
    Text,
    WholeNumber,
    not_empty,
    validated,
)
from smartiqa.core.yaml_files import read_yaml
from smartiqa.results.records import ClaimKind, ClaimNeeds

Relation = Literal["equals", "at_most", "at_least", "size_at_most", "size_at_least"]
UNITS_OF_WORDS = ("name", "yes or no")
NUMBER = "number"  # the unit of plain numbers, which fit every unit
Percentage = Annotated[str, Field(pattern=r"^\d+(\.\d+)? %$")]


class Unit(Strict):
    """A unit: the keys whose numbers have it, and the least change of it that matters to a reader.

    A claim must turn out differently when its value changes by that much; "5 %" is relative.
    Numbers are printed with `decimals` or more.
    """

    keys: tuple[str, ...] = ()
    change: Positive | Percentage = "5 %"
    decimals: WholeNumber = 0


class Claim(Strict):
    """One claim of the publication, and how it is checked.

    Attributes:
        claim: our short paraphrase.
        needs: what decides it: nothing but the ledger itself, the data of the deciding study,
            models timed on a GPU in any study, or the deciding study trained on a GPU.
        subject: `publication` where only the study that it is about can decide, `method` where
            every study measures it, though at its own scale.
        published: expression of the published value.
        ours: expression that recomputes it.
        relation: how `ours` must lie to `bound`; `equals` allows the tolerance on both sides, and
            `size_` compares without the sign.
        bound: what `ours` is compared with; the published value if it is not given.
        tolerance: absolute in the claim's unit, or "3 %" of the bound.
        why: the reason for the tolerance or the bound.
        readings: other expressions under which the published value may hold, by their description.
    """

    id: Annotated[str, Field(pattern=r"^[a-z]+-\d\d$")]
    source: Text
    claim: Text
    kind: ClaimKind
    needs: ClaimNeeds
    subject: Literal["publication", "method"] = "publication"
    unit: Text
    published: Text | Flag
    ours: Text
    relation: Relation = "equals"
    bound: Text | Number | None = None
    tolerance: NonNegative | Percentage = 0.0
    why: Text
    readings: dict[str, str] = {}


class Ledger(Strict):
    """All claims, the units of their numbers, and the study that decides them."""

    decided_by: DecidingStudy
    units: dict[str, Unit]
    claims: Annotated[tuple[Claim, ...], AfterValidator(not_empty)]

    @property
    def unit_of_key(self) -> dict[str, str | None]:
        """The unit of each key; None for plain numbers."""
        return {
            key: None if name == NUMBER else name
            for name, unit in self.units.items()
            for key in unit.keys
        }


def load_ledger(path: Path) -> Ledger:
    """Read and validate the ledger.

    Raises:
        InputError: the file is missing or breaks the schema; a claim is named by its id, or by
            its place if it has none.
    """
    content = read_yaml(path)
    entries = content.get("claims")
    for place, entry in enumerate(entries if isinstance(entries, list) else [], start=1):
        validated(Claim, entry, f"{path}: claim {_name_of(entry, place)}")
    ledger = validated(Ledger, content, str(path))
    _reject_duplicates("claim", [claim.id for claim in ledger.claims], path)
    _reject_duplicates("unit of", [k for unit in ledger.units.values() for k in unit.keys], path)
    for claim in ledger.claims:
        if claim.unit not in {*ledger.units, *UNITS_OF_WORDS}:
            raise InputError(f"{path}: claim {claim.id}: '{claim.unit}' is not one of its units")
    return ledger


def _name_of(entry: Any, place: int) -> str:
    identifier = entry.get("id") if isinstance(entry, dict) else None
    return str(identifier) if identifier else f"number {place}"


def _reject_duplicates(what: str, names: list[str], path: Path) -> None:
    repeated = sorted(name for name, times in Counter(names).items() if times > 1)
    if repeated:
        raise InputError(f"{path}: {what} {', '.join(repeated)} is there more than once")
