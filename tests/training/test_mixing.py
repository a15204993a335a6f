"""Training on several datasets: scales, the draw, what is left out, and what is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from smartiqa.config.experiment import Experiment, Mixed
from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_atomically
from smartiqa.core.json_files import read_json, write_json
from smartiqa.data.prepared import open_split
from smartiqa.data.store.gpu_store import copy_pixels
from smartiqa.data.store.joined_store import JoinedStore
from smartiqa.evaluation.prediction import load_run
from smartiqa.models.quality import build_model
from smartiqa.training import loop, run, steps
from smartiqa.training.batches import LabelledRows, labelled_batches
from smartiqa.training.mixing import leaked, mixed_rows
from smartiqa.training.objective import Scales
from smartiqa.training.run import train_run
from smartiqa.training.run_data import labelled_rows
from smartiqa.training.team import Team
from smartiqa.training.whole_batch import check_together
from tiny_study import Prepared, experiment

SLOPE, SHIFT = 0.5, -25.0  # quality / 2: the middle, 50, lies at 25


def mixing(rate: float = 0.02, **changes: int) -> Experiment:
    changes = {"batch_size": 34, "epochs": 2, **changes}
    return experiment(name="M", mixed=Mixed(scale_rate=rate), **changes)


@pytest.fixture
def other(dataset: Prepared, tmp_path: Path) -> Path:
    """The same images, rated on another scale, half as well."""
    folder = shutil.copytree(dataset.manifest.parent, tmp_path / "other")
    manifest = pd.read_parquet(folder / "manifest.parquet")
    manifest["quality"] = 50 + SHIFT + SLOPE * (manifest["quality"] - 50)
    rewrite(folder / "manifest.parquet", manifest)
    return folder


def rewrite(path: Path, table: pd.DataFrame) -> None:
    with replace_atomically(path) as temporary:
        table.to_parquet(temporary, index=False)


def mixed_with(dataset: Prepared, *folders: Path) -> LabelledRows:
    own = labelled_rows(dataset.manifest, dataset.store, "train")
    return mixed_rows(own, dataset.manifest, dataset.store, folders, [dataset.manifest]).training


@pytest.mark.parametrize("head_rate", [5e-6, 4e-3])
def test_the_scales_of_datasets_are_learnt_whatever_the_rate_of_the_head(head_rate: float) -> None:
    rng = np.random.default_rng(0)
    quality = torch.from_numpy(rng.uniform(0, 100, 4000)).float()
    datasets = torch.from_numpy(rng.integers(0, 3, 4000))
    slopes, shifts = torch.tensor([1.0, 0.5, 1.5]), torch.tensor([0.0, -25.0, 10.0])
    labels = 50 + shifts[datasets] + slopes[datasets] * (quality - 50)
    scores = quality + torch.from_numpy(rng.normal(0, 3, 4000)).float()
    scales = Scales(2, 0.01 / head_rate)
    optimiser = torch.optim.AdamW(scales.parameters(), lr=head_rate)
    assert scales(scores, datasets).equal(scores)
    for part in torch.arange(4000).repeat(3).split(32):
        optimiser.zero_grad()
        loss = (scales(scores[part], datasets[part]) - labels[part]).abs().mean()
        torch.autograd.backward(loss)
        optimiser.step()
    found = np.array(scales.learnt())
    np.testing.assert_allclose(found[:, 0], slopes[1:], rtol=0.08)
    np.testing.assert_allclose(found[:, 1], shifts[1:], atol=1.5)
    reference = datasets == 0
    assert scales(scores, datasets)[reference].equal(scores[reference])


def test_a_slope_stays_positive() -> None:
    scales = Scales(1, 1000.0)
    optimiser = torch.optim.Adam(scales.parameters(), lr=1e-4)
    scores, datasets = torch.linspace(0, 100, 64), torch.ones(64, dtype=torch.int64)
    for _ in range(100):
        optimiser.zero_grad()
        torch.autograd.backward((scales(scores, datasets) - (100 - scores)).abs().mean())
        optimiser.step()
    assert 0 < scales.learnt()[0][0] < 0.2


def test_every_image_is_drawn_with_its_own_pixels_and_label(dataset: Prepared, other: Path) -> None:
    data = mixed_with(dataset, other)
    images, store, _ = open_split(dataset.manifest, dataset.store, "train")
    own = len(images)
    assert len(data.rows) == 2 * own
    assert data.mixed == ("other",)
    assert (data.rows[own:] == data.rows[:own] + len(store)).all()
    assert data.others["datasets"].tolist() == [0] * own + [1] * own
    np.testing.assert_allclose(data.quality[own:], 50 + SHIFT + SLOPE * (data.quality[:own] - 50))
    for row in (0, len(store) - 1):
        assert (data.store.image(row) == store.image(row)).all()
        assert (data.store.image(row + len(store)) == store.image(row)).all()
    assert data.store.ids[len(store)] == f"other/{store.ids[0]}"
    pixels = copy_pixels(data.store, torch.device("cpu"), chunk=10_001)
    assert pixels.numpy().tobytes() == 2 * store.pixels.tobytes()
    assert (np.diff(data.store.offsets) > 0).all()
    seen = [targets.datasets for _, targets in batches(data)]
    assert torch.cat(seen).bincount().tolist() == [own, own]  # type: ignore[arg-type]


def batches(data: LabelledRows, team: Team | None = None, skipped: int = 0) -> list:
    drawn = labelled_batches(mixing(), data, 1, 0, torch.device("cpu"), skipped, team)
    return [(crops.clone(), targets) for crops, targets in drawn]


def test_a_draw_is_the_same_for_any_number_of_processes(dataset: Prepared, other: Path) -> None:
    data = mixed_with(dataset, other)
    alone = batches(data)
    shares = [batches(data, Team(rank, 3)) for rank in range(3)]
    for (crops, targets), *parts in zip(alone, *shares, strict=True):
        assert torch.cat([part for part, _ in parts]).equal(crops)
        for _, theirs in parts:
            assert all(map(torch.equal, theirs.given, targets.given))
    for (crops, targets), (later, theirs) in zip(alone[2:], batches(data, None, 2), strict=True):
        assert later.equal(crops)
        assert all(map(torch.equal, theirs.given, targets.given))
    check_together(mixing(), 2, 0)


def test_a_killed_run_goes_on_within_an_epoch_with_the_scales(
    dataset: Prepared, other: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = (mixing(epochs=1), 1, dataset.manifest, dataset.store, weights)
    more = {"mixed": [other], "tested": [dataset.manifest]}
    train_run(*given, tmp_path / "whole", **more)
    taken = iter(range(4))  # of six steps
    real = loop.train_step

    def dies(*arguments: object) -> object:
        next(taken)
        return real(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(steps, "LONGEST_LOSS", 0.0)
        patch.setattr(steps, "RARELY", 0)
        patch.setattr(loop, "train_step", dies)
        with pytest.raises(StopIteration):
            train_run(*given, tmp_path / "killed", **more)
    train_run(*given, tmp_path / "killed", **more)
    for name in ("best.safetensors", "last.safetensors", "history.csv"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    history = pd.read_csv(tmp_path / "whole" / "history.csv")
    assert (history["slope_other"] > 0).all()
    assert (history[["slope_other", "shift_other"]] != [1, 0]).all(axis=None)
    settings, model = load_run(tmp_path / "whole")
    plain = build_model(settings.model, settings.backbone, settings.crop)
    assert model.state_dict().keys() == plain.state_dict().keys()
    config = read_json(tmp_path / "whole" / "config.json")
    assert {"mixed.other.manifest", "mixed.other.store", "mixed.other.images"} <= config.keys()


def test_selection_reads_the_store_that_training_reads(
    dataset: Prepared, other: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A GPU would copy each of two stores in every epoch."""
    given: list[LabelledRows] = []
    monkeypatch.setattr(run, "train", lambda *arguments, **_: given.extend(arguments[2:]))
    own = labelled_rows(dataset.manifest, dataset.store, "validation")
    with pytest.raises(AttributeError):  # of what a training returns
        train_run(
            *(mixing(), 1, dataset.manifest, dataset.store, weights, tmp_path / "run"),
            mixed=[other],
            tested=[dataset.manifest],
        )
    training, selection = given
    assert selection.store is training.store
    for ours, theirs in zip(own.rows, selection.rows, strict=True):
        assert np.array_equal(own.store.image(ours), selection.store.image(theirs))


