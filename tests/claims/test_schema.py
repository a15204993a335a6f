"""Every message about the ledger's file, whole: the file, the claim, and what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from smartiqa.claims.schema import load_ledger
from smartiqa.core.errors import InputError

CLAIM = {
    "id": "made-01",
    "source": "here",
    "claim": "made up",
    "kind": "arithmetic",
    "needs": "nothing",
    "unit": "number",
    "published": "1",
    "ours": "1",
    "why": "exact",
}


def message(folder: Path, claims: list[Any], **changes: Any) -> str:
    rule = {"adapter": "koniq10k", "images": 9900, "crop": 224, "pretraining": "ImageNet"}
    content = {"decided_by": rule, "units": {"number": {}}, "claims": claims} | changes
    path = folder / "claims.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(InputError) as caught:
        load_ledger(path)
    return str(caught.value).replace(f"{folder}/", "")


def test_a_claim_without_an_id_is_named_by_its_place(tmp_path: Path) -> None:
    nameless = {key: value for key, value in CLAIM.items() if key != "id"}
    found = message(tmp_path, [CLAIM, nameless])
    assert found.startswith("claims.yaml: claim number 2: id: ")
    assert message(tmp_path, ["text"]).startswith("claims.yaml: claim number 1: ")


def test_what_is_there_twice_is_named(tmp_path: Path) -> None:
    twice = message(tmp_path, [CLAIM, CLAIM])
    assert twice == "claims.yaml: claim made-01 is there more than once"
    units = {"number": {"keys": ["srcc"]}, "kg": {"keys": ["srcc", "mass"]}}
    found = message(tmp_path, [CLAIM], units=units)
    assert found == "claims.yaml: unit of srcc is there more than once"


def test_a_unit_that_no_one_defines_is_named(tmp_path: Path) -> None:
    found = message(tmp_path, [CLAIM | {"unit": "stone"}])
    assert found == "claims.yaml: claim made-01: 'stone' is not one of its units"
