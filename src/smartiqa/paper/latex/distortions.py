"""What the text says about errors by distortion: which images each model gets most wrong."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from smartiqa.metrics.by_distortion import UNDISTORTED
from smartiqa.paper.latex.escaping import escape
from smartiqa.paper.latex.numbers import fixed, joined


def hardest_images(experiments: Mapping[str, Any], order: Sequence[str]) -> Markup:
    """Name the family with the largest mean error of each model, as whole sentences.

    Where these are the undistorted photos, what they should be given and what they are given is
    said as well.

    Args:
        experiments: `paper.json`, by_distortion.experiments.
        order: in which models are named.
    """
    largest = {
        name: max(experiments[name]["errors"].items(), key=operator.itemgetter(1))
        for name in order
        if name in experiments
    }
    families = dict.fromkeys(family for family, _ in largest.values())
    parts = [_largest(family, largest) for family in families]
    sentence = Markup(f"The largest mean error is on {joined(parts, last='and on')}.")
    astray = [name for name, (family, _) in largest.items() if family == UNDISTORTED]
    return sentence if not astray else sentence + " " + _undistorted(experiments, astray)


def _largest(family: str, largest: Mapping[str, tuple[str, float]]) -> Markup:
    """A family with the models that err most on it, and by how much."""
    found = [
        Markup(f"{escape(name)} ({fixed(error, 1)})")
        for name, (hardest, error) in largest.items()
        if hardest == family
    ]
    return Markup(f"{escape(family.replace('_', ' '))} for {joined(found)}")


def _undistorted(experiments: Mapping[str, Any], names: Sequence[str]) -> Markup:
    """What undistorted photos should be given and are given, as a sentence."""
    means = {name: experiments[name]["undistorted"] for name in names}
    given = joined(
        [Markup(f"{fixed(m['prediction'], 1)} by {escape(name)}") for name, m in means.items()]
    )
    quality = fixed(means[names[0]]["quality"], 1)
    return Markup(
        f"The mean quality of undistorted photos is {quality}, but they are given {given} on "
        "average."
    )
