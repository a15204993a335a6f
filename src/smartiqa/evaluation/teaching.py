"""Ask a trained run about training images, so that smaller models can learn from it.

A student learns of an image what its teacher says of it on average over the teacher's own test
crops, as it learns one label for all crops of an image. The teacher's word on the very crops of the
student, which Beyer et al. (2022) found better for labels of classes, would be another forward pass
of the larger model in every step: that doubles the time of SMART-Tiny under SMART-Base. Kept in a
file, the weights generated for all crops of KonIQ-10k would take 190 TB. The mean also lets teacher
and student have crops of different sizes.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from smartiqa.config.experiment import Testing
from smartiqa.core.errors import InputError, first_named
from smartiqa.core.files import sha256_of
from smartiqa.data.checks.near_duplicates import near_pairs, pair_findings
from smartiqa.data.checks.near_pairs import IN_TRAINING
from smartiqa.data.checks.overlap import seen_in_training, used_images
from smartiqa.data.prepared import open_split
from smartiqa.evaluation.prediction import CROP_SEED, load_run
from smartiqa.machine.precision import choose_precision
from smartiqa.models.hyper_network import flattened
from smartiqa.models.inference import outputs, place_crops
from smartiqa.provenance.identity import FILE, read_identity
from smartiqa.results.run_files import read_config
from smartiqa.training.teacher import Taught, TeacherRecord, save_taught

NAMED = 5  # leaked images in a message

logger = logging.getLogger(__name__)


def teach(
    run: Path,
    testing: Testing,
    manifest: Path,
    store: Path,
    output: Path,
    learnt: Path,
    tested: Sequence[Path],
) -> None:
    """Write what a run says of the training images of a manifest; `smartiqa.training.teacher`.

    Args:
        run: the teacher's.
        testing: how many crops it sees of an image, and where they lie.
        manifest: of the dataset that students train on.
        store: its images, resized as the teacher's are.
        output: the teacher's file.
        learnt: the manifest that the teacher was trained on.
        tested: those of all datasets that students are tested on.

    Raises:
        InputError: the teacher was trained on images that its students are tested on, or chosen by
            them; or a file is missing or damaged, or does not belong to the others.
    """
    require_unseen(run, learnt, tested)
    experiment, model = load_run(run)
    images, pixels, rows = open_split(manifest, store, "train")
    placed = place_crops(pixels, rows, testing, experiment.crop, CROP_SEED)
    precision = choose_precision(experiment, next(model.parameters()).device)
    scores, weights, done = torch.zeros(len(images)), None, 0
    for batch in outputs(model, experiment.backbone, pixels, placed, precision):
        of_image = torch.arange(done, done + len(batch.scores)) // testing.crops
        done += len(batch.scores)
        scores.index_add_(0, of_image, batch.scores.float().cpu())
        if batch.generated is not None:
            generated = flattened(batch.generated).float().cpu()
            if weights is None:
                weights = torch.zeros(len(images), generated.shape[1])
            weights.index_add_(0, of_image, generated)
    record = TeacherRecord(
        experiment=experiment.id,
        seed=read_config(run)["seed"],
        run=read_identity(run / FILE).digest,
        manifest=sha256_of(manifest),
        testing=testing,
    )
    save_taught(output, Taught(record, scores / testing.crops, _mean(weights, testing.crops)))


def _mean(total: Tensor | None, crops: int) -> Tensor | None:
    return None if total is None else (total / crops).half()


def require_unseen(run: Path, learnt: Path, tested: Sequence[Path]) -> None:
    """Check that a teacher knows nothing of the images that its students are tested on.

    Raises:
        InputError: it was trained on some of them, or its epoch was chosen by test images; or
            `learnt` is not what it was trained on. Images that look the same are a warning.
    """
    config = read_config(run)
    teacher = config["experiment"]["id"]
    if config["manifest"] != sha256_of(learnt):
        raise InputError(
            f"the teacher {run} was not trained on {learnt} as it is now: give the manifest that "
            "it was trained on (--learnt), or train it anew"
        )
    if config["experiment"]["recipe"]["selection"] == "test_as_published":
        raise InputError(
            f"the teacher {teacher} ({run}) chose its epoch on test images, and would pass them "
            "on; take one with selection: validation"
        )
    known = used_images(learnt)
    for manifest in tested:
        images = used_images(manifest)
        images = images[images["split"] == "test"]
        if leaks := seen_in_training(images, known)["detail"].tolist():
            raise InputError(
                f"the teacher {teacher} ({run}) was trained on test images of {manifest}: "
                f"{first_named(leaks, NAMED, '; ')}; take one that never saw them"
            )
        if sha256_of(manifest) != config["manifest"]:
            pairs = near_pairs(images.assign(content=images["id"]), known)
            alike = pair_findings(pairs[pairs["other_dataset"] == IN_TRAINING])["detail"].tolist()
            # Among millions of pairs some look alike by chance; scores without them are told, too.
            if alike:
                logger.warning(
                    "the teacher %s (%s) was trained on images that look like test ones of %s: %s",
                    teacher, run, manifest, first_named(alike, NAMED, "; "),
                )  # fmt: skip
