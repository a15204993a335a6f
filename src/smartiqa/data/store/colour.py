"""Colours as a photo's profile means them, for photos that people bring.

Trainings ignore profiles, as the published codes do. What they saw was meant as sRGB nearly always,
so a photo of a wider gamut looks to the model as it does to a viewer only once it is in sRGB.
"""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageCms

SRGB = ImageCms.createProfile("sRGB")


def in_srgb(image: Image.Image) -> Image.Image:
    """Return a decoded image in sRGB, if it has a profile that says which colours it has.

    By littleCMS with the relative colorimetric intent: white stays white, and what sRGB cannot show
    is clipped. An image without a profile is returned as it is; so is one whose profile is damaged
    or of another kind of pixels, as in a viewer. The common profiles of sRGB change no pixel.
    """
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    if image.mode == "P":
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    try:
        converted = ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            SRGB,
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGBA" if image.mode == "RGBA" else "RGB",
        )
    except (ImageCms.PyCMSError, OSError):
        return image
    return image if converted is None else converted
