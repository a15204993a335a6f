"""A last batch of one crop is refused where BatchNorm cannot be trained on it, before an epoch."""

from __future__ import annotations

import pytest

from smartiqa.config.backbone import Backbone
from smartiqa.config.experiment import Experiment
from smartiqa.core.errors import InputError
from smartiqa.training.last_batch import require_usable_last_batch
from tiny_study import experiment


def on_resnet(crop: int, batch_size: int = 8) -> Experiment:
    settings = experiment(batch_size=batch_size)
    return settings.model_copy(update={"backbone": Backbone(name="resnet18"), "crop": crop})


@pytest.mark.parametrize(("images", "batch_size"), [(9, 8), (1, 8), (5, 1)])
def test_one_crop_at_one_position_is_refused(images: int, batch_size: int) -> None:
    with pytest.raises(InputError) as caught:
        require_usable_last_batch(on_resnet(32, batch_size), images)
    said = str(caught.value)
    assert said.startswith(f"experiment C3: of {images} crops an epoch the last one makes a batch")
    assert "take another batch_size or larger crops" in said


@pytest.mark.parametrize(("images", "crop"), [(8, 32), (10, 32), (9, 64)])
def test_two_values_are_enough(images: int, crop: int) -> None:
    require_usable_last_batch(on_resnet(crop), images)


def test_a_network_without_batch_norm_takes_one_crop() -> None:
    require_usable_last_batch(experiment(batch_size=8), 9)
