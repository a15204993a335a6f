"""What docs/reference/timm.md says of timm is so; a line that fails here goes from there."""

from __future__ import annotations

import pytest
import timm
import torch
from torch.utils.flop_counter import FlopCounterMode


def features(name: str, **options: object) -> torch.nn.Module:
    with torch.device("meta"):
        network: torch.nn.Module = timm.create_model(name, features_only=True, **options)
    return network.eval()


@pytest.mark.parametrize(
    ("name", "given", "strides"),
    [
        ("vit_tiny_patch16_224", [9, 10, 11], [16] * 12),
        ("sequencer2d_s", [0, 1, 2], [7, 14, 14, 14]),
        ("volo_d1_224", [1, 2, 3], [8, 16, 16, 16]),
        ("crossvit_tiny_240", [2, 5], [12, 12, 12, 17, 17, 17]),
    ],
)
def test_which_maps_timm_gives_by_itself(name: str, given: list[int], strides: list[int]) -> None:
    info = features(name).feature_info
    assert list(info.out_indices) == given
    assert [stage["reduction"] for stage in info.info] == strides


def test_pixels_beyond_the_last_whole_patch_are_not_read() -> None:
    options = {"embed_dim": 12, "depth": 1, "num_heads": 1, "out_indices": [0]}
    network = timm.create_model("vit_tiny_patch16_224", features_only=True, img_size=100, **options)
    images = torch.randn(1, 3, 100, 100)
    with torch.no_grad():
        before = network.eval()(images)[0].clone()
        images[:, :, 96:] = images[:, :, :, 96:] = 9
        assert torch.equal(network(images)[0], before)


@pytest.mark.parametrize(
    ("name", "side", "options", "said"),
    [
        ("efficientformer_l1", 128, {"img_size": 128}, "length 49"),
        ("halonet_h1", 224, {}, "^$"),
        ("gemma4_vit_167m", 224, {}, "cannot be called on meta"),
    ],
)
def test_what_fails_in_timm(name: str, side: int, options: dict[str, int], said: str) -> None:
    network = features(name, **options)
    with pytest.raises((AssertionError, RuntimeError), match=said):
        network(torch.empty(1, 3, side, side, device="meta"))


def test_traced_hooks_collect_nothing() -> None:
    network = timm.create_model("legacy_xception", features_only=True).eval()
    image = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        assert len(network(image)) == 5
        assert len(torch.fx.symbolic_trace(network)(image)) == 0


def test_operations_of_pit_are_counted_without_gradients_only() -> None:
    image = torch.empty(1, 3, 224, 224, device="meta")
    with torch.device("meta"):
        network = timm.create_model("pit_ti_224").eval()
    with pytest.raises(AssertionError), FlopCounterMode(display=False), torch.no_grad():
        network(image)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network.requires_grad_(False)(image)
    assert counter.get_total_flops() > 1e9
