"""Phrases about values that stand by themselves: trends, published beside measured, odd scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from smartiqa.metrics.verdicts import enough_for_a_verdict, side_of
from smartiqa.paper.latex.comparisons import measured, those_run
from smartiqa.paper.latex.escaping import escape
from smartiqa.paper.latex.numbers import (
    decimals_of,
    estimate,
    fixed,
    interval_words,
    joined,
    number_word,
    signed,
)
from smartiqa.paper.latex.values import Branch

# Losses that only compare predictions with one another, so that these may lie on any scale.
LOSSES_WITHOUT_SCALE = ("srcc", "pairwise_ranking", "pairwise_fidelity")


def trends(correlations: Sequence[Mapping[str, Any] | None]) -> Markup:
    """How the weights of stages 1, 2, ... go with quality, as whole sentences.

    Args:
        correlations: with quality, one a stage; None where the weight is constant.
    """
    sentences, seen = [], []
    for stage, correlation in enumerate(correlations, start=1):
        if correlation is None:
            sentences.append(Markup(f"The weight of stage~{stage} is constant."))
        elif correlation["tested"]:
            found = f"{trend(correlation)} (rank correlation {estimate(correlation)})"
            sentences.append(Markup(f"The weight of stage~{stage} {found}."))
        else:
            value = fixed(correlation["value"], decimals_of(correlation))
            seen.append(Markup(f"{value} for stage~{stage}"))
    if seen:
        sentences.append(
            Markup(
                f"The rank correlation of the weight with quality that was seen is {joined(seen)}, "
                "in too few runs or on too few contents to conclude anything from it."
            )
        )
    return Markup(" ").join(sentences)


def trend(correlation: Mapping[str, Any]) -> Markup:
    """How a stage's weight goes with quality, by the interval of their rank correlation."""
    found = {
        "above": "rises with quality",
        "below": "falls with quality",
        "around": "shows no monotone relation to quality",
    }
    return Markup(found[side_of(0, correlation["low"], correlation["high"])])


def maps_judged(maps: Sequence[Mapping[str, Any]]) -> Markup:
    """Say which maps point at places that count for more than random ones, as sentences.

    Args:
        maps: with the areas `deletion` and `insertion`, positive where the map's places count.
    """
    said = {
        ("above", "above"): "Hiding what they point at changes the score more than hiding random "
        "places, and hiding what they do not point at changes it less, for {}.",
        ("above", "around"): "Hiding what they point at changes the score more than hiding random "
        "places, while insertion shows no difference, for {}.",
        ("around", "above"): "Hiding what they do not point at changes the score less than hiding "
        "random places, while deletion shows no difference, for {}.",
        ("around", "around"): "Neither deletion nor insertion tells the places pointed at from "
        "random ones for {}.",
    }
    other = "For {}, the places pointed at count for less than random ones in at least one of both."
    found: dict[str, list[str]] = {}
    for each in maps:
        areas = (each["deletion"], each["insertion"])
        first, second = (side_of(0, area["low"], area["high"]) for area in areas)
        found.setdefault(said.get((first, second), other), []).append(map_name(each["name"]))
    return Markup(" ").join(Markup(text).format(joined(names)) for text, names in found.items())


def map_name(name: str) -> Markup:
    """Return how running text calls a map: stage 2 by its number, others with an article."""
    if name.startswith("stage "):
        return escape(name).replace(" ", Markup("~"))
    return Markup("the ") + escape(name)


def models_attacked(attacks: Mapping[str, Any], roles: Mapping[str, Any]) -> Markup:
    """Set how far attacks move the scores of the full model beside the baseline, in a sentence.

    Of one training each, the difference has no interval.

    Args:
        attacks: of `paper.json`; without the baseline there is nothing to compare.
        roles: who is the baseline, and who the reference.
    """
    pair = [roles["reference"], roles.get("baseline", "")]
    if not {*pair} <= attacks["experiments"].keys():
        return Markup("")
    both = [attacks["experiments"][name]["strengths"] for name in pair]
    seen = [
        signed(own["change"]["value"] - other["change"]["value"], 1)
        + Markup(f" at {own['strength']}/255")
        for own, other in zip(*both, strict=True)
    ]
    first, second = map(escape, pair)
    return Markup(f"The change of {first} less that of {second} that was seen is {joined(seen)}.")


