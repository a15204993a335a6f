"""Tables of the report: cells that know how they sort and where their number comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from smartiqa.metrics.decimals import decimals_for
from smartiqa.results.measures import Bounded, Statistic

LEAST_P = 0.001
MINUS = "\N{MINUS SIGN}"


class Cell(NamedTuple):
    """One cell.

    Attributes:
        text: as it is shown.
        value: that it sorts by; None if by its text.
        key: of the note that says where it comes from; empty if there is none.
        link: the id of an element of the page; empty if it is no link.
    """

    text: str
    value: float | None = None
    key: str = ""
    link: str = ""


class Row(NamedTuple):
    """One row; `anchor` is its id in the page, `photo` the number of an image or None."""

    cells: Sequence[Cell]
    anchor: str = ""
    photo: int | None = None


class Table(NamedTuple):
    """One table; `choices` are the columns whose values can be chosen from a list."""

    anchor: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Row]
    note: str = ""
    choices: Sequence[int] = ()


NOTHING = Cell("\N{EN DASH}")


def number(value: float | None, decimals: int, key: str = "", *, signed: bool = False) -> Cell:
    """A number with so many decimals; a dash for None."""
    if value is None:
        return NOTHING
    text = f"{value:{'+' if signed else ''},.{decimals}f}".replace("-", MINUS)
    return Cell(text, value, key)


def measured(statistic: Statistic | None, key: str, least: int = 3) -> Cell:
    """A mean with its deviation over seeds, if there are several."""
    if statistic is None:
        return NOTHING
    decimals = decimals_for(statistic.spread, least) if statistic.spread else least
    mean = number(statistic.mean, decimals, key)
    if not statistic.spread:
        return mean
    return mean._replace(text=f"{mean.text} ± {statistic.spread:.{decimals}f}")


def interval(ends: Statistic | Bounded | None, key: str, decimals: int = 3) -> Cell:
    """The ends of a 95 % interval; it sorts by the lower one."""
    if ends is None:
        return NOTHING
    low, high = (number(end, decimals).text for end in (ends.low, ends.high))
    return Cell(f"{low} to {high}", ends.low, key)


def p_value(p: float | None, key: str = "") -> Cell:
    """A p-value; "not tested" for None, which sorts last."""
    if p is None:
        return Cell("not tested", 2)
    return Cell(f"< {LEAST_P}" if p < LEAST_P else f"{p:.3f}", p, key)
