"""What catalogs and reference managers read of the repository is true."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
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


def test_the_layout_is_what_the_catalog_asks_for() -> None:
    """Of its "standardized usage"; `snakedeploy` copies `config` and reads a file of it."""
    for name in ("workflow/Snakefile", "config/README.md", "config/config.yaml"):
        assert (ROOT / name).is_file(), name
    assert all(path.suffix == ".smk" for path in (ROOT / "workflow/rules").iterdir())
    assert {"workflow", "snakemake"} <= set(re.findall(r"\w+", (ROOT / "README.md").read_text()))


def test_every_rule_says_what_it_is_for_and_every_caption_is_there() -> None:
    """`snakemake --list` prints the former, `snakemake --report` the latter."""
    for path in RULES:
        text = path.read_text(encoding="utf-8")
        rules = re.findall(r"^ *(?:rule|checkpoint) (\w+):\n( +\"\"\"\w)?", text, re.MULTILINE)
        assert not [name for name, said in rules if not said], path.name
        for caption in re.findall(r'caption="(.*?)"', text):
            assert (path.parent / caption).is_file(), caption
        assert text.count("report(\n") == len(re.findall(r"labels=\{", text)), path.name


def test_a_version_is_the_same_everywhere_and_dated_once_it_is_released() -> None:
    """`docs/how-to/release.md` says how a version is released."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+) \((unreleased|\d{4}-\d\d-\d\d)\)$", changelog, re.MULTILINE)
    assert newest
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert newest[1] == project["version"]
    released = str(read("CITATION.cff").get("date-released", "unreleased"))
    assert newest[2] == released


def test_every_photo_and_all_code_and_weights_have_a_licence() -> None:
    folder = ROOT / "data" / "demo"
    photos = pd.read_csv(folder / "photos" / "manifest.csv").set_index("file")
    assert set(photos.index) == {path.name for path in (folder / "photos").glob("*.jpg")}
    assert photos["licence"].str.match(r"CC|MIT|public domain", case=False).all()
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT")
    for weights in (folder / "weights").glob("*.safetensors"):
        assert weights.with_suffix(".json").is_file()
    assert "under the licence of the code" in (ROOT / "data/README.md").read_text(encoding="utf-8")


def test_the_citation_is_of_this_version() -> None:
    citation = read("CITATION.cff")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    for work in citation["references"]:
        assert {"type", "title", "authors"} <= work.keys()
