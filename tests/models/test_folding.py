"""Folded networks say what they said, with fewer passes over their maps."""

from __future__ import annotations

import copy

import pytest
import torch
from model_configurations import CROP, images
from torch.fx import Interpreter

from smartiqa.config.backbone import Backbone
from smartiqa.models.backbones import FeatureBackbone, PatchConv2d
from smartiqa.models.folding import folded_batch_norms

# BatchNorms alone, with activations within them, after TensorFlow's padding, and after depthwise
# convolutions of many columns.
FOLDED = [
    "resnet18",
    "efficientnet_lite0",
    "tf_efficientnet_lite0",
    "mobilenetv3_small_050",
    "starnet_s050",
]


def with_statistics(name):
    """A network in evaluation mode whose BatchNorms do something."""
    torch.manual_seed(0)
    backbone = FeatureBackbone(Backbone(name=name), CROP)
    for module in backbone.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.running_mean, std=0.1)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
            torch.nn.init.uniform_(module.weight, 0.5, 2)
            torch.nn.init.normal_(module.bias, std=0.1)
    return backbone.eval()


@torch.no_grad()
@pytest.mark.parametrize("name", FOLDED)
def test_folded_networks_say_the_same(name):
    backbone = with_statistics(name).double()
    batch, network = images(2).double(), backbone.network
    expected, state = backbone(batch), copy.deepcopy(network.state_dict())
    kinds = [type(module) for module in network.modules()]
    with folded_batch_norms(backbone):
        assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in backbone.modules())
        for folded, plain in zip(backbone(batch), expected, strict=True):
            torch.testing.assert_close(folded, plain, rtol=1e-9, atol=1e-9)
    assert backbone.network is network
    assert [type(module) for module in network.modules()] == kinds
    assert all(torch.equal(state[key], value) for key, value in network.state_dict().items())


@torch.no_grad()
def test_patches_of_a_folded_network_are_cut_from_exact_pixels():
    backbone = with_statistics("inception_next_atto")
    patches = next(m for m in backbone.modules() if isinstance(m, PatchConv2d))
    batch, network, seen = images(2), backbone.network, []
    with folded_batch_norms(backbone), torch.autocast("cpu", torch.bfloat16):
        assert backbone.network is not network
        run = Interpreter(backbone.network)
        run.call_function = lambda function, given, options: (
            seen.append(function(*given, **options)) or seen[-1]
        )
        run.run(batch)
    assert torch.equal(seen[0], patches(batch).to(torch.bfloat16))


# No BatchNorm; maps from hooks; not to be traced; a layer in two places.
NOT_FOLDED = ["swin_tiny_patch4_window7_224", "legacy_xception", "stubborn", "shared"]


@pytest.mark.parametrize("name", NOT_FOLDED)
def test_other_networks_are_left_alone(name, monkeypatch):
    backbone = with_statistics("resnet18" if name in ("stubborn", "shared") else name)
    if name == "shared":
        block = backbone.network.layer1[0]
        block.bn2 = block.bn1
    if name == "stubborn":
        walk = backbone.network.forward
        monkeypatch.setattr(
            type(backbone.network), "forward", lambda self, x: walk(x) if x.sum() > 0 else walk(-x)
        )
    network = backbone.network
    with folded_batch_norms(backbone):
        assert backbone.network is network


def test_a_network_is_unfolded_after_an_error():
    backbone = with_statistics("resnet18")
    network = backbone.network
    with pytest.raises(KeyboardInterrupt), folded_batch_norms(backbone):
        raise KeyboardInterrupt
    assert backbone.network is network
