"""One way in for photos to be scored: files, Pillow images, arrays and tensors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from smartiqa.core.errors import InputError
from smartiqa.data.store.decode import decode_image, upright_rgb

Photo = str | Path | Image.Image | NDArray[Any] | torch.Tensor
CHANNELS = (1, 3, 4)  # grey, RGB, RGB with transparency


def read_photo(photo: Photo, *, managed: bool) -> Image.Image:
    """Decode a photo as training does (see `smartiqa.data.store.decode`): upright, mode RGB.

    Args:
        photo: a file in any format that Pillow reads; a Pillow image; an array (height, width) or
            (height, width, channels); a tensor (channels, height, width). Arrays and tensors hold
            uint8, or floating-point numbers from 0 to 1.
        managed: whether the colours of files and Pillow images are brought to sRGB by their
            profile, which training ignores.

    Raises:
        InputError: it cannot be read as a photo; the message says why.
        TypeError: it is nothing that a photo may be.
    """
    if isinstance(photo, str | Path):
        if Path(photo).is_dir():
            raise InputError(f"{photo} is a folder; give a photo, or `score_many` the files in it")
        return decode_image(Path(photo), managed=managed)
    if isinstance(photo, Image.Image):
        own = photo.copy()  # the caller's is not turned
        own.format = photo.format  # tells what 32-bit pixels mean
        return upright_rgb(own, Path(photo_name(photo)), managed=managed)
    if isinstance(photo, torch.Tensor):
        return _from_array(_channels_last(photo), photo_name(photo))
    return _from_array(photo, photo_name(photo))


def photo_name(photo: Photo) -> str:
    """Return how rows and messages call a photo: its path if it has one."""
    if isinstance(photo, str | Path):
        return str(photo).encode(errors="surrogateescape").decode(errors="backslashreplace")
    if isinstance(photo, Image.Image):
        return str(getattr(photo, "filename", "")) or f"image {photo.width} x {photo.height}"
    if not isinstance(photo, np.ndarray | torch.Tensor):
        raise TypeError(
            f"a photo is a path, a Pillow image, an array or a tensor, not {type(photo).__name__}"
        )
    return f"{type(photo).__name__.lower()} of shape {tuple(photo.shape)}"


def _channels_last(tensor: torch.Tensor) -> NDArray[Any]:
    if tensor.ndim != 3 or len(tensor) not in CHANNELS:
        raise InputError(
            f"{photo_name(tensor)} is no photo: give (channels, height, width), one at a time"
        )
    values = tensor.detach().cpu()
    values = values.float() if values.is_floating_point() else values  # NumPy has no bfloat16
    array: NDArray[Any] = values.permute(1, 2, 0).numpy()
    return array


def _from_array(values: NDArray[Any], name: str) -> Image.Image:
    if values.ndim == 2:
        values = values[:, :, None]
    if values.ndim != 3 or values.shape[2] not in CHANNELS or not values.size:
        raise InputError(f"{name} is no photo: give (height, width, 3) or (height, width)")
    if values.dtype != np.uint8:
        if values.dtype.kind != "f" or not (values.min() >= 0 and values.max() <= 1):
            raise InputError(f"{name} must hold uint8, or floating-point numbers from 0 to 1")
        values = np.rint(values * 255).astype(np.uint8)
    pixels = np.ascontiguousarray(values[:, :, 0] if values.shape[2] == 1 else values)
    return upright_rgb(Image.fromarray(pixels), Path(name))
