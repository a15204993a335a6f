"""What a training's files hold follows from its inputs, whatever its folder held before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file

from command_line import smartiqa, study_files
from smartiqa.config.experiment import Experiment
from smartiqa.core.json_files import read_json
from smartiqa.data.manifest import read_manifest
from smartiqa.data.store.building import ResizeRule, build_store
from smartiqa.training import loop
from smartiqa.training import run as stage
from tiny_study import Prepared, experiment

RESULTS = ("best.safetensors", "last.safetensors", "history.csv")


class Inputs(NamedTuple):
    """All that a run is made from."""

    dataset: Prepared
    weights: Path
    settings: Experiment = experiment(batch_size=51, epochs=1)
    seed: int = 1


def trained(inputs: Inputs, output: Path) -> Path:
    """Train as the command line does."""
    smartiqa(
        "train",
        **study_files(output.with_name(f"{output.name}-study"), inputs.settings),
        experiment=inputs.settings.id,
        seed=inputs.seed,
        manifest=inputs.dataset.manifest,
        store=inputs.dataset.store,
        weights=inputs.weights,
        output=output,
    )
    return output


def same_results(first: Path, second: Path) -> bool:
    return all((first / name).read_bytes() == (second / name).read_bytes() for name in RESULTS)


def test_another_seed_starts_from_another_head_on_the_same_backbone(
    dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    standing = experiment(
        batch_size=102, epochs=1, backbone_rate=1e-12, head_rate=1e-12, weight_decay=0.0
    )
    first, again, other = (
        load_file(
            trained(Inputs(dataset, weights, standing, seed), tmp_path / name) / "last.safetensors"
        )
        for name, seed in (("first", 1), ("again", 1), ("other", 2))
    )
    for name, tensor in first.items():
        torch.testing.assert_close(again[name], tensor, atol=1e-9, rtol=0)
        distance = float((other[name] - tensor).abs().max())
        if name.startswith("backbone."):
            assert distance < 1e-9, name
        elif tensor.numel() > 1 and tensor.std() > 1e-6:  # drawn, not constant
            assert distance > 1e-3, name


def test_the_best_file_has_the_weights_of_the_best_epoch(
    dataset: Prepared, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*srccs: float) -> Path:
        """Train for so many epochs, of which validation finds these SRCC."""
        records = iter([{"validation_srcc": srcc, "validation_plcc": 0.0} for srcc in srccs])
        monkeypatch.setattr(loop, "evaluate", lambda *_: next(records))
        settings = experiment(batch_size=51, epochs=len(srccs), schedule="constant")
        return trained(Inputs(dataset, weights, settings), tmp_path / str(len(srccs)))

    one, two = run(0.9), run(0.9, 0.1)
    assert read_json(two / "config.json")["best_epoch"] == 1
    assert (two / "best.safetensors").read_bytes() == (one / "last.safetensors").read_bytes()
    assert (two / "best.safetensors").read_bytes() != (two / "last.safetensors").read_bytes()


def stored_smaller(inputs: Inputs, folder: Path) -> Inputs:
    """The same manifest, its images stored at another size."""
    manifest, rule = read_manifest(inputs.dataset.manifest), ResizeRule("aspect", (66,))
    build_store(manifest, inputs.dataset.root, folder / "store", rule, workers=1)
    return inputs._replace(dataset=inputs.dataset._replace(store=folder / "store"))


def labelled_anew(inputs: Inputs, folder: Path) -> Inputs:
    frame = pd.read_parquet(inputs.dataset.manifest)
    frame["quality"] = np.where(frame["split"] == "train", 100 - frame["quality"], frame["quality"])
    frame.to_parquet(folder / "manifest.parquet")
    return inputs._replace(dataset=inputs.dataset._replace(manifest=folder / "manifest.parquet"))


def with_other_weights(inputs: Inputs, folder: Path) -> Inputs:
    tensors = {name: 1.5 * tensor for name, tensor in load_file(inputs.weights).items()}
    save_file(tensors, folder / "swin_base.safetensors")
    return inputs._replace(weights=folder / "swin_base.safetensors")


def with_another_seed(inputs: Inputs, _: Path) -> Inputs:
    return inputs._replace(seed=2)


@pytest.mark.parametrize(
    "change", [stored_smaller, labelled_anew, with_other_weights, with_another_seed]
)
def test_a_run_whose_inputs_changed_ends_as_if_it_had_not_been_begun_before(
    change: Callable[[Inputs, Path], Inputs],
    dataset: Prepared,
    weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    before = Inputs(dataset, weights)
    after = change(before, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(stage, "save_weights", killed)
        with pytest.raises(KeyboardInterrupt):
            trained(before, tmp_path / "run")
    assert (tmp_path / "run" / stage.STATE).exists()
    assert same_results(trained(after, tmp_path / "run"), trained(after, tmp_path / "fresh"))


def test_a_state_that_a_gpu_saved_is_taken_up_without_one(
    dataset: Prepared, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    epochs: list[int] = []
    train_epoch = loop.train_epoch

    def counted(*arguments: Any) -> dict[str, float]:
        epochs.append(arguments[5])
        if len(epochs) == 2:
            raise KeyboardInterrupt
        return train_epoch(*arguments)

    monkeypatch.setattr(loop, "train_epoch", counted)
    inputs = Inputs(dataset, weights, experiment(batch_size=51, epochs=2))
    with monkeypatch.context() as patch:
        patch.setattr(torch.serialization, "location_tag", lambda _: "cuda:0")
        with pytest.raises(KeyboardInterrupt):
            trained(inputs, tmp_path)
    trained(inputs, tmp_path)
    assert epochs == [0, 1, 1]
