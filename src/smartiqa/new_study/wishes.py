"""What a person says of each dataset: options that are given once for all, or once for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from smartiqa.core.errors import InputError
from smartiqa.new_study.scores import Direction
from smartiqa.new_study.survey import Wishes

Value = TypeVar("Value")


def wishes_of(
    images: Sequence[Path],
    labels: Sequence[Path] | None,
    columns: Mapping[str, Sequence[str] | None],
    scales: Sequence[str] | None,
    better: Sequence[Direction] | None,
    titles: Sequence[str] | None,
    skip_problems: bool,
) -> tuple[list[Wishes], list[str]]:
    """Return what is said of each folder of images, and its title ("" for none).

    Raises:
        InputError: an option is there neither once nor once for each folder.
    """
    count = len(images)
    named = {name: _each(given, count, f"{name}-column") for name, given in columns.items()}
    found = [
        Wishes(folder, table, _given(named, place), scale, direction, skip_problems)
        for place, (folder, table, scale, direction) in enumerate(
            zip(
                images,
                _of_each(labels, count, "labels"),
                _each(scales, count, "scale"),
                _each(better, count, "better"),
                strict=True,
            )
        )
    ]
    return found, [title or "" for title in _of_each(titles, count, "title")]


def _given(named: Mapping[str, Sequence[str | None]], place: int) -> dict[str, str]:
    return {name: given for name, all_given in named.items() if (given := all_given[place])}


def _each(given: Sequence[Value] | None, count: int, option: str) -> list[Value | None]:
    """What is given for each folder: the one value, or its own."""
    if given and len(given) == 1:
        return [given[0]] * count
    return _of_each(given, count, option)


def _of_each(given: Sequence[Value] | None, count: int, option: str) -> list[Value | None]:
    """What is given for each folder, none for all if nothing is."""
    if not given:
        return [None] * count
    if len(given) != count:
        raise InputError(
            f"--{option} is given {len(given)} times and --images {count} times; give it once for "
            "each folder, in the same order"
        )
    return list(given)
