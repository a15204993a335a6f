"""Synthetic distortions: ten families at five severities, in the manner of KADID-10k.

Every function takes and returns an 8-bit RGB image `(height, width, 3)`; severity runs from 1
(barely visible) to 5 (severe). Only the two noises draw random numbers, from the generator given.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from skimage.util import random_noise

Pixels = NDArray[np.uint8]
SEVERITIES = (1, 2, 3, 4, 5)

# One value a severity, chosen so that severity 1 is just visible and 5 spoils the photo.
BLUR_SIGMA = (0.6, 1.0, 1.6, 2.6, 4.2)
MOTION_LENGTH = (3, 5, 9, 15, 23)
NOISE_VARIANCE = (0.0005, 0.002, 0.006, 0.015, 0.04)
IMPULSE_AMOUNT = (0.003, 0.01, 0.03, 0.07, 0.15)
JPEG_QUALITY = (60, 30, 15, 8, 4)
JPEG_2000_RATIO = (12, 30, 60, 110, 180)
REDUCTION_FACTOR = (1.5, 2.0, 3.0, 4.5, 7.0)
CONTRAST_GAIN = (0.8, 0.62, 0.45, 0.3, 0.18)
EXPOSURE_STOPS = (0.3, 0.6, 1.0, 1.5, 2.1)
COLOUR_LEVELS = (20, 12, 8, 5, 3)


def gaussian_blur(pixels: Pixels, severity: int, generator: Generator) -> Pixels:
    """Blur with a Gaussian of growing width."""
    sigma = BLUR_SIGMA[severity - 1]
    return _to_uint8(ndimage.gaussian_filter(pixels.astype(float), (sigma, sigma, 0)))


def motion_blur(pixels: Pixels, severity: int, generator: Generator) -> Pixels:
    """Average along a horizontal line of growing length, as a panned camera does."""
    length = MOTION_LENGTH[severity - 1]
    return _to_uint8(ndimage.uniform_filter1d(pixels.astype(float), length, axis=1))


def gaussian_noise(pixels: Pixels, severity: int, generator: Generator) -> Pixels:
    """Add white Gaussian noise of growing variance."""
    variance = NOISE_VARIANCE[severity - 1]
    return _to_uint8(255 * random_noise(pixels, "gaussian", rng=generator, var=variance))


def impulse_noise(pixels: Pixels, severity: int, generator: Generator) -> Pixels:
    """Set a growing share of the values to black or white."""
    amount = IMPULSE_AMOUNT[severity - 1]
    return _to_uint8(255 * random_noise(pixels, "s&p", rng=generator, amount=amount))


def jpeg(pixels: Pixels, severity: int, generator: Generator) -> Pixels:
    """Compress with JPEG at falling quality."""
    return _recode(pixels, "JPEG", quality=JPEG_QUALITY[severity - 1])


def jpeg_2000(pixels: Pixels, severity: int, generator: Generator) -> Pixels:
    """Compress with JPEG 2000 at a growing compression ratio."""
    ratio = JPEG_2000_RATIO[severity - 1]
    return _recode(pixels, "JPEG2000", quality_mode="rates", quality_layers=[ratio])


def down_sampling(pixels: Pixels, severity: int, generator: Generator) -> Pixels:
    """Shrink by a growing factor, then enlarge to the old size by bilinear interpolation."""
    height, width = pixels.shape[:2]
    factor = REDUCTION_FACTOR[severity - 1]
    small = (max(1, round(width / factor)), max(1, round(height / factor)))
    image = Image.fromarray(pixels).resize(small, Image.Resampling.BICUBIC)
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))


def contrast(pixels: Pixels, severity: int, generator: Generator) -> Pixels:
    """Pull every value towards the image's mean."""
    mean = pixels.mean()
    return _to_uint8(mean + CONTRAST_GAIN[severity - 1] * (pixels - mean))


def exposure(pixels: Pixels, severity: int, generator: Generator) -> Pixels:
    """Over-expose by a growing number of stops; highlights clip."""
    return _to_uint8(pixels * 2.0 ** EXPOSURE_STOPS[severity - 1])


def colour_quantisation(pixels: Pixels, severity: int, generator: Generator) -> Pixels:
    """Keep only a few levels of every colour channel, which shows as banding."""
    steps = COLOUR_LEVELS[severity - 1] - 1
    return _to_uint8(np.round(pixels / 255 * steps) / steps * 255)


FAMILIES: dict[str, Callable[[Pixels, int, Generator], Pixels]] = {
    "gaussian blur": gaussian_blur,
    "motion blur": motion_blur,
    "gaussian noise": gaussian_noise,
    "impulse noise": impulse_noise,
    "JPEG": jpeg,
    "JPEG 2000": jpeg_2000,
    "down-sampling": down_sampling,
    "contrast": contrast,
    "exposure": exposure,
    "colour quantisation": colour_quantisation,
}


def _to_uint8(values: NDArray[np.floating[Any]]) -> Pixels:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def _recode(pixels: Pixels, codec: str, **options: Any) -> Pixels:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, codec, **options)
    return np.asarray(Image.open(buffer).convert("RGB"))
