"""Intervals for single predictions: the formula, and that they hold what they promise."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from smartiqa.metrics.conformal import ends, half_width, least_images


def by_counting(errors: list[float], level: Fraction) -> float:
    """The least error that at least `level` of the errors and one infinite one do not exceed."""
    every = [*errors, math.inf]
    return min(e for e in every if Fraction(sum(x <= e for x in every), len(every)) >= level)


@pytest.mark.parametrize("level", [Fraction(1, 2), Fraction(3, 4), Fraction(9, 10)])
def test_it_is_the_quantile_with_an_infinite_error_added(level: Fraction) -> None:
    rng = np.random.default_rng(3)
    for images in range(1, 60):
        errors = rng.integers(0, 30, images).astype(float).tolist()
        assert half_width(errors, float(level)) == by_counting(errors, level), images


@pytest.mark.parametrize(("level", "least"), [(0.9, 9), (0.95, 19), (0.5, 1), (0.75, 3)])
def test_with_too_few_images_there_is_no_end(level: float, least: int) -> None:
    assert least_images(level) == least
    assert half_width(np.ones(least), level) == 1
    assert half_width(np.ones(least - 1), level) == math.inf


@pytest.mark.parametrize("images", [9, 24, 100])
def test_the_coverage_of_many_simulated_studies_is_the_level(images: int) -> None:
    """Exactly k / (n + 1) for continuous errors, here skewed and heavy-tailed."""
    rng = np.random.default_rng(images)
    errors = np.abs(rng.standard_t(2, (8000, images + 1)) + rng.exponential(1, (8000, images + 1)))
    held = [new <= half_width(known) for *known, new in errors.tolist()]
    expected = math.ceil(Fraction(9, 10) * (images + 1)) / (images + 1)
    assert np.mean(held) == pytest.approx(expected, abs=4 * math.sqrt(0.09 / 8000))


def test_ends_stay_on_the_scale() -> None:
    low, high = ends([5, 50, 104], 10)
    assert low.tolist() == [0, 40, 94]
    assert high.tolist() == [15, 60, 100]
