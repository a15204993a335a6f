"""Who trains, who validates and who tests: content-disjoint splits, seeded and in rounds.

Three habits of the field are covered: the split that a dataset publishes (KonIQ-10k), a random
80/20 split (SPAQ, LIVE Challenge, BID), and, for synthetic sets, 80/20 by reference content in ten
rounds, so that no content is met in two splits. The validation split that chooses checkpoints is
carved out of the training part; the test part is the same with and without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from smartiqa.config.splits import Split
from smartiqa.core.errors import InputError

SPLITS = ("train", "validation", "test")
DRAWN_FILE = "splits.json"  # in the folder of checks: what `how_drawn` returns


def assign_splits(labels: pd.DataFrame, plan: Split) -> pd.Series[str]:
    """Return the split of every row: "train", "validation", "test", or "" for a row left out.

    Depends on the ids, references and contents only, not on the order of rows.

    Args:
        labels: frame with the columns `id`, `split`, `reference` and, if the plan keeps series,
            `content`: what a row is drawn with.
        plan: how to split.

    Raises:
        InputError: the plan does not fit the dataset, or a content is in two splits.
    """
    if plan.kind == "all_test":
        splits = pd.Series("test", index=labels.index, dtype="str")
    elif plan.kind == "official":
        splits = _official(labels, plan)
    else:
        _require_no_own_split(labels, plan)
        splits = _drawn(labels, plan)
    _require_disjoint_contents(labels, splits)
    return splits


def how_drawn(labels: pd.DataFrame, plan: Split) -> dict[str, Any]:
    """Say which splits were drawn rather than given by the dataset, and how; see `Split`."""
    if plan.kind == "official":
        drawn = ["validation"] if _lacks_validation(labels["split"], plan) else []
    else:
        drawn = [] if plan.kind == "all_test" else list(SPLITS)
    settings = {"keep_series": plan.keep_series, "seed": plan.seed, "round": plan.round}
    return {"kind": plan.kind, "drawn": drawn, **settings}


def _lacks_validation(splits: pd.Series[str], plan: Split) -> bool:
    """Whether validation images have to be taken out of training."""
    wanted = plan.fractions[1] > 0 and bool((splits == "train").any())
    return wanted and not bool((splits == "validation").any())


def _require_no_own_split(labels: pd.DataFrame, plan: Split) -> None:
    own = labels["split"][labels["split"] != ""].value_counts().sort_index()
    if not own.empty and not plan.redraw:
        counts = ", ".join(f"{count} {name}" for name, count in own.items())
        raise InputError(
            f"{_source(labels)} gives a split of its own ({counts}), which the kind {plan.kind} "
            "would ignore; set the split's kind to official, or redraw: true to draw another"
        )


def _official(labels: pd.DataFrame, plan: Split) -> pd.Series[str]:
    """The dataset's own split; a validation split is carved out of training if it has none."""
    splits = labels["split"].copy()
    if (splits == "").all():
        raise InputError(
            f"{_source(labels)} gives no split of its own; "
            "set the split's kind to random, by_reference or all_test"
        )
    unknown = sorted(set(splits) - {*SPLITS, ""})
    if unknown:
        row = labels.index[splits == unknown[0]][0]
        raise InputError(
            f"{_source(labels)}: '{labels['id'][row]}' has the split '{unknown[0]}'; "
            f"use {', '.join(SPLITS)} or leave it empty"
        )
    _require_disjoint_contents(labels, splits)  # before carving mixes the names
    training = splits == "train"
    train_share, validation_share, _ = plan.fractions
    if _lacks_validation(splits, plan):
        known = bool((labels["reference"] != "").all())
        units = _units(labels, plan, by_reference=known)
        order = _shuffled(units[training], plan)
        chosen = order[: _share_of(len(order), validation_share / (train_share + validation_share))]
        if len(chosen) == len(order):
            raise InputError(
                f"{_source(labels)} has too few training images to set some aside for validation; "
                "add images or set the second of the split's fractions to 0"
            )
        splits[training & units.isin(chosen)] = "validation"
    return splits


def _drawn(labels: pd.DataFrame, plan: Split) -> pd.Series[str]:
    """A random split of images or of contents: test first, then validation, the rest trains."""
    units = _units(labels, plan, by_reference=plan.kind == "by_reference")
    order = _shuffled(units, plan)
    validations, tests = (_share_of(len(order), share) for share in plan.fractions[1:])
    if tests + validations >= len(order):
        raise InputError(
            f"{_source(labels)} has {len(order)} different images or contents, too few to split "
            f"into training, validation and test; add images or use the kind all_test"
        )
    splits = pd.Series("train", index=labels.index, dtype="str")
    splits[units.isin(order[:tests])] = "test"
    splits[units.isin(order[tests : tests + validations])] = "validation"
    return splits


def _units(labels: pd.DataFrame, plan: Split, *, by_reference: bool) -> pd.Series[str]:
    """What is drawn: contents, references, or single images."""
    if plan.keep_series:
        return labels["content"]
    if not by_reference:
        return labels["id"]
    missing = labels.index[labels["reference"] == ""]
    if len(missing):
        raise InputError(
            f"{_source(labels)} gives no reference for '{labels['id'][missing[0]]}', "
            "which a split by_reference needs; use the kind random"
        )
    return labels["reference"]


def _shuffled(units: pd.Series[str], plan: Split) -> Sequence[str]:
    generator = np.random.default_rng([plan.seed, plan.round])
    names = sorted(set(units))
    return [names[place] for place in generator.permutation(len(names))]


def _share_of(count: int, share: float) -> int:
    """Return the rounded share of `count`, and at least one if any share is asked for."""
    return max(1, round(count * share)) if share > 0 else 0


def _require_disjoint_contents(labels: pd.DataFrame, splits: pd.Series[str]) -> None:
    known = (labels["reference"] != "") & (splits != "")
    homes = splits[known].groupby(labels["reference"][known]).unique()
    for reference, found in homes.items():
        if len(found) > 1:
            raise InputError(
                f"{_source(labels)}: the content '{reference}' is in the splits "
                f"{' and '.join(sorted(found))}; use the kind by_reference"
            )


def _source(labels: pd.DataFrame) -> str:
    return str(labels.attrs.get("source", "the label file"))
