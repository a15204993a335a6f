from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from torchvision.transforms import CenterCrop
from torchvision.transforms import functional as torchvision

from smartiqa.config.experiment import ColorJitter
from smartiqa.core.errors import InputError
from smartiqa.data import crops
from smartiqa.data.color_jitter import draw_jitter
from smartiqa.data.crop_positions import centre_positions, grid_positions, random_positions
from smartiqa.data.crops import (
    CropPlan,
    crop_batches,
    cut_crops,
    epoch_order,
    host_batches,
    mirror,
    normalise,
    require_room,
)
from smartiqa.data.store.pixel_store import PixelStore, digest_of

SIZES = np.array([(40, 50), (33, 30), (64, 31), (30, 30)])
CROP = 24
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def store() -> PixelStore:
    sizes = SIZES.prod(axis=1) * 3
    pixels = np.random.default_rng(0).integers(0, 256, sizes.sum(), dtype=np.uint8)
    pixels.flags.writeable = False
    return PixelStore(
        ids=np.array(["a", "b", "c", "d"], dtype=object),
        sizes=SIZES,
        offsets=np.concatenate([[0], sizes.cumsum()[:-1]]),
        digests=np.array(
            [digest_of(part) for part in np.split(pixels, sizes.cumsum()[:-1])], dtype=object
        ),
        pixels=pixels,
        key="",
    )


@pytest.fixture(scope="module")
def plan(store):
    """Rows, positions and flips of 50 crops."""
    generator = np.random.default_rng(5)
    rows = epoch_order(np.arange(4), 13, seed=0, epoch=0)[:50]
    positions = random_positions(SIZES[rows], CROP, generator)
    return CropPlan(rows, *positions, generator.random(50) < 0.5, CROP)


def pillow_crop(store, row, top, left, flip) -> np.ndarray:
    image = Image.fromarray(store.image(row)).crop((left, top, left + CROP, top + CROP))
    return np.asarray(ImageOps.mirror(image) if flip else image)


def test_crops_are_those_of_pillow(store, plan):
    crops = cut_crops(store, plan)
    assert crops.shape == (50, CROP, CROP, 3)
    for place, crop in enumerate(crops):
        where = (part[place] for part in (plan.rows, plan.tops, plan.lefts, plan.flips))
        expected = pillow_crop(store, *where)
        np.testing.assert_array_equal(crop, expected)


def test_crops_fill_the_given_array(store, plan):
    out = np.empty((50, CROP, CROP, 3), dtype=np.uint8)
    assert cut_crops(store, plan, out) is out
    np.testing.assert_array_equal(out, cut_crops(store, plan))


@pytest.mark.parametrize("shape", [(224, 224), (3, 20_000), (101, 108)])
def test_large_crops_are_mirrored_in_parts(shape):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    expected = image[:, ::-1].copy()
    mirror(torch.from_numpy(image))
    np.testing.assert_array_equal(image, expected)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts the threads of Linux")
