from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from smartiqa.core.errors import InputError
from smartiqa.data.crop_positions import centre_positions
from smartiqa.data.crops import CropPlan, cut_crops
from smartiqa.data.store.gpu_store import copy_pixels
from smartiqa.data.store.pixel_store import PixelStore

SIZES = [(5, 7), (4, 4), (9, 3)]


def write_store(folder: Path, sizes: Sequence[tuple[int, int]] = SIZES) -> list[np.ndarray]:
    """Write a store by hand, as its format is described."""
    generator = np.random.default_rng(0)
    images = [generator.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes]
    content = b"".join(image.tobytes() for image in images)
    (folder / "pixels.u8").write_bytes(content)
    index = pd.DataFrame(sizes, columns=["height", "width"])
    index["id"] = ["a", "b", "c"] if sizes is SIZES else [f"image {row}" for row in index.index]
    index["offset"] = np.cumsum([0, *(image.nbytes for image in images[:-1])])
    index["sha256"] = [hashlib.sha256(image.tobytes()).hexdigest() for image in images]
    index.to_parquet(folder / "index.parquet")
    (folder / "store.json").write_text(json.dumps({"key": "k", "bytes": len(content)}))
    return images


def test_images_are_read_only_views_of_the_file(tmp_path):
    images = write_store(tmp_path)
    store = PixelStore.open(tmp_path)
    assert len(store) == 3
    assert store.key == "k"
    assert store.sizes.tolist() == [list(size) for size in SIZES]
    for row, image in enumerate(images):
        np.testing.assert_array_equal(store.image(row), image)
        assert np.shares_memory(store.image(row), store.pixels)
    with pytest.raises(ValueError, match="read-only"):
        store.image(0)[0] = 1


def test_rows_of_ids(tmp_path):
    write_store(tmp_path)
    store = PixelStore.open(tmp_path)
    assert store.rows(["c", "a", "c"]).tolist() == [2, 0, 2]
    with pytest.raises(InputError, match="'nobody' is not in the pixel store"):
        store.rows(["a", "nobody", "b"])


@pytest.mark.parametrize("change", [-1, 1])
def test_a_file_of_the_wrong_size_is_refused(tmp_path, change):
    write_store(tmp_path)
    pixels = tmp_path / "pixels.u8"
    pixels.write_bytes((pixels.read_bytes() + b"\0")[: sum(h * w * 3 for h, w in SIZES) + change])
    with pytest.raises(InputError, match=r"is damaged: pixels\.u8 has \d+ bytes where 234"):
        PixelStore.open(tmp_path)


@pytest.mark.parametrize("name", ["pixels.u8", "index.parquet", "store.json"])
def test_a_missing_file_is_named(tmp_path, name):
    write_store(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(InputError, match=f"no finished pixel store: {name} is missing"):
        PixelStore.open(tmp_path)


@pytest.mark.parametrize("name", ["index.parquet", "store.json"])
def test_a_garbled_file_is_an_input_error(tmp_path, name):
    write_store(tmp_path)
    (tmp_path / name).write_text("{ garbled")
    with pytest.raises(InputError, match="or a damaged one; give one that the stage store wrote"):
        PixelStore.open(tmp_path)


def test_changed_pixels_are_found_and_named(tmp_path):
    write_store(tmp_path)
    intact = PixelStore.open(tmp_path)
    intact.require_intact(intact.rows(intact.ids))
    with (tmp_path / "pixels.u8").open("r+b") as stream:
        stream.seek(110)
        byte = stream.read(1)[0]
        stream.seek(110)
        stream.write(bytes([byte ^ 1]))
    changed = PixelStore.open(tmp_path)
    with pytest.raises(InputError, match=r"'b' in pixels\.u8 is not what was written there"):
        changed.require_intact(changed.rows(changed.ids))


def resident(file: Path) -> int:
    """Bytes of a mapped file that are in the memory of this process (Linux)."""
    maps = Path("/proc/self/smaps").read_text(encoding="utf-8")
    found = re.findall(rf"{re.escape(str(file.resolve()))}\n(?:.*\n)*?Rss: +(\d+) kB", maps)
    assert found, f"{file} is not mapped"
    return 1024 * sum(int(size) for size in found)


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux tells")
@pytest.mark.parametrize("reader", ["cut_crops", "require_intact", "copy_pixels"])
def test_the_pages_of_images_that_were_read_do_not_stay(tmp_path, reader):
    read = {
        "cut_crops": lambda store, rows: cut_crops(
            store, CropPlan.unflipped(rows, centre_positions(store.sizes[rows], 64), 64)
        ),
        "require_intact": lambda store, rows: store.require_intact(rows),
        "copy_pixels": lambda store, rows: copy_pixels(store, torch.device("cpu"), 1 << 20),
    }[reader]
    write_store(tmp_path, sizes=[(256, 256)] * 60)
    store, rows = PixelStore.open(tmp_path), np.arange(60)
    before = store.pixels.copy()
    size = len(store.pixels)
    assert resident(tmp_path / "pixels.u8") > 0.9 * size  # the measure sees what is read
    read(store, rows)
    assert resident(tmp_path / "pixels.u8") < 0.1 * size
    np.testing.assert_array_equal(store.pixels, before)
