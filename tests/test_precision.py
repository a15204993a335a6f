from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from torch import nn

from smartiqa import config, precision
from smartiqa.config import Compute, Experiment
from smartiqa.data.prepared import open_split
from smartiqa.embed import deepest_features, generated_vectors
from smartiqa.feature_maps import stage_maps
from smartiqa.inference import place_crops
from smartiqa.models.quality import QualityModel, build_model
from smartiqa.precision import autocast, choose_device, choose_precision, has_bfloat16
from smartiqa.predict import predict_dataset
from smartiqa.timing import forward_pass
from smartiqa.train import train_run
from tiny_study import CROP, TINY_SWIN, Prepared, experiment

CPU = torch.device("cpu")
CENTRE = config.Testing(crops=1, positions="centre")


def settings(study: Any, backbone: Any = None) -> Experiment:
    return experiment().model_copy(
        update={
            "compute": Compute(threads=1, precision=study),
            "backbone": TINY_SWIN.model_copy(update={"precision": backbone}),
        }
    )


@pytest.mark.parametrize("hardware", [True, False])
@pytest.mark.parametrize(
    ("study", "backbone", "expected"),
    [
        ("float32", None, "float32"),
        ("bfloat16", None, "bfloat16"),
        ("bfloat16", "float32", "float32"),  # the backbone's own choice comes first
        ("float32", "bfloat16", "bfloat16"),
        ("auto", "float32", "float32"),
        ("auto", None, "auto"),
    ],
)
def test_who_chooses_the_number_format(
    study: str, backbone: str | None, expected: str, hardware: bool, monkeypatch: Any
) -> None:
    monkeypatch.setattr(precision, "has_bfloat16", lambda _: hardware)
    automatic = "bfloat16" if hardware else "float32"
    chosen = choose_precision(settings(study, backbone), CPU)
    assert chosen == (automatic if expected == "auto" else expected)


@pytest.mark.parametrize("instructions", [True, False])
def test_a_cpu_is_asked_for_its_instructions(instructions: bool, monkeypatch: Any) -> None:
    capabilities = {"avx512_bf16": instructions}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert has_bfloat16(CPU) == instructions


@pytest.mark.parametrize("gpu", [True, False])
def test_a_gpu_is_preferred_unless_the_study_says_otherwise(gpu: bool, monkeypatch: Any) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    assert choose_device("auto").type == ("cuda" if gpu else "cpu")
    assert choose_device("cpu") == CPU
    assert choose_device("cuda").type == "cuda"


def test_only_bfloat16_casts() -> None:
    matrix = torch.ones(2, 2)
    with autocast("bfloat16", CPU):
        assert (matrix @ matrix).dtype == torch.bfloat16
    with autocast("float32", CPU):
        assert (matrix @ matrix).dtype == torch.float32


# Who uses it


class Material(NamedTuple):
    """What the stages need besides the experiment and its model."""

    dataset: Prepared
    weights: Path
    folder: Path

    def crops(self) -> tuple[Any, Any]:
        """The store, and the central crops of two test images."""
        _, store, rows = open_split(self.dataset.manifest, self.dataset.store, "test")
        return store, place_crops(
            store, rows[:2], config.Testing(crops=1, positions="centre"), CROP, 0
        )


Way = Callable[[Experiment, QualityModel, Material], object]
WAYS: dict[str, Way] = {
    "train": lambda e, _, m: train_run(
        e, 1, m.dataset.manifest, m.dataset.store, m.weights, "", m.folder
    ),
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
