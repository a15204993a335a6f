"""A plain vision transformer goes all the way: weights of another size, training, and what follows.

Its weights are those of a whole timm network, as a hub has them, made for images of 70 pixels.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import timm
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file

from smartiqa.config import experiment as config
from smartiqa.config.backbone import Backbone, FileWeights
from smartiqa.core.errors import InputError
from smartiqa.evaluation.embedding import embed
from smartiqa.evaluation.feature_maps import write_feature_maps
from smartiqa.evaluation.prediction import predict_run
from smartiqa.machine.precision import autocast
from smartiqa.models.backbones import PatchConv2d
from smartiqa.models.pretrained import prepare_weights
from smartiqa.models.quality import build_model
from smartiqa.photos.exporting import export_model
from smartiqa.photos.heat_map import quality_map
from smartiqa.photos.loading import load_model
from smartiqa.training.run import train_run
from tiny_study import Prepared, experiment, texture

CROP, PATCH, TRAINED_AT = 56, 14, 70
VIT = Backbone(
    name="vit_small_patch14_reg4_dinov2",
    options={"embed_dim": 16, "depth": 4, "num_heads": 2},
    drop_path=0.1,
)
EXPERIMENT = experiment().model_copy(update={"backbone": VIT, "crop": CROP})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a whole network, whose positions rise downwards in channel 0, across in 1."""
    torch.manual_seed(4)
    network = timm.create_model(VIT.name, img_size=TRAINED_AT, **VIT.options)
    side = TRAINED_AT // PATCH
    assert network.pos_embed.shape == (1, side**2, 16)
    ramp = torch.arange(side) + 0.5
    with torch.no_grad():
        network.pos_embed[0, :, 0] = ramp.repeat_interleave(side) / side
        network.pos_embed[0, :, 1] = ramp.repeat(side) / side
    file = tmp_path_factory.mktemp("whole") / "model.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, file)
    return file


@pytest.fixture(scope="module")
def prepared_weights(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("prepared") / "vit.safetensors"
    source = FileWeights(source="file", path=whole, pretraining="made up")
    prepare_weights(VIT, source, CROP, output)
    return output


@pytest.fixture(scope="module")
def vit_run(
    dataset: Prepared, prepared_weights: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    output = tmp_path_factory.mktemp("vit") / "X-vit" / "seed1"
    settings = EXPERIMENT.model_copy(update={"id": "X-vit"})
    train_run(settings, 1, dataset.manifest, dataset.store, prepared_weights, output)
    return output


def test_positions_are_resampled_and_all_else_is_taken_as_it_is(
    whole: Path, prepared_weights: Path
) -> None:
    before, after = load_file(whole), load_file(prepared_weights)
    side = TRAINED_AT // PATCH
    grid = before["pos_embed"].reshape(1, side, side, 16).permute(0, 3, 1, 2)
    new = CROP // PATCH
    resized = F.interpolate(grid, (new, new), mode="bicubic", antialias=True)
    found = after.pop("model.pos_embed").reshape(new, new, 16)
    torch.testing.assert_close(found, resized[0].permute(1, 2, 0))
    assert (found[:-1, :, 0] < found[1:, :, 0]).all()
    assert (found[:, :-1, 1] < found[:, 1:, 1]).all()
    for name, tensor in after.items():
        assert torch.equal(tensor, before[name.removeprefix("model.")]), name
    missing = set(before) - {name.removeprefix("model.") for name in after}
    assert missing == {"pos_embed", "norm.weight", "norm.bias"}


def test_weights_of_another_transformer_are_refused(whole: Path, tmp_path: Path) -> None:
    tensors = load_file(whole)
    del tensors["reg_token"]
    save_file(tensors, tmp_path / "bare.safetensors")
    source = FileWeights(source="file", path=tmp_path / "bare.safetensors", pretraining="made up")
    with pytest.raises(InputError, match=r"does not fit vit_small.*reg_token") as told:
        prepare_weights(VIT, source, CROP, tmp_path / "out.safetensors")
    assert "\n" not in str(told.value)


def test_training_changes_every_part(vit_run: Path, prepared_weights: Path) -> None:
    before = load_file(prepared_weights)
    trained = load_file(vit_run / "best.safetensors")
    for name, tensor in before.items():
        assert not torch.equal(trained[f"backbone.network.{name}"], tensor), name


def test_predictions_are_those_of_the_model(
    vit_run: Path, dataset: Prepared, tmp_path: Path
) -> None:
    output = tmp_path / "predictions" / "synthetic.parquet"
    testing = config.Testing(crops=1, positions="centre")
    predict_run(vit_run, "X-vit", testing, dataset.manifest, dataset.store, output)
    table = pd.read_parquet(output)
    assert table["prediction"].std() > 0
    model = load_model(vit_run)
    frame = pd.read_parquet(dataset.manifest).set_index("id")
    for row in table.head(3).itertuples():
        with Image.open(dataset.root / frame.loc[row.id, "file"]) as image:
            pixels = np.asarray(image)
        at = tuple(np.array([(side - CROP) // 2]) for side in pixels.shape[:2])
        assert model.score_crops(pixels, at).scores[0] == pytest.approx(row.prediction, abs=1e-3)


def test_maps_of_all_stages_are_of_the_pyramid(
    vit_run: Path, dataset: Prepared, tmp_path: Path
) -> None:
    write_feature_maps(vit_run, dataset.manifest, dataset.store, tmp_path / "maps.npz")
    maps = np.load(tmp_path / "maps.npz")
    assert [maps[f"low_{stage}"].shape for stage in (1, 2, 3, 4)] == [(s, s) for s in (16, 8, 4, 2)]
    blocks = maps["low_1"].reshape(4, 4, 4, 4)
    assert (blocks == blocks[:, :1, :, :1]).all()  # each token fills 4 by 4 positions
    assert len(np.unique(blocks[:, 0, :, 0])) == 16


def test_its_generated_weights_are_embedded(
    vit_run: Path, dataset: Prepared, prepared_weights: Path, tmp_path: Path
) -> None:
    output = tmp_path / "embedding.parquet"
    embed(vit_run, dataset.manifest, dataset.store, prepared_weights, output)
    table = pd.read_parquet(output)
    assert np.isfinite(table.select_dtypes("number").to_numpy()).all()


def test_it_is_exported_and_drawn_over_a_photo(vit_run: Path, tmp_path: Path) -> None:
    export_model(vit_run, tmp_path / "vit.onnx")  # which compares scores at several batch sizes
    assert (tmp_path / "vit.onnx").stat().st_size > 1e6
    drawn = quality_map(load_model(vit_run), texture(3))
    assert drawn.shape == texture(3).shape[:2]
    assert np.isfinite(drawn).all()
    assert drawn.std() > 0


def test_pixels_are_exact_in_bfloat16() -> None:
    torch.manual_seed(0)
    model = build_model(EXPERIMENT.model, VIT, CROP).eval()
    patches = [module for module in model.modules() if isinstance(module, PatchConv2d)]
    assert [patch.kernel_size for patch in patches] == [(PATCH, PATCH)]
    images = torch.randn(4, 3, CROP, CROP)
    with torch.inference_mode():
        full = model(images).scores
        with autocast("bfloat16", torch.device("cpu")):
            mixed = model(images).scores
    torch.testing.assert_close(mixed.float(), full, atol=0.5, rtol=0)
