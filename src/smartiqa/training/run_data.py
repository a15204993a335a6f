"""What a run learns of, and what it is chosen by."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from smartiqa.config.experiment import Experiment
from smartiqa.core.errors import InputError
from smartiqa.core.files import sha256_of
from smartiqa.data.crops import require_room
from smartiqa.data.manifest import names_of, read_manifest
from smartiqa.data.needs import lack_of_classes
from smartiqa.data.prepared import open_split
from smartiqa.data.store.pixel_store import RECORD
from smartiqa.data.subsets import nested_subsets
from smartiqa.models.quality import build_on_meta, generated_values
from smartiqa.training.batches import LabelledRows
from smartiqa.training.mixing import mixed_rows
from smartiqa.training.teacher import teacher_targets


class Inputs(NamedTuple):
    """Where a run finds what it is made of.

    Attributes:
        manifest: of the training dataset.
        store: its pixels.
        weights: that the backbone starts from.
        teacher: what the stage teach made of a student's teacher.
        mixed: folders of further datasets to train on.
        tested: manifests whose images for validation and test are left out of those.
    """

    manifest: Path
    store: Path
    weights: Path
    teacher: Path | None = None
    mixed: tuple[Path, ...] = ()
    tested: tuple[Path, ...] = ()

    def digests(self) -> dict[str, str]:
        """SHA-256 of the files that can change the result, by name."""
        files = {
            "manifest": self.manifest,
            "store": self.store / RECORD,
            "weights": self.weights,
            "teacher": self.teacher,
        }
        return {name: sha256_of(path) for name, path in files.items() if path is not None}


class Data(NamedTuple):
    """Images of a run.

    Attributes:
        training: that it learns of, with all targets.
        selecting: that the epoch is chosen by.
        added: digests of what is mixed in, by name; they are part of the run's identity.
    """

    training: LabelledRows
    selecting: LabelledRows
    added: dict[str, str]


def read_data(experiment: Experiment, seed: int, inputs: Inputs) -> Data:
    """Open the images that an experiment learns of and is chosen by.

    Args:
        experiment: that is trained.
        seed: by which a share of the images is drawn.
        inputs: of the run.

    Raises:
        InputError: an input is missing, broken or too much, a split has no images, or the crop is
            larger than an image.
    """
    recipe = experiment.recipe
    if bool(inputs.mixed) != (recipe.mixed is not None):
        told = "one dataset; leave --mixed out"
        if not inputs.mixed:
            told = "several datasets; name the others"
        raise InputError(f"experiment {experiment.id} trains on {told}")
    if inputs.teacher is None and recipe.distillation is not None:
        raise InputError(f"experiment {experiment.id} learns of a teacher; name its file")
    files = inputs.manifest, inputs.store
    selection = "validation" if recipe.selection == "validation" else "test"
    training, selecting = (labelled_rows(*files, split) for split in ("train", selection))
    added: dict[str, str] = {}
    if inputs.mixed:
        training, added = mixed_rows(training, *files, inputs.mixed, inputs.tested)
        selecting = replace(selecting, store=training.store)  # of which a GPU holds one at a time
    require_room(training.store, experiment.crop)
    if inputs.teacher is not None:
        model = build_on_meta(experiment.model, experiment.backbone, experiment.crop)
        given = (
            experiment,
            sha256_of(inputs.manifest),
            len(training.rows),
            generated_values(model),
        )
        training = replace(training, others=teacher_targets(inputs.teacher, *given))
    if (auxiliary := recipe.auxiliary) is not None:
        classes = class_targets(inputs.manifest, auxiliary.labels, experiment.id)
        training = replace(training, others={**training.others, "classes": classes})
    if recipe.train_share < 1:
        training = share_of(training, inputs.manifest, recipe.train_share, seed)
    return Data(training, selecting, added)


def class_targets(manifest: Path, column: str, experiment: str) -> Tensor:
    """Say which classes the training images have: (images, classes) of 0 and 1, float32.

    Raises:
        InputError: the column of the manifest names fewer than two classes.
    """
    images = read_manifest(manifest)
    if lack := lack_of_classes(images, column):
        raise InputError(
            f"{manifest}: {lack}, by which experiment {experiment} learns to tell images apart"
        )
    named = names_of(images[images["split"] == "train"], column)
    return torch.tensor(named.to_numpy(), dtype=torch.float32)


def share_of(training: LabelledRows, manifest: Path, share: float, seed: int) -> LabelledRows:
    """Take whole contents, in an order of the seed's, until they are a share of the images."""
    images = read_manifest(manifest)
    shown = images.loc[images["split"] == "train", "content"]
    (kept,) = nested_subsets(shown.tolist(), [share], [seed])
    others = {name: targets[torch.from_numpy(kept)] for name, targets in training.others.items()}
    return replace(
        training, rows=training.rows[kept], quality=training.quality[kept], others=others
    )


def labelled_rows(manifest: Path, store: Path, split: str) -> LabelledRows:
    """Open the images of one split with their labels.

    Raises:
        InputError: the split is empty, or the store was not made from this manifest.
    """
    images, pixels, rows = open_split(manifest, store, split)
    return LabelledRows(pixels, rows, images["quality"].to_numpy())
