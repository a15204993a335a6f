"""Changes of a photo that a model of quality may react to, or should not."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Pixels = NDArray[np.uint8]  # (height, width, 3), RGB
Change = Callable[[Pixels], Pixels]

NOISE_SEED = 2020
HALF = 0.5  # of the sides, to which resizers that are compared reduce
RESIZERS = ("NEAREST", "BOX", "BILINEAR", "LANCZOS")  # beside the bicubic one


def jpeg(pixels: Pixels, quality: int, subsampling: str = "4:2:0") -> Pixels:
    """Compress with JPEG at this quality (1 to 95) and resolution of colours, and decode."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling=subsampling)
    return np.asarray(Image.open(buffer))


def blurred(pixels: Pixels, sigma: float) -> Pixels:
    """Blur with a Gaussian of this standard deviation, pixels."""
    return _eight_bits(ndimage.gaussian_filter(pixels.astype(np.float64), (sigma, sigma, 0)))


def noisy(pixels: Pixels, deviation: float) -> Pixels:
    """Add white noise of this standard deviation, of 255; the same draw for equal shapes."""
    noise = np.random.default_rng(NOISE_SEED).normal(0, deviation, pixels.shape)
    return _eight_bits(pixels + noise)


def resampled(pixels: Pixels, factor: float, resizer: str) -> Pixels:
    """Resize both sides by a factor and back; bicubic on the way back, so that only one differs."""
    height, width, _ = pixels.shape
    small = max(1, round(width * factor)), max(1, round(height * factor))
    image = Image.fromarray(pixels).resize(small, Image.Resampling[resizer])
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))


def _eight_bits(values: NDArray[np.float64]) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def unchanged(pixels: Pixels) -> Pixels:
    """Return the photo as it is."""
    return pixels


DAMAGES: dict[tuple[str, str], Change] = {
    **{("JPEG", f"quality {q}"): partial(jpeg, quality=q) for q in (95, 75, 50, 20)},
    **{("blur", f"sigma {s:g}"): partial(blurred, sigma=s) for s in (0.5, 1.0, 2.0)},
    **{("noise", f"deviation {d}"): partial(noisy, deviation=d) for d in (2, 5, 15)},
    **{
        ("resize", f"to {f:.0%} and back"): partial(resampled, factor=f, resizer="BICUBIC")
        for f in (0.9, 0.7, HALF)
    },
    ("flip", "left to right"): lambda pixels: pixels[:, ::-1],
    ("flip", "upside down"): lambda pixels: pixels[::-1],
}
# By kind and setting: what is compared with what.
CHANGES: dict[tuple[str, str], tuple[Change, Change]] = {
    **{name: (unchanged, change) for name, change in DAMAGES.items()},
    **{
        ("resizer", name.lower()): (
            DAMAGES["resize", f"to {HALF:.0%} and back"],
            partial(resampled, factor=HALF, resizer=name),
        )
        for name in RESIZERS
    },
    ("colours", "4:4:4"): (
        DAMAGES["JPEG", "quality 95"],
        partial(jpeg, quality=95, subsampling="4:4:4"),
    ),
}
