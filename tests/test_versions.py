"""What another version of a library moves is told way by way; the page has every version."""

from __future__ import annotations

import subprocess
import zipfile
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.behaviour import OUTPUT, renewed
from benchmarks.report import pipe_table
from benchmarks.versions import (
    BEGIN,
    CHANGES,
    END,
    changes,
    environment,
    main,
    named,
    require,
    rows_of,
    rows_on,
)
from made_up_paper import ROOT
from smartiqa.core.errors import InputError
from smartiqa.photos.model import PhotoModel

PAGE = (ROOT / OUTPUT).read_text(encoding="utf-8")
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
        found[f"resizer X|{photo}"] = PIXELS + np.uint8(shift)
        found[f"scores|{photo}"] = np.array([score, 40.0])
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
    assert (way, least, first, second) == ("scores", "", "0.25", "0")


def test_an_environment_has_the_versions_asked_for_over_those_of_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "timm-0.0.7+cpu-py3-none-any.whl", "w") as wheel:
        info = "timm-0.0.7+cpu.dist-info"
        about = "Metadata-Version: 2.1\nName: timm\nVersion: 0.0.7+cpu\nRequires-Dist: numpy>=2\n"
        wheel.writestr("timm.py", "NAME = 'another timm'\n")
        wheel.writestr(f"{info}/METADATA", about)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "timm.py,,\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    own = version("timm")
    python = environment(tmp_path / "environment", ["timm==0.0.7+cpu"])
    code = "import numpy, timm; print(timm.NAME, numpy.__file__)"
    said = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == f"another timm {np.__file__}\n"
    assert version("timm") == own
    with pytest.raises(InputError) as refused:  # another build
        require(python, ["timm==0.0.7"])
    assert str(refused.value) == "timm==0.0.7 asked for, timm==0.0.7+cpu installed"


def test_an_unknown_library_is_refused_before_anything_is_measured() -> None:
    with pytest.raises(InputError, match="unknown library 'trch' "):
        main(["torch", "trch"])


def test_the_page_has_every_version_in_order() -> None:
    assert [*rows_on(PAGE)] == [named(change) for change in CHANGES]


def test_rows_that_are_kept_stay_as_they_are() -> None:
    rows = [row for rows in rows_on(PAGE).values() for row in rows]
    heads = PAGE.partition(BEGIN)[2].split("\n")[2].strip("| ").split(" | ")
    told = "\n".join(pipe_table([head.strip() for head in heads], rows))
    assert renewed(PAGE, told, BEGIN, END) == PAGE
