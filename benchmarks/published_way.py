"""How the published code brings a crop from the disk to the model (HyperIQA's loader).

Written from its description: every crop opens, decodes and resizes its photo again, in the process
that trains.
"""

from __future__ import annotations

from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import functional as transforms

from smartiqa.config.backbone import Rgb

SIZE = (512, 384)  # height and width: landscape photos are squashed


def published_crop(
    photo: Path, top: int, left: int, flip: bool, crop: int, mean: Rgb, std: Rgb
) -> Tensor:
    """Decode, resize, cut, mirror and normalise: (3, crop, crop), float32, contiguous."""
    with Image.open(photo) as file:
        image = file.convert("RGB")
    image = transforms.resize(image, list(SIZE))
    image = transforms.crop(image, top, left, crop, crop)
    if flip:
        image = transforms.hflip(image)
    normalised: Tensor = transforms.normalize(transforms.to_tensor(image), list(mean), list(std))
    return normalised


def published_batch(
    photos: list[Path],
    positions: list[tuple[int, int]],
    flips: list[bool],
    crop: int,
    mean: Rgb,
    std: Rgb,
) -> Tensor:
    """Stack one crop a photo: (batch, 3, crop, crop)."""
    return torch.stack(
        [
            published_crop(photo, top, left, flip, crop, mean, std)
            for photo, (top, left), flip in zip(photos, positions, flips, strict=True)
        ]
    )
