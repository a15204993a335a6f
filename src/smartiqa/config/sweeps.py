"""The candidates of a sweep: one experiment with other learning rates or losses.

They are no experiments of the catalogue. Rows of the paper's tables are trained alike, to the end,
or their differences mean nothing; so a candidate that is such a row is refused by name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from smartiqa.config.catalogue import Catalogue
from smartiqa.config.experiment import Experiment, Loss
from smartiqa.config.planned import planned_experiments, resolve, settings_of
from smartiqa.config.study import Study
from smartiqa.core.errors import InputError
from smartiqa.core.strict import validated


def candidates_of(
    study: Study, catalogue: Catalogue, name: str, rates: Sequence[float], losses: Sequence[Loss]
) -> list[Experiment]:
    """Return an experiment with every rate and every loss; of what is empty, it keeps its own.

    Args:
        study: whose recipes and backbones are used.
        catalogue: which has the experiment.
        name: of the experiment.
        rates: of the backbone, as `experiments.yaml` writes them, before the study scales them; the
            head's keep their ratio.
        losses: to train with.

    Raises:
        InputError: the experiment cannot be swept, a candidate is an experiment that the study
            trains, two are one and the same, or there are fewer than two.
    """
    own = resolve(study, catalogue, name)
    entry, written = catalogue.experiments[name], settings_of(study, catalogue, name)
    if entry.checkpoint_of is not None:
        raise InputError(f"{name} is not trained, it tests {entry.checkpoint_of}: sweep that one")
    if own.recipe.selection != "validation":
        raise InputError(f"{name} chooses its epoch on the test images, which no sweep may see")
    if own.recipe.distillation is not None or own.recipe.mixed is not None:
        raise InputError(
            f"{name} learns of a teacher or of several datasets, which a sweep does not have; "
            "sweep an experiment that trains on the study's training images alone"
        )
    changed = {
        "-".join([name, *labels]): {**rate, **loss}
        for (rate, loss), labels in _grid(written, rates, losses)
    }
    if len(changed) < max(2, max(len(rates), 1) * max(len(losses), 1)):
        raise InputError(
            f"a sweep of {name} takes two candidates or more, each of them once: give them as "
            "--rates 1e-7,2e-7 or --losses l1,l2"
        )
    found = []
    for label, changes in changed.items():
        training = {"training": entry.training | changes}
        named = {**catalogue.experiments, label: entry.model_copy(update=training)}
        found.append(resolve(study, catalogue.model_copy(update={"experiments": named}), label))
    _require_none_of_the_paper(study, catalogue, found)
    return found


def _grid(written: Mapping[str, Any], rates: Sequence[float], losses: Sequence[Loss]) -> Any:
    """Yield the changes of each candidate, and how it is called."""
    ratio = float(written["head_rate"]) / float(written["backbone_rate"])
    # Ten times 1e-6 is 1e-5 here, too, as where somebody writes it.
    by_rate = [
        ({"backbone_rate": rate, "head_rate": float(f"{rate * ratio:.12g}")}, [f"rate-{rate!r}"])
        for rate in rates
    ]
    by_loss = [
        ({"loss": loss.model_dump()}, [f"{loss.name}-{loss.alpha!r}" if loss.alpha else loss.name])
        for loss in losses
    ]
    for (rate, first), (loss, second) in product(by_rate or [({}, [])], by_loss or [({}, [])]):
        yield (rate, loss), [*first, *second]


def _require_none_of_the_paper(
    study: Study, catalogue: Catalogue, found: Sequence[Experiment]
) -> None:
    names = catalogue.trained(planned_experiments(study, catalogue))
    rows = {name: resolve(study, catalogue, name) for name in names}
    for candidate, (name, row) in product(found, rows.items()):
        if row.model_copy(update={"id": candidate.id}) == candidate:
            raise InputError(
                f"{candidate.id} is {name}, which the paper of study {study.name} compares with "
                "others that are trained to the end; leave it out of the sweep, or out of the study"
            )


def read_rates(text: str) -> list[float]:
    """Read rates such as `1e-6,1e-5`.

    Raises:
        InputError: one is no number above 0.
    """
    try:
        rates = [float(part) for part in text.split(",")] if text else []
    except ValueError:
        rates = [math.nan]
    if not all(0 < rate < math.inf for rate in rates):
        raise InputError(f"--rates: {text!r} is no list of numbers above 0 such as 1e-6,1e-5")
    return rates


def read_losses(text: str) -> list[Loss]:
    """Read losses such as `l1,l1_ranking:0.3`; a number is the weight of the ranking term.

    Raises:
        InputError: there is no such loss, or its weight is missing or no number.
    """
    losses = []
    for part in map(str.strip, text.split(",") if text else []):
        name, _, alpha = part.partition(":")
        try:
            given = {"name": name} | ({"alpha": float(alpha)} if alpha else {})
        except ValueError:
            raise InputError(f"--losses: '{part}': '{alpha}' is no number") from None
        loss = validated(Loss, given, "--losses")
        if loss.name == "l1_ranking" and not loss.alpha:  # by another name, but the loss l1
            raise InputError(f"--losses: '{part}' needs a weight above 0, such as l1_ranking:0.3")
        losses.append(loss)
    return losses
