"""Phrases that follow measured outcomes, so that no conclusion is written before its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from markupsafe import Markup

from smartiqa.config.roles import Step
from smartiqa.metrics.measures import Measure
from smartiqa.metrics.verdicts import CLEAR_GAIN, LEAST_SEEDS, side_of, size_of_gain
from smartiqa.paper.latex.comparisons import compared, ran, those_run
from smartiqa.paper.latex.escaping import escape
from smartiqa.paper.latex.numbers import (
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
from smartiqa.paper.latex.values import Branch
from smartiqa.results.comparison_results import Comparison


def relation(comparison: Comparison) -> Markup:
    """How the second experiment relates to the first, if it was tested: "clearly better than"."""
    return Markup(
        {
            "better": "clearly better than",
            "unconfirmed": "not clearly different from",
            "undecided": "not distinguishable from",
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
    change = "raises" if comparison.difference > 0 else "lowers"
    match comparison.verdict:
        case "better" | "worse":
            return Markup(f"{change} {metric} by {size}{_uncertainty(comparison)}")
        case "undecided":
            return Markup(
                f"changes {metric} by {digits(comparison)}, which is not distinguishable from zero"
            )
        case "unconfirmed":
            return Markup(
                f"changes {metric} by {digits(comparison)}: the interval by itself excludes zero, "
                f"but {_correction(comparison)} does not confirm that"
            )
        case "untested":
            return Markup(
                f"went with a change in {metric} of {digits(comparison)}, {_too_little(comparison)}"
            )


def effect_of(
    values: Branch, first: str, second: str, group: str, metric: Measure = "srcc", dataset: str = ""
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
    """Which variants of `what` differ clearly from `reference`, as a whole sentence.

    Empty if the study ran no variant.
    """
    others = [name for name in those_run(values, names) if name != reference]
    found = [compared(values, reference, name, group) for name in others]
    tested = [comparison for comparison in found if comparison is not None]
    if not others:
        return Markup("")
    if not tested:
        return escape(f"Variants of {what} were run, but not compared with {reference}.")
    judged = [c for c in tested if c.verdict != "untested"]
    seen = [c for c in tested if c.verdict == "untested"]
    sentences = [_judgement(judged, reference, what)] if judged else []
    sentences += [_observation(seen, reference, what)] if seen else []
    return Markup(" ").join(sentences)


def _judgement(judged: Sequence[Comparison], reference: str, what: str) -> Markup:
    """Which of the variants that were tested differ clearly, as a sentence."""
    if len(judged) == 1:
        (only,) = judged
        return Markup(
            f"The one variant of {what} that was tested, {escape(only.second)}, is "
            f"{relation(only)} {escape(reference)}: the difference in SRCC is {digits(only)}."
        )
    clear = [c for c in judged if c.verdict in ("better", "worse")]
    opening = f"Of the {number_word(len(judged))} variants of {what} that were tested, "
    if not clear:
        widest = max(judged, key=lambda c: abs(c.difference))
        return Markup(
            f"{opening}none differs clearly from {escape(reference)}; the largest difference in "
            f"SRCC is that of {escape(widest.second)}, {digits(widest)}."
        )
    listed = joined([Markup(f"{escape(c.second)}, {digits(c)}") for c in clear])
    verb = "differs" if len(clear) == 1 else "differ"
    return Markup(
        f"{opening}{number_word(len(clear))} {verb} clearly in SRCC from {escape(reference)}: "
        f"{listed}."
    )


def _observation(seen: Sequence[Comparison], reference: str, what: str) -> Markup:
    """What was seen of variants that were not tested, as a sentence."""
    listed = joined([Markup(f"{digits(c)} for {escape(c.second)}") for c in seen])
    fewest = min(seen, key=lambda c: (c.contents, min(c.seeds)))
    return Markup(
        f"Among variants of {what}, the difference seen in SRCC from {escape(reference)} is "
        f"{listed}, {_too_little(fewest)}."
    )


def cnn_conclusion(comparison: Comparison | None, with_digits: bool = True) -> Markup:
    """What the CNN study says about the two modules, as whole sentences; empty if it has none."""
    if comparison is None:
        return Markup("")
    outcome = size_of_gain(comparison.verdict, comparison.difference)
    if outcome == "untested":
        return Markup(
            "Whether the modules carry over to the CNN stays open: the difference seen in SRCC is "
            f"{digits(comparison)}, {_too_little(comparison)}."
        )
    gain = fixed(CLEAR_GAIN, 2)
    low, high = comparison.low, comparison.high
    side = side_of(CLEAR_GAIN, low, high) if low is not None and high is not None else None
    sentences = {
        "clear": "The modules carry over to the CNN: together they raise SRCC there, so they are "
        "not specific to a transformer's features.",
        "modest": "The modules help the CNN a little: SRCC rises.",
        "none": "No gain of the modules can be shown on the CNN.",
        "harmful": "The modules harm the CNN, so they do not carry over to its features.",
    }
    caveats: dict[tuple[str, str | None], str] = {
        ("clear", "above"): f" The gain is {gain} or more.",
        ("clear", "around"): f" The interval still admits a gain of less than {gain} in SRCC.",
        (
            "modest",
            "below",
        ): f" The gain is less than {gain}, so the features themselves matter more "
        "than how they are joined.",
        ("modest", "around"): f" The interval still admits a gain of {gain} in SRCC.",
        ("none", "below"): f" The interval excludes a gain of {gain} in SRCC.",
        ("none", "around"): f" The interval still admits a gain of {gain} in SRCC, so the study is "
        "too small to rule a clear gain out.",
    }
    caveat = caveats.get((outcome, side), "")
    evidence = f" The difference is {digits(comparison)}." if with_digits else ""
    return Markup(f"{sentences[outcome]}{caveat}{evidence}")


def called(values: Branch, name: str) -> Markup:
    """What the text calls an experiment: the full model, the baseline, or by its id."""
    if name == values["roles"]["reference"]:
        return Markup("the full model")
    return Markup("the baseline") if name == values["roles"].get("baseline") else escape(name)


class RunStep(Step):
    """A step of the ablation, from the first to the second experiment, whose two were run."""

    first: str
    second: str


def steps_run(values: Branch) -> list[RunStep]:
    """The steps of the ablation whose two experiments were run."""
    pairs = pairwise(values["roles"]["ablation"])
    return [
        RunStep(**step, first=first, second=second)
        for step, (first, second) in zip(values["roles"]["steps"], pairs, strict=False)
        if ran(values, first, second)
    ]


def at_the_start(words: Markup) -> Markup:
    """Words as they begin a sentence."""
    return words[:1].upper() + words[1:]


def gain_conclusion(values: Branch, with_shares: bool = True) -> Markup:
    """Where the gain over the ablation comes from, as whole sentences.

    The total is the difference that the comparisons have. Shares of it are quoted only if it is
    a clear gain: a share of nothing is nothing.
    """
    first, *_, last = values["roles"]["ablation"]
    total = compared(values, first, last, "ablation")
    start, end = called(values, first), called(values, last)
    if total is None:
        return Markup(f"{at_the_start(end)} was not compared with {start}.")
    size = digits(total)
    match total.verdict:
        case "untested":
            return Markup(
                f"From {start} to {end} SRCC changes by {size}, "
                f"{_too_little(total)}; shares of it are not quoted."
            )
        case "worse":
            return Markup(
                f"{at_the_start(end)} is worse than {start}: the total change in SRCC is {size}, "
                "so there is no gain whose shares could be quoted."
            )
        case "undecided":
            return Markup(
                f"The total change in SRCC, {size}, cannot be told from zero, so shares of it are "
                "not quoted."
            )
        case "unconfirmed":
            return Markup(
                f"Of the total change in SRCC, {size}, the interval by itself excludes zero, but "
                f"{_correction(total)} does not confirm that, so shares of it are not quoted."
            )
        case "better":
            return _division(size, values, with_shares)


def _division(total: Markup, values: Branch, quoted: bool) -> Markup:
    """How a clear gain divides over the steps of the ablation, as sentences."""
    shares: Branch = values["gain"]["shares"]
    steps = [(escape(step["phrase"]), shares[step["name"]]) for step in values["roles"]["steps"]]
    most = dominance(*steps[0])
    if not quoted:
        return Markup(f"The total gain in SRCC is {total}; {most}.")
    parts = [
        Markup(f"{phrase} accounts for {percent(share['value'])} ({percent_span(share)})")
        for phrase, share in steps
    ]
    return Markup(f"The total gain in SRCC is {total}. Of it, {joined(parts)}; {most}.")


def dominance(step: str, share: Mapping[str, float]) -> Markup:
    """Whether the share of a step supports "most of the gain is that step's"."""
    match side_of(0.5, share["low"], share["high"]):
        case "above":
            return Markup(f"most of the gain is {step}'s")
        case "below":
            return Markup(f"less than half of the gain is {step}'s")
        case "around":
            return Markup(f"the interval does not tell whether most of the gain is {step}'s")


def _uncertainty(comparison: Comparison) -> Markup:
    """Interval and corrected p value in parentheses, as far as there are any."""
    if comparison.low is None:
        return Markup("")
    ends = interval_words(comparison.statistic())
    if comparison.p_holm is None:
        return Markup(rf" (95\,\% interval {ends}, not tested)")
    return Markup(rf" (95\,\% interval {ends}; corrected {p_equation(comparison.p_holm)})")


def _correction(comparison: Comparison) -> str:
    if comparison.tests == 1:
        return "the test"
    return f"the test corrected for {number_word(comparison.tests)} comparisons"


def _too_little(comparison: Comparison) -> Markup:
    """Why a difference was not tested, to follow a comma."""
    first, second = comparison.seeds
    runs = (
        f"{number_word(first)} {'seed' if first == 1 else 'seeds'} each"
        if first == second
        else f"{number_word(min(first, second))} against {number_word(max(first, second))} seeds"
    )
    if min(first, second) < LEAST_SEEDS:
        return Markup(f"with {runs}, which cannot tell it from the chance of training")
    return Markup(
        f"on {number_word(comparison.contents)} contents, too few to tell it from their chance"
    )
