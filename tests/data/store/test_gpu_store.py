"""Crops gathered on the device of the pixels: here the CPU, which has the same operations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from smartiqa.data.crop_positions import random_positions
from smartiqa.data.crops import CropPlan, crop_batches, cut_crops, gathered_batches
from smartiqa.data.store import gpu_store
from smartiqa.data.store.gpu_store import copy_pixels, resident_pixels
from smartiqa.data.store.pixel_store import PixelStore, digest_of

SIZES = np.array([(40, 50), (33, 30), (64, 31), (30, 30)])
CROP = 24
CPU = torch.device("cpu")
CUDA = torch.device("cuda", 0)


def made_up(key: str) -> PixelStore:
    lengths = SIZES.prod(axis=1) * 3
    pixels = np.random.default_rng(len(key)).integers(0, 256, lengths.sum(), dtype=np.uint8)
    pixels.flags.writeable = False  # as the pixels of a mapped file are
    return PixelStore(
        ids=np.array(["a", "b", "c", "d"], dtype=object),
        sizes=SIZES,
        offsets=np.concatenate([[0], lengths.cumsum()[:-1]]),
        digests=np.array(
            [digest_of(part) for part in np.split(pixels, lengths.cumsum()[:-1])], dtype=object
        ),
        pixels=pixels,
        key=key,
    )


@pytest.fixture(scope="module")
def store() -> PixelStore:
    return made_up("")


@pytest.fixture(scope="module")
def plan() -> CropPlan:
    """Fifty crops; the last is the last region of the last image."""
    generator = np.random.default_rng(5)
    rows = np.append(generator.integers(0, 4, 49), 3)
    positions = random_positions(SIZES[rows], CROP, generator)
    for values in positions:
        values[-1] = 30 - CROP
    return CropPlan(rows, *positions, generator.random(50) < 0.5, CROP)


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Stand-in for a GPU with just enough free memory; lists the stores that are copied to it."""
    keys: list[str] = []

    def copy(given: PixelStore, _: torch.device) -> torch.Tensor:
        keys.append(given.key)
        return copy_pixels(given, CPU)

    needed = SIZES.prod(axis=1).sum() * 3
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (needed / gpu_store.SHARE + 1, 0))
    monkeypatch.setattr(gpu_store, "copy_pixels", copy)
    yield keys
    gpu_store._resident.clear()


@pytest.mark.parametrize("chunk", [1000, gpu_store.CHUNK])
def test_all_pixels_are_copied(store: PixelStore, chunk: int) -> None:
    pixels = copy_pixels(store, CPU, chunk)
    assert pixels.shape == (len(store.pixels) // 3, 3)
    assert np.array_equal(pixels.numpy().ravel(), store.pixels)


@pytest.mark.parametrize("batch_size", [1, 7, 25, 50, 64])
def test_gathered_crops_are_those_that_are_cut(
    store: PixelStore, plan: CropPlan, batch_size: int
) -> None:
    batches = list(gathered_batches(copy_pixels(store, CPU), store, plan, batch_size))
    assert all(len(batch) == batch_size for batch in batches[:-1])
    expected = cut_crops(store, plan)
    assert np.array_equal(torch.cat(batches).numpy(), expected)


def test_no_crops_make_no_batches(store: PixelStore) -> None:
    none = np.zeros(0, dtype=np.int64)
    pixels = copy_pixels(store, CPU)
    assert (
        list(gathered_batches(pixels, store, CropPlan.unflipped(none, (none, none), CROP), 8)) == []
    )


def test_a_crop_over_the_edge_is_refused(store: PixelStore, plan: CropPlan) -> None:
    with pytest.raises(ValueError, match="over the edge"):
        list(
            gathered_batches(
                copy_pixels(store, CPU), store, replace(plan, lefts=plan.lefts + 20), 8
            )
        )


def test_a_store_on_the_gpu_gives_the_batches(
    store: PixelStore, plan: CropPlan, copied: list[str]
) -> None:
    on_gpu, on_host = (
        [batch.clone() for batch in crop_batches(store, plan, 8, device)] for device in (CUDA, CPU)
    )
    assert copied == [store.key]
    assert torch.equal(torch.cat(on_gpu), torch.cat(on_host))


def test_a_store_is_copied_once_and_makes_room_for_another(copied: list[str]) -> None:
    for key in ("one", "one", "other", "one"):
        pixels = resident_pixels(made_up(key), CUDA)
        assert pixels is not None
        assert np.array_equal(pixels.numpy().ravel(), made_up(key).pixels)
        assert len(gpu_store._resident) == 1
    assert copied == ["one", "other", "one"]


def test_a_store_stays_on_the_host_without_a_gpu_or_room(
    store: PixelStore, copied: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert resident_pixels(store, CPU) is None
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (len(store.pixels), 0))
    assert resident_pixels(store, CUDA) is None
    assert copied == []
