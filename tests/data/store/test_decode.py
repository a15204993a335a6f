"""Every kind of file that a dataset may hold."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, PngImagePlugin

from smartiqa.core.errors import InputError
from smartiqa.data.store import decode
from smartiqa.data.store.decode import decode_rgb

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)


def saved(root: Path, image: Image.Image, name: str = "a.png", **options: object) -> Path:
    image.save(root / name, **options)  # type: ignore[arg-type]
    return root / name


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tif", "a.ppm", "a.gif"])
def test_plain_formats(tmp_path: Path, name: str) -> None:
    flat = Image.new("RGB", (9, 6), (10, 200, 30))
    path = saved(tmp_path, flat, name)
    decoded = decode_rgb(path)
    assert decoded.shape == (6, 9, 3)
    assert decoded.dtype == np.uint8
    assert decoded.flags.writeable
    np.testing.assert_array_equal(decoded, np.asarray(flat))


def upright(orientation: int, stored: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The EXIF specification's table, written independently with numpy."""
    turn = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: np.rot90(a, -1),
        7: lambda a: np.rot90(a[::-1, ::-1].swapaxes(0, 1), 0),
        8: lambda a: np.rot90(a, 1),
    }
    return np.ascontiguousarray(turn[orientation](stored))


def quarters() -> NDArray[np.uint8]:
    """Four flat colours, which lossy formats keep, on a picture wider than high."""
    pixels = np.zeros((32, 48, 3), dtype=np.uint8)
    pixels[:16, :24], pixels[:16, 24:] = (250, 20, 20), (20, 250, 20)
    pixels[16:, :24], pixels[16:, 24:] = (20, 20, 250), (240, 240, 240)
    return pixels


LOSSY = {"quality": 100, "subsampling": "4:4:4"}
ORIENTED: dict[str, dict[str, object]] = {
    "a.jpg": LOSSY,
    "a.png": {},
    "a.webp": {"lossless": True},
    "a.avif": LOSSY,
    "a.mpo": {**LOSSY, "save_all": True},
    "plain.tif": {},
    "lzw.tif": {"compression": "tiff_lzw"},
    "big.tif": {"big_tiff": True},
    "pages.tif": {"compression": "tiff_lzw", "save_all": True},
}


@pytest.mark.parametrize("name", ORIENTED)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_applied_once_in_every_format(
    tmp_path: Path, name: str, orientation: int
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    options = dict(ORIENTED[name])
    if "save_all" in options:
        options["append_images"] = [Image.new("RGB", (5, 7))]
    path = saved(tmp_path, Image.fromarray(quarters()), name, exif=exif, **options)
    decoded, expected = decode_rgb(path), upright(orientation, quarters())
    assert decoded.shape == expected.shape
    assert np.abs(decoded.astype(int) - expected).mean() < 6


def test_an_orientation_behind_the_pixels_is_seen(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    content = saved(tmp_path, Image.fromarray(PIXELS)).read_bytes()
    end = content.index(b"IEND") - 4
    late = png_chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))
    (tmp_path / "a.png").write_bytes(content[:end] + late + content[end:])
    np.testing.assert_array_equal(decode_rgb(tmp_path / "a.png"), upright(6, PIXELS))


def test_an_orientation_beside_a_tag_of_another_type_is_applied(tmp_path: Path) -> None:
    """A resolution as text, as some cameras write it: nothing of it concerns the pixels."""
    tags = ((0x0112, 3, 1, struct.pack("<HH", 6, 0)), (0x011A, 2, 3, b"72\0\0"))
    content = b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(tags))
    content += b"".join(struct.pack("<HHI", *tag[:3]) + tag[3] for tag in tags) + bytes(4)
    path = saved(tmp_path, Image.fromarray(PIXELS), "a.png", exif=content)
    with Image.open(path) as image, pytest.raises(TypeError):
        ImageOps.exif_transpose(image)  # else the tag is nothing special
    np.testing.assert_array_equal(decode_rgb(path), upright(6, PIXELS))


