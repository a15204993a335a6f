"""What a process promises about the numbers that it computes with, and who keeps to it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from torch import nn

from command_line import smartiqa, study_files
from smartiqa.config import experiment as config
from smartiqa.config.experiment import Compute, Experiment
from smartiqa.data.prepared import open_split
from smartiqa.evaluation.embedding import deepest_features, generated_vectors
from smartiqa.evaluation.feature_maps import stage_maps
from smartiqa.evaluation.prediction import predict_dataset
from smartiqa.evaluation.timing import forward_pass
from smartiqa.models.inference import place_crops
from smartiqa.models.quality import QualityModel, build_model
from tiny_study import CROP, Prepared, experiment

CPU = torch.device("cpu")
CENTRE = config.Testing(crops=1, positions="centre")
# Switches of PyTorch that `set_up_process` sets, whatever they were before.
SWITCHES = [
    "torch.backends.cudnn.benchmark",
    "torch.backends.cudnn.deterministic",
    "torch.backends.cuda.matmul.allow_tf32",
]
SET_UP_TWICE = f"""
import torch
from smartiqa.machine.process import set_up_process
for before in (True, False):
    {" = ".join(SWITCHES)} = before
    set_up_process(1, "cpu")
    print({", ".join(SWITCHES)})
"""


def test_a_process_sets_its_number_formats_whatever_they_were() -> None:
    done = subprocess.run([sys.executable, "-c", SET_UP_TWICE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first == second
    assert first.startswith("False True ")  # cuDNN tries no algorithms, or runs would differ


class Material(NamedTuple):
    """What the stages need besides the experiment and its model."""

    dataset: Prepared
    weights: Path
    folder: Path

    def train(self, settings: Experiment) -> None:
        """Train as the command line does."""
        smartiqa(
            "train",
            **study_files(self.folder / "study", settings),
            experiment=settings.id,
            seed=1,
            manifest=self.dataset.manifest,
            store=self.dataset.store,
            weights=self.weights,
            output=self.folder,
        )

    def crops(self) -> tuple[Any, Any]:
        """The store, and the central crops of two test images."""
        _, store, rows = open_split(self.dataset.manifest, self.dataset.store, "test")
        return store, place_crops(
            store, rows[:2], config.Testing(crops=1, positions="centre"), CROP, 0
        )


Way = Callable[[Experiment, QualityModel, Material], object]
WAYS: dict[str, Way] = {
    "train": lambda e, _, m: m.train(e),
    "predict": lambda e, model, m: predict_dataset(
        e,
        model,
        config.Testing(crops=1),
        m.dataset.manifest,
        m.dataset.store,
        m.folder / "images.parquet",
    ),
    "generated weights": lambda e, model, m: generated_vectors(e, model, *m.crops()),
    "features": lambda e, model, m: deepest_features(e, model, m.weights, *m.crops()),
    "feature maps": lambda e, model, m: stage_maps(e, model, *m.crops()),
    "timing": lambda e, model, _: forward_pass(model, e, 2, CPU)(),
}


@pytest.fixture
def casts() -> Iterator[set[bool]]:
    """Whether any model that runs is cast to another number format."""
    found: set[bool] = set()

    def note(module: nn.Module, *_: Any) -> None:
        if isinstance(module, QualityModel):
            found.add(torch.is_autocast_enabled("cpu"))

    hook = nn.modules.module.register_module_forward_hook(note)
    yield found
    hook.remove()


@pytest.mark.parametrize("wanted", ["float32", "bfloat16"])
@pytest.mark.parametrize("way", WAYS)
def test_every_stage_runs_its_models_in_the_number_format_of_the_run(
    way: str, wanted: Any, casts: set[bool], dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    compute = Compute(threads=1, device="cpu", precision=wanted)
    settings = experiment(batch_size=102, epochs=1).model_copy(update={"compute": compute})
    model = build_model(settings.model, settings.backbone, settings.crop).eval()
    WAYS[way](settings, model, Material(dataset, weights, tmp_path))
    assert casts == {wanted == "bfloat16"}
