"""Sentences about floors: what a model must beat, and whether the full model does."""

from __future__ import annotations

from markupsafe import Markup

from smartiqa.metrics.verdicts import LEAST_SEEDS
from smartiqa.paper.latex.numbers import number_word
from smartiqa.paper.latex.values import Branch
from smartiqa.paper.latex.wording import digits, relation
from smartiqa.results.comparison_results import Comparison


def against_regression(values: Branch) -> Markup:
    """How the full model compares with the regression that was chosen, as a sentence."""
    floors = values["floors"]
    if "comparison" not in floors:
        return Markup(
            "No regression ranks the test images, so the full model is not compared with one."
        )
    comparison = Comparison.model_validate(dict(floors["comparison"].items()))
    if comparison.verdict != "untested":
        return Markup(
            f"The full model is {relation(comparison)} that regression: the difference in SRCC is "
            f"{digits(comparison)}."
        )
    return Markup(
        f"The difference seen in SRCC between the full model and that regression is "
        f"{digits(comparison)}, {_too_little(comparison)}."
    )


def _too_little(comparison: Comparison) -> str:
    """Why a difference was not tested; a regression has no seeds."""
    _, seeds = comparison.seeds
    if seeds < LEAST_SEEDS:
        word = "seed" if seeds == 1 else "seeds"
        return (
            f"with {number_word(seeds)} {word} of the full model, which cannot tell it from the "
            "chance of training"
        )
    return f"on {number_word(comparison.contents)} contents, too few to tell it from their chance"
