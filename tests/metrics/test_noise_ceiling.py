"""The ceiling from the raters' noise, against what theory says of normal scores."""

from __future__ import annotations

import numpy as np
import pytest

from smartiqa.metrics.noise_ceiling import noise_ceiling

COUNT = 4_000
TRUE = np.random.default_rng(1).normal(60, 10, COUNT)


@pytest.mark.parametrize(("spread", "votes"), [(30.0, 9), (30.0, 36), (15.0, 100)])
def test_normal_scores_have_the_ceiling_of_theory(spread: float, votes: int) -> None:
    error = spread / np.sqrt(votes)
    observed = TRUE + np.random.default_rng(2).normal(0, error, COUNT)
    found = noise_ceiling(observed, np.full(COUNT, spread), np.full(COUNT, votes), seed=0)
    assert found is not None
    plcc = np.sqrt(100 / (100 + error**2))  # the index of reliability
    assert found["plcc"] == pytest.approx(plcc, abs=0.01)
    assert found["srcc"] == pytest.approx(6 / np.pi * np.arcsin(plcc / 2), abs=0.01)  # Pearson 1907


def test_without_noise_the_ceiling_is_one() -> None:
    found = noise_ceiling(TRUE, np.zeros(COUNT), np.full(COUNT, 30), seed=0)
    assert found == {"srcc": pytest.approx(1), "plcc": pytest.approx(1)}


@pytest.mark.parametrize(
    ("spread", "votes"),
    [(np.nan, 30.0), (5.0, np.nan), (5.0, 0.0), (100.0, 2.0)],
    ids=["no spread", "no votes", "nobody voted", "nothing but noise"],
)
def test_there_is_none_where_the_data_allow_none(spread: float, votes: float) -> None:
    spreads, counts = np.full(COUNT, 5.0), np.full(COUNT, 30.0)
    many = slice(None) if spread == 100 else slice(7, 8)  # one image is enough
    spreads[many], counts[many] = spread, votes
    assert noise_ceiling(TRUE, spreads, counts, seed=0) is None


def test_the_seed_decides() -> None:
    first, again, other = (
        noise_ceiling(TRUE, np.full(COUNT, 30.0), np.full(COUNT, 9), seed) for seed in (0, 0, 1)
    )
    assert first == again != other
