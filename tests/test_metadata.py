"""What catalogs and reference managers read of the repository is true."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
RULES = [*ROOT.glob("workflow/rules/*.smk")]


def read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return content


def test_the_catalog_promises_what_the_rules_have() -> None:
    usage = read(".snakemake-workflow-catalog.yml")["usage"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in RULES)
    assert usage["software-stack-deployment"] == {
        "conda": bool(re.search(r"^ +conda:", text, re.M))
    }
    assert usage["report"] is ("report(" in text)


def test_the_citation_is_of_this_version() -> None:
    citation = read("CITATION.cff")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    for work in citation["references"]:
        assert {"type", "title", "authors"} <= work.keys()
