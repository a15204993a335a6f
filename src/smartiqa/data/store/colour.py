"""Colours as a photo's profile means them, for photos that people bring.

Trainings ignore profiles, as the published codes do. What they saw was meant as sRGB nearly always,
so a photo of a wider gamut looks to the model as it does to a viewer only once it is in sRGB.
"""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

SRGB = ImageCms.createProfile("sRGB")
PLAIN = ("L", "RGB", "CMYK", "LAB")  # modes that profiles describe
LEVELS = np.linspace(0, 255, 33).round().astype(np.uint8)
SAMPLE = np.stack(np.meshgrid(LEVELS, LEVELS, LEVELS), axis=-1).reshape(33, -1, 3)


def in_srgb(image: Image.Image) -> Image.Image:
    """Return a decoded image in sRGB, if it has a profile that says which colours it has.

    By littleCMS with the relative colorimetric intent: white stays white, and what sRGB cannot show
    is clipped. Transparency stays. An image without a profile is returned as it is; so is one whose
    profile is damaged or of another kind of pixels, as in a viewer, and one whose profile leaves a
    sample of all colours as they are: the common ones of sRGB do, and conversion takes several
    times as long as decoding.
    """
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    clear = image.convert("RGBA") if image.has_transparency_data else None
    plain = image
    if image.mode not in PLAIN:
        plain = (clear or image).convert("L" if image.mode in ("1", "LA") else "RGB")
    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            SRGB,
            plain.mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
        )
        if plain.mode == "RGB" and _keeps_colours(transform):
            return image
        converted = transform.apply(plain)
    except (ImageCms.PyCMSError, OSError):
        return image
    if clear is not None:
        converted.putalpha(clear.getchannel("A"))
    return converted


def _keeps_colours(transform: ImageCms.ImageCmsTransform) -> bool:
    return np.array_equal(np.asarray(transform.apply(Image.fromarray(SAMPLE))), SAMPLE)
