from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from smartiqa.core.errors import InputError
from smartiqa.metrics.correlation import weighted_krcc, weighted_srcc
from smartiqa.metrics.jackknife import content_groups, jackknife


def test_each_content_is_left_out_whole() -> None:
    rng = np.random.default_rng(0)
    x, y, contents = rng.normal(size=30), rng.normal(size=30), np.arange(30) % 5
    groups = content_groups(contents, 10, seed=0)
    for measure, other in ((weighted_srcc, stats.spearmanr), (weighted_krcc, stats.kendalltau)):
        found = jackknife(measure, x, y, groups)
        assert found.value == pytest.approx(other(x, y).statistic)
        expected = [other(x[contents != k], y[contents != k]).statistic for k in range(5)]
        assert found.left_out == pytest.approx(expected)


def test_many_contents_are_dealt_into_equal_groups() -> None:
    contents = np.repeat(np.arange(100), 3)
    groups = content_groups(contents, 8, seed=1)
    sizes = [len(np.unique(contents[groups == k])) for k in range(8)]
    assert sorted(sizes) == [12] * 4 + [13] * 4
    assert all(len(np.unique(groups[contents == k])) == 1 for k in range(100))
    assert (content_groups(contents, 8, seed=1) == groups).all()
    assert (content_groups(contents, 8, seed=2) != groups).any()


def test_as_many_contents_as_replicates_are_not_dealt() -> None:
    assert content_groups(list("cabbed"), 5, seed=0).tolist() == [2, 0, 1, 1, 4, 3]


def test_one_content_has_no_interval() -> None:
    with pytest.raises(InputError, match="at least two contents, not of 1"):
        content_groups(["a", "a"], 5, seed=0)


def test_what_is_undefined_without_a_content_says_so() -> None:
    groups = content_groups(["a", "a", "b"], 5, seed=0)
    with pytest.raises(InputError, match=r"undefined without the 2 images .* test on more images"):
        jackknife(weighted_srcc, [1, 2, 3], [1, 2, 3], groups)
