from __future__ import annotations

import copy

import pytest
import torch
from model_configurations import CROP, images
from torch import nn

from smartiqa.config.backbone import Backbone
from smartiqa.models.backbones import FeatureBackbone
from smartiqa.models.clipped_relu import ClippedReLU

NAMES = ["efficientnet_lite0", "mobilenetv2_035", "repvgg_a0"]  # the last one has no ReLU6


def with_pytorch_relu6(backbone):
    other = copy.deepcopy(backbone)
    for module in other.modules():
        if isinstance(module, ClippedReLU):
            module.__class__ = nn.ReLU6
    return other


def gradients(network, batch):
    loss = sum(part.float().square().mean() for part in network(batch))
    loss.backward()
    return [parameter.grad for parameter in network.parameters()]


def kept_bytes(network, batch):
    """What a forward pass keeps for the gradient, each storage once."""
    kept = {}

    def note(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        network(batch)
    return sum(storage.nbytes() for storage in kept.values())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_values_and_gradients_are_those_of_pytorch_to_the_last_bit(dtype):
    edges = [-1.0, -0.0, 0.0, 1e-30, 3.0, 6.0, 6.0001, 7.0, float("inf"), float("nan")]
    values = torch.tensor(edges * 3, dtype=dtype)
    found = []
    for function in (ClippedReLU(), nn.ReLU6()):
        given = values.clone().requires_grad_()
        result = function(given)
        result.backward(torch.arange(len(values)).to(dtype))
        found.append((result.detach(), given.grad))
    (ours, our_gradient), (theirs, their_gradient) = found
    assert torch.equal(ours.nan_to_num(), theirs.nan_to_num())
    assert torch.equal(our_gradient, their_gradient)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mixed", [False, True])
def test_a_network_trains_as_it_does_with_pytorchs(name, mixed):
    torch.manual_seed(0)
    ours = FeatureBackbone(Backbone(name=name), CROP).train()
    theirs = with_pytorch_relu6(ours)
    with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
        pairs = zip(gradients(ours, images(2)), gradients(theirs, images(2)), strict=True)
        assert all(torch.equal(one, other) for one, other in pairs)


def test_two_maps_a_layer_are_kept_and_not_three():
    ours = FeatureBackbone(Backbone(name="efficientnet_lite0"), CROP).train()
    theirs = with_pytorch_relu6(ours)
    assert kept_bytes(ours, images(8)) < 0.8 * kept_bytes(theirs, images(8))


def test_nothing_is_kept_where_nothing_trains():
    with torch.no_grad():
        result = ClippedReLU()(torch.ones(3, requires_grad=True))
    assert result.grad_fn is None


def test_a_traced_network_keeps_it_whole():
    network = nn.Sequential(nn.Conv2d(3, 4, 1), ClippedReLU())
    traced = torch.fx.symbolic_trace(network)
    assert torch.equal(traced(images(2)), network(images(2)))
