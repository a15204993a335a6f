"""The measures of agreement: the one list that scoring, records, tables and the paper follow.

How each is computed: `smartiqa.metrics.correlation.FORMULAS`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Measure = Literal["srcc", "plcc", "plcc_logistic", "krcc", "rmse"]
Place = Literal["floors", "peers", "card"]  # which shows some measures; runs are shown with all


class Described(NamedTuple):
    """What is known of a measure.

    Attributes:
        label: as tables call it.
        shown: where it is shown beside the tables of runs.
        decimals: the fewest that are printed.
        is_error: whether it is on the scale of qualities, 0 to 100, and least at best; all others
            are correlations.
        fitted: whether it is of predictions on the logistic curve fitted to the test images.
    """

    label: str
    shown: tuple[Place, ...] = ()
    decimals: int = 3
    is_error: bool = False
    fitted: bool = False


def all_measures() -> dict[Measure, Described]:
    """Return all measures, in their order.

    In a function, they are no code of those who only import this module, such as a training.
    """
    return {
        "srcc": Described("SRCC", ("floors", "peers", "card")),
        "plcc": Described("PLCC", ("floors", "peers", "card")),
        "plcc_logistic": Described("PLCC, fitted", ("peers",), fitted=True),
        "krcc": Described("KRCC", ("card",)),
        "rmse": Described("RMSE", ("floors", "card"), decimals=1, is_error=True),
    }


def measures_of(place: Place) -> dict[Measure, Described]:
    """Return the measures that are shown in a place, in their order."""
    return {name: known for name, known in all_measures().items() if place in known.shown}
