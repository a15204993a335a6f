"""The batches of a training: images with their labels, cut, normalised and put in order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from smartiqa.config.experiment import Experiment
from smartiqa.data.color_jitter import draw_jitter
from smartiqa.data.crop_positions import Integers, random_positions
from smartiqa.data.crops import CropPlan, crop_batches, epoch_order, normalise
from smartiqa.data.store.pixel_store import PixelStore
from smartiqa.training.objective import Targets
from smartiqa.training.team import Team


@dataclass(frozen=True)
class LabelledRows:
    """Images of a pixel store with their labels.

    Attributes:
        store: the decoded images.
        rows: (images,) which images of the store.
        quality: (images,) labels of these images, 0 to 100.
        others: (images, ...) further targets, by their names in `Targets`.
        mixed: names of the datasets that were added to the training dataset's images.
    """

    store: PixelStore
    rows: NDArray[np.int64]
    quality: NDArray[np.float64]
    others: Mapping[str, Tensor] = field(default_factory=dict)
    mixed: tuple[str, ...] = ()


def labelled_batches(
    experiment: Experiment,
    data: LabelledRows,
    seed: int,
    epoch: int,
    device: torch.device,
    skipped: int = 0,
    team: Team | None = None,
) -> Iterator[tuple[Tensor, Targets]]:
    """Yield normalised crops (share, 3, crop, crop) and targets (batch, ...) of one epoch.

    Order, positions, flips and colours depend on seed and epoch alone; the first `skipped` batches
    are left out and change nothing of the others. Crops are those of this process's share of the
    batch, which is all of it unless several train together.
    """
    team = team or Team()
    recipe, crop = experiment.recipe, experiment.crop
    order = epoch_order(np.arange(len(data.rows)), recipe.train_crops, seed, epoch)
    generator = np.random.default_rng([seed, epoch, 1])
    plan = planned_crops(data.store, data.rows[order], crop, generator, flip=recipe.flip)
    chosen = torch.from_numpy(order).to(device)
    labels = torch.from_numpy(data.quality[order]).float().to(device)
    others = {name: values.to(device) for name, values in data.others.items()}
    done = skipped * recipe.batch_size
    if recipe.color_jitter is not None:
        for _ in range(skipped):
            draw_jitter(recipe.color_jitter, recipe.batch_size, generator)
    own, most = team.part_of(plan[done:], recipe.batch_size), team.take(recipe.batch_size).held
    batches = crop_batches(data.store, own, most, device)
    count = math.ceil(len(plan) / recipe.batch_size)
    shown = partial(tqdm, total=count, initial=skipped, unit="batch", leave=False, disable=None)
    for batch in shown(batches, desc=f"epoch {epoch + 1}"):
        share, jitter = team.take(min(recipe.batch_size, len(plan) - done)), None
        if recipe.color_jitter is not None:
            jitter = draw_jitter(recipe.color_jitter, share.total, generator).of(share.rows)
        images = normalise(batch, experiment.backbone.mean, experiment.backbone.std, device, jitter)
        part = slice(done, done + share.total)
        more = {name: values[chosen[part]] for name, values in others.items()}
        more = {name: v.float() if v.is_floating_point() else v for name, v in more.items()}
        yield images, Targets(labels[part], **more)
        done += share.total


def planned_crops(
    store: PixelStore, rows: Integers, crop: int, generator: np.random.Generator, *, flip: bool
) -> CropPlan:
    """Draw where the crops of an epoch lie, and which half of them is mirrored."""
    plan = CropPlan.unflipped(rows, random_positions(store.sizes[rows], crop, generator), crop)
    return replace(plan, flips=generator.random(len(rows)) < 0.5) if flip else plan