def rounds_told(rounds: Sequence[Mapping[str, Any]]) -> Markup:
    """Say who was right about the pairs on which two models disagree, a sentence a round.

    Args:
        rounds: `competition` of `paper.json`; of a pair, the attacker rates `better` higher.
    """
    sentences = []
    for each in rounds:
        defender, attacker = (escape(each[player]) for player in ("defender", "attacker"))
        gaps = {
            by: [pair["better"][by] - pair["worse"][by] for pair in each["pairs"]]
            for by in ("attacker", "defender", "quality")
        }
        seen, alike, true = (signed(sum(gap) / len(gap), 0) for gap in gaps.values())
        right = number_word(sum(gap > 0 for gap in gaps["quality"]))
        sentences.append(
            f"When {attacker} attacks {defender}, the photo that it prefers has the higher true "
            f"quality in {right} of {number_word(len(each['pairs']))} pairs; the mean difference "
            f"that {attacker} sees is {seen}, that {defender} sees {alike}, and the true one "
            f"{true}."
        )
    return Markup(" ").join(map(Markup, sentences))


def extremes_told(groups: Sequence[Mapping[str, Any]], name: str) -> Markup:
    """Say for which groups of images the errors of an experiment are lowest and highest.

    Args:
        groups: `group_errors` of `paper.json`.
        name: the experiment.
    """
    units = {"source": "", "content": "", "scene": "", "size": " megapixels"}
    sentences = []
    for kind, unit in units.items():
        errors = {g["name"] + unit: g["errors"][name] for g in groups if g["kind"] == kind}
        if not errors:
            continue
        order = sorted(errors, key=lambda group: float(errors[group]["value"]))
        low, high = (
            Markup(f"for {escape(group)} ({fixed(errors[group]['value'], 1)}; ")
            + Markup(f"{interval_words(errors[group], 1)})")
            for group in (order[0], order[-1])
        )
        sentences.append(
            f"By {kind}, the mean absolute error of {escape(name)} is lowest {low} and "
            f"highest {high}."
        )
    return Markup(" ").join(map(Markup, sentences))


def coverage_verdict(share: Mapping[str, Any], level: float) -> Markup:
    """Say how a measured coverage lies to the level that intervals were made for."""
    found = {
        "above": "more than the level",
        "below": "less than the level",
        "around": "which is the level, as far as these images tell",
    }
    return Markup(found[side_of(level, share["low"], share["high"])])


def shares_letter(rows: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    """Return the other experiments of a ranking that share a letter with one of them."""
    letters = {row["experiment"]: set(row["letters"]) for row in rows if "letters" in row}
    return [other for other, own in letters.items() if other != name and own & letters[name]]


def agreement(values: Branch, names: Sequence[str]) -> Markup:
    """Where the published SRCCs of experiments lie to the measured intervals, as a sentence.

    Args:
        values: of `paper.json`.
        names: experiments, of which those count that were run and are published in `ablation`.
    """
    contents = values["datasets"][values["study"]["training_dataset"]]["test_contents"]
    published: Branch = values["published"]["ablation"]
    places: dict[str, list[str]] = {}
    for name in names:
        statistic = measured(values, name, "srcc") if name in published else None
        if statistic and enough_for_a_verdict(
            [len(values["experiments"][name]["seeds"])], contents
        ):
            place = place_of(published[name]["srcc"], statistic)
            places.setdefault(place, []).append(name)
    if not places:
        return Markup("With so few seeds it is not said where the published SRCCs lie.")
    parts = [Markup(f"{place} for {joined(found)}") for place, found in places.items()]
    return Markup(f"The published SRCC lies {joined(parts)}.")


def place_of(published: float, statistic: Mapping[str, float]) -> str:
    """Where a published value lies with respect to a measured interval."""
    places = {"above": "below", "below": "above", "around": "inside"}
    return f"{places[side_of(published, statistic['low'], statistic['high'])]} our interval"


def without_scale(values: Branch, names: Sequence[str]) -> list[str]:
    """Those of the experiments that were run whose loss does not fix the scale of predictions."""
    recipes = {name: values["experiments"][name]["recipe"] for name in those_run(values, names)}
    return [name for name, r in recipes.items() if r["loss"]["name"] in LOSSES_WITHOUT_SCALE]


def larger_or_smaller(second: float, first: float, decimals: int) -> Markup:
    """Compare two plain values that have no test, as they are printed."""
    if fixed(second, decimals) == fixed(first, decimals):
        return Markup("as large as")
    return Markup("larger than" if second > first else "smaller than")
