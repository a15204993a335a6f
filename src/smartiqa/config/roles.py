"""Roles: which experiment is the reference, the baseline, the one that is embedded, timed, drawn.

Experiments have ids that mean nothing to the code; what it has to know of them it asks by role.
"""

from __future__ import annotations

from smartiqa.core.strict import Strict


class Roles(Strict):
    """Who plays which role.

    Attributes:
        reference: the full model, which variants are compared with.
        baseline: what the reference is measured against; None if the study does not run it.
        ablation: the way from the baseline to the full model, each after what it builds upon.
        embedded: those whose generated weights are projected.
        timed: those whose predictions are timed, beside the published models.
        mapped: the one whose stage maps are shown; None if the study does not run it.
        drawn: those whose predictions are drawn against the true scores.
    """

    reference: str
    baseline: str | None = None
    ablation: tuple[str, ...] = ()
    embedded: tuple[str, ...] = ()
    timed: tuple[str, ...] = ()
    mapped: str | None = None
    drawn: tuple[str, ...] = ()
