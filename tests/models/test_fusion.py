from __future__ import annotations

import pytest
import torch
from torch import nn

from smartiqa.config.experiment import Model
from smartiqa.models.fusion import Fusion

CHANNELS = (6, 10, 12, 32)


def stages(sides=(56, 28, 14, 7), batch=3):
    generator = torch.Generator().manual_seed(2)
    sizes = zip(CHANNELS, sides, strict=True)
    return [torch.randn(batch, c, s, s, generator=generator) for c, s in sizes]


def fuse(model: Model, maps):
    torch.manual_seed(5)
    fusion = Fusion(CHANNELS, model).eval()
    for layer in fusion.modules():  # away from the even start
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight)
    with torch.no_grad():
        return fusion, *fusion(maps)


def pooled(maps) -> list[torch.Tensor]:
    """Each map's mean over equal blocks: (batch, channels, 7, 7)."""
    blocks = [m.unflatten(3, (7, -1)).unflatten(2, (7, -1)) for m in maps]
    return [b.mean((3, 5)) for b in blocks]


def logits(fusion: Fusion, deepest: torch.Tensor) -> torch.Tensor:
    first, _, _, second = fusion.gate.layers
    hidden = (deepest.mean((2, 3)) @ first.weight.T + first.bias).clamp(min=0)
    return hidden @ second.weight.T + second.bias


def test_last_stage_passes_unchanged():
    maps = stages()
    fusion, fused, attention = fuse(Model(hyper_input="last_stage", gate="none"), maps)
    assert torch.equal(fused, maps[-1])
    assert attention is None
    assert (fusion.channels, fusion.grid) == (32, 7)


def test_all_stages_are_pooled_and_concatenated():
    maps = stages()
    fusion, fused, attention = fuse(Model(gate="none"), maps)
    torch.testing.assert_close(fused, torch.cat(pooled(maps), dim=1))
    assert attention is None
    assert fusion.channels == sum(CHANNELS)


@pytest.mark.parametrize("gate", ["softmax", "sigmoid"])
def test_gates_over_scales(gate):
    maps = stages()
    fusion, fused, attention = fuse(Model(gate=gate), maps)
    scores = logits(fusion, maps[-1]).exp()
    expected = scores / scores.sum(1, keepdim=True) if gate == "softmax" else scores / (1 + scores)
    torch.testing.assert_close(attention, expected)
    weighed = [m * expected[:, i].view(3, 1, 1, 1) for i, m in enumerate(pooled(maps))]
    torch.testing.assert_close(fused, torch.cat(weighed, dim=1))


def test_squeeze_and_excitation_weighs_channels():
    maps = stages()
    fusion, fused, attention = fuse(Model(gate="squeeze_excitation"), maps)
    concatenated = torch.cat(pooled(maps), dim=1)
    weights = fusion.gate.layers(concatenated.mean((2, 3))).detach()
    torch.testing.assert_close(fused, concatenated * weights.view(3, -1, 1, 1))
    assert weights[:, :6].std() > 0
    torch.testing.assert_close(attention[:, 0], weights[:, :6].mean(1))
    torch.testing.assert_close(attention[:, 3], weights[:, 28:].mean(1))


def test_squeeze_and_excitation_also_serves_one_stage():
    model = Model(hyper_input="last_stage", gate="squeeze_excitation")
    _, fused, attention = fuse(model, stages())
    assert fused.shape == (3, 32, 7, 7)
    assert attention.shape == (3, 1)


def test_a_new_gate_weighs_evenly():
    torch.manual_seed(0)
    fusion = Fusion(CHANNELS, Model(gate="softmax")).eval()
    with torch.no_grad():
        _, attention = fusion(stages())
    torch.testing.assert_close(attention, torch.full((3, 4), 0.25), atol=0.01, rtol=0)


def test_afa_projects_every_stage_to_512_channels_and_gates_by_the_raw_deepest_stage():
    maps = stages()
    fusion, fused, attention = fuse(Model(projection="afa"), maps)
    assert fused.shape == (3, 4 * 512, 7, 7)
    torch.testing.assert_close(attention, logits(fusion, maps[-1]).softmax(1))
    conv = fusion.projections[1][0]
    expected = torch.einsum("oc,bchw->bohw", conv.weight[:, :, 0, 0], pooled(maps)[1])
    expected = (expected + conv.bias.view(1, -1, 1, 1)).clamp(min=0)
    weight = attention[:, 1].view(3, 1, 1, 1)
    torch.testing.assert_close(fused[:, 512:1024], expected.detach() * weight)


def test_own_width_projects_all_but_the_deepest_stage():
    maps = stages()
    fusion, fused, _ = fuse(Model(gate="none", projection="own_width"), maps)
    assert fusion.channels == sum(CHANNELS)
    assert torch.equal(fused[:, 28:], maps[-1])
    kinds = [[type(layer) for layer in p] for p in fusion.projections[:3]]
    assert kinds == [[nn.Conv2d, nn.BatchNorm2d, nn.ReLU]] * 3


@pytest.mark.parametrize("gate", ["none", "softmax"])
def test_super_semantic_vector_is_the_concatenation_of_means(gate):
    maps = stages()
    fusion, fused, attention = fuse(Model(hyper_input="super_semantic_vector", gate=gate), maps)
    weights = torch.ones(3, 4) if attention is None else attention
    means = [m.mean((2, 3)) * weights[:, i, None] for i, m in enumerate(maps)]
    torch.testing.assert_close(fused[:, :, 0, 0], torch.cat(means, dim=1))
    assert (fusion.grid, tuple(fused.shape)) == (1, (3, 60, 1, 1))


@pytest.mark.parametrize("sides", [(28, 14, 7, 4), (96, 48, 24, 12)])
def test_other_crops_give_the_same_grid(sides):
    _, fused, _ = fuse(Model(), stages(sides))
    assert fused.shape == (3, sum(CHANNELS), 7, 7)