def test_mirroring_in_the_background_starts_no_threads_of_its_own():
    script = """
import os, threading, torch
from smartiqa.data.crops import mirror

def count():
    return len(os.listdir("/proc/self/task"))

def mirrored():
    before = count()
    mirror(image)
    print(count() - before)

torch.set_num_threads(2)
image = torch.zeros((224, 224, 3), dtype=torch.uint8)
thread = threading.Thread(target=mirrored)
thread.start()
thread.join()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr


@pytest.mark.parametrize(("top", "left"), [(-1, 0), (0, -1), (17, 0), (0, 27)])
@pytest.mark.parametrize("flip", [False, True])
def test_a_crop_over_the_edge_is_refused(store, top, left, flip):
    plan = CropPlan(*(np.array([value]) for value in (0, top, left, flip)), CROP)
    with pytest.raises(ValueError, match="over the edge"):
        cut_crops(store, plan)


def test_random_positions_reach_everything_that_fits_and_nothing_else():
    tops, lefts = random_positions(
        np.tile([[26, 24], [24, 27]], (300, 1)), CROP, np.random.default_rng(0)
    )
    assert set(zip(tops[::2], lefts[::2], strict=True)) == {(0, 0), (1, 0), (2, 0)}
    assert set(zip(tops[1::2], lefts[1::2], strict=True)) == {(0, 0), (0, 1), (0, 2), (0, 3)}


def test_random_positions_depend_on_the_generator_alone():
    sizes = np.full((100, 2), 200)
    first, second, other = (
        random_positions(sizes, CROP, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_the_central_crop_is_that_of_torchvision():
    sizes = np.array([(height, width) for height in range(24, 31) for width in (24, 29, 33)])
    for (height, width), top, left in zip(sizes, *centre_positions(sizes, CROP), strict=True):
        places = np.arange(height * width, dtype=np.int32).reshape(height, width)
        first = np.asarray(CenterCrop(CROP)(Image.fromarray(places)))[0, 0]
        assert divmod(first, width) == (top, left)


@pytest.mark.parametrize("count", range(1, 26))
def test_a_grid_spreads_its_crops_over_each_image(count):
    sizes = np.array([(512, 384), (384, 512), (300, 300), (224, 900)])
    tops, lefts = grid_positions(sizes, 224, count)
    assert tops.shape == lefts.shape == (4 * count,)
    for (height, width), down, across in zip(
        sizes, tops.reshape(4, -1), lefts.reshape(4, -1), strict=True
    ):
        assert len(set(zip(down, across, strict=True))) == count
        assert 0 <= down.min() <= down.max() <= height - 224
        assert 0 <= across.min() <= across.max() <= width - 224
        # balanced: the crops' centre is that of the image, to within a share of the room
        assert abs(down.mean() - (height - 224) / 2) <= max(0.5, (height - 224) / 5)
        assert abs(across.mean() - (width - 224) / 2) <= max(0.5, (width - 224) / 5)


def test_a_grid_takes_the_shape_of_the_image():
    tops, lefts = grid_positions(np.array([(224 + 300, 224 + 200)]), 224, 6)
    assert tops.tolist() == [0, 0, 150, 150, 300, 300]
    assert lefts.tolist() == [0, 200, 0, 200, 0, 200]


@pytest.mark.parametrize(
    "positions",
    [
        lambda sizes: random_positions(sizes, CROP, np.random.default_rng(0)),
        lambda sizes: centre_positions(sizes, CROP),
        lambda sizes: grid_positions(sizes, CROP, 4),
    ],
)
def test_an_image_smaller_than_the_crop_is_an_input_error(positions):
    with pytest.raises(InputError, match=r"image 1 \(23 x 30\) is smaller than a crop of 24"):
        positions(np.array([(24, 24), (30, 23)]))


def test_images_that_are_too_small_are_named(store):
    require_room(store, 30)
    with pytest.raises(InputError, match=r"2 of 4 .* 31 pixels \('b', 'd'\); resize"):
        require_room(store, 31)


@pytest.mark.parametrize(("count", "named"), [(5, "0, 1, 2, 3, 4"), (6, "0, 1, 2, 3, 4, ...")])
def test_at_most_five_images_that_are_too_small_are_named(count, named):
    sizes = np.full((count, 2), 10)
    small = PixelStore(
        ids=np.array([str(number) for number in range(count)], dtype=object),
        sizes=sizes,
        offsets=np.arange(count) * 300,
        digests=np.full(count, ""),
        pixels=np.zeros(count * 300, dtype=np.uint8),
        key="",
    )
    with pytest.raises(InputError) as caught:
        require_room(small, CROP)
    assert str(caught.value).replace("'", "") == (
        f"{count} of {count} images are smaller than the crop of 24 pixels ({named}); "
        "resize them or take smaller crops"
    )


def test_an_epoch_has_every_image_equally_often_in_an_order_of_its_own():
    images = np.array([7, 3, 11])
    orders = [epoch_order(images, 20, seed, epoch) for seed in (0, 1) for epoch in (0, 1)]
    for order in orders:
        assert dict(zip(*np.unique(order, return_counts=True), strict=True)) == dict.fromkeys(
            images, 20
        )
    assert len({order.tobytes() for order in orders}) == 4
    np.random.seed(1)  # noqa: NPY002 - the global state must not matter
    np.testing.assert_array_equal(epoch_order(images, 20, 0, 0), orders[0])


@pytest.mark.parametrize("batch_size", [1, 7, 25, 50, 64])
def test_batches_are_the_crops_in_order(store, plan, batch_size):
    expected = cut_crops(store, plan)
    batches = []
    for batch in crop_batches(store, plan, batch_size):
        time.sleep(0.002)  # so that the background overtakes a consumer that it does not wait for
        batches.append(batch.clone())
    assert all(len(batch) == batch_size for batch in batches[:-1])
    np.testing.assert_array_equal(torch.cat(batches).numpy(), expected)


def test_batches_reuse_their_memory(store, plan):
    batches = crop_batches(store, plan, 2)
    assert len({batch.data_ptr() for batch in batches}) == 3


class LateCopies:
    """A device that copies a batch only when it is waited for, the latest that CUDA may do it."""

    def __init__(self):
        self.asked, self.done = [], []

    def copy(self, batch):
        self.asked.append(batch)

    def finish(self, count):
        while len(self.done) < count:
            self.done.append(self.asked[len(self.done)].clone())


class LateEvent:
    """An event of such a device, as `torch.cuda.Event` is one of a stream."""

    def __init__(self, device):
        self.device, self.meant = device, 0

    def record(self):
        self.meant = len(self.device.asked)

    def synchronize(self):
        self.device.finish(self.meant)


def test_a_buffer_is_not_filled_again_before_the_device_has_copied_it(store, plan):
    device = LateCopies()
    events = [LateEvent(device) for _ in range(3)]
    for batch in host_batches(store, plan, 4, events):
        device.copy(batch)
        time.sleep(0.002)  # so that the background fills whatever it does not wait for
    assert len(device.done) > 7  # of 13: the wait took place
    device.finish(len(device.asked))
    expected = cut_crops(store, plan)
    np.testing.assert_array_equal(torch.cat(device.done).numpy(), expected)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="pinned buffers need a GPU")
def test_copies_to_a_gpu_are_waited_for_by_its_own_events(store, plan, monkeypatch):
    cuda = torch.device("cuda")
    monkeypatch.setattr(crops, "resident_pixels", lambda *_: None)
    work = torch.ones((4000, 4000), device=cuda)
    copies = []
    for batch in crop_batches(store, plan, 4, cuda):
        assert batch.is_pinned()
        for _ in range(20):  # keeps the stream busy, so that copies come late
            work = work @ work / 4000
        copies.append(batch.to(cuda, non_blocking=True))
    expected = cut_crops(store, plan)
    np.testing.assert_array_equal(torch.cat(copies).cpu().numpy(), expected)


def test_a_model_on_the_processor_leaves_the_gpu_alone(store, plan, monkeypatch):
    """Pinning a buffer, or making an event, would take memory of it."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    (batch,) = crop_batches(store, plan, 50)
    np.testing.assert_array_equal(batch.numpy(), cut_crops(store, plan))


