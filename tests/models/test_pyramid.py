"""Four maps of networks that have fewer strides, against maps that are put together here."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from smartiqa.config.backbone import Backbone
from smartiqa.config.experiment import Model
from smartiqa.core.errors import InputError
from smartiqa.models.backbones import FeatureBackbone
from smartiqa.models.counting import count_multiply_accumulates
from smartiqa.models.pyramid import pyramid, resample
from smartiqa.models.quality import build_model, try_on_meta

VIT_SMALL = {"embed_dim": 24, "depth": 8, "num_heads": 2}
# Model, its options, crop, patch, tokens before those of patches.
PLAIN = {
    "one class token": ("vit_tiny_patch16_224", VIT_SMALL, 96, 16, 1),
    "no class token": ("vit_base_patch16_siglip_224", VIT_SMALL, 96, 16, 0),
    "class and registers": ("vit_small_patch14_reg4_dinov2", VIT_SMALL, 84, 14, 5),
    "CLIP": ("vit_base_patch32_clip_224", VIT_SMALL, 128, 32, 1),
    "DINOv3": ("vit_small_patch16_dinov3", VIT_SMALL, 96, 16, 5),
}
COLUMNS = ("name", "options", "crop", "patch", "prefix")
plain = pytest.mark.parametrize(COLUMNS, PLAIN.values(), ids=PLAIN)


def backbone_of(name: str, crop: int, options: dict[str, int] | None = None) -> FeatureBackbone:
    torch.manual_seed(3)
    return FeatureBackbone(Backbone(name=name, options=options or {}), crop).eval()


def scene(crop: int) -> Tensor:
    """Two images that no turn or reflection leaves alike."""
    ramp = torch.linspace(-1, 1, crop)
    down, across = ramp[:, None].expand(crop, crop), ramp.expand(crop, crop)
    noise = torch.randn(2, 3, crop, crop, generator=torch.Generator().manual_seed(5))
    return noise + 3 * torch.stack([down, down**2, across * down])


def tokens_of_blocks(network: nn.Module, images: Tensor) -> list[np.ndarray]:
    """What each block of a ViT hands on: (batch, tokens, channels)."""
    seen: list[np.ndarray] = []
    hooks = [
        block.register_forward_hook(lambda block, given, result: seen.append(result.numpy()))
        for block in network.model.blocks
    ]
    with torch.no_grad():
        network(images)
    for hook in hooks:
        hook.remove()
    return seen


def laid_out(tokens: np.ndarray, prefix: int, side: int) -> np.ndarray:
    """Put tokens on their places, one by one: (batch, channels, side, side)."""
    batch, _, channels = tokens.shape
    image = np.empty((batch, channels, side, side), tokens.dtype)
    for row in range(side):
        for column in range(side):
            image[:, :, row, column] = tokens[:, prefix + row * side + column]
    return image


def magnified(image: np.ndarray, factor: float) -> np.ndarray:
    """Copy, or average, positions one by one."""
    side = image.shape[-1]
    size = math.ceil(side * factor)
    result = np.empty((*image.shape[:2], size, size), image.dtype)
    for row in range(size):
        for column in range(size):
            top, left = math.floor(row / factor), math.floor(column / factor)
            bottom = max(top + 1, math.floor((row + 1) / factor))
            right = max(left + 1, math.floor((column + 1) / factor))
            result[:, :, row, column] = image[:, :, top:bottom, left:right].mean((2, 3))
    return result


@plain
def test_blocks_of_a_plain_transformer_become_a_pyramid(name, options, crop, patch, prefix):
    backbone = backbone_of(name, crop, options)
    images = scene(crop)
    tokens = tokens_of_blocks(backbone.network, images)
    side = crop // patch
    assert tokens[0].shape[1] == prefix + side**2
    factors = np.array([4, 2, 1, 0.5]) * {32: 2}.get(patch, 1)
    with torch.no_grad():
        maps = backbone(images)
    for found, block, factor in zip(maps, (1, 3, 5, 7), factors, strict=True):
        expected = magnified(laid_out(tokens[block], prefix, side), factor)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found.numpy(), expected, atol=1e-5)
    assert backbone.channels == (24,) * 4
    assert backbone.reductions == tuple(patch / factor for factor in factors)
    assert backbone.step == patch


@plain
def test_a_position_of_a_map_lies_where_its_pixels_do(name, options, crop, patch, prefix):
    """Attention aside, a bright patch answers at its own place, in every map."""
    backbone = backbone_of(name, crop, options)
    side = crop // patch
    row, column = 0, side - 1
    dark = torch.zeros(1, 3, crop, crop)
    bright = dark.clone()
    bright[:, :, row * patch : (row + 1) * patch, column * patch : (column + 1) * patch] = 50
    with torch.no_grad():
        pairs = zip(backbone(bright), backbone(dark), strict=True)
    for change in ((b - d).abs().sum((0, 1)) for b, d in pairs):
        size = change.shape[-1]
        at = divmod(int(change.argmax()), size)
        assert at[0] / size < 0.5 <= at[1] / size


# Strides of the network's maps: strides of the four, which maps, how many positions of one.
PYRAMIDS = {
    (2, 4, 8, 16, 32): ((4, 8, 16, 32), (1, 2, 3, 4), (1, 1, 1, 1)),
    (1, 2, 4, 8, 16, 32): ((4, 8, 16, 32), (2, 3, 4, 5), (1, 1, 1, 1)),
    (8, 16, 32, 64): ((8, 16, 32, 64), (0, 1, 2, 3), (1, 1, 1, 1)),
    (16,) * 12: ((4, 8, 16, 32), (2, 5, 8, 11), (4, 2, 1, 0.5)),
    (14,) * 24: ((3.5, 7, 14, 28), (5, 11, 17, 23), (4, 2, 1, 0.5)),
    (8,) * 12: ((4, 8, 16, 32), (2, 5, 8, 11), (2, 1, 0.5, 0.25)),
    (32,) * 12: ((4, 8, 16, 32), (2, 5, 8, 11), (8, 4, 2, 1)),
    (16,) * 3: ((4, 8, 16, 32), (0, 0, 1, 2), (4, 2, 1, 0.5)),
    (8, 16, 32): ((4, 8, 16, 32), (0, 0, 1, 2), (2, 1, 1, 1)),
    (16, 32, 64): ((8, 16, 32, 64), (0, 0, 1, 2), (2, 1, 1, 1)),
    (4, 8, 16): ((4, 8, 16, 32), (0, 1, 2, 2), (1, 1, 1, 0.5)),
    (8, 16, 16, 16): ((4, 8, 16, 32), (0, 1, 2, 3), (2, 2, 1, 0.5)),
    (7, 14, 14): ((3.5, 7, 14, 28), (0, 0, 1, 2), (2, 1, 1, 0.5)),
}


@pytest.mark.parametrize("strides", PYRAMIDS, ids=str)
def test_levels(strides):
    levels = pyramid(strides)
    assert (
        tuple(zip(*((x.stride, x.source, x.factor) for x in levels), strict=True))
        == PYRAMIDS[strides]
    )


@pytest.mark.parametrize("strides", [(12, 12, 17, 17), (10, 16, 16)])
def test_strides_that_do_not_divide_one_another_are_refused(strides):
    with pytest.raises(InputError, match=r"make no pyramid, because one is not another's times"):
        pyramid(strides)


@pytest.mark.parametrize(
    ("side", "factor"), [(7, 4), (7, 0.5), (37, 0.5), (5, 0.25), (6, 2), (4, 1)]
)
def test_resampling(side, factor):
    features = torch.randn(2, 3, side, side)
    expected = magnified(features.numpy(), factor)
    np.testing.assert_allclose(resample(features, factor).numpy(), expected, atol=1e-6)


def test_three_maps_get_a_finer_one():
    backbone = backbone_of("levit_128s", 64)
    images = scene(64)
    with torch.no_grad():
        own = backbone.network(images)
        first, *others = backbone(images)
    assert [m.shape[-1] for m in own] == [4, 2, 1]
    np.testing.assert_array_equal(first.numpy(), magnified(own[0].numpy(), 2))
    assert all(torch.equal(a, b) for a, b in zip(own, others, strict=True))
    assert backbone.channels == (128, 128, 256, 384)


def test_the_maps_that_a_study_chooses_are_taken():
    chosen = VIT_SMALL | {"out_indices": [0, 2, 4, 6]}
    backbone = backbone_of("vit_tiny_patch16_224", 64, chosen)
    images = scene(64)
    tokens = tokens_of_blocks(backbone.network, images)
    with torch.no_grad():
        maps = backbone(images)
    np.testing.assert_allclose(maps[2].numpy(), laid_out(tokens[4], 1, 4), atol=1e-5)
    assert len(tokens) == 7  # what comes after the last map is not computed


@pytest.mark.parametrize(("crop", "sides"), [(518, [148, 74, 37, 19]), (224, [64, 32, 16, 8])])
def test_networks_are_made_for_the_crop(crop, sides):
    with torch.device("meta"):
        backbone = FeatureBackbone(Backbone(name="vit_small_patch14_reg4_dinov2"), crop)
        maps = backbone(torch.empty(1, 3, crop, crop))
    assert backbone.network.model.pos_embed.shape[1] == (crop // 14) ** 2
    assert [m.shape[-1] for m in maps] == sides


def test_multiply_accumulates_of_attention_are_counted():
    """By hand: patches, and a block's four projections, two products of attention, and its MLP."""
    width, depth, crop, patch, prefix = 24, 8, 96, 16, 1
    with torch.device("meta"):
        backbone = FeatureBackbone(Backbone(name="vit_tiny_patch16_224", options=VIT_SMALL), crop)
    patches = (crop // patch) ** 2
    tokens = patches + prefix
    block = 4 * tokens * width**2 + 2 * tokens**2 * width + 2 * tokens * width * 4 * width
    expected = patches * 3 * patch**2 * width + depth * block
    assert count_multiply_accumulates(backbone, crop) == expected


def test_what_fails_on_a_crop_is_told_before_it_is_trained():
    with pytest.raises(
        InputError, match=r"'halonet_h1' fails on a crop of 224 .* size is 256; .* choose"
    ):
        try_on_meta(Model(), Backbone(name="halonet_h1"), 224)
    with pytest.raises(InputError, match=r"crop 100 does not fit backbone 'vit_tiny_patch16_224'"):
        try_on_meta(Model(), Backbone(name="vit_tiny_patch16_224"), 100)


def test_every_parameter_of_a_plain_transformer_learns():
    torch.manual_seed(0)
    model = build_model(Model(), Backbone(name="vit_tiny_patch16_224", options=VIT_SMALL), 64)
    model.train()(scene(64)).scores.sum().backward()
    assert not [name for name, p in model.named_parameters() if p.grad is None]
