"""What the documentation names is there: files, modules, stages, options, targets, settings."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from mutants import GROUPS
from pages import BLOCK, ROOT, SHELL, TEXTS, blocks
from smartiqa.cli import app, stages
from smartiqa.config.catalogue import Catalogue
from smartiqa.core.strict import validated
from smartiqa.new_study.backbones import NAMES
from smartiqa.paper.figures.needs import figure_names
from smartiqa.provenance.code_digest import SOURCE

CONFIG = ROOT / "workflow" / "config"
OUTPUTS = ("results", "figures", "docs/build", "paper/main.pdf", "workflow/config/mine.yaml")
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


def commands(page: str) -> str:
    """What a page sets as code and no test runs: blocks for elsewhere, and within sentences."""
    elsewhere = [block.commands for block in blocks(page) if block.place and block.kind in SHELL]
    return "\n".join([*elsewhere, *re.findall(r"`([^`\n]+)`", BLOCK.sub("", TEXTS[page]))])


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
    named = set(re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*)`", TEXTS[page]))
    there = [name for name in named if (ROOT / name).exists() or (SOURCE / name).exists()]
    assert not [name for name in named - set(there) if not name.startswith(OUTPUTS)]


def anchors(page: Path) -> set[str]:
    """The names by which the headings of a page are linked to, as GitHub makes them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pages
def test_links_lead_somewhere(page: str) -> None:
    """Sphinx checks the same of what it builds, and of generated headings."""
    folder = (ROOT / page).parent
    for target, anchor in re.findall(r"\]\(([\w./-]*)(?:#([\w-]+))?\)", TEXTS[page]):
        linked = folder / target if target else ROOT / page
        assert linked.is_file(), target
        if anchor and "<!-- generated:" not in linked.read_text(encoding="utf-8"):
            included = re.findall(r"{include} (\S+)", linked.read_text(encoding="utf-8"))
            there = [linked, *(linked.parent / name for name in included)]
            assert anchor in set().union(*map(anchors, there)), f"{target}#{anchor}"


@pages
def test_every_command_is_run_here_or_where_the_page_says(page: str) -> None:
    """`tests/workflow/test_pages.py` runs all blocks but those that name another place."""
    for block in blocks(page):
        if not block.place:
            continue
        assert block.kind in SHELL
        if block.place.startswith("make "):
            text = (ROOT / "Makefile").read_text(encoding="utf-8")
            assert f"\n{block.place.removeprefix('make ')}:" in text
            continue
        text = (ROOT / block.place).read_text(encoding="utf-8")
        subjects = re.findall(r"\b(?:smartiqa |make |study=|shared=)(\w[\w-]*)", block.commands)
        assert subjects
        for subject in subjects:
            assert subject in text or subject.replace("-", "_") in text, subject


@pages
def test_modules_and_functions_are_there(page: str) -> None:
    files = (".csv", ".json", ".md", ".parquet", ".yaml")
    named = {name for name in re.findall(METHODS, TEXTS[page]) if not name.endswith(files)}
    assert not [name for name in sorted(named) if not is_there(name)]


@pages
def test_stages_and_their_options_are_there(page: str) -> None:
    for stage, rest in re.findall(r"smartiqa ([a-z][a-z-]*)(.*)", commands(page)):
        assert stage in stages()
        command: Any = get_command(app)
        parameters = command.get_command(None, stage).params
        offered = {name for parameter in parameters for name in parameter.opts} | {"--help"}
        assert set(re.findall(r"--[a-z-]+", rest.partition(" | ")[0])) <= offered


@pages
def test_targets_are_there(page: str) -> None:
    text = commands(page)
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


def source_texts() -> str:
    """All texts in the code, one a line, with an ellipsis for what is filled in."""
    texts = [re.sub(r"\$\(\w+\)", "…", (ROOT / "Makefile").read_text(encoding="utf-8"))]
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [getattr(part, "value", "") for part in node.values]
                texts.append("".join(p if isinstance(p, str) else "…" for p in parts))
    return "\n".join(texts)


def test_messages_that_are_explained_are_ones_of_the_code() -> None:
    """Those in `console` are printed when `tests/workflow/test_pages.py` follows the page."""
    told = re.findall(r"^\| `(.*?)` \|", TEXTS["docs/troubleshooting.md"], re.MULTILINE)
    assert len(told) > 10
    known = source_texts()
    assert not [message for message in told if message.removeprefix("error: ") not in known]


def test_every_backbone_of_a_new_study_is_named() -> None:
    for name in NAMES:
        assert f"`{name}`" in TEXTS["docs/how-to/own-images.md"], name


def test_the_experiment_that_is_shown_is_one() -> None:
    page = TEXTS["docs/how-to/add-experiment.md"]
    block = re.search(r"`experiments` \(.*?```yaml\n(.*?)```", page, re.DOTALL)
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
        named = [SOURCE / name for name in re.findall(r"`(.*?)`", modules)]
        paths = [path for name in named for path in (name, *name.glob("*.py")) if path.is_file()]
        found = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)
        assert found == pytest.approx(int(lines), rel=0.1), modules
    claims = (CONFIG / "claims.yaml").read_text(encoding="utf-8").count("\n- id: ")
    assert f"all {claims} without" in " ".join(TEXTS["docs/explanation/by-hand.md"].split())
