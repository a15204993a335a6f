from __future__ import annotations

from itertools import pairwise

import pytest

from smartiqa.data.subsets import least_images, nested_subsets


def test_subsets_are_nested_and_keep_series_together() -> None:
    series = [f"photo{k // 4}" for k in range(80)]
    subsets = nested_subsets(series, (1 / 8, 1 / 4, 1 / 2), [7, 0])
    assert [subset.size for subset in subsets] == [12, 20, 40]
    assert all(set(few) < set(many) for few, many in pairwise(subsets))
    for subset in subsets:
        inside = {series[k] for k in subset}
        assert sorted(subset) == [k for k in range(80) if series[k] in inside]


def test_subsets_depend_on_the_seed_alone() -> None:
    series = [str(k) for k in range(40)]
    (one,), (same,), (other,) = (nested_subsets(series, (0.25,), [7, n]) for n in (0, 0, 1))
    assert one.tolist() == same.tolist() != other.tolist()


@pytest.mark.parametrize(
    ("share", "images", "least"), [(0.07, 100, 7), (0.55, 100, 55), (0.1, 132, 14), (0.5, 561, 281)]
)
def test_a_subset_has_no_more_images_than_its_share_takes(
    share: float, images: int, least: int
) -> None:
    (subset,) = nested_subsets([str(k) for k in range(images)], (share,), [7, 0])
    assert subset.size == least_images(share, images) == least