def change_images(manifest: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    path = manifest.parent / "checks" / "images.parquet"
    rewrite(path, change(pd.read_parquet(path)))


def test_images_that_validate_or_test_elsewhere_are_left_out(
    dataset: Prepared, other: Path, caplog: pytest.LogCaptureFixture
) -> None:
    manifest = other / "manifest.parquet"
    before = leaked(manifest, [dataset.manifest])
    known = pd.read_parquet(dataset.manifest.parent / "checks" / "images.parquet")
    tested, validating = (known[known["split"] == s].iloc[0] for s in ("test", "validation"))

    def copies(images: pd.DataFrame) -> pd.DataFrame:
        rows = images.index[(images["split"] == "train") & ~images["id"].isin(before)][:3]
        images.loc[rows[0], "pixels"] = tested["pixels"]
        images.loc[rows[1], "pixels"] = validating["pixels"]
        images.loc[rows[2], "hash"] = int(tested["hash"]) ^ 0b111  # saved anew: three bits differ
        copies.ids = set(images["id"][rows])  # type: ignore[attr-defined]
        return images

    whole = len(mixed_with(dataset, other).rows)
    change_images(manifest, copies)
    caplog.clear()
    assert leaked(manifest, [dataset.manifest]) == before | copies.ids  # type: ignore[attr-defined]
    assert f"{manifest}: {len(before) + 3} of 102 training images validate or test" in caplog.text
    data = mixed_with(dataset, other)
    assert len(data.rows) == whole - 3
    drawn = {data.store.ids[row] for row in data.rows}
    assert not drawn & {f"other/{name}" for name in copies.ids}  # type: ignore[attr-defined]
    change_images(manifest, lambda images: images.assign(pixels=tested["pixels"]))
    with pytest.raises(InputError, match=r"all training images of .* remove it from mixed_with"):
        mixed_with(dataset, other)


def test_what_cannot_be_mixed_is_refused_by_name(
    dataset: Prepared, other: Path, mixed: Prepared, weights: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="the dataset other is mixed with itself; name each"):
        mixed_with(dataset, other, other)
    name = dataset.manifest.parent.name
    with pytest.raises(InputError, match=f"the dataset {name} is mixed with itself"):
        mixed_with(dataset, dataset.manifest.parent)
    with pytest.raises(InputError, match="no image belongs to the split 'train'"):
        mixed_with(dataset, mixed.manifest.parent)
    given = (1, dataset.manifest, dataset.store, weights, tmp_path / "run")
    with pytest.raises(InputError, match="experiment M trains on several datasets; name the oth"):
        train_run(mixing(), *given)
    with pytest.raises(InputError, match="experiment C3 trains on one dataset; leave --mixed out"):
        train_run(experiment(), *given, mixed=[other])
    record = other / "store-none" / "store.json"
    write_json(record, {**read_json(record), "kind": "aspect", "size": [64]})
    with pytest.raises(InputError, match=r"resized by aspect \[64\], .* by none \[\]: they cannot"):
        train_run(mixing(), *given, mixed=[other])
    assert not (tmp_path / "run").exists()


def test_a_missing_row_of_joined_stores_is_an_error(dataset: Prepared) -> None:
    _, store, _ = open_split(dataset.manifest, dataset.store, "train")
    joined = JoinedStore.of({"a": store, "b": store})
    joined.release_pages()
    with pytest.raises(IndexError):
        joined.image(2 * len(store))
