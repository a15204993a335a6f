"""Pairs on which two models disagree are those that a search over all pairs finds."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from smartiqa.evaluation.competition import ALIKE, LEVELS, pairs


def predictions(seed: int, images: int, noise: float = 15.0) -> pd.DataFrame:
    quality = np.random.default_rng(0).uniform(0, 100, images)
    said = quality + np.random.default_rng(seed).normal(0, noise, images)
    ids = [f"i{k:03d}" for k in range(images)]
    return pd.DataFrame({"prediction": said, "quality": quality}, index=pd.Index(ids, name="id"))


@pytest.mark.parametrize("images", [2, 6, 40, 306])
def test_pairs_are_those_farthest_apart_among_neighbours(images: int) -> None:
    defender, attacker = predictions(1, images), predictions(2, images)
    alike = max(2, -(-images * 5 // 100))
    order = defender["prediction"].sort_values().index
    found = pairs(defender, attacker)
    assert len(found) == len(LEVELS)
    for level, pair in zip(LEVELS, found, strict=True):
        start = round(level * (images - alike))
        neighbours = order[start : start + alike]
        gaps = {
            frozenset(both): abs(np.subtract(*attacker["prediction"][[*both]]))
            for both in combinations(neighbours, 2)
        }
        assert {pair.better.id, pair.worse.id} == max(gaps, key=lambda both: gaps[both])
        assert pair.better.attacker > pair.worse.attacker
        for image in (pair.better, pair.worse):
            assert image.defender == defender["prediction"][image.id]
            assert image.attacker == attacker["prediction"][image.id]
            assert image.quality == defender["quality"][image.id]


def test_the_order_of_rows_means_nothing() -> None:
    defender, attacker = predictions(1, 60).round(-1), predictions(2, 60).round(-1)
    expected = pairs(defender, attacker)
    assert pairs(defender.sample(frac=1, random_state=1), attacker) == expected
    assert pairs(defender, attacker.sample(frac=1, random_state=2)) == expected


def test_the_defender_sees_less_than_the_attacker() -> None:
    for pair in pairs(predictions(1, 400), predictions(2, 400)):
        assert abs(pair.better.defender - pair.worse.defender) < 400 * ALIKE
        seen = pair.better.attacker - pair.worse.attacker
        assert seen > 4 * abs(pair.better.defender - pair.worse.defender)


def test_photos_that_the_attacker_rates_alike_are_two_all_the_same() -> None:
    same = predictions(1, 20).assign(prediction=50.0)
    assert all(pair.better.id != pair.worse.id for pair in pairs(predictions(2, 20), same))
