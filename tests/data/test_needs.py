"""Splits that are too small are refused, with what to do; one image more is enough."""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial

import pandas as pd
import pytest

from smartiqa.config.splits import Split
from smartiqa.core.errors import InputError
from smartiqa.data.adapters import load_adapter
from smartiqa.data.needs import LEAST, Needs, require_classes, require_enough
from smartiqa.metrics.correlation import weighted_srcc
from smartiqa.metrics.jackknife import content_groups, jackknife
from smartiqa.metrics.logistic import fit_logistic

TRAINED = Needs(splits=("train", "validation", "test"))
TESTED = Needs(splits=("test",))
RANDOM, OFFICIAL, ALL = Split(kind="random"), Split(kind="official"), Split(kind="all_test")


def images(
    train: int = 2,
    validation: int = 5,
    test: int = 6,
    scores: Sequence[float] | None = None,
    contents: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Images of different scores; `scores` and `contents` are those of the last split."""
    splits = ["train"] * train + ["validation"] * validation + ["test"] * test
    names = [f"{number}.png" for number in range(len(splits))]
    frame = pd.DataFrame({"split": splits, "id": names, "content": names})
    frame["score"] = frame.index.astype(float)
    if scores is not None:
        frame.loc[frame.index[-len(scores) :], "score"] = scores
    if contents is not None:
        frame.loc[frame.index[-len(contents) :], "content"] = contents
    return frame


@pytest.mark.parametrize(
    ("frame", "needs"),
    [
        (images(), TRAINED),
        (images(0, 0), TESTED),
        (images(0, 0, 0), Needs()),
        (images(scores=[3, 3, 3, 3, 4, 4]), TRAINED),
        (images(scores=[3, 3, 3, 4, 4, 4], contents=list("aabbcc")), TRAINED),
        (images(contents=list("aaabbb")), TRAINED),
    ],
)
def test_what_is_enough(frame: pd.DataFrame, needs: Needs) -> None:
    require_enough(frame, needs, RANDOM, "mine")


@pytest.mark.parametrize(
    ("frame", "needs", "plan", "said"),
    [
        (
            images(validation=4),
            TRAINED,
            RANDOM,
            "mine: of at least 5 validation images there are 4 (its images: 2 training, "
            "4 validation, 6 test); add images, or raise the second of the split's fractions "
            "(0.7, 0.1, 0.2)",
        ),
        (
            images(1, 1, 1),
            TRAINED,
            Split(kind="by_reference", fractions=(0.4, 0.3, 0.3)),
            "mine: of at least 2 training images there are 1; of at least 5 validation images "
            "there are 1; of at least 6 test images there are 1 (its images: 1 training, "
            "1 validation, 1 test); add images, or raise the first, second, third of the split's "
            "fractions (0.4, 0.3, 0.3)",
        ),
        (
            images(validation=0),
            TRAINED,
            OFFICIAL,
            "mine: of at least 5 validation images there are 0 (its images: 2 training, "
            "0 validation, 6 test); add images, or raise the second of the split's fractions "
            "(0.7, 0.1, 0.2)",
        ),
        (
            images(test=5),
            TRAINED,
            OFFICIAL,
            "mine: of at least 6 test images there are 5 (its images: 2 training, "
            "5 validation, 5 test); add test images",
        ),
        (
            images(0, 0, 5),
            TESTED,
            ALL,
            "mine: of at least 6 test images there are 5 (its images: 0 training, "
            "0 validation, 5 test); add test images",
        ),
        (
            images(scores=[3] * 6),
            TRAINED,
            OFFICIAL,
            "mine: all 6 test images have the score 3 (its images: 2 training, 5 validation, "
            "6 test); add test images",
        ),
        (
            images(2, 5, 0, scores=[2.5] * 5),
            Needs(splits=("train", "validation")),
            OFFICIAL,
            "mine: all 5 validation images have the score 2.5 (its images: 2 training, "
            "5 validation, 0 test); add images, or raise the second of the split's fractions "
            "(0.7, 0.1, 0.2)",
        ),
        (
            images(contents=list("aaaaaa")),
            TRAINED,
            OFFICIAL,
            "mine: all test images show one content, 'a', and an interval takes two (its images: "
            "2 training, 5 validation, 6 test); add test images",
        ),
        (
            images(scores=[3, 3, 3, 1, 2, 3], contents=["a", "a", "", *"ccc"]),
            TRAINED,
            OFFICIAL,
            "mine: without the content 'c', which is left out in turn, all test images have the "
            "score 3 (its images: 2 training, 5 validation, 6 test); add test images",
        ),
        (
            images(scores=[3, 3, 3, 1, 2, 3], contents=list("aabccc")),
            TRAINED,
            OFFICIAL,
            "mine: without the content 'c', which is left out in turn, all test images have the "
            "score 3 (its images: 2 training, 5 validation, 6 test); add test images",
        ),
        (
            images(scores=[3, 3, 3, 3, 3, 9]),
            TRAINED,
            OFFICIAL,
            "mine: without the content '12.png', which is left out in turn, all test images have "
            "the score 3 (its images: 2 training, 5 validation, 6 test); add test images",
        ),
    ],
)
def test_what_is_too_small_is_told_with_what_to_do(
    frame: pd.DataFrame, needs: Needs, plan: Split, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        require_enough(frame, needs, plan, "mine")
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["", ""], "nothing"),
        (["Plant", ""], "only 'Plant'"),
        (["Plant", "Plant"], "only 'Plant'"),
        ([None, float("nan")], "nothing"),
    ],
)
@pytest.mark.parametrize(
    ("adapter", "file"),
    [("spaq", ", of this dataset the file 'Scene category labels.xlsx'"), ("folder", "")],
)
def test_classes_that_a_second_task_lacks_are_told_with_their_file(
    cells: list[str], found: str, adapter: str, file: str
) -> None:
    frame = images().assign(scene=[*cells, *["Human|Plant"] * 11])  # what tests teaches nothing
    facts = load_adapter(adapter).FACTS
    with pytest.raises(InputError) as caught:
        require_classes(frame, Needs(classes=("scene",)), facts, "mine")
    assert str(caught.value) == (
        f"mine: as scene its training images name {found}, which a second task learns: give "
        f"labels with scenes{file}, or leave experiments with 'auxiliary: {{labels: scene}}' out "
        "(without)"
    )
    require_classes(frame, Needs(), facts, "mine")
    named = frame.assign(scene=[*["Human|Plant", ""], *[""] * 11])
    require_classes(named, Needs(classes=("scene",)), facts, "mine")


def test_fewer_validation_images_would_choose_by_chance() -> None:
    """The chance that images in random order are ranked rightly, or the other way round."""
    assert 2 / factorial(LEAST["validation"]) < 0.05 < 2 / factorial(LEAST["validation"] - 1)


def test_fewer_test_images_have_no_logistic_fit() -> None:
    scores = range(LEAST["test"])
    fit_logistic(scores, scores)
    with pytest.raises(InputError, match="takes more images"):
        fit_logistic(scores[1:], scores[1:])


@pytest.mark.parametrize(
    ("scores", "contents"),
    [
        ([1, 2, 3, 4, 5, 6], "aaaaaa"),
        ([3, 3, 3, 1, 2, 3], "aabccc"),
        ([3, 3, 3, 3, 3, 9], "abcdef"),
        ([3, 3, 3, 4, 4, 4], "aaabbb"),
        ([3, 3, 3, 4, 4, 4], "aabbcc"),
        ([3, 4, 3, 4, 3, 4], "aabbcc"),
        ([3, 4, 3, 3, 3, 4], "aabbcc"),
    ],
)
def test_what_the_jackknife_of_a_perfect_model_needs(scores: list[float], contents: str) -> None:
    def refuses(check: object, *arguments: object) -> bool:
        try:
            check(*arguments)  # type: ignore[operator]
        except InputError:
            return True
        return False

    def measured() -> None:
        jackknife(weighted_srcc, scores, scores, content_groups(list(contents), 100, 0))

    frame = images(scores=scores, contents=list(contents))
    assert refuses(measured) == refuses(require_enough, frame, TRAINED, OFFICIAL, "mine")
