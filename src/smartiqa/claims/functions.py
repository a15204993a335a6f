"""The functions that a claim's expression may call, run results apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from smartiqa.claims.quantities import (
    Quantity,
    Value,
    common_unit,
    exact,
    in_unit,
    maximum,
    minimum,
    plain_text,
)
from smartiqa.metrics.inference import expected_half_width, least_correlation


def total(values: list[Quantity]) -> Quantity:
    """The sum of a list."""
    result = exact(0)
    for value in values:
        result = result + value
    return result


def mean(values: list[Quantity]) -> Quantity:
    """The mean of a list."""
    return total(values) / exact(len(values))


def spread(values: list[Quantity]) -> Quantity:
    """The difference between the largest and the smallest of a list of exact numbers."""
    return maximum(values) - minimum(values)


def ratios(values: list[Quantity]) -> list[Value]:
    """Each value of a list divided by the one before."""
    return [second / first for first, second in pairwise(values)]


def distinct(values: list[Value]) -> Quantity:
    """How many different values a list has."""
    return exact(len({plain_text(value) for value in values}))


def count(values: list[Value]) -> Quantity:
    """How many values a list has."""
    return exact(len(values))


def more(first: Quantity, second: Quantity) -> Quantity:
    """By how many per cent `first` is larger than `second`."""
    return share(first - second, second)


def share(part: Quantity, whole: Quantity) -> Quantity:
    """`part` as a percentage of `whole`.

    Raises:
        InputError: they have different units.
    """
    common_unit(part, whole)
    return in_unit(part / whole * exact(100), "%")


def points(first: Quantity, second: Quantity) -> Quantity:
    """`first` minus `second` in hundredths: what papers often print before a percent sign."""
    return in_unit((first - second) * exact(100), "%")


def millions(quantity: Quantity) -> Quantity:
    """A count in millions."""
    return in_unit(quantity / exact(1e6), f"M {quantity.unit}")


def giga(quantity: Quantity) -> Quantity:
    """A count in units of 10^9."""
    return in_unit(quantity / exact(1e9), f"G {quantity.unit}")


def number(quantity: Quantity) -> Quantity:
    """A quantity without its unit, for formulas that mix units on purpose."""
    return in_unit(quantity, None)


def srcc_step(first: Quantity, second: Quantity, images: Quantity) -> Quantity:
    """`second` minus `first`, two SRCCs on the same images, with the widest interval it may have.

    If that includes zero nothing follows, since the interval may be as narrow as can be: only the
    predictions would tell.
    """
    step = second - first
    needed = least_correlation(first.value, second.value, images.value)
    if needed > -1:
        why = (
            "the predictions were not published: the step exceeds its sampling error only if those "
            f"of the two SRCCs correlate by more than {needed:.4f}"
        )
        return replace(step, too_little=why)
    widest = sum(expected_half_width(srcc.value, images.value) for srcc in (first, second))
    return replace(step, low=step.value - widest, high=step.value + widest)


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "abs": abs,
    "any": any,
    "count": count,
    "distinct": distinct,
    "giga": giga,
    "max": maximum,
    "mean": mean,
    "millions": millions,
    "min": minimum,
    "more": more,
    "number": number,
    "points": points,
    "ratios": ratios,
    "share": share,
    "spread": spread,
    "srcc_step": srcc_step,
    "sum": total,
}
