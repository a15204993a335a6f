"""One way to turn an image file into pixels, for every stage.

What the formats become:

- EXIF orientation is applied, so the pixels stand as a viewer shows them.
- Grey, palette and 1-bit images become RGB with equal channels or the palette's colours.
- CMYK, YCbCr and HSV are converted by Pillow's plain formulas; colour profiles are ignored, as in
  the published codes, so a wide-gamut photo is read as sRGB. Only photos that people bring to be
  scored are brought to sRGB by their profiles (`managed`).
- Transparency is composited on white, the background that a browser shows.
- Channels of 10 to 16 bits keep their eight highest (what Pillow does for colours, here also for
  grey); a TIFF in which 0 is white is inverted.
- Of an animation or a multi-page file the first frame is taken.
- Floating-point, 32-bit and signed pixels are refused: nothing says which value is white. So are
  colour spaces that Pillow cannot convert (Lab).

The size of an image is that of its decoded pixels and is never taken from a header, which may tell
the size before the orientation is applied, or after it, as formats and versions of Pillow differ.
- An image of more than `MAX_PIXELS` is refused before its pixels are decoded (decompression bomb);
  the largest photos of the supported datasets have a fifth of that. There is no lower bound.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from smartiqa.core.errors import InputError
from smartiqa.data.store.colour import in_srgb

# Pillow's own limit, above which it warns; twice that is an error of its own.
MAX_PIXELS = 89_478_485
ALPHA_BACKGROUND = (255, 255, 255)
WHITE_IS_ZERO = 0  # TIFF's PhotometricInterpretation
# What EXIF's orientation says has to be done; Pillow's own `exif_transpose` also writes all other
# tags anew, and fails where a camera has given one of them another type.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class UnusableImageError(InputError):
    """An image file that cannot be decoded; `kind` is a short name of what is wrong."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        """Let the error travel between processes, which would call it with the message alone."""
        return type(self), (self.kind, str(self))


def decode_rgb(path: Path) -> NDArray[np.uint8]:
    """Decode an image file completely.

    Args:
        path: a file in any format that Pillow reads.

    Returns:
        Pixels (height, width, 3), uint8, RGB, upright, writable.

    Raises:
        UnusableImageError: the file is missing, empty, not an image, truncated, damaged, or too
            large. It is an `InputError`; the message names the file.
    """
    return np.array(decode_image(path))


def decode_image(
    path: Path, *, managed: bool = False, content: IO[bytes] | None = None
) -> Image.Image:
    """Decode an image file like `decode_rgb`, into a Pillow image of mode RGB.

    With `managed`, colours are brought to sRGB by the image's profile (see `in_srgb`). A file that
    is open already is given as `content`; `path` is then what messages call it. What resizes the
    image saves two copies of the pixels, which take as long as decoding them.
    """
    with _open(path) if content is None else _opened(content, path) as image:
        return upright_rgb(image, path, managed=managed)


def size_in_header(path: Path) -> tuple[int, int]:
    """Return the two sides that an image file states, without decoding its pixels.

    Which of them is the width is only known once it is decoded; see the module's text.

    Raises:
        UnusableImageError: the file is missing, empty, not an image, or too large.
    """
    with _open(path) as image:
        return image.size


def upright_rgb(image: Image.Image, path: Path, *, managed: bool = False) -> Image.Image:
    """Decode an opened image, turn it upright, and return it in mode RGB.

    With `managed`, colours are brought to sRGB by the image's profile (see `in_srgb`).

    Raises:
        UnusableImageError: as for `decode_rgb`; the message names `path`.
    """
    try:
        image.load()
        turn = TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
        image = image if turn is None else image.transpose(turn)
        return _to_rgb(image, path, managed=managed)
    except (UnusableImageError, MemoryError):  # no file is damaged because memory is short
        raise
    except Exception as problem:  # parsers of damaged files raise whatever they stumble on
        raise UnusableImageError(
            "truncated or damaged",
            f"{path} is truncated or damaged ({problem}); replace it or leave it out",
        ) from problem


def _open(path: Path) -> Image.Image:
    """Open the file and refuse what its header already shows to be unusable."""
    if not os.path.isfile(path):  # which names of any length and links to themselves are not
        raise UnusableImageError(
            "missing file", f"{path} does not exist; put the image there or leave its row out"
        )
    if path.stat().st_size == 0:
        raise UnusableImageError(
            "empty file", f"{path} is empty (zero bytes); replace it or leave it out"
        )
    return _opened(path, path)


def _opened(content: Path | IO[bytes], path: Path) -> Image.Image:
    try:
        image = Image.open(content)
    except UnidentifiedImageError as problem:
        raise UnusableImageError(
            "not an image", f"{path} is not an image; replace it or leave it out"
        ) from problem
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise _too_large(path) from problem
    except MemoryError:
        raise
    except Exception as problem:  # as above
        raise UnusableImageError(
            "truncated or damaged", f"{path} cannot be read as an image ({problem})"
        ) from problem
    if image.width * image.height > MAX_PIXELS:
        image.close()
        raise _too_large(path)
    return image


def _too_large(path: Path) -> UnusableImageError:
    return UnusableImageError(
        "too large",
        f"{path} has more than {MAX_PIXELS:,} pixels; make it smaller or leave it out",
    )


def _to_rgb(image: Image.Image, path: Path, *, managed: bool) -> Image.Image:
    if image.mode == "F" or (image.mode == "I" and image.format in {None, "TIFF"}):
        raise UnusableImageError(
            "undefined white",
            f"{path} holds floating-point, 32-bit or signed pixels, whose white is undefined; "
            "save it as 8-bit",
        )
    if image.mode.startswith("I"):
        image = _deep_grey(image)
    if managed:
        image = in_srgb(image)
    if image.mode == "LAB":
        raise UnusableImageError("colour space", f"{path} has Lab colours; save it as RGB")
    if image.has_transparency_data:
        opaque = Image.new("RGBA", image.size, (*ALPHA_BACKGROUND, 255))
        return Image.alpha_composite(opaque, image.convert("RGBA")).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _deep_grey(image: Image.Image) -> Image.Image:
    """The eight highest bits of grey of up to 16; Pillow's own conversion would clip at 255."""
    tags: Mapping[int, Any] = getattr(image, "tag_v2", {})
    bits = tags.get(ExifTags.Base.BitsPerSample, (16,))[0]
    values = np.asarray(image, dtype=np.int64)
    grey = np.clip(values >> (bits - 8), 0, 255).astype(np.uint8)
    if tags.get(ExifTags.Base.PhotometricInterpretation) == WHITE_IS_ZERO:
        grey = 255 - grey
    transparent = values == image.info.get("transparency")
    found = Image.fromarray(np.where(transparent, ALPHA_BACKGROUND[0], grey).astype(np.uint8))
    found.info["icc_profile"] = image.info.get("icc_profile")
    return found
