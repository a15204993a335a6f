from __future__ import annotations

import numpy as np
import pytest
import torch

from smartiqa.core.errors import InputError
from smartiqa.models.local_distortion import LocalDistortion, check_crop

CHANNELS = (6, 10, 12, 20)


def maps(sides, make=torch.randn, batch=2):
    torch.manual_seed(1)
    return [make(batch, c, s, s) for c, s in zip(CHANNELS, sides, strict=True)]


def published(layers: LocalDistortion, stages) -> np.ndarray:
    """Reference in NumPy: 1x1 convolution, windows of 7x7 positions, linear layer."""
    vectors = []
    for i, stage in enumerate(stages):
        features = stage.numpy()
        if i < 3:
            kernel = layers.reductions[i].weight.detach().numpy()[:, :, 0, 0]
            features = np.einsum("oc,bchw->bohw", kernel, features)
        batch, channels, side, _ = features.shape
        windows = features.reshape(batch, channels, side // 7, 7, side // 7, 7).mean((3, 5))
        linear = layers.projections[i]
        weight, bias = linear.weight.detach().numpy(), linear.bias.detach().numpy()
        vectors.append(windows.reshape(batch, -1) @ weight.T + bias)
    return np.concatenate(vectors, axis=1)


def test_at_224_pixels_the_features_are_the_published_ones():
    layers = LocalDistortion(CHANNELS)
    stages = maps((56, 28, 14, 7))
    with torch.no_grad():
        vector = layers(stages).numpy()
    assert vector.shape == (2, 224)
    np.testing.assert_allclose(vector, published(layers, stages), atol=1e-5)


@pytest.mark.parametrize("sides", [(28, 14, 7, 4), (96, 48, 24, 12), (8, 4, 2, 1)])
def test_other_map_sizes_have_the_same_parameters_and_regions(sides):
    layers = LocalDistortion(CHANNELS)
    constant = maps(sides, torch.ones, batch=1)
    at_224 = maps((56, 28, 14, 7), torch.ones, batch=1)
    with torch.no_grad():
        torch.testing.assert_close(layers(constant), layers(at_224))
        # Brightening the first stage's lower half must not touch features of its upper half.
        lower = torch.zeros(1, CHANNELS[0], sides[0], sides[0])
        lower[:, :, sides[0] // 2 :] = 1
        layers.projections[0].weight.view(16, 16, 8, 8)[:, :, 4:] = 0
        layers.projections[0].bias.zero_()
        assert layers([lower, *constant[1:]])[0, :16].abs().max() == 0


def test_smallest_crop():
    check_crop("net", 32, (4, 8, 16, 32), 4)
    check_crop("net", 112, (4, 8, 16, 32), 4)
    with pytest.raises(InputError, match=r"crop 28 .* 'net': .* multiple of 4 .* at least 32"):
        check_crop("net", 28, (4, 8, 16, 32), 4)
    with pytest.raises(InputError, match="crop 226 does not fit"):
        check_crop("net", 226, (4, 8, 16, 32), 4)


def test_a_crop_is_cut_into_whole_patches():
    check_crop("net", 518, (3.5, 7, 14, 28), 14)
    check_crop("net", 28, (3.5, 7, 14, 28), 14)
    with pytest.raises(InputError, match="multiple of 14 pixels, at least 28"):
        check_crop("net", 512, (3.5, 7, 14, 28), 14)
    with pytest.raises(InputError, match="multiple of 16 pixels, at least 64"):
        check_crop("net", 56, (8, 16, 32, 64), 16)
