from __future__ import annotations

import math

import pytest

from smartiqa.core.errors import InputError
from smartiqa.metrics.seeds import mean_and_spread


def test_mean_and_sample_standard_deviation():
    assert mean_and_spread([0.90, 0.92, 0.94]) == pytest.approx((0.92, 0.02, 3))


def test_one_seed_has_no_spread():
    assert mean_and_spread([0.9]) == (0.9, None, 1)


@pytest.mark.parametrize("values", [[], [0.9, math.nan]])
def test_no_seed_and_a_missing_value_are_errors(values):
    with pytest.raises(InputError, match="at least one value, all finite"):
        mean_and_spread(values)
