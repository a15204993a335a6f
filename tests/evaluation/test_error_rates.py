"""The simulation behind docs/explanation/statistics.md, on a small scale."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from command_line import smartiqa
from smartiqa.evaluation.error_rates import (
    SPREADS,
    expected_srcc,
    rates,
    simulated_models,
    srcc_of_runs,
)
from smartiqa.metrics.correlation import weighted_srcc
from smartiqa.metrics.verdicts import LEAST_CONTENTS, LEAST_SEEDS

DOCS = Path(__file__).parents[2] / "docs" / "explanation" / "statistics.md"


def test_the_true_srcc_is_that_of_very_many_images() -> None:
    rng = np.random.default_rng(0)
    truth, predictions = simulated_models(rng, np.arange(60_000), 4, 0.0, 0.1)
    for model, worse in zip(predictions, (0.1, 0.0), strict=True):
        found = np.mean([stats.spearmanr(run, truth).statistic for run in model])
        assert found == pytest.approx(expected_srcc(0.0, worse)[0], abs=0.004)


def test_jackknife_and_bootstrap_measure_as_the_paper_does() -> None:
    rng = np.random.default_rng(1)
    runs, truth = rng.normal(size=(3, 40)), rng.normal(size=40)
    left_out = (np.arange(40) % 8 != np.arange(8)[:, np.newaxis]).astype(float)
    drawn = rng.multinomial(40, np.full(40, 1 / 40), 5).astype(float)
    for weights in (np.ones((1, 40)), left_out, drawn):
        expected = [weighted_srcc(run, truth, weights) for run in runs]
        np.testing.assert_allclose(srcc_of_runs(runs, truth, weights), expected)


def test_one_seed_cannot_tell_but_three_can() -> None:
    one, three = rates([1, LEAST_SEEDS], LEAST_CONTENTS, simulations=60, images=20)
    assert one.false_positives["large"] > 0.1
    assert all(rate <= 0.07 for rate in three.false_positives.values())
    assert three.coverage >= 0.93


def test_the_documented_rates_are_low_wherever_a_verdict_is_given() -> None:
    rows = [line.split("|")[1:-1] for line in DOCS.read_text().splitlines() if " % |" in line]
    cells = [[cell.strip() for cell in row] for row in rows]
    assert {(int(c[0]), int(c[1].replace(",", ""))) for c in cells} >= {
        (seeds, contents) for seeds in (1, 2, 3, 5) for contents in (6, 20, 81, 2015)
    }
    for row in cells:
        enough = int(row[0]) >= LEAST_SEEDS and int(row[1].replace(",", "")) >= LEAST_CONTENTS
        assert row[-1] == ("yes" if enough else "no")
        if enough:
            assert all(float(rate.removesuffix(" %")) <= 7 for rate in row[2 : 2 + len(SPREADS)])


def test_the_command_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    smartiqa("error_rates", seeds=[1, 3], contents=6, images=8, simulations=2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("| seeds each | contents | none (0.000) |")
    assert [line.split("|")[-2].strip() for line in lines[2:4]] == ["no", "yes"]
