"""Templates and code know roles: other ids, another reference or a part of a study make a paper."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from made_up_paper import CONFIG, ROOT, made_up_claims, made_up_cost, made_up_paper, made_up_timing
from other_ids import ID, renamed, renamed_text
from smartiqa.config.study import load_study
from smartiqa.paper.rendering import render_part
from smartiqa.results.paper_results import PaperResults

PAPER = ROOT / "paper"
TEMPLATES = sorted([*PAPER.glob("*.j2"), *PAPER.glob("sections/*.j2"), *PAPER.glob("tables/*.j2")])


def values_of(study: str, run: tuple[str, ...] | None = None) -> dict[str, Any]:
    """The values of a study that ran `run`, as they are read from its files."""
    paper = made_up_paper(study, run)
    PaperResults.model_validate(paper)
    timing = made_up_timing([n for n in paper["roles"]["timed"] if run is None or n in run])
    values = paper | {"ledger": made_up_claims(), "timing": timing, "cost": made_up_cost()}
    return as_read(values)


def as_read(values: dict[str, Any]) -> dict[str, Any]:
    """Values as they come from a JSON file, whose keys are sorted."""
    found: dict[str, Any] = json.loads(json.dumps(values, sort_keys=True))
    return found


def render_all(values: dict[str, Any], folder: Path) -> dict[str, str]:
    """Every part of the paper by its template's name."""
    for template in TEMPLATES:
        render_part(template, values, folder / template.name)
    return {path.name: (folder / path.name).read_text(encoding="utf-8") for path in TEMPLATES}


@pytest.mark.parametrize(
    ("study", "run"),
    [
        ("koniq", None),
        ("demo", ("C0", "C3", "B-tiny", "R0", "R3", "T-centre", "P-squash")),
        ("biq2021", ("R0", "R3")),
    ],
)
def test_other_ids_make_the_same_paper(
    study: str, run: tuple[str, ...] | None, tmp_path: Path
) -> None:
    values = values_of(study, run)
    texts = render_all(values, tmp_path / "known")
    others = render_all(as_read(renamed(values)), tmp_path / "other")
    assert any(ID.search(text) for text in texts.values())
    for name, text in texts.items():
        assert others[name] == renamed_text(text).replace("x_", r"x\_"), name


SUBSETS = {
    "one size": ("demo", ("B-tiny",)),
    "a CNN": ("biq2021", ("R0", "R3")),
    "variants of a CNN": ("biq2021", tuple(load_study(CONFIG / "biq2021.yaml").experiments)),
    "a CNN without modules": ("demo", ("R0",)),
    "a CNN as reference by rule": ("koniq", ("R0", "R3")),
    "the baseline": ("demo", ("C0",)),
    "half of the ablation": ("koniq", ("C0", "C2", "C3")),
    "a loss": ("koniq", ("L-l2", "L-srcc", "A-0.3")),
    "no hyper network": ("koniq", ("G-fixed", "R0")),
}
EMPTY = re.compile(r"\(\s*\)|[,:]\s*[.,;]|\s\.(?:\s|$)|\.\s+\.|\b(?:than|the)\s*[.,:]")
FORMULA = re.compile(r"\$[^$]*\$|\\begin\{(equation|align|tikzpicture)\}.*?\\end\{\1\}", re.DOTALL)
# An id may stand in help that shows how a command is called.
EXAMPLE = re.compile(r"(?:--experiment |results/\w+/runs/|such as |the demo's )$")


@pytest.mark.parametrize("subset", SUBSETS)
def test_a_part_of_a_study_makes_a_whole_paper(subset: str, tmp_path: Path) -> None:
    texts = render_all(values_of(*SUBSETS[subset]), tmp_path)
    whole = "\n".join(texts.values())
    labels = set(re.findall(r"\\label\{([^}]+)\}", whole))
    assert set(re.findall(r"\\(?:eq)?ref\{([^}]+)\}", whole)) <= labels
    for name in sorted(set(texts) - {"main.tex.j2"}):
        prose = FORMULA.sub("FORMULA", texts[name])
        found = [prose[hit.start() - 40 : hit.end() + 20] for hit in EMPTY.finditer(prose)]
        assert found == [], name
        assert not re.search(r"\bNone\b(?! of this)|Undefined|\bMissing\b", prose), name


def test_the_reference_of_a_study_is_what_the_text_speaks_of(tmp_path: Path) -> None:
    texts = render_all(values_of("biq2021", ("R0", "R3")), tmp_path)
    setup = texts["setup.tex.j2"]
    assert "The baseline R0 (CNN baseline) has the CNN backbone of this study" in setup
    assert "The full model R3 uses EfficientNet-Lite0" in setup
    assert "R3 & 95" in texts["cross_dataset.tex.j2"]
    assert "SRCC less R3's" in texts["losses.tex.j2"]
    assert "(C3)" in re.search(r"this study leaves out .*", texts["appendix.tex.j2"])[0]
    for name in ("abstract", "setup", "conclusion"):
        assert "C3" not in texts[f"{name}.tex.j2"], name


def test_of_variants_that_were_run_but_not_compared_nothing_is_said(tmp_path: Path) -> None:
    text = render_all(values_of("koniq", ("B-tiny", "L-l2", "L-srcc")), tmp_path)["results.tex.j2"]
    assert "variant" not in text.lower()


def code_strings(path: Path) -> Iterator[str]:
    """Every text in a Python file but its docstrings, whose examples name real runs."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body
        and isinstance(node.body[0], ast.Expr)
    }  # fmt: skip
    for node in ast.walk(tree):
        text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if text and id(node) not in docstrings:
            yield node.value


def typed_in(texts: Iterable[str]) -> list[str]:
    """The ids in these texts that do not stand in an example of a command."""
    return [
        hit[0]
        for text in texts
        for hit in ID.finditer(text)
        if not EXAMPLE.search(text[: hit.start()])
    ]


def known_ids() -> dict[str, list[str]]:
    """The ids that stand in code, rules and templates, by file."""
    code = [*(ROOT / "src").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    found = {str(path.relative_to(ROOT)): typed_in(code_strings(path)) for path in code}
    rules = [
        ROOT / "workflow" / "Snakefile",
        *(ROOT / "workflow" / "rules").glob("*.smk"),
        *PAPER.rglob("*.j2"),
    ]
    found |= {str(path.relative_to(ROOT)): typed_in([path.read_text()]) for path in rules}
    return {path: ids for path, ids in sorted(found.items()) if ids}


def test_no_id_of_an_experiment_stands_in_code_rules_or_templates() -> None:
    assert known_ids() == {}


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("C3", ["C3"]),
        ("runs/C3/seed{seed}/best.safetensors", ["C3"]),
        ("the gate of A-0.3 is", ["A-0.3"]),
        ('experiments.C0["E-1e-6"]', ["C0", "E-1e-6"]),
        ("smartiqa train --experiment C3 --output results/demo/runs/C3/seed1", []),
        ("0.C3, xC3, C31, P-squash-x", []),
    ],
)
def test_the_search_finds_ids(text: str, ids: list[str]) -> None:
    assert typed_in([text]) == ids
