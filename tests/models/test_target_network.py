from __future__ import annotations

from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from smartiqa.models.hyper_network import HyperNetwork, PointwiseConv2d
from smartiqa.models.target_network import FixedRegressor, TargetNetwork

SIZES = (98, 14, 7, 1)


def generated(batch: int, sizes=SIZES, dtype=torch.float32):
    generator = torch.Generator().manual_seed(4)
    return tuple(
        (
            torch.randn(batch, out, fan, generator=generator).to(dtype),
            torch.randn(batch, out, generator=generator).to(dtype),
        )
        for fan, out in pairwise(sizes)
    )


@pytest.mark.parametrize("activation", [nn.Sigmoid(), nn.ReLU()])
def test_each_image_is_rated_with_its_own_layers(activation):
    layers = generated(5)
    inputs = torch.randn(5, SIZES[0], generator=torch.Generator().manual_seed(6))
    scores = TargetNetwork(activation, dropout=0.0)(inputs, layers)
    for image in range(5):
        x = inputs[image]
        for depth, (weight, bias) in enumerate(layers):
            x = F.linear(x, weight[image], bias[image])
            x = activation(x) if depth < 2 else x
        torch.testing.assert_close(scores[image], x[0], rtol=1e-5, atol=1e-5)


def test_scores_are_float32_under_autocast():
    target_network = TargetNetwork(nn.Sigmoid(), dropout=0.0)
    layers = generated(4, dtype=torch.bfloat16)
    inputs = torch.randn(4, SIZES[0]).bfloat16()
    exact = target_network(inputs.float(), [(w.float(), b.float()) for w, b in layers])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores = target_network(inputs, layers)
    assert scores.dtype == torch.float32
    assert torch.equal(scores, exact)


def dropout_shapes(module: nn.Module, *inputs: object) -> list[tuple[int, ...]]:
    shapes: list[tuple[int, ...]] = []
    module.dropout.register_forward_hook(lambda _m, x, _y: shapes.append(tuple(x[0].shape)))
    module(*inputs)
    return shapes


def test_target_dropout_follows_every_hidden_layer_but_the_last():
    sizes = (224, 112, 56, 28, 14, 1)
    network = TargetNetwork(nn.Sigmoid(), dropout=0.5)
    shapes = dropout_shapes(network, torch.randn(2, 224), generated(2, sizes))
    assert shapes == [(2, 112), (2, 56), (2, 28)]


def test_hyper_network_generates_what_its_layers_compute():
    torch.manual_seed(0)
    hyper = HyperNetwork(10, grid=7, trunk=(12, 8), sizes=SIZES, kernel=3, dropout=0.5).eval()
    fused = torch.randn(3, 10, 7, 7)
    layers = hyper(fused)
    content = F.conv2d(fused, hyper.trunk[0].weight, hyper.trunk[0].bias).relu()
    content = F.conv2d(content, hyper.trunk[2].weight, hyper.trunk[2].bias).relu()
    first = F.conv2d(content, hyper.weights[0].weight, hyper.weights[0].bias, padding=1)
    torch.testing.assert_close(layers[0][0], first.view(3, 14, 98))
    mean = content.mean((2, 3))
    last = hyper.weights[2]
    torch.testing.assert_close(layers[2][0], F.linear(mean, last.weight, last.bias).view(3, 1, 7))
    bias = hyper.biases[1]
    torch.testing.assert_close(layers[1][1], F.linear(mean, bias.weight, bias.bias))
    assert dropout_shapes(hyper, fused) == [(3, 8, 7, 7)]
    assert hyper.generated_values == 99 * 14 + 15 * 7 + 8


def test_on_one_position_the_weights_come_from_linear_layers():
    hyper = HyperNetwork(10, grid=1, trunk=(8,), sizes=SIZES, kernel=3, dropout=0.0)
    assert [tuple(layer.weight.shape[:2]) for layer in hyper.weights[:2]] == [(1372, 8), (98, 8)]
    layers = hyper(torch.randn(3, 10, 1, 1))
    shapes = [tuple(weight.shape) for weight, _ in layers]
    assert shapes == [(3, 14, 98), (3, 7, 14), (3, 1, 7)]


def test_fixed_regressor_reads_content_and_target_input():
    torch.manual_seed(0)
    regressor = FixedRegressor(10, trunk=(12, 8), sizes=SIZES, dropout=0.5).eval()
    inputs, fused = torch.randn(3, SIZES[0]), torch.randn(3, 10, 7, 7)
    scores, layers = regressor(inputs, fused)
    x = torch.cat([inputs, regressor.trunk(fused).mean((2, 3))], dim=1)
    first, second, last = regressor.layers
    expected = last(second(first(x).relu()).relu())[:, 0]
    torch.testing.assert_close(scores, expected)
    assert layers is None
    assert dropout_shapes(regressor, inputs, fused) == [(3, 8, 7, 7), (3, 14)]


def test_a_pointwise_convolution_is_a_convolution():
    torch.manual_seed(0)
    layer, x = PointwiseConv2d(6, 4), torch.randn(2, 6, 5, 3)
    plain = F.conv2d(x, layer.weight, layer.bias)
    assert layer(x).shape == plain.shape == (2, 4, 5, 3)
    torch.testing.assert_close(layer(x), plain)
    maps = layer(x.to(memory_format=torch.channels_last))
    assert maps.is_contiguous(memory_format=torch.channels_last)
