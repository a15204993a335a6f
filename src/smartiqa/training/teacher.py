"""What a teacher says of the images that its students train on: one safetensors file.

It holds the mean over the crops of each image: `scores` (images,), float32, and of a model with a
hyper network `weights` (images, values), float16, in the order of the manifest's training images.
Where it comes from is in the file too, so that no digest of it is without that.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from smartiqa.config.experiment import Experiment, Testing
from smartiqa.core.errors import InputError
from smartiqa.core.files import made_anew, replace_atomically, verified
from smartiqa.core.strict import Strict, validated
from smartiqa.models.backbones import read_safetensors
from smartiqa.models.tensor_files import told_if_not_written

RECORD = "teacher"


class TeacherRecord(Strict):
    """Where a teacher's file comes from.

    Attributes:
        experiment: id of the teacher's experiment.
        seed: of its training.
        run: digest of the identity of its training.
        manifest: SHA-256 of the manifest whose training images it was asked about.
        testing: how their crops were placed.
    """

    experiment: str
    seed: int
    run: str
    manifest: str
    testing: Testing


class Taught(NamedTuple):
    """A teacher's file; see the module."""

    record: TeacherRecord
    scores: Tensor
    weights: Tensor | None


def save_taught(path: Path, taught: Taught) -> None:
    """Write a teacher's file, whole or not at all.

    Raises:
        InputError: the disk is full.
    """
    tensors = {"scores": taught.scores}
    if taught.weights is not None:
        tensors["weights"] = taught.weights
    with told_if_not_written(path), replace_atomically(path) as temporary:
        save_file(tensors, temporary, {RECORD: taught.record.model_dump_json()})


def read_taught(path: Path) -> Taught:
    """Read a teacher's file.

    Raises:
        InputError: it is missing, damaged or something else.
    """
    tensors = read_safetensors(verified(path))
    with safe_open(path, "pt") as content:
        record = (content.metadata() or {}).get(RECORD)
    if record is None or "scores" not in tensors:
        raise InputError(f"{path} is no teacher's file: {made_anew('teach')}")
    where = validated(TeacherRecord, json.loads(record), str(path))
    return Taught(where, tensors["scores"], tensors.get("weights"))


def teacher_targets(
    path: Path, experiment: Experiment, manifest: str, images: int, values: int | None
) -> dict[str, Tensor]:
    """Return what a student learns of its teacher, by the names in `Targets`.

    Args:
        path: the teacher's file.
        experiment: the student's.
        manifest: SHA-256 of the student's manifest.
        images: that the student trains on.
        values: that the student generates for each; None if it generates none.

    Raises:
        InputError: the file is damaged, is of other images, or lacks what the student asks for.
    """
    wanted, taught = experiment.recipe.distillation, read_taught(path)
    teacher = f"{path}, of the teacher {taught.record.experiment},"
    if wanted is None:
        raise InputError(f"experiment {experiment.id} has no distillation; leave {path} out")
    if taught.record.manifest != manifest or len(taught.scores) != images:
        raise InputError(f"{teacher} is about other images than the student's: run teach anew")
    found: dict[str, Tensor] = {}
    if wanted.scores:
        found["teacher_scores"] = taught.scores
    if wanted.weights:
        given = 0 if taught.weights is None else taught.weights.shape[1]
        if taught.weights is None or given != values:
            raise InputError(
                f"{teacher} has {given or 'no'} generated weights an image and the student "
                f"{values or 'none'}: give both target networks one size (model.design, "
                "model.regressor), or set distillation.weights to 0"
            )
        found["teacher_weights"] = taught.weights
    return found
