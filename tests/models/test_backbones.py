from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from model_configurations import CROP, SMALL_SWIN, SMART, images
from safetensors.torch import save_file
from torch._subclasses.fake_tensor import FakeTensorMode

from smartiqa.config.backbone import Backbone
from smartiqa.core.errors import InputError
from smartiqa.models.backbones import (
    FeatureBackbone,
    load_weights,
    mean_over_positions,
    pool_to_grid,
)
from smartiqa.models.quality import build_model

# Channels as in the papers of the networks.
NETWORKS = {
    ("resnet50", 224): (256, 512, 1024, 2048),
    ("swin_base_patch4_window7_224", 224): (128, 256, 512, 1024),
    ("swin_tiny_patch4_window7_224", 112): (96, 192, 384, 768),
    ("swin_large_patch4_window12_384", 384): (192, 384, 768, 1536),
    ("convnext_tiny", 224): (96, 192, 384, 768),
    ("tf_efficientnetv2_s", 224): (48, 64, 160, 256),
    ("efficientnet_lite0", 112): (24, 40, 112, 320),
}


@pytest.mark.parametrize(("name", "crop"), NETWORKS)
def test_four_deepest_maps_in_channel_first_order(name, crop):
    with torch.device("meta"):
        backbone = FeatureBackbone(Backbone(name=name), crop).eval()
        maps = backbone(torch.empty(2, 3, crop, crop))
    assert backbone.channels == NETWORKS[name, crop]
    assert backbone.reductions == (4, 8, 16, 32)
    sides = [math.ceil(crop / reduction) for reduction in (4, 8, 16, 32)]
    expected = [(2, c, side, side) for c, side in zip(backbone.channels, sides, strict=True)]
    assert [tuple(m.shape) for m in maps] == expected


def test_swins_maps_are_transposed_not_reshaped():
    backbone = FeatureBackbone(SMALL_SWIN, CROP).eval()
    with torch.no_grad():
        deepest = backbone(images(1))[-1]
        nhwc = backbone.network(images(1))[-1]
    assert torch.equal(deepest[0, 5], nhwc[0, :, :, 5])


def test_drop_path_is_off_unless_asked_for():
    def rates(drop_path: float) -> list[float]:
        backbone = FeatureBackbone(SMALL_SWIN, CROP, drop_path)
        return [m.drop_prob for m in backbone.modules() if type(m).__name__ == "DropPath"]

    assert set(rates(0.0)) == {0.0}
    assert max(rates(0.2)) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"name": "resnet5O"}, "'resnet5O' is not a timm model, did you mean 'resnet50'"),
        ({"name": "crossvit_tiny_240"}, r"'crossvit_tiny_240'.* 12, 17 pixels .* such as resnet50"),
        ({"name": "mlp_mixer_unknown_zzz"}, "is not a timm model"),
        ({"name": "resnet10t.nope"}, "no weights 'nope' of resnet10t, it has c3_in1k$"),
        ({"name": "davit_huge.in1k"}, "no weights 'in1k' of davit_huge, it has none$"),
        ({"name": "resnet10t."}, "no weights '' of resnet10t, it has c3_in1k$"),
        ({"name": "resnet50", "options": {"depth": 3}}, "cannot be built with options.*depth"),
        ({"name": SMALL_SWIN.name, "options": {"img_size": 96}}, "img_size 96 but the crop is 224"),
        ({"name": "resnet18", "options": {"pretrained": True}}, "options.pretrained would load"),
        (
            {"name": "resnet18", "options": {"checkpoint_path": "a"}},
            "options.checkpoint_path would",
        ),
    ],
)
def test_what_cannot_serve_as_backbone_is_refused(keys, message):
    with torch.device("meta"), pytest.raises(InputError, match=message):
        FeatureBackbone(Backbone(**keys), 224)


def averaged(image: np.ndarray, size: int) -> np.ndarray:
    """Reference: the mean over each cell's positions, cell borders rounded outwards."""
    height, width = image.shape
    cells = np.empty((size, size))
    for row in range(size):
        for column in range(size):
            top, bottom = row * height // size, -(-(row + 1) * height // size)
            left, right = column * width // size, -(-(column + 1) * width // size)
            cells[row, column] = image[top:bottom, left:right].mean()
    return cells


@pytest.mark.parametrize(("side", "size"), [(56, 8), (28, 7), (12, 7), (4, 7), (7, 2), (4, 1)])
def test_pooling_to_a_grid(side, size):
    features = torch.randn(2, 3, side, side)
    pooled = pool_to_grid(features, size)
    assert pooled.shape == (2, 3, size, size)
    np.testing.assert_allclose(pooled[1, 2], averaged(features[1, 2].numpy(), size), atol=1e-6)