def test_an_orientation_told_twice_is_applied_once(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    path = saved(tmp_path, Image.fromarray(PIXELS), "a.tif", exif=exif, tiffinfo={700: xmp})
    np.testing.assert_array_equal(decode_rgb(path), upright(6, PIXELS))


def test_grey_and_one_bit_become_three_equal_channels(tmp_path: Path) -> None:
    grey = Image.fromarray(PIXELS[..., 0])
    decoded = decode_rgb(saved(tmp_path, grey))
    np.testing.assert_array_equal(decoded, np.repeat(PIXELS[..., :1], 3, axis=2))
    one_bit = decode_rgb(saved(tmp_path, grey.convert("1")))
    assert set(np.unique(one_bit)) <= {0, 255}
    assert one_bit.shape == (6, 9, 3)


def test_sixteen_bits_keep_the_high_byte(tmp_path: Path) -> None:
    deep = PIXELS[..., 0].astype(np.uint16) * 256 + 77
    for name in ("a.png", "a.tif", "a.pgm"):
        decoded = decode_rgb(saved(tmp_path, Image.fromarray(deep), name))
        np.testing.assert_array_equal(decoded[..., 1], PIXELS[..., 0])


def test_palette_and_its_transparency(tmp_path: Path) -> None:
    image = Image.new("P", (4, 3))
    image.putpalette([200, 10, 20, 0, 0, 255])
    image.putpixel((0, 0), 1)
    assert decode_rgb(saved(tmp_path, image))[2, 3].tolist() == [200, 10, 20]
    decoded = decode_rgb(saved(tmp_path, image, transparency=1))
    assert decoded[0, 0].tolist() == [255, 255, 255]
    assert decoded[2, 3].tolist() == [200, 10, 20]


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_is_composited_on_white(tmp_path: Path, mode: str) -> None:
    image = Image.new("RGBA", (2, 1), (100, 100, 100, 0)).convert(mode)
    image.putpixel((1, 0), (100, 100, 100, 128) if mode == "RGBA" else (100, 128))
    decoded = decode_rgb(saved(tmp_path, image))
    assert decoded[0, 0].tolist() == [255] * 3
    assert decoded[0, 1].tolist() == [177] * 3  # 100 * 128/255 + 255 * 127/255


def test_cmyk_becomes_rgb(tmp_path: Path) -> None:
    red = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    decoded = decode_rgb(saved(tmp_path, red, "a.jpg", quality=100))
    np.testing.assert_allclose(decoded[8, 8], [255, 0, 0], atol=3)


def test_first_frame_of_an_animation(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (5, 5), colour) for colour in ("red", "blue")]
    path = saved(tmp_path, frames[0], "a.gif", save_all=True, append_images=frames[1:])
    assert decode_rgb(path)[0, 0].tolist() == [255, 0, 0]


def test_tiny_images_are_fine(tmp_path: Path) -> None:
    assert decode_rgb(saved(tmp_path, Image.new("RGB", (1, 1)))).shape == (1, 1, 3)


def test_images_beyond_the_bound_are_refused_before_decoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path, Image.new("RGB", (12, 10)))
    monkeypatch.setattr(decode, "MAX_PIXELS", 120)
    assert decode_rgb(path).shape == (10, 12, 3)
    monkeypatch.setattr(decode, "MAX_PIXELS", 119)
    with pytest.raises(InputError, match="more than 119 pixels"):
        decode_rgb(path)


def png_chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


@pytest.mark.parametrize("side", [9_500, 30_000])  # beyond Pillow's warning, beyond its error
def test_decompression_bombs_are_refused(tmp_path: Path, side: int) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
        + png_chunk(b"IDAT", zlib.compress(bytes(1000)))
        + png_chunk(b"IEND", b"")
    )
    with pytest.raises(InputError, match="more than 89,478,485 pixels"):
        decode_rgb(path)


