"""Compact letter display, against all groups of all possible findings."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pytest

from smartiqa.metrics.letters import compact_letters, shared_groups

NAMES = ("C3", "B", "R0", "A-0.3", "T", "W")


def largest_groups(names: tuple[str, ...], differing: set[tuple[str, str]]) -> set[frozenset[str]]:
    """Every set of names without a differing pair that no other such set contains."""
    sets = chain.from_iterable(combinations(names, k) for k in range(1, len(names) + 1))
    alike = [frozenset(s) for s in sets if not differing & set(combinations(s, 2))]
    return {one for one in alike if not any(one < other for other in alike)}


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_all_findings_about_a_few(count: int) -> None:
    names = NAMES[:count]
    pairs = list(combinations(names, 2))
    for chosen in range(2 ** len(pairs)):
        differing = {pair for k, pair in enumerate(pairs) if chosen >> k & 1}
        groups = shared_groups(names, differing)
        assert set(map(frozenset, groups)) == largest_groups(names, differing)
        assert len(groups) == len({*groups})


def test_random_findings_about_more_in_any_order() -> None:
    rng = np.random.default_rng(5)
    pairs = list(combinations(NAMES, 2))
    for _ in range(300):
        differing = {pair for pair in pairs if rng.random() < 0.4}
        given = [pair if rng.random() < 0.5 else pair[::-1] for pair in differing]
        rng.shuffle(given)
        letters = compact_letters(NAMES, [(a, b) for a, b in given])
        for first, second in pairs:
            share = bool({*letters[first]} & {*letters[second]})
            assert share == ((first, second) not in differing)
        assert all(letters.values())
        assert letters[NAMES[0]][0] == "a"


def test_there_are_always_letters_enough() -> None:
    names = [str(number) for number in range(60)]
    letters = compact_letters(names, combinations(names, 2))
    assert len({*letters.values()}) == 60
    assert letters["25"] == ("z",)
    assert letters["26"] == ("a'",)
