from __future__ import annotations

from itertools import pairwise

from smartiqa.data.subsets import nested_subsets


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
