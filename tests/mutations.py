"""Valid content, made wrong in every small way that a person or a disk can."""

from __future__ import annotations

import copy
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

Tree = dict[str, Any] | list[Any]
HOSTILE = "x;touch marker"  # is a command to a shell that is given it without quotes
INSTEAD: dict[type, list[Any]] = {  # of a value of this kind
    bool: ["no", 2, None],
    int: ["many", -1, 2.5, 10**30, True, None],
    float: ["many", -1.0, 1e300, float("nan"), True, None],
    str: ["", 7, [], HOSTILE, "../x", None],
    list: ["text", [], {}, 7, None],
    dict: ["text", [], {}, 7, None],
    type(None): ["text", 7, []],
}


def changed(content: Tree) -> Iterator[tuple[str, Callable[[], Tree]]]:
    """Every key removed and misspelt, every value replaced by two others: what, and the doing."""
    for path, value in _walked(content):
        where = ".".join(map(str, path))
        number = zlib.crc32(where.encode())  # what is tried of one key hangs on no other
        yield f"{where} removed", partial(_with, content, path, _remove)
        if isinstance(path[-1], str):
            yield f"{where} misspelt", partial(_with, content, path, _misspell)
        others = INSTEAD[type(value)]
        for other in (others[number % len(others)], others[(number + 1) % len(others)]):
            yield f"{where}: {other!r}", partial(_with, content, path, _set(other))


def _walked(content: Tree, before: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    for key, value in content.items() if isinstance(content, dict) else enumerate(content):
        yield (*before, key), value
        if isinstance(value, dict | list):
            yield from _walked(value, (*before, key))


def _with(content: Tree, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> Tree:
    mutated = copy.deepcopy(content)
    place: Any = mutated
    for key in path[:-1]:
        place = place[key]
    change(place, path[-1])
    return mutated


def _remove(place: Any, key: Any) -> None:
    del place[key]


def _misspell(place: Any, key: Any) -> None:
    place[f"{key}x"] = place.pop(key)


def _set(other: Any) -> Callable[[Any, Any], None]:
    def change(place: Any, key: Any) -> None:
        place[key] = other

    return change
