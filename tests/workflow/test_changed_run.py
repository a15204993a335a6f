"""Changing one run's result file changes exactly the tables, figures and sentences that use it."""

from __future__ import annotations

import importlib
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from smartiqa.claims.ledger import write_ledger
from smartiqa.claims.schema import load_ledger
from smartiqa.config.files import CLAIMS as CLAIMS_FILE
from smartiqa.config.files import PUBLISHED
from smartiqa.core.json_files import write_json
from smartiqa.core.yaml_files import read_yaml
from smartiqa.evaluation.scoring import score_predictions
from smartiqa.evaluation.summary import collate
from smartiqa.explanation.subjects import as_text, behind, explain, find, own_parts, part_of_paper
from smartiqa.paper.figures.saving import save_figure
from smartiqa.paper.rendering import read_values, render_part
from smartiqa.results.study_results import Results
from vouching import record_digest

pytestmark = pytest.mark.study

RUN = "E-1e-6"
CLAIMS = {"tables/claims_summary", "tables/claims_contradicted", "tables/claims_ledger"}


@pytest.fixture
def folder(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the finished study, in which this process works."""
    copy = tmp_path / "copy"
    shutil.copytree(finished, copy, ignore=shutil.ignore_patterns(".snakemake"))
    monkeypatch.chdir(copy)
    return copy


def collated_again(results: Results) -> None:
    """Write `paper.json` and `claims.json` anew, as the stages do."""
    complexity = results.folder / "complexity.json"
    values = collate(results.study, results.catalogue, results.folder, complexity, PUBLISHED)
    write_json(results.folder / "paper.json", values)
    measured = tuple(results.folder / f"{name}.json" for name in ("paper", "timing", "cost"))
    ledger, output = load_ledger(CLAIMS_FILE), results.folder / "claims.json"
    write_ledger(ledger, read_yaml(PUBLISHED), complexity, measured, str(CLAIMS_FILE), output)


def scored_again(results: Results) -> None:
    """Write the changed run's `metrics.json` anew, as the stage does."""
    folder, statistics = results.run(RUN, 1), results.study.statistics
    scores = {
        dataset: score_predictions(
            folder / "predictions" / f"{dataset}.parquet", statistics.replicates, statistics.seed
        )
        for dataset in results.datasets_of(RUN)
    }
    write_json(folder / "metrics.json", scores)


def drawn_and_rendered() -> dict[str, bytes]:
    """Every table, section and figure of the paper by name, as it lies there."""
    files = [*Path("paper").glob("tables/*.tex"), *Path("paper").glob("sections/*.tex")]
    files += Path("figures").glob("*.pdf")
    return {f"{file.parent.name}/{file.stem}": file.read_bytes() for file in files}


def draw_and_render_again(results: Results) -> None:
    """Make every table, section and figure anew, in this process."""
    values = values_of(results)
    for template in [*Path("paper").glob("tables/*.j2"), *Path("paper").glob("sections/*.j2")]:
        render_part(template, values, template.with_suffix(""))
    for figure in Path("figures").glob("*.pdf"):
        module = importlib.import_module(f"smartiqa.paper.figures.{figure.stem}")
        save_figure(module.draw, module.NEEDS, results.folder, figure)


def values_of(results: Results) -> dict[str, Any]:
    """What the paper's templates are given."""
    files = {name: results.folder / f"{name}.json" for name in ("timing", "cost")}
    ledger = results.folder / "claims.json"
    return read_values(results.folder / "paper.json", ledger=ledger, **files)


def sentences(text: bytes) -> set[str]:
    """The sentences of a section."""
    return set(re.split(r"(?<=\.)\s+", text.decode()))


def test_only_what_uses_a_run_changes_with_it(folder: Path) -> None:
    results, before = Results.of("tiny"), drawn_and_rendered()  # by the workflow itself
    assert len(before) > 40
    file = results.run(RUN, 1) / "predictions" / "synthetic.parquet"
    table = pd.read_parquet(file)
    table["prediction"] = table["quality"] + table.index % 7
    table.to_parquet(file, index=False)
    record_digest(file)
    scored_again(results)
    collated_again(results)
    draw_and_render_again(results)
    after = drawn_and_rendered()

    changed = {name for name in before if before[name] != after[name]}
    exhibits = {name for name in changed if not name.startswith("sections/")}
    shown = {f"tables/{name}" for name in ("learning_rate", "metrics", "ranking")}
    shown.add("figures/learning_rate")
    assert exhibits - CLAIMS == shown
    assert "sections/results" in changed
    lines = sentences(after["sections/results"]) - sentences(before["sections/results"])
    assert lines
    assert all("learning rate" in line for line in lines)

    values = values_of(results)
    for name in changed:
        assert RUN in part_of_paper(name, results, values).sources.experiments, name


def test_the_chain_of_a_finished_study_has_no_gap(folder: Path) -> None:
    results = Results.of("tiny")
    values = values_of(results)
    parts = [*Path("paper/tables").glob("*.j2"), *Path("paper/sections").glob("*.j2")]
    names = [f"{path.parent.name}/{path.name.split('.')[0]}" for path in parts]
    names += [f"figures/{path.stem}" for path in Path("figures").glob("*.pdf")]
    names += ["experiments.C3.results.mixed.srcc.mean", "comparisons.ablation[0].difference"]
    subjects = [find(name, results, values) for name in names]
    chains = {subject.name: own_parts(subject, results, values) for subject in subjects}
    # Much comes from the same runs, whose checkpoints take long to digest.
    chains |= {
        f"behind {sources}": behind(subject, results)
        for sources, subject in {subject.sources: subject for subject in subjects}.items()
    }
    for name, parts in chains.items():
        assert "(missing" not in as_text(parts), name
        assert "(the code is now" not in as_text(parts), name
    text = explain("experiments.C3.results.mixed.srcc.mean", results, values)
    assert "raw data: results/tiny/raw/mixed/" in text
    assert "from 5 photos in data/tiny/" in text
