"""Compact letter display: which of many are told apart, shown by letters.

Two share a letter exactly if no difference between them was found (Piepho, J. Comput. Graph.
Statist., 2004: insert and absorb).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from string import ascii_lowercase


def shared_groups(
    names: Sequence[str], differing: Iterable[tuple[str, str]]
) -> list[tuple[str, ...]]:
    """Return the largest groups in which no two differ, each in the order of `names`.

    A group that holds a differing pair is split into one without the first and one without the
    second; groups that others contain are dropped.

    Example:
        >>> shared_groups(["a", "b", "c"], [("a", "c")])
        [('a', 'b'), ('b', 'c')]
    """
    groups = {frozenset(names)}
    for pair in differing:
        whole = {group for group in groups if group.issuperset(pair)}
        parts = {group - {one} for group in whole for one in pair}
        groups = groups - whole | parts
        groups = {group for group in groups if not any(group < other for other in groups)}
    in_order = [tuple(name for name in names if name in group) for group in groups]
    return sorted(in_order, key=lambda group: [names.index(name) for name in group])


def compact_letters(
    names: Sequence[str], differing: Iterable[tuple[str, str]]
) -> dict[str, tuple[str, ...]]:
    """Return the letters of each name; "a" is that of the first name's group.

    Example:
        >>> compact_letters(["x", "y", "z"], [("x", "z")])
        {'x': ('a',), 'y': ('a', 'b'), 'z': ('b',)}
    """
    groups = shared_groups(names, differing)
    return {
        name: tuple(_letter(k) for k, group in enumerate(groups) if name in group) for name in names
    }


def _letter(number: int) -> str:
    """A to z, then a' to z' and so on."""
    rounds, place = divmod(number, len(ascii_lowercase))
    return ascii_lowercase[place] + "'" * rounds
