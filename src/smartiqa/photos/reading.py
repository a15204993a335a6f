"""One way in for photos to be scored: files, their bytes, Pillow images, arrays and tensors."""

from __future__ import annotations

import os
import re
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from smartiqa.core.errors import InputError
from smartiqa.data.store.decode import decode_image, upright_rgb

Photo = str | Path | bytes | IO[bytes] | Image.Image | NDArray[Any] | torch.Tensor
CHANNELS = (1, 3, 4)  # grey, RGB, RGB with transparency
ADDRESS = re.compile(r"[a-z]{2,}:/")  # a Path keeps one of two slashes


def read_photo(photo: Photo, *, managed: bool) -> Image.Image:
    """Decode a photo as training does (see `smartiqa.data.store.decode`): upright, mode RGB.

    Args:
        photo: a file in any format that Pillow reads, its bytes, or what is open to read them; a
            Pillow image; an array (height, width) or (height, width, channels); a tensor (channels,
            height, width). Arrays and tensors hold uint8, uint16 (white is 65,535, as in a PNG file
            of 16 bits), or floating-point numbers from 0 to 1; colours are in the order of RGB.
        managed: whether the colours of files and Pillow images are brought to sRGB by their
            profile, which training ignores.

    Raises:
        InputError: it cannot be read as a photo; the message says why.
        TypeError: it is nothing that a photo may be.
    """
    name = photo_name(photo)
    if isinstance(photo, str | Path):
        return decode_image(_existing(photo), managed=managed)
    if isinstance(photo, Image.Image):
        own = photo.copy()  # the caller's is not turned
        own.format = photo.format  # tells what 32-bit pixels mean
        return upright_rgb(own, Path(name), managed=managed)
    if isinstance(photo, torch.Tensor):
        return _from_array(_channels_last(photo), name)
    if isinstance(photo, np.ndarray):
        return _from_array(photo, name)
    content = BytesIO(photo) if isinstance(photo, bytes) else photo
    if hasattr(content, "read"):
        return decode_image(Path(name), managed=managed, content=content)
    raise TypeError(
        f"a photo is a path, its bytes, a Pillow image, an array or a tensor, not {name}"
    )


def holds_several(photos: object) -> bool:
    """Whether it is no single photo, of which Python could take letters, lines or rows for several.

    An array or a tensor of four dimensions holds several, and one of one dimension may hold paths.
    """
    if isinstance(photos, np.ndarray | torch.Tensor):
        return photos.ndim in (1, 4)
    single = isinstance(photos, str | bytes) or hasattr(photos, "read")
    return not single and any(hasattr(photos, way) for way in ("__iter__", "__getitem__"))


def photo_name(photo: object) -> str:
    """Return how rows and messages call a photo: its path if it has one; else what it is."""
    if isinstance(photo, str | Path):
        return str(photo).encode(errors="surrogateescape").decode(errors="backslashreplace")
    if isinstance(photo, bytes):
        return f"{len(photo):,} bytes"
    if isinstance(photo, Image.Image):
        return str(getattr(photo, "filename", "")) or f"image {photo.width} x {photo.height}"
    kind = type(photo).__name__
    if isinstance(photo, np.ndarray | torch.Tensor):
        return f"{kind.lower()} of shape {tuple(photo.shape)}"
    named = getattr(photo, "name", None)
    return named if isinstance(named, str) and hasattr(photo, "read") else kind


def _existing(photo: str | Path) -> Path:
    if os.path.isfile(photo):  # which names of any length and links to themselves are not
        return Path(photo)
    name = photo_name(photo)
    if os.path.isdir(photo):
        raise InputError(f"{name} is a folder; give a photo, or `score_many` the files in it")
    if ADDRESS.match(name):
        raise InputError(f"{name} is an address; download it, and give the file or its bytes")
    raise InputError(f"{name} does not exist")


def _channels_last(tensor: torch.Tensor) -> NDArray[Any]:
    if tensor.ndim != 3 or len(tensor) not in CHANNELS:
        raise InputError(
            f"{photo_name(tensor)} is no photo: give (channels, height, width), one at a time"
        )
    if tensor.is_meta:
        raise InputError(f"{photo_name(tensor)} is on the device meta, so it has no values")
    # PyTorch puts off negation and conjugation, which NumPy does not know of.
    values = tensor.detach().cpu().resolve_conj().resolve_neg()
    values = values.float() if values.is_floating_point() else values  # NumPy has no bfloat16
    array: NDArray[Any] = values.permute(1, 2, 0).numpy()
    return array


def _from_array(values: NDArray[Any], name: str) -> Image.Image:
    if values.ndim == 2:
        values = values[:, :, None]
    if values.ndim != 3 or values.shape[2] not in CHANNELS or not values.size:
        raise InputError(f"{name} is no photo: give (height, width, 3) or (height, width)")
    if np.issubdtype(values.dtype, np.uint16):
        values = (values >> 8).astype(np.uint8)  # as Pillow reads colours of 16 bits
    elif values.dtype != np.uint8:
        if values.dtype.kind != "f" or not (values.min() >= 0 and values.max() <= 1):
            raise InputError(f"{name} must hold uint8, uint16, or floats from 0 to 1")
        values = np.rint(values * 255).astype(np.uint8)
    pixels = np.ascontiguousarray(values[:, :, 0] if values.shape[2] == 1 else values)
    return upright_rgb(Image.fromarray(pixels), Path(name))
