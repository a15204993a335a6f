from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray
from PIL import Image

from smartiqa.data.synthetic.distortions import (
    COLOUR_LEVELS,
    CONTRAST_GAIN,
    EXPOSURE_STOPS,
    FAMILIES,
    IMPULSE_AMOUNT,
    JPEG_QUALITY,
    MOTION_LENGTH,
    NOISE_VARIANCE,
    SEVERITIES,
    Pixels,
)
from tiny_study import texture

Distortion = Callable[..., Pixels]
NOISES = ("gaussian noise", "impulse noise")

families = pytest.mark.parametrize("family", FAMILIES)
severities = pytest.mark.parametrize("severity", SEVERITIES)


def distort(family: str, pixels: Pixels, severity: int, seed: int = 0) -> NDArray[np.int64]:
    return FAMILIES[family](pixels, severity, default_rng(seed)).astype(int)


def grey(value: int, height: int = 200, width: int = 200) -> Pixels:
    return np.full((height, width, 3), value, dtype=np.uint8)


def test_there_are_ten_families_of_five_severities() -> None:
    assert len(FAMILIES) == 10
    assert SEVERITIES == (1, 2, 3, 4, 5)


@families
@severities
def test_every_distortion_keeps_size_and_type_and_leaves_its_input_alone(
    family: str, severity: int
) -> None:
    photo = texture(1, 61, 83)
    before = photo.copy()
    distorted = FAMILIES[family](photo, severity, default_rng(0))
    assert (distorted.shape, distorted.dtype) == (photo.shape, np.uint8)
    assert np.array_equal(photo, before)
    assert not np.array_equal(distorted, photo)


@families
def test_equal_seeds_give_equal_bytes_and_only_noise_depends_on_them(family: str) -> None:
    photo = texture(2)
    first, again, other = (distort(family, photo, 3, seed) for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert np.array_equal(first, other) == (family not in NOISES)


@families
def test_only_noise_draws_from_the_generator(family: str) -> None:
    used, fresh = default_rng(9), default_rng(9)
    FAMILIES[family](texture(2), 2, used)
    assert (used.random() == fresh.random()) == (family not in NOISES)


@families
def test_error_grows_with_severity(family: str) -> None:
    photos = [texture(seed, 144, 180).astype(int) for seed in range(3)]
    errors = [
        np.mean([np.square(distort(family, p.astype(np.uint8), s) - p).mean() for p in photos])
        for s in SEVERITIES
    ]
    assert np.all(np.diff(errors) > 0), errors


@severities
def test_gaussian_blur_spreads_a_point_as_a_gaussian(severity: int) -> None:
    point = grey(0, 61, 61)
    point[30, 30] = 255
    blurred = distort("gaussian blur", point, severity)[..., 0]
    sigma = (0.6, 1.0, 1.6, 2.6, 4.2)[severity - 1]
    distance = np.arange(-30, 31) ** 2
    kernel = np.exp(-distance / (2 * sigma**2))
    expected = 255 * np.outer(kernel, kernel) / kernel.sum() ** 2
    assert np.abs(blurred - expected).max() <= 0.6  # rounded


@severities
def test_motion_blur_averages_along_lines_only(severity: int) -> None:
    photo, length = texture(3), MOTION_LENGTH[severity - 1]
    blurred = distort("motion blur", photo, severity)
    row, column = 40, 50
    line = photo[row, column - length // 2 : column + length // 2 + 1].mean(axis=0)
    assert np.abs(blurred[row, column] - line).max() <= 0.51
    stripes = np.repeat(photo[:, :1], 70, axis=1)  # no change along a line
    assert np.array_equal(distort("motion blur", stripes, severity), stripes)


@severities
def test_gaussian_noise_has_its_variance(severity: int) -> None:
    noise = (distort("gaussian noise", grey(128), severity) - 128) / 255
    variance = NOISE_VARIANCE[severity - 1]
    assert abs(noise.mean()) < 0.004
    assert noise.var() == pytest.approx(variance, rel=0.05)


@severities
def test_impulse_noise_has_its_share(severity: int) -> None:
    noisy = distort("impulse noise", grey(128), severity)
    assert set(np.unique(noisy)) == {0, 128, 255}
    assert (noisy != 128).mean() == pytest.approx(IMPULSE_AMOUNT[severity - 1], rel=0.15)
    assert (noisy == 0).sum() == pytest.approx((noisy == 255).sum(), rel=0.25)


@severities
def test_jpeg_is_what_a_file_of_that_quality_holds(severity: int) -> None:
    photo, buffer = texture(4), io.BytesIO()
    Image.fromarray(photo).save(buffer, "JPEG", quality=JPEG_QUALITY[severity - 1])
    decoded = np.asarray(Image.open(io.BytesIO(buffer.getvalue())))
    assert np.array_equal(distort("JPEG", photo, severity), decoded)


@families
def test_a_flat_image_stays_flat_unless_noise_comes(family: str) -> None:
    flat = np.unique(distort(family, grey(128), 5))
    assert (len(flat) == 1) == (family not in NOISES)


@severities
def test_contrast_shrinks_around_the_mean(severity: int) -> None:
    photo = texture(5).astype(int)
    flatter = distort("contrast", photo.astype(np.uint8), severity)
    assert flatter.mean() == pytest.approx(photo.mean(), abs=0.1)
    assert flatter.std() == pytest.approx(CONTRAST_GAIN[severity - 1] * photo.std(), rel=0.02)


@severities
def test_exposure_adds_stops_and_clips(severity: int) -> None:
    photo = texture(6)
    brighter = distort("exposure", photo, severity)
    expected = np.minimum(np.round(photo * 2.0 ** EXPOSURE_STOPS[severity - 1]), 255)
    assert np.array_equal(brighter, expected)


@severities
def test_colour_quantisation_leaves_its_levels(severity: int) -> None:
    every = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    kept = distort("colour quantisation", every, severity)
    levels = COLOUR_LEVELS[severity - 1]
    assert len(np.unique(kept)) == levels
    assert (kept.min(), kept.max()) == (0, 255)
    assert np.abs(kept - every).max() <= np.ceil(255 / (levels - 1) / 2)


def test_down_sampling_loses_what_is_finer_than_its_factor() -> None:
    fine = grey(0)
    fine[:, ::2] = 200
    assert np.ptp(distort("down-sampling", fine, 3)[:, 10:-10]) <= 4
    coarse = grey(0)
    coarse[:, 100:] = 200
    kept = distort("down-sampling", coarse, 3)
    assert (kept[:, :90].max(), kept[:, 110:].min()) == (0, 200)
