"""Every message about the input of a measure, whole."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from smartiqa.core.errors import InputError
from smartiqa.metrics.correlation import plcc, srcc
from smartiqa.metrics.logistic import fit_logistic

NAMES: dict[Callable[..., Any], str] = {
    srcc: "SRCC",
    plcc: "PLCC",
    fit_logistic: "the logistic fit",
}


def message(call: Callable[..., Any], *arguments: Any) -> str:
    with pytest.raises(InputError) as caught:
        call(*arguments)
    return str(caught.value)


@pytest.mark.parametrize("measure", NAMES, ids=lambda measure: measure.__name__)
def test_shapes_and_missing_values_are_named(measure: Callable[..., Any]) -> None:
    name = NAMES[measure]
    assert message(measure, [1, 2, 3], [1, 2]) == (
        f"{name} takes two vectors with one value per image, not inputs of shapes (3,) and (2,)"
    )
    assert message(measure, [[1, 2]], [[1, 2]]).endswith("not inputs of shapes (1, 2) and (1, 2)")
    assert message(measure, [], []).endswith("not inputs of shapes (0,) and (0,)")
    missing = "takes finite values only, but value {} (counted from 0) of its {} input is {}"
    faulty = [1, math.nan, math.nan]
    assert message(measure, faulty, [1, 2, 3]) == f"{name} {missing.format(1, 'first', 'nan')}"
    faulty = [1, 2, -math.inf]
    assert message(measure, [1, 2, 3], faulty) == f"{name} {missing.format(2, 'second', '-inf')}"


@pytest.mark.parametrize("measure", NAMES, ids=lambda measure: measure.__name__)
def test_a_constant_side_is_named(measure: Callable[..., Any]) -> None:
    for which, pair in (("first", ([0.5] * 9, range(9))), ("second", (range(9), [0.5] * 9))):
        assert message(measure, *pair) == (
            f"{NAMES[measure]} is undefined because its {which} input is constant "
            "(0.5, 9 images); it takes images of different scores"
        )


def test_too_few_images_for_a_fit_are_counted() -> None:
    for parameters in (4, 5):
        images = range(parameters)
        assert message(fit_logistic, images, images, parameters) == (
            f"the logistic fit has {parameters} parameters and takes more images than that, "
            f"not {parameters}"
        )
        fit_logistic(range(parameters + 1), range(parameters + 1), parameters)
