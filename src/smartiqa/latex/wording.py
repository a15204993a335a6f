"""Phrases that follow measured outcomes, so that no conclusion is written before its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from markupsafe import Markup

from smartiqa.latex.comparisons import Comparison, compared, ran, those_run
from smartiqa.latex.escaping import escape
from smartiqa.latex.numbers import (
    decimals_of,
    fixed,
    interval_words,
    joined,
    number_word,
    p_equation,
    percent,
    percent_span,
    signed,
)
from smartiqa.latex.values import Branch

CnnOutcome = Literal["clear", "modest", "none", "harmful", "not run"]

STEPS = {"backbone": "the backbone", "multi_scale": "multi-scale input", "attention": "the gate"}
CLEAR_CNN_GAIN = 0.01  # the design notes call one point of SRCC or more a clear gain


def relation(comparison: Comparison) -> Markup:
    """How the second experiment relates to the first: "clearly better than", and so on."""
    return Markup(
        {
            "better": "clearly better than",
            "likely better": "perhaps better than",
            "alike": "not distinguishable from",
            "likely worse": "perhaps worse than",
            "worse": "clearly worse than",
        }[comparison.verdict]
    )


def digits(comparison: Comparison) -> Markup:
    r"""A difference with its interval and p value: +0.012 (95\,% interval ...; corrected p=...)."""
    statistic = comparison.statistic()
    return signed(comparison.difference, decimals_of(statistic)) + _uncertainty(comparison)


def effect(comparison: Comparison) -> Markup:
    """What going from the first to the second experiment does, as the predicate of a sentence."""
    metric = Markup(comparison.metric.split("_")[0].upper())
    size = fixed(abs(comparison.difference), decimals_of(comparison.statistic()))
    uncertainty = _uncertainty(comparison)
    change = "raises" if comparison.difference > 0 else "lowers"
    match comparison.verdict:
        case "better" | "worse":
            return Markup(f"{change} {metric} by {size}{uncertainty}")
        case "alike":
            return Markup(
                f"changes {metric} by {digits(comparison)}, which is not distinguishable from zero"
            )
        case _:
            return Markup(
                f"{change} {metric} by {size}{uncertainty}, "
                "which the correction for several comparisons does not confirm"
            )


def effect_of(
    values: Branch, first: str, second: str, group: str, metric: str = "srcc", dataset: str = ""
) -> Markup:
    """As `effect`, for two experiments that the study may not have run."""
    comparison = compared(values, first, second, group, metric, dataset)
    if comparison is not None:
        return effect(comparison)
    if ran(values, first, second):
        return Markup("was run, but not compared with its counterpart")
    return Markup("was not run in this study")


def differing(
    values: Branch, reference: str, names: Sequence[str], group: str, what: str
) -> Markup:
    """Which variants of `what` differ clearly from `reference`, as a whole sentence."""
    others = [name for name in those_run(values, names) if name != reference]
    found = [compared(values, reference, name, group) for name in others]
    tested = [comparison for comparison in found if comparison is not None]
    clear = [c for c in tested if c.verdict in ("better", "worse")]
    if not tested:
        return Markup(f"No other variant of {what} was run in this study.")
    if len(tested) == 1:
        return Markup(
            f"The one variant of {what} that was run, {escape(tested[0].second)}, is "
            f"{relation(tested[0])} {escape(reference)}: the difference in SRCC is "
            f"{digits(tested[0])}."
        )
    opening = f"Of the {number_word(len(tested))} variants of {what} that were run, "
    if not clear:
        widest = max(tested, key=lambda c: abs(c.difference))
        return Markup(
            f"{opening}none is distinguishable from {escape(reference)}; the largest difference in "
            f"SRCC is that of {escape(widest.second)}, {_lean(widest)}."
        )
    listed = joined([Markup(f"{escape(c.second)} ({_lean(c)})") for c in clear])
    verb = "differs" if len(clear) == 1 else "differ"
    return Markup(
        f"{opening}{number_word(len(clear))} {verb} clearly in SRCC from {escape(reference)}: "
        f"{listed}."
    )


def cnn_outcome(comparison: Comparison | None) -> CnnOutcome:
    """Which foreseen outcome the CNN study has, going from the plain CNN to both modules.

    The design notes foresee a clear gain (a point of SRCC or more), a modest one and none; we add
    harm, and count a gain only if the corrected test confirms it.
    """
    if comparison is None:
        return "not run"
    match comparison.verdict:
        case "better":
            return "clear" if comparison.difference >= CLEAR_CNN_GAIN else "modest"
        case "worse":
            return "harmful"
        case _:
            return "none"


def cnn_conclusion(comparison: Comparison | None, with_digits: bool = True) -> Markup:
    """What the CNN study says about the two modules, as whole sentences."""
    outcome = cnn_outcome(comparison)
    if comparison is None:
        return Markup(
            "This study did not train the CNN with both modules, so whether they carry over to "
            "a CNN stays open."
        )
    sentences = {
        "clear": "The modules carry over to the CNN: together they are worth more than a point of "
        "SRCC there, so they are not specific to a transformer's features.",
        "modest": "The modules help the CNN a little: the gain is real but below one point of "
        "SRCC, so the features themselves matter more than how they are joined.",
        "none": "No gain of the modules can be shown on the CNN.",
        "harmful": "The modules harm the CNN, so they do not carry over to its features.",
    }
    caveat = ""
    if outcome == "none":
        caveat = (
            " The interval still admits a gain of a full point, so the test set is too small to "
            "rule a clear gain out."
            if comparison.high >= CLEAR_CNN_GAIN
            else " The interval excludes a gain of a full point, as if the modules were specific "
            "to the transformer's features."
        )
    evidence = f" The difference is {digits(comparison)}." if with_digits else ""
    return Markup(f"{sentences[outcome]}{caveat}{evidence}")


def gain_conclusion(gain: Mapping[str, Any], with_shares: bool = True) -> Markup:
    """Where the gain of the full model over the baseline comes from, as whole sentences.

    Shares are quoted only if the total gain is clearly positive: a share of nothing is nothing.
    """
    total = gain["total"]
    size = signed(total["value"], decimals_of(total))
    span = Markup(rf"{size} (95\,\% interval {interval_words(total)})")
    if total["high"] < 0:
        return Markup(
            f"The full model is worse than the baseline: the total change is {span}, so there is "
            "no gain whose shares could be quoted."
        )
    if total["low"] <= 0 or "shares" not in gain:
        return Markup(
            f"The total change, {span}, cannot be told from zero, so shares of it are not quoted."
        )
    if not with_shares:
        return Markup(f"The total gain is {span}; {dominance(gain['shares']['backbone'])}.")
    parts = [
        Markup(f"{step} accounts for {percent(share['value'])} ({percent_span(share)})")
        for step, share in ((step, gain["shares"][key]) for key, step in STEPS.items())
    ]
    return Markup(
        f"The total gain is {span}. Of it, {joined(parts)}; "
        f"{dominance(gain['shares']['backbone'])}."
    )


def dominance(share: Mapping[str, float]) -> Markup:
    """Whether the backbone's share supports "most of the gain is the backbone"."""
    if share["low"] > 0.5:
        return Markup("most of the gain is the backbone's")
    if share["high"] < 0.5:
        return Markup("less than half of the gain is the backbone's")
    return Markup("the interval does not tell whether most of the gain is the backbone's")


def trend(correlation: Mapping[str, float]) -> Markup:
    """How a stage's weight goes with quality, by the interval of their rank correlation."""
    if correlation["low"] > 0:
        return Markup("rises with quality")
    if correlation["high"] < 0:
        return Markup("falls with quality")
    return Markup("shows no monotone relation to quality")


def agreement(published: float, statistic: Mapping[str, float]) -> Markup:
    """Where a published value lies with respect to a measured interval."""
    if published > statistic["high"]:
        return Markup("above the interval")
    if published < statistic["low"]:
        return Markup("below the interval")
    return Markup("inside the interval")


def larger_or_smaller(second: float, first: float) -> Markup:
    """Compare two plain values that have no test."""
    if second == first:
        return Markup("equal to")
    return Markup("larger than" if second > first else "smaller than")


def _lean(comparison: Comparison) -> Markup:
    """A difference and its interval only, for lists."""
    statistic = comparison.statistic()
    size = signed(comparison.difference, decimals_of(statistic))
    return Markup(f"{size}, {interval_words(statistic)}")


def _uncertainty(comparison: Comparison) -> Markup:
    ends = interval_words(comparison.statistic())
    return Markup(rf" (95\,\% interval {ends}; corrected {p_equation(comparison.p_holm)})")
