"""Colours of photos that come with a profile."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from colour_profiles import GAMMA, P3, SRGB, grey_profile, rgb_profile
from smartiqa.data.store.colour import in_srgb
from smartiqa.data.store.decode import decode_image, decode_rgb

LEVELS = np.arange(0, 256, 17)
CUBE = np.stack(np.meshgrid(LEVELS, LEVELS, LEVELS, indexing="ij"), axis=-1).astype(np.uint8)
PIXELS = CUBE.reshape(64, 64, 3)


def curved(light: np.ndarray) -> np.ndarray:
    """Values of sRGB, 0 to 255, of light from 0 to 1."""
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def expected(pixels: np.ndarray) -> np.ndarray:
    """Display P3 to sRGB by their formulas, in floating point."""
    light = (pixels / 255) ** GAMMA @ P3.T @ np.linalg.inv(SRGB).T
    light = light.clip(0, 1)
    return curved(light)


def saved(folder: Path, image: Image.Image, profile: bytes | None, name: str = "p.png") -> Path:
    image.save(folder / name, icc_profile=profile)
    return folder / name


def test_a_wide_gamut_becomes_srgb(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.fromarray(PIXELS), rgb_profile())
    read = np.asarray(decode_image(path, managed=True), dtype=float)
    bright = PIXELS.min(axis=2) > 16  # near black, curves are steep and littleCMS coarse
    assert np.abs(read - expected(PIXELS))[bright].max() < 1.6
    assert np.abs(read - PIXELS).max() > 30  # and that is another picture


def test_training_reads_the_same_file_as_it_is(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.fromarray(PIXELS), rgb_profile())
    assert np.array_equal(decode_rgb(path), PIXELS)


@pytest.mark.parametrize(
    "profile",
    [
        None,
        b"no profile",
        rgb_profile()[:200],
        grey_profile(1.8),
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    ],
    ids=["none", "damaged", "cut short", "of grey", "sRGB"],
)
def test_these_change_no_pixel(profile: bytes | None) -> None:
    image = Image.fromarray(PIXELS)
    image.info["icc_profile"] = profile
    assert np.array_equal(np.asarray(in_srgb(image)), PIXELS)


def test_grey_follows_its_own_curve(tmp_path: Path) -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    path = saved(tmp_path, Image.fromarray(grey), grey_profile(1.5))
    read = np.asarray(decode_image(path, managed=True), dtype=float)
    light = (grey / 255) ** 1.5
    wanted = curved(light)
    assert np.abs(read - wanted[..., None])[grey > 16].max() < 1.6


@pytest.mark.parametrize("mode", ["RGBA", "P"])
def test_transparency_and_palettes_stay(mode: str, tmp_path: Path) -> None:
    """Colours are converted before they are put on white, and a palette's like any other."""
    colour, clear = (200, 30, 40), (9, 9, 9)
    image = Image.new("RGBA", (8, 8), (*colour, 255))
    image.paste((*clear, 0), (0, 0, 4, 8))
    if mode == "P":
        image = image.quantize(4)
    path = saved(tmp_path, image, rgb_profile())
    read = np.asarray(decode_image(path, managed=True), dtype=float)
    assert read[0, 0].tolist() == [255, 255, 255]
    assert np.abs(read[0, 7] - expected(np.array(colour))).max() < 1.6


def test_a_photo_is_turned_upright_too(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stream = io.BytesIO()
    image = Image.fromarray(PIXELS[:32])
    image.save(stream, "PNG", icc_profile=rgb_profile(), exif=exif)
    (tmp_path / "turned.png").write_bytes(stream.getvalue())
    assert decode_image(tmp_path / "turned.png", managed=True).size == (32, 64)