def test_batches_without_flips_and_without_crops(store, plan):
    upright = CropPlan.unflipped(plan.rows, plan.positions, CROP)
    (batch,) = crop_batches(store, upright, 50)
    expected = cut_crops(store, replace(plan, flips=np.zeros(50, dtype=bool)))
    np.testing.assert_array_equal(batch.numpy(), expected)
    assert list(crop_batches(store, upright[:0], 8)) == []


def test_batches_can_be_left_early_and_errors_arrive(store, plan):
    batches = crop_batches(store, plan, 4)
    next(batches)
    batches.close()
    with pytest.raises(ValueError, match="over the edge"):
        list(crop_batches(store, replace(plan, tops=plan.tops + 1000), 4))


def test_normalised_crops_are_those_of_torchvision(store, plan):
    crops = cut_crops(store, plan)
    expected = torch.stack(
        [torchvision.normalize(torchvision.to_tensor(crop), MEAN, STD) for crop in crops]
    )
    with torch.inference_mode():  # what is kept from here must be fit for training later
        normalise(torch.from_numpy(crops), MEAN, STD, CPU)
    images = normalise(torch.from_numpy(crops), MEAN, STD, CPU)
    assert images.dtype == torch.float32
    assert images.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(images, expected, atol=1e-5, rtol=1e-5)


def test_colours_are_jittered_before_normalising(store, plan):
    crops = cut_crops(store, plan)
    jitter = draw_jitter(ColorJitter(brightness=0.5), 50, np.random.default_rng(0))
    jitter = jitter._replace(orders=np.tile(np.arange(4), (50, 1)))
    adjusted = [
        torchvision.adjust_hue(
            torchvision.adjust_saturation(
                torchvision.adjust_contrast(
                    torchvision.adjust_brightness(torchvision.to_tensor(crop), factors[0]),
                    factors[1],
                ),
                factors[2],
            ),
            factors[3],
        )
        for crop, factors in zip(crops, jitter.factors.tolist(), strict=True)
    ]
    expected = torchvision.normalize(torch.stack(adjusted), MEAN, STD)
    images = normalise(torch.from_numpy(crops), MEAN, STD, CPU, jitter)
    assert images.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(images, expected, atol=1e-4, rtol=1e-4)
