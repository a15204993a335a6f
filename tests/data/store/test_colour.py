"""Colours of photos that come with a profile."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

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


def test_transparent_grey_follows_its_curve_too(tmp_path: Path) -> None:
    half = Image.new("LA", (8, 8), (100, 128))
    path = saved(tmp_path, half, grey_profile(1.5))
    grey = curved(np.array((100 / 255) ** 1.5))
    read = np.asarray(decode_image(path, managed=True), dtype=float)
    assert np.abs(read - (grey * 128 + 255 * 127) / 255).max() < 1.6


@pytest.mark.parametrize("mode", ["L", "I;16", "RGB", "P"])
def test_one_colour_that_is_transparent_stays_so(mode: str, tmp_path: Path) -> None:
    pixels = np.arange(100, 164, dtype=np.uint8).reshape(8, 8)
    key: Any = 120
    if mode == "I;16":
        image, key = Image.fromarray(pixels.astype(np.uint16) * 257), 120 * 257
    else:
        image = Image.fromarray(pixels)
        if mode != "L":
            image = image.convert(mode)
        key = (120, 120, 120) if mode == "RGB" else key
    grey = mode in ("L", "I;16")
    profile = grey_profile(1.5) if grey else rgb_profile()
    image.save(tmp_path / "p.png", icc_profile=profile, transparency=key)
    read = np.asarray(decode_image(tmp_path / "p.png", managed=True), dtype=float)
    wanted = curved((pixels / 255) ** (1.5 if grey else GAMMA))[..., None].repeat(3, axis=2)
    wanted[pixels == 120] = 255
    assert np.abs(read - wanted).max() < 1.6


def test_a_profile_is_of_the_grey_that_a_tiff_means(tmp_path: Path) -> None:
    """Where 0 is white, littleCMS would read the negative."""
    grey = np.arange(0, 256, 4, dtype=np.uint8).reshape(8, 8)
    path = saved(
        tmp_path, Image.fromarray(grey.astype(np.uint16) * 256), grey_profile(1.5), "p.tif"
    )
    black_is_zero, white_is_zero = (struct.pack("<HHIHH", 262, 3, 1, k, 0) for k in (1, 0))
    assert path.read_bytes().count(black_is_zero) == 1
    path.write_bytes(path.read_bytes().replace(black_is_zero, white_is_zero))
    read = np.asarray(decode_image(path, managed=True), dtype=float)
    wanted = curved(((255 - grey) / 255) ** 1.5)
    assert np.abs(read - wanted[..., None])[grey < 239].max() < 1.6


def test_what_is_in_srgb_already_is_not_converted() -> None:
    """Which would take several times as long as to decode it."""
    image = Image.fromarray(PIXELS)
    image.info["icc_profile"] = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert in_srgb(image) is image


def test_a_photo_is_turned_upright_too(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stream = io.BytesIO()
    image = Image.fromarray(PIXELS[:32])
    image.save(stream, "PNG", icc_profile=rgb_profile(), exif=exif)
    (tmp_path / "turned.png").write_bytes(stream.getvalue())
    assert decode_image(tmp_path / "turned.png", managed=True).size == (32, 64)