def test_text_bomb_in_metadata_is_refused(tmp_path: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("note", "a" * (PngImagePlugin.MAX_TEXT_CHUNK + 1), zip=True)
    path = saved(tmp_path, Image.new("RGB", (4, 4)), pnginfo=text)
    with pytest.raises(InputError, match=r"a\.png"):
        decode_rgb(path)


def test_missing_and_empty_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.png does not exist"):
        decode_rgb(tmp_path / "none.png")
    (tmp_path / "a.png").touch()
    with pytest.raises(InputError, match=r"a\.png is empty \(zero bytes\)"):
        decode_rgb(tmp_path / "a.png")


@pytest.mark.parametrize("content", [b"hello", b"\x89PNG\r\n", b"\xff\xd8\xff", bytes(100)])
def test_what_is_not_an_image_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.jpg is not an image"):
        decode_rgb(tmp_path / "a.jpg")


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.bmp", "a.tif", "a.gif"])
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_truncated_images_are_named(tmp_path: Path, name: str, kept: float) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    path = saved(tmp_path, Image.fromarray(noise), name)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(InputError, match=rf"{name} (is truncated or damaged|is not an image)"):
        decode_rgb(path)


def test_damaged_png_is_named(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.fromarray(PIXELS))
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.png is truncated or damaged"):
        decode_rgb(path)


@pytest.mark.parametrize("kind", [np.float32, np.int32])
def test_pixels_without_a_white_are_refused(tmp_path: Path, kind: type) -> None:
    path = saved(tmp_path, Image.fromarray(PIXELS[..., 0].astype(kind)), "a.tif")
    with pytest.raises(InputError, match=r"a\.tif holds floating-point, 32-bit or signed pixels"):
        decode_rgb(path)


def test_a_colour_space_that_cannot_be_converted_is_named(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.new("LAB", (4, 4)), "a.tif")
    with pytest.raises(InputError, match=r"a\.tif has Lab colours; save it as RGB"):
        decode_rgb(path)


def test_a_tiff_in_which_zero_is_white_is_inverted(tmp_path: Path) -> None:
    deep = PIXELS[..., 0].astype(np.uint16) * 256
    path = saved(tmp_path, Image.fromarray(deep), "a.tif")
    black_is_zero, white_is_zero = (struct.pack("<HHIHH", 262, 3, 1, k, 0) for k in (1, 0))
    assert path.read_bytes().count(black_is_zero) == 1
    path.write_bytes(path.read_bytes().replace(black_is_zero, white_is_zero))
    np.testing.assert_array_equal(decode_rgb(path)[..., 0], 255 - PIXELS[..., 0])


def test_twelve_bits_keep_their_eight_highest(tmp_path: Path) -> None:
    pixels = PIXELS[:, :8, 0].astype(int) << 4  # two of 12 bits in three bytes
    left, right = pixels[:, ::2], pixels[:, 1::2]
    parts = [left >> 4, (left & 15) << 4 | right >> 8, right & 255]
    packed = np.stack(parts, axis=-1).astype(np.uint8).tobytes()
    tags = {256: 8, 257: 6, 258: 12, 259: 1, 262: 1, 273: 122, 277: 1, 278: 6, 279: len(packed)}
    entries = [struct.pack("<HHII", tag, 4 if tag > 272 else 3, 1, tags[tag]) for tag in tags]
    directory = struct.pack("<4sIH", b"II*\0", 8, len(tags)) + b"".join(entries) + bytes(4)
    assert len(directory) == 122
    (tmp_path / "a.tif").write_bytes(directory + packed)
    np.testing.assert_array_equal(decode_rgb(tmp_path / "a.tif")[..., 0], PIXELS[:, :8, 0])


def test_deep_grey_may_have_a_transparent_value(tmp_path: Path) -> None:
    deep = np.array([[1024, 2048]], dtype=np.uint16)
    path = saved(tmp_path, Image.fromarray(deep), transparency=1024)
    assert decode_rgb(path)[0, :, 0].tolist() == [255, 8]


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b.png", "itself.png"])
def test_a_name_that_no_file_can_have_is_a_missing_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "itself.png").symlink_to("itself.png")
    with pytest.raises(decode.UnusableImageError) as caught:
        decode_rgb(tmp_path / name)
    assert caught.value.kind == "missing file"
