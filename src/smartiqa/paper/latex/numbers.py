r"""Numbers as the paper prints them: digits that carry their uncertainty, never more.

Every function is pure and returns LaTeX for text mode. The short form 0.842(13) gives the standard
deviation over seeds in units of the last digit; [0.803, 0.871] is a 95 % interval.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from smartiqa.core.errors import InputError
from smartiqa.metrics.decimals import decimals_for
from smartiqa.metrics.decimals import fixed as written
from smartiqa.paper.latex.escaping import escape

Statistic = Mapping[str, float]

NUMBER = re.compile(r"(?<![\w.-])(-?)(\d+)((?:\.\d+)?)(?![\w.])")  # not the one of a name
LEAST_P = 0.001
NAMES = {"adam": "Adam", "adamw": "AdamW", "none": "off"}
WORDS = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)


def fixed(value: float, decimals: int) -> Markup:
    """Return `value` with so many decimals: 0.842."""
    return Markup(written(_finite(value), decimals).replace("-", "$-$"))


def signed(value: float, decimals: int) -> Markup:
    """Return `value` with its sign, also a plus: +0.012."""
    text = fixed(value, decimals)
    return text if _finite(value) <= 0 or not float(text) else Markup("$+$") + text


def compact(value: float) -> Markup:
    """Return a setting, such as a rate or a weight, in its shortest form: 0.1, 32, 5e-7."""
    number = _finite(value)
    if number and not 1e-3 <= abs(number) < 1e5:
        return scientific(number)
    return Markup(f"{number:.6g}".replace("-", "$-$"))


def three_digits(value: float) -> Markup:
    r"""Return a measured time or rate with three significant digits: 3.12, 94.2, 1\,250."""
    number = _finite(value)
    if number == 0:
        return Markup("0")
    before_point = 1 + math.floor(math.log10(abs(number)))
    if before_point >= 3:
        return count(round(number, 3 - before_point))
    return fixed(number, 3 - before_point)


def scientific(value: float) -> Markup:
    r"""Return `value` in powers of ten, with up to three significant digits: $5\times10^{-7}$."""
    mantissa, exponent = f"{_finite(value):.2e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    factor = "" if mantissa == "1" else mantissa + r"\times "
    return Markup(rf"${factor}10^{{{int(exponent)}}}$")


def count(value: float) -> Markup:
    r"""Return a whole number with thin spaces between groups of three digits: 10\,073."""
    if _finite(value) != int(value):
        raise InputError(f"{value} is not a whole number, so it cannot be printed as a count")
    return Markup(f"{int(value):,}".replace(",", r"\,").replace("-", "$-$"))


def setting(value: object) -> Markup:
    """Return a setting of any kind: a number in its shortest form, a name without underscores."""
    if isinstance(value, bool):
        return Markup("yes" if value else "no")
    if isinstance(value, int | float):
        return compact(value)
    return escape(NAMES.get(str(value), str(value).replace("_", " ")))


def typeset_numbers(text: str) -> Markup:
    r"""Return plain text with its numbers set as elsewhere: -0.2, 33545 as $-$0.2, 33\,545."""
    parts = NUMBER.split(text)  # text, sign, whole part, decimals, text, ...
    found = [escape(parts[0])]
    for place in range(1, len(parts), 4):
        sign, whole, decimals, after = parts[place : place + 4]
        found += [Markup("$-$" * bool(sign)), count(int(whole)), Markup(decimals), escape(after)]
    return Markup("").join(found)


def in_units(value: float, unit: float, decimals: int) -> Markup:
    """Return `value` divided by `unit`: 89 111 941 in units of 1e6 is 89.11."""
    return fixed(_finite(value) / unit, decimals)


def number_word(value: float) -> Markup:
    """Return small whole numbers as words (no, one, ..., twelve), larger ones as digits."""
    whole = round(_finite(value))
    if not math.isclose(value, whole, abs_tol=1e-9):
        raise InputError(f"{value} is not a whole number, so it cannot be printed as a word")
    return Markup(WORDS[whole]) if 0 <= whole < len(WORDS) else count(whole)


def percent(share: float, decimals: int = 0) -> Markup:
    r"""Return a share of one as a percentage: 87\,%."""
    return fixed(100 * _finite(share), decimals) + Markup(r"\,\%")


def percent_span(share: Statistic) -> Markup:
    """Return the interval of a share for the running text: 71 to 102 %."""
    return fixed(100 * _finite(share["low"]), 0) + Markup(" to ") + percent(share["high"])


def p_value(p: float) -> Markup:
    """Return a p value: 0.13, 0.004, and never 0: anything below 0.001 is <0.001."""
    if not 0 <= _finite(p) <= 1:
        raise InputError(f"{p} is not a p value: it must lie between 0 and 1")
    if p < LEAST_P:
        return Markup("$<$") + fixed(LEAST_P, 3)
    return fixed(p, 3 if p < 0.0995 else 2)


def p_equation(p: float) -> Markup:
    """Return a p value as an equation for the running text: $p=0.13$, $p<0.001$."""
    relation = "<" if p < LEAST_P else "="
    return Markup(f"$p{relation}{str(p_value(p)).removeprefix('$<$')}$")


def decimals_of(statistic: Statistic, least: int = 3) -> int:
    """Decimals that show two digits of the interval's half-width, from `least` to four.

    Without an interval, the standard deviation over seeds decides, and without both `least` does.
    """
    if "low" in statistic and "high" in statistic:
        uncertainty = (_finite(statistic["high"]) - _finite(statistic["low"])) / 2
    else:
        uncertainty = _finite(statistic.get("spread") or 0.0)
    return decimals_for(uncertainty, least)


def mean_spread(statistic: Statistic, least: int = 3) -> Markup:
    """Return the value with its spread over seeds in the last digits: 0.842(13).

    With one seed there is no spread, and the value stands alone: 0.842.
    """
    decimals = decimals_of(statistic, least)
    value = fixed(central(statistic), decimals)
    spread = statistic.get("spread")
    if spread is None:
        return value
    last_digits = round(_finite(spread) * 10**decimals)
    return value + Markup(f"({last_digits})")


def interval(statistic: Statistic, least: int = 3) -> Markup:
    """Return the 95 % interval alone: [0.803, 0.871]."""
    low, high = _ends(statistic, least)
    return Markup(f"[{low}, {high}]")


def interval_words(statistic: Statistic, least: int = 3) -> Markup:
    """Return the 95 % interval for the running text: 0.803 to 0.871."""
    low, high = _ends(statistic, least)
    return Markup(f"{low} to {high}")


def estimate(statistic: Statistic, least: int = 3) -> Markup:
    r"""Return a value with all its uncertainty: 0.842(13) [0.803, 0.871]."""
    return mean_spread(statistic, least) + Markup("~") + interval(statistic, least)


def signed_estimate(statistic: Statistic) -> Markup:
    """Return a difference with its sign and interval: +0.012 [-0.004, 0.028]."""
    value = signed(central(statistic), decimals_of(statistic))
    return value + Markup("~") + interval(statistic)


def central(statistic: Statistic) -> float:
    """Return the value of a statistic, whichever of its names it goes by.

    Raises:
        InputError: it has neither `mean` nor `value` nor `difference`.
    """
    for name in ("mean", "value", "difference"):
        if name in statistic:
            return _finite(statistic[name])
    raise InputError(f"no 'mean', 'value' or 'difference' among {', '.join(sorted(statistic))}")


def joined(items: Sequence[str], last: str = "and") -> Markup:
    """Return a list in prose: a, b and c. Items that are not LaTeX yet are escaped."""
    *most, final = map(escape, items)
    # Formatted, not added: adding plain text to Markup would escape it for HTML.
    return Markup(f"{', '.join(most)} {last} {final}") if most else final


def _ends(statistic: Statistic, least: int) -> tuple[Markup, Markup]:
    decimals = decimals_of(statistic, least)
    return fixed(statistic["low"], decimals), fixed(statistic["high"], decimals)


def _finite(value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"'{value}' is not a number")  # a missing value names itself here
    if not math.isfinite(value):
        raise InputError(f"{value} is not a finite number")
    return value