@pytest.mark.parametrize(("device", "last"), [("cuda", True), ("cpu", False)])
def test_on_a_gpu_adaptive_pooling_reads_maps_whose_gradient_is_the_same_each_time(
    device, last, monkeypatch
):
    """Of maps channel by channel it is added up by whichever thread comes first."""
    read = []
    monkeypatch.setattr(F, "adaptive_avg_pool2d", lambda features, _: read.append(features))
    with FakeTensorMode():
        pool_to_grid(torch.empty(2, 3, 8, 8, device=device), 7)
    assert read[0].is_contiguous(memory_format=torch.channels_last) == last


def test_pooling_leaves_a_map_of_the_grids_size_bit_identical():
    features = torch.randn(2, 3, 7, 7)
    assert torch.equal(pool_to_grid(features, 7), features)


def test_the_gradient_of_the_mean_lies_in_memory_as_the_maps_do():
    maps = torch.randn(2, 8, 5, 7).to(memory_format=torch.channels_last).requires_grad_()
    means = mean_over_positions(maps)
    torch.testing.assert_close(means, maps.mean((2, 3)))
    (gradient,) = torch.autograd.grad(means.sum(), maps)
    assert torch.all(gradient == 1 / 35)
    assert gradient.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("name", ["swin_tiny_patch4_window7_224", "convnext_atto"])
def test_patches_are_cut_from_exact_pixels_under_autocast(name):
    torch.manual_seed(0)
    backbone = FeatureBackbone(Backbone(name=name), CROP)
    patches = next(m for m in backbone.modules() if isinstance(m, torch.nn.Conv2d))
    seen = []
    patches.register_forward_hook(lambda module, given, result: seen.append(result))
    batch = images(2)
    with torch.no_grad():
        backbone(batch)
    with torch.autocast("cpu", torch.bfloat16):
        maps = backbone(batch)
        ordinary = torch.nn.functional.conv2d(batch, patches.weight, patches.bias, patches.stride)
    full, mixed = seen
    assert full.dtype == torch.float32
    assert torch.equal(mixed, full.to(torch.bfloat16))
    assert not torch.equal(mixed, ordinary)
    maps[-1].float().sum().backward()
    assert patches.weight.grad.dtype == torch.float32
    assert patches.weight.grad.abs().sum() > 0


def test_overlapping_stems_compute_as_autocast_says():
    backbone = FeatureBackbone(Backbone(name="resnet18"), CROP)
    stem = backbone.network.conv1
    batch = images(2)
    with torch.autocast("cpu", torch.bfloat16), torch.no_grad():
        plain = torch.nn.functional.conv2d(batch, stem.weight, None, stem.stride, stem.padding)
        assert torch.equal(stem(batch), plain)


@pytest.fixture
def weights():
    torch.manual_seed(3)
    return FeatureBackbone(SMALL_SWIN, CROP).network.state_dict()


def test_backbone_weights_load(weights, tmp_path):
    save_file(weights, tmp_path / "swin.safetensors")
    model = build_model(SMART, SMALL_SWIN, CROP)
    load_weights(model.backbone.network, tmp_path / "swin.safetensors")
    loaded = model.backbone.network.state_dict()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in weights.items())


def test_every_tensor_that_does_not_fit_is_named(weights, tmp_path):
    del weights["patch_embed.norm.bias"]
    weights["head.fc.weight"] = torch.zeros(1000, 192)
    weights["patch_embed.norm.weight"] = torch.zeros(5)
    path = tmp_path / "swin.safetensors"
    save_file(weights, path)
    model = build_model(SMART, SMALL_SWIN, CROP)
    before = {name: t.clone() for name, t in model.state_dict().items()}
    with pytest.raises(InputError) as error:
        load_weights(model.backbone.network, path)
    assert str(error.value) == (
        f"{path} does not fit: missing patch_embed.norm.bias; unexpected head.fc.weight; "
        "of another shape patch_embed.norm.weight [5] instead of [24]"
    )
    assert all(torch.equal(t, before[name]) for name, t in model.state_dict().items())


def test_long_lists_of_tensors_are_cut(weights, tmp_path):
    save_file({"patch_embed.norm.bias": torch.zeros(24)}, tmp_path / "swin.safetensors")
    with pytest.raises(InputError, match=r"missing (\S+, ){5}\S+ and \d+ more$"):
        load_weights(
            build_model(SMART, SMALL_SWIN, CROP).backbone.network, tmp_path / "swin.safetensors"
        )


@pytest.mark.parametrize(("content", "message"), [(None, "no such file"), (b"x" * 99, "readable")])
def test_unreadable_weights_are_one_clear_error(content, message, tmp_path):
    path = tmp_path / "weights.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=f"weights.safetensors: .*{message}"):
        load_weights(build_model(SMART, SMALL_SWIN, CROP).backbone.network, path)
