"""What another version of a library moves is told way by way; the page has every version."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from benchmarks.behaviour import OUTPUT
from benchmarks.versions import BEGIN, CHANGES, END, SCORES, USUAL, changes, rows_of
from made_up_paper import ROOT
from smartiqa.photos.model import PhotoModel

PIXELS = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)


class Brightness:
    """Scores a photo by its mean times a factor."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def score(self, pixels: NDArray[np.uint8], crops: int) -> SimpleNamespace:
        return SimpleNamespace(quality=self.factor * pixels.mean())


MODELS = cast(Any, [Brightness(1.0), Brightness(-2.0)])


def measured(brighter: int = 0, score: float = 50.0) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {}
    for photo, shift in (("a", 0), ("b", brighter)):
        found[f"{USUAL}|{photo}"] = PIXELS
        found[f"resizer X|{photo}"] = PIXELS + np.uint8(shift)
        found[f"{SCORES}|{photo}"] = np.array([score, 40.0])
    return found


def told(after: dict[str, NDArray[Any]]) -> list[tuple[str, ...]]:
    models = cast(list[PhotoModel], MODELS)
    return rows_of(("numpy==1.2.3",), changes(measured(), after, models), len(models))


def test_what_moves_nothing_has_one_row() -> None:
    ((new, _, *cells),) = told(measured())
    assert new == "numpy 1.2.3"
    assert cells == ["all", "equal", "0", "0"]


def test_a_version_with_which_nothing_can_be_scored_has_a_row_with_the_reason() -> None:
    ((new, _, *cells),) = rows_of(("numpy==1.2.3",), "weights do not fit: a, b", 2)
    assert (new, *cells) == ("numpy 1.2.3", "refused: weights do not fit: a", "", "", "")


def test_other_pixels_and_other_scores_are_told_apart() -> None:
    ((*_, way, least, first, second),) = told(measured(brighter=3))
    assert (way, first, second) == ("resizer X", "3", "6")
    assert float(least) == round(10 * np.log10(255**2 / 9), 1)
    ((*_, way, least, first, second),) = told(measured(score=50.25))
    assert (way, least, first, second) == (USUAL, "equal", "0.25", "0")


def test_the_page_has_every_version_in_order() -> None:
    part = (ROOT / OUTPUT).read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    rows = [line for line in part.splitlines() if line.startswith("| ")][1:]
    found = dict.fromkeys(row.strip("| ").split("|")[0].strip() for row in rows)
    assert [*found] == [", ".join(new).replace("==", " ") for new in CHANGES]
