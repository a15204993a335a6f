"""Numbers with a unit and, where they were measured, an interval."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from smartiqa.core.errors import InputError

SUFFIXES = {
    "%": " %",
    "M parameters": " M",
    "G multiply-accumulates": " G",
    "ms": " ms",
    "h": " h",
    "images/s": "/s",
}


@dataclass(frozen=True)
class Quantity:
    """A number, the ends of its interval (equal to it if it is exact), and its unit.

    The unit None belongs to literals and ratios: it fits every unit in sums and comparisons.
    Intervals are combined by their corners, as if the operands were independent; differences of
    runs on the same images come from paired tests instead. Divided by what may be zero, a number
    has no bounds: nothing follows from it.

    Attributes:
        too_little: why nothing follows from this number, such as too few seeds behind it; empty if
            a conclusion may be drawn. It passes on to whatever is worked out from it.
    """

    value: float
    low: float
    high: float
    unit: str | None = None
    too_little: str = ""

    def __add__(self, other: Quantity) -> Quantity:
        return _combined(operator.add, self, other, common_unit(self, other))

    def __sub__(self, other: Quantity) -> Quantity:
        return _combined(operator.sub, self, other, common_unit(self, other))

    def __mul__(self, other: Quantity) -> Quantity:
        units = [unit for unit in (self.unit, other.unit) if unit]
        return _combined(operator.mul, self, other, " x ".join(units) or None)

    def __truediv__(self, other: Quantity) -> Quantity:
        return _divided(operator.truediv, self, other)

    def __floordiv__(self, other: Quantity) -> Quantity:
        return _divided(operator.floordiv, self, other)

    def __neg__(self) -> Quantity:
        return replace(self, value=-self.value, low=-self.high, high=-self.low)

    def __abs__(self) -> Quantity:
        ends = sorted((abs(self.low), abs(self.high)))
        low = 0.0 if self.low <= 0 <= self.high else ends[0]
        return replace(self, value=abs(self.value), low=low, high=ends[1])

    def __str__(self) -> str:
        text = digits(self.value) + SUFFIXES.get(self.unit or "", "")
        if self.low == self.high:
            return text
        return f"{text} [{digits(self.low, 3)}, {digits(self.high, 3)}]"


Value = Quantity | str | bool | list["Value"]


def exact(value: float, unit: str | None = None) -> Quantity:
    """A number without an interval."""
    return Quantity(value, value, value, unit)


def in_unit(quantity: Quantity, unit: str | None) -> Quantity:
    """The same number under another unit's name."""
    return replace(quantity, unit=unit)


def with_unit(value: Value, unit: str) -> Value:
    """The same value with all its numbers under one unit's name."""
    if isinstance(value, list):
        return [with_unit(element, unit) for element in value]
    return in_unit(value, unit) if isinstance(value, Quantity) else value


def maximum(quantities: list[Quantity]) -> Quantity:
    """The largest of several quantities; value and both ends are taken one by one."""
    return _end_by_end(max, quantities)


def minimum(quantities: list[Quantity]) -> Quantity:
    """The smallest of several quantities; value and both ends are taken one by one."""
    return _end_by_end(min, quantities)


def common_unit(*quantities: Quantity) -> str | None:
    """The one unit of all quantities, those without a unit left aside.

    Raises:
        InputError: there are several.
    """
    units = sorted({quantity.unit for quantity in quantities if quantity.unit})
    if len(units) > 1:
        raise InputError(f"units do not match: {' and '.join(units)}")
    return units[0] if units else None


def unit_of(value: Value) -> str | None:
    """The unit of a value: of its numbers, "name" for text, "yes or no" for truth values.

    Raises:
        InputError: a list mixes units.
    """
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, str):
        return "name"
    if isinstance(value, list):
        return common_unit(*(exact(0, unit_of(element)) for element in value))
    return value.unit


def plain_text(value: Value) -> str:
    """Plain text of a value for tables: numbers with five significant digits."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        nested = any(isinstance(element, list) for element in value)
        return ("; " if nested else ", ").join(plain_text(element) for element in value)
    return str(value)


def digits(number: float, significant: int = 5) -> str:
    """A whole number as it is, any other with so many significant digits."""
    number += 0.0  # no negative zero
    return f"{number:.0f}" if number == int(number) else f"{number:.{significant}g}"


def _combined(
    operation: Callable[[Any, Any], Any], first: Quantity, second: Quantity, unit: str | None
) -> Quantity:
    corners = product((first.low, first.high), (second.low, second.high))
    try:
        ends = [operation(a, b) for a, b in corners]
        value = operation(first.value, second.value)
    except ZeroDivisionError:
        raise InputError(f"{first} is divided by zero") from None
    if not all(map(math.isfinite, (value, *ends))):
        raise InputError(f"what becomes of {first} and {second} is no finite number")
    return Quantity(value, min(ends), max(ends), unit, first.too_little or second.too_little)


def _divided(operation: Callable[[Any, Any], Any], first: Quantity, second: Quantity) -> Quantity:
    found = _combined(operation, first, second, _unit_of_ratio(first, second))
    if second.low < 0 < second.high:  # the corners bound nothing
        why = found.too_little or f"{second}, by which it is divided, may be zero"
        return replace(found, low=found.value, high=found.value, too_little=why)
    return found


def _unit_of_ratio(first: Quantity, second: Quantity) -> str | None:
    if first.unit == second.unit or second.unit is None:
        return None if first.unit == second.unit else first.unit
    return f"{first.unit or 1} per {second.unit}"


def _end_by_end(choose: Callable[[Any], Any], quantities: list[Quantity]) -> Quantity:
    value, low, high = (
        choose(ends) for ends in zip(*((q.value, q.low, q.high) for q in quantities), strict=True)
    )
    too_little = next((q.too_little for q in quantities if q.too_little), "")
    return Quantity(value, low, high, common_unit(*quantities), too_little)
