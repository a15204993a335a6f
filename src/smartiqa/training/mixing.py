"""Training on the images of several datasets at once.

An epoch has every training image of every dataset equally often, in one random order, so each
dataset counts by its size. What differs between them is the scale of their labels: see
`smartiqa.training.objective.Scales`.

An image is left out if an image that validates or tests elsewhere has its pixels or looks like it,
since the model would be chosen or tested by what it has learnt. Images that test in the same
dataset are the business of its own preparation.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from smartiqa.core.errors import InputError
from smartiqa.core.files import sha256_of
from smartiqa.core.json_files import read_json
from smartiqa.data.checks.findings import NAMED
from smartiqa.data.checks.near_duplicates import NEAR, nearest
from smartiqa.data.checks.overlap import used_images
from smartiqa.data.prepared import open_split
from smartiqa.data.store.joined_store import JoinedStore
from smartiqa.data.store.pixel_store import RECORD
from smartiqa.training.batches import LabelledRows

logger = logging.getLogger(__name__)


class Mixture(NamedTuple):
    """Training images of several datasets.

    Attributes:
        training: the images, those of the training dataset first.
        digests: of what was added, by name; they are part of a run's identity.
    """

    training: LabelledRows
    digests: dict[str, str]


def mixed_rows(
    own: LabelledRows, manifest: Path, store: Path, folders: Sequence[Path], tested: Sequence[Path]
) -> Mixture:
    """Add the training images of other datasets to those of the training dataset.

    Args:
        own: training images of the training dataset.
        manifest: of that dataset.
        store: its pixels.
        folders: of the others, `<dataset>/` as the stages prepare and store make it.
        tested: manifests of the datasets that any model of the study is tested on.

    Raises:
        InputError: a dataset is there twice, has no training images, is resized in another way or
            lacks a file; or all its training images are left out.
    """
    names = [path.absolute().name for path in (manifest.parent, *folders)]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise InputError(f"the dataset {name} is mixed with itself; name each dataset once")
    stores, digests = {names[0]: own.store}, dict[str, str]()
    rows, labels, numbers = [own.rows], [own.quality], [np.zeros(len(own.rows), np.int64)]
    for name, folder in zip(names[1:], folders, strict=True):
        theirs = folder / manifest.name
        require_same_resize(store, folder / store.name)
        images, pixels, found = open_split(theirs, folder / store.name, "train")
        others = [p for p in {manifest, *tested} if p.absolute() != theirs.absolute()]
        kept = ~images["id"].isin(leaked(theirs, sorted(others))).to_numpy()
        if not kept.any():
            raise InputError(
                f"all training images of {theirs} validate or test elsewhere, or look like one "
                "that does: remove it from mixed_with"
            )
        rows.append(found[kept] + sum(map(len, stores.values())))
        stores[name] = pixels
        labels.append(images["quality"].to_numpy()[kept])
        numbers.append(np.full(int(kept.sum()), len(stores) - 1))
        digests |= {
            f"mixed.{name}.manifest": sha256_of(theirs),
            f"mixed.{name}.store": sha256_of(folder / store.name / RECORD),
            f"mixed.{name}.images": digest_of_ids(images["id"][kept]),
        }
    training = LabelledRows(
        store=JoinedStore.of(stores),
        rows=np.concatenate(rows),
        quality=np.concatenate(labels),
        others={"datasets": torch.from_numpy(np.concatenate(numbers))},
        mixed=tuple(names[1:]),
    )
    return Mixture(training, digests)


def digest_of_ids(ids: pd.Series[str]) -> str:
    """SHA-256 of which images were taken."""
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()


def require_same_resize(store: Path, other: Path) -> None:
    """Check that the images of two stores were resized by one rule.

    Raises:
        InputError: they were not, or a store is not finished.
    """
    rules = [read_json(folder / RECORD, ["kind", "size"], "store") for folder in (store, other)]
    told = [f"{rule['kind']} {rule['size']}" for rule in rules]
    if told[0] != told[1]:
        raise InputError(
            f"{other} holds images resized by {told[1]}, {store} by {told[0]}: they cannot be "
            "mixed; build both stores with one resize"
        )


def leaked(manifest: Path, others: Sequence[Path]) -> set[str]:
    """Find training images that validate or test in other datasets, or look like one that does.

    Args:
        manifest: of the dataset whose training images are searched.
        others: manifests of the datasets that are searched in.

    Returns:
        Their ids; a warning names the first.

    Raises:
        InputError: `images.parquet`, which the stage prepare leaves beside a manifest, is missing
            or damaged.
    """
    learnt = used_images(manifest)
    learnt = learnt[learnt["split"] == "train"]
    found: Mapping[str, str] = {}
    for other in others:
        judged = used_images(other)
        judged = judged[judged["split"] != "train"]
        same = learnt[learnt["pixels"].isin(judged["pixels"])]
        near = nearest(learnt.assign(content="here"), judged.assign(content="there"))
        alike = learnt.loc[near.index[near["bits"] <= NEAR]]
        found = dict.fromkeys([*same["id"], *alike["id"]], str(other)) | dict(found)
    if found:
        first = ", ".join(f"{image} ({where})" for image, where in [*found.items()][:NAMED])
        logger.warning(
            "%s: %d of %d training images validate or test elsewhere, or look like one that does, "
            "and are left out: %s", manifest, len(found), len(learnt), first,
        )  # fmt: skip
    return set(found)
