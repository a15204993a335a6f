"""What the documentation names is there: files, modules, stages, options, targets, settings."""

from __future__ import annotations

import importlib
import re
from typing import Any

import pytest
import yaml
from typer.main import get_command

from mutants import GROUPS
from smartiqa.cli import app, stages
from smartiqa.config.catalogue import Catalogue
from smartiqa.core.strict import validated
from smartiqa.new_study.backbones import NAMES
from smartiqa.paper.figures.needs import figure_names
from smartiqa.provenance.code_digest import SOURCE

ROOT = SOURCE.parents[1]
CONFIG = ROOT / "workflow" / "config"
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "data/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in PAGES}
OUTPUTS = ("results", "figures", "paper/main.pdf", "workflow/config/mine.yaml")
FOLDERS = (
    "src",
    "tests",
    "docs",
    "workflow",
    "benchmarks",
    "envs",
    "profiles",
    "data/demo",
    "paper",
)
METHODS = r"`((?:smartiqa|metrics|data|training|ledger|models|photos|latex)(?:\.\w+)+)`"

pages = pytest.mark.parametrize("page", TEXTS)


def commands(text: str) -> str:
    """The blocks of commands on a page, and what else is set as code."""
    found = re.findall(r"```sh\n(.*?)```|`([^`\n]+)`", text, re.DOTALL)
    return "\n".join(block or inline for block, inline in found)


def is_there(name: str) -> bool:
    """Whether a module, or what stands in one, has this name."""
    parts = name.removeprefix("smartiqa.").split(".")
    for length in range(len(parts), 0, -1):
        module = SOURCE.joinpath(*parts[:length])
        if module.is_dir() or module.with_suffix(".py").is_file():
            break
    else:
        return False
    found = importlib.import_module(".".join(["smartiqa", *parts[:length]]))
    for part in parts[length:]:
        found = getattr(found, part, None)
    return found is not None


@pages
def test_files_are_there(page: str) -> None:
    text = TEXTS[page]
    named = set(re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*)`", text))
    named |= set(re.findall(r"\]\(([\w./-]+)\)", text))
    there = [name for name in named if (ROOT / name).exists() or (SOURCE / name).exists()]
    assert not [name for name in named - set(there) if not name.startswith(OUTPUTS)]


@pages
def test_modules_and_functions_are_there(page: str) -> None:
    files = (".csv", ".json", ".md", ".parquet", ".yaml")
    named = {name for name in re.findall(METHODS, TEXTS[page]) if not name.endswith(files)}
    assert not [name for name in sorted(named) if not is_there(name)]


@pages
def test_stages_and_their_options_are_there(page: str) -> None:
    for stage, rest in re.findall(r"smartiqa ([a-z][a-z-]*)(.*)", commands(TEXTS[page])):
        assert stage in stages()
        command: Any = get_command(app)
        parameters = command.get_command(None, stage).params
        offered = {name for parameter in parameters for name in parameter.opts} | {"--help"}
        assert set(re.findall(r"--[a-z-]+", rest.partition(" | ")[0])) <= offered


@pages
def test_targets_are_there(page: str) -> None:
    text = commands(TEXTS[page])
    made = re.findall(r"^([a-z -]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"^make ([a-z-]+)", text, re.MULTILINE)) <= set(" ".join(made).split())
    assert set(re.findall(r"figures/(\w+)\.pdf", text)) <= set(figure_names())
    tables = {path.name.split(".")[0] for path in (ROOT / "paper" / "tables").glob("*.tex.j2")}
    assert set(re.findall(r"paper/tables/(\w+)\.tex\b", text)) <= tables
    studies = {path.stem for path in CONFIG.glob("*.yaml")} | {"mine"}
    assert set(re.findall(r"config study=(\S+)", text)) <= studies
    rules = "".join(path.read_text() for path in (ROOT / "workflow" / "rules").glob("*.smk"))
    named = re.findall(r"snakemake .*? -- ([a-z_]+)\b(?![/.])", text)
    assert set(named) <= set(re.findall(r"rule (\w+):", rules))


def test_own_images_are_one_command_and_a_paper() -> None:
    """That they work is tried by tests/new_study."""
    told = TEXTS["README.md"].split("## Your own images")[1].split("\n## ")[0]
    commands = re.findall(r"^(?:smartiqa|make|snakemake) .*", told, re.MULTILINE)
    assert [line.split()[1] for line in commands] == ["new-study", "paper"]
    for name in NAMES:
        assert f"`{name}`" in told, name


def test_the_readmes_experiment_is_one() -> None:
    block = re.search(r"`experiments` \(.*?```yaml\n(.*?)```", TEXTS["README.md"], re.DOTALL)
    assert block
    catalogue = yaml.safe_load((CONFIG / "experiments.yaml").read_text(encoding="utf-8"))
    (added,) = yaml.safe_load(block[1]).items()
    assert added[0] not in catalogue["experiments"]
    catalogue["experiments"] |= dict([added])
    catalogue["groups"]["regularisation"].append(added[0])
    assert added[0] in validated(Catalogue, catalogue, "experiments.yaml").experiments


def test_every_module_to_mutate_is_measured_or_named() -> None:
    page = TEXTS["docs/explanation/mutants.md"]
    listed = re.search(r"## Measured\n(.*?)## Survivors", page, re.DOTALL)
    assert listed
    globs = [pattern for group in GROUPS.values() for pattern in group.modules]
    paths = {path.relative_to(SOURCE) for pattern in globs for path in SOURCE.glob(pattern)}
    modules = {".".join(path.with_suffix("").parts) for path in paths if path.stem != "__init__"}
    measured, _, rest = listed[1].partition("Not measured yet:")
    assert set(re.findall(r"`([\w.]+)`", measured.partition("|")[2] + rest)) == modules


def test_every_finding_is_listed_and_says_what_was_expected_and_seen() -> None:
    folder = ROOT / "findings"
    listed = re.findall(r"^\| `(\w+)` \|", (folder / "README.md").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(path.stem for path in folder.glob("*.sh"))
    for script in folder.glob("*.sh"):
        text = script.read_text(encoding="utf-8")
        assert "\n# Seen" in text, script.name
        assert "\n# Expected" in text, script.name


def test_what_is_written_by_hand_is_there_with_its_lines() -> None:
    rows = re.findall(r"^\| (`.*?) \| (\d+) \|", TEXTS["docs/explanation/by-hand.md"], re.MULTILINE)
    assert len(rows) > 10
    for modules, lines in rows:
        paths = [SOURCE / name for name in re.findall(r"`(.*?)`", modules)]
        found = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)
        assert found == pytest.approx(int(lines), rel=0.1), modules
    claims = (CONFIG / "claims.yaml").read_text(encoding="utf-8").count("\n- id: ")
    assert f"all {claims} without" in " ".join(TEXTS["docs/explanation/by-hand.md"].split())
