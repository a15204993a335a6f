"""An epoch's last batch may be a single crop, which not every network can learn from."""

from __future__ import annotations

import torch

from smartiqa.config.experiment import Experiment
from smartiqa.core.errors import InputError
from smartiqa.models.quality import build_on_meta


def require_usable_last_batch(experiment: Experiment, images: int) -> None:
    """Check before an epoch is spent that the model takes a batch of one, if it will get one.

    BatchNorm needs two values a channel: one image is too few where its map is a single position.

    Args:
        experiment: that is trained.
        images: that it is trained on.

    Raises:
        InputError: the last batch has one crop, and the model cannot be trained on it.
    """
    recipe = experiment.recipe
    crops = images * recipe.train_crops
    if (crops - 1) % recipe.batch_size:
        return
    model = build_on_meta(experiment.model, experiment.backbone, experiment.crop).train()
    crop = torch.empty(1, 3, experiment.crop, experiment.crop, device="meta")
    try:
        model(crop)
    except ValueError as error:
        raise InputError(
            f"experiment {experiment.id}: of {crops:,} crops an epoch the last one makes a batch "
            f"of its own with batch_size {recipe.batch_size}, and BatchNorm cannot learn from it "
            f"({error}); take another batch_size or larger crops"
        ) from error
