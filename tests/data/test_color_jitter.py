from __future__ import annotations

import numpy as np
import pytest
import torch
import torchvision.transforms.functional as torchvision
from scipy.stats import kstest

from smartiqa.config.experiment import ColorJitter
from smartiqa.data.color_jitter import Jitter, draw_jitter, jitter_colors

STRENGTHS = ColorJitter(brightness=0.4, contrast=1.5, saturation=0.6, hue=0.5)


def test_each_crop_is_changed_as_torchvision_would():
    images = torch.rand(24, 3, 17, 19, generator=torch.Generator().manual_seed(0))
    images[0] = 0.3  # grey: no hue
    images[1, 0] = images[1, 1]  # two equal channels
    images[2] = 0
    jitter = draw_jitter(STRENGTHS, len(images), np.random.default_rng(0))
    adjustments = (
        torchvision.adjust_brightness,
        torchvision.adjust_contrast,
        torchvision.adjust_saturation,
        torchvision.adjust_hue,
    )
    expected = images.clone()
    for crop, (factors, order) in enumerate(zip(*jitter, strict=True)):
        for step in order:
            expected[crop] = adjustments[step](expected[crop], float(factors[step]))
    torch.testing.assert_close(jitter_colors(images, jitter), expected, atol=1e-5, rtol=0)


def test_factors_are_uniform_in_their_ranges_and_orders_are_fair():
    factors, orders = draw_jitter(STRENGTHS, 6000, np.random.default_rng(1))
    for column, (low, high) in enumerate([(0.6, 1.4), (0, 2.5), (0.4, 1.6), (-0.5, 0.5)]):
        assert kstest(factors[:, column], "uniform", (low, high - low)).pvalue > 0.01
    permutations, counts = np.unique(orders, axis=0, return_counts=True)
    assert len(permutations) == 24
    assert counts.min() > 190
    assert (np.sort(permutations, axis=1) == np.arange(4)).all()


def test_draws_depend_on_the_generator_alone():
    first, second, other = (
        draw_jitter(STRENGTHS, 5, np.random.default_rng(seed)) for seed in (3, 3, 4)
    )
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first.factors, other.factors)


def test_no_strength_changes_nothing():
    images = torch.rand(6, 3, 8, 8, generator=torch.Generator().manual_seed(2))
    none = ColorJitter(brightness=0, contrast=0, saturation=0, hue=0)
    jitter = draw_jitter(none, 6, np.random.default_rng(0))
    torch.testing.assert_close(jitter_colors(images.clone(), jitter), images)


@pytest.mark.parametrize("step", range(4))
def test_every_step_reaches_its_own_crop_only(step):
    images = torch.rand(3, 3, 8, 8, generator=torch.Generator().manual_seed(3))
    factors = np.tile(np.array([1, 1, 1, 0], dtype=np.float32), (3, 1))
    factors[1, step] += 0.3
    orders = np.tile(np.arange(4), (3, 1))
    changed = jitter_colors(images.clone(), Jitter(factors, orders))
    torch.testing.assert_close(changed[[0, 2]], images[[0, 2]])
    assert (changed[1] - images[1]).abs().max() > 0.05
