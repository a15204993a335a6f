"""A study whose experiments have other ids has the same plan."""

from __future__ import annotations

import re
from pathlib import Path

from workspace import copy_repository, snakemake

from other_ids import ID, OTHER, renamed_text


def planned_outputs(folder: Path) -> list[str]:
    """Every file that a dry run of the tiny study's paper would make."""
    printed = snakemake(folder, "--dry-run", "--", "paper/main.pdf").stdout
    return sorted(re.findall(r"^ +output: (.*)$", printed, re.MULTILINE))


def test_other_ids_have_the_same_plan(tmp_path: Path) -> None:
    known, other = (copy_repository(tmp_path / name) for name in ("known", "other"))
    for path in sorted((other / "workflow" / "config").glob("*.yaml")):
        path.write_text(renamed_text(path.read_text(encoding="utf-8")), encoding="utf-8")
    planned, found = planned_outputs(known), planned_outputs(other)
    assert any("runs/C3/" in outputs for outputs in planned)
    assert any(f"runs/{OTHER['C3']}/" in outputs for outputs in found)
    assert not ID.search(" ".join(found))
    assert found == sorted(map(renamed_text, planned))
