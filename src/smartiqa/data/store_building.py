"""Decode and resize every image of a dataset once, into a `smartiqa.data.pixel_store`.

Where every image goes is known before the first is decoded, so processes write to their places
independently of each other and the bytes do not depend on their number. Until the end the pixels
lie in `partial/` with a journal of what is done, and a build that was killed goes on from there.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import multiprocessing
import os
import shutil
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from smartiqa.data.decode import MAX_PIXELS, decode_rgb, image_size
from smartiqa.data.pixel_store import CHANNELS, INDEX, PIXELS, RECORD, PixelStore
from smartiqa.errors import InputError
from smartiqa.files import replace_atomically, sha256_of, write_json

LAYOUT = 1  # raise it when the same inputs would give other bytes
PARTIAL, PLAN, JOURNAL = "partial", "plan.json", "done"
JOURNAL_ENTRY = np.dtype([("row", "<u4"), ("checksum", "<u4")])
NAMED_PROBLEMS = 20
PROCESS_BYTES = 90_000_000  # an interpreter with what this module imports
BYTES_PER_PIXEL = 14  # of the image in the file, at the peak of decoding it

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ResizeRule:
    """How images are resized: bilinearly with antialiasing, as torchvision's `Resize` does.

    Attributes:
        kind: "none" keeps the size, "squash" gives every image the same one (the published codes
            of HyperIQA and SMART-IQA), "aspect" fits the short side.
        size: in pixels; () for "none", (height, width) for "squash", (short side,) for "aspect".
    """

    kind: Literal["none", "squash", "aspect"]
    size: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        expected = {"none": 0, "squash": 2, "aspect": 1}[self.kind]
        if len(self.size) != expected or any(side < 1 for side in self.size):
            raise InputError(f"resize '{self.kind}' needs {expected} positive sizes: {self.size}")

    def target(self, height: int, width: int) -> tuple[int, int]:
        """Return the (height, width) that an image of this height and width is resized to."""
        if self.kind == "none":
            return height, width
        if self.kind == "squash":
            return self.size[0], self.size[1]
        short = self.size[0]
        if height <= width:
            return short, int(short * width / height)
        return int(short * height / width), short


class Task(NamedTuple):
    """One image: what to decode, and where its pixels go."""

    file: Path
    sha256: str
    height: int
    width: int
    offset: int

    @property
    def bytes(self) -> int:
        """The size of its pixels."""
        return self.height * self.width * CHANNELS


def store_key(images: pd.DataFrame, resize: ResizeRule) -> str:
    """Return the digest of everything that a store's bytes depend on.

    Args:
        images: columns id and sha256; other columns, labels for instance, do not matter.
        resize: how they are resized.
    """
    content = [LAYOUT, resize.kind, resize.size, images["id"].tolist(), images["sha256"].tolist()]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def build_store(
    images: pd.DataFrame,
    root: Path,
    output: Path,
    resize: ResizeRule,
    workers: int,
    *,
    memory_mb: int = 950,
) -> None:
    """Build the pixel store of a dataset, or go on with a build that was interrupted.

    Returns at once when `output` already holds the store of the same files and resize rule.

    Args:
        images: one row an image, columns id, file (relative to `root`) and sha256.
        root: the dataset's folder.
        output: the store's folder.
        resize: how images are resized.
        workers: the number of processes; fewer are used where `memory_mb` asks for it.
        memory_mb: bound on the memory of all processes together, 10^6 bytes. One process always
            runs, whatever it needs for the largest image.

    Raises:
        InputError: images are missing, broken or not those of the manifest. All are named, and
            nothing is left behind.
    """
    key = store_key(images, resize)
    if _holds(output, key):
        logger.info("%s is up to date", output)
        return
    tasks, most_pixels = _plan([root / file for file in images["file"]], images["sha256"], resize)
    affordable = memory_mb * 10**6 // (PROCESS_BYTES + BYTES_PER_PIXEL * most_pixels) - 1
    unfinished = _start_or_resume(output / PARTIAL, key, sum(task.bytes for task in tasks))
    try:
        checksums = _store_images(tasks, unfinished, max(1, min(workers, affordable)))
    except InputError:
        shutil.rmtree(unfinished)
        raise
    _publish(unfinished, output, images["id"], tasks, checksums, {"key": key, **asdict(resize)})


def _holds(output: Path, key: str) -> bool:
    """Tell whether `output` is a finished store with this key."""
    try:
        return PixelStore.open(output).key == key
    except InputError:
        return False


def _plan(
    files: Sequence[Path], digests: Iterable[str], resize: ResizeRule
) -> tuple[list[Task], int]:
    """Read the headers; return every image's place and the pixels of the largest file."""
    tasks, problems, offset, most_pixels = [], [], 0, 0
    for file, digest in zip(files, digests, strict=True):
        try:
            width, height = image_size(file)
            task = Task(file, digest, *_target(file, resize, height, width), offset)
        except InputError as problem:
            problems.append(str(problem))
            continue
        tasks.append(task)
        offset += task.bytes
        most_pixels = max(most_pixels, width * height)
    _raise_for(problems, len(files))
    return tasks, most_pixels


def _target(file: Path, resize: ResizeRule, height: int, width: int) -> tuple[int, int]:
    target = resize.target(height, width)
    if target[0] * target[1] > MAX_PIXELS:
        raise InputError(f"{file} ({width} x {height}) is too elongated to resize; leave it out")
    return target


def _raise_for(problems: Sequence[str], count: int) -> None:
    if problems:
        named = [*problems[:NAMED_PROBLEMS]]
        if len(problems) > NAMED_PROBLEMS:
            named.append(f"and {len(problems) - NAMED_PROBLEMS} more")
        raise InputError("\n  ".join([f"{len(problems)} of {count} images are unusable:", *named]))


def _start_or_resume(folder: Path, key: str, size: int) -> Path:
    """Make the folder of an unfinished store, unless it is there with the same key."""
    plan = folder / PLAN
    if not plan.is_file() or plan.read_text() != key or not (folder / PIXELS).is_file():
        shutil.rmtree(folder, ignore_errors=True)
        free = shutil.disk_usage(_existing(folder)).free
        if free < size:
            raise InputError(f"{folder.parent} needs {size:,} bytes, but only {free:,} are free")
        folder.mkdir(parents=True)
        with (folder / PIXELS).open("wb") as stream:
            stream.truncate(size)
        (folder / JOURNAL).touch()
        plan.write_text(key)  # last: a folder with a plan has all the rest
    return folder


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.parents) if parent.is_dir())


def _store_images(tasks: Sequence[Task], folder: Path, workers: int) -> NDArray[np.uint32]:
    """Put all images into `folder`, keeping a journal; return their checksums.

    Images that the journal names are not decoded again if their pixels still have the checksum.
    """
    known = _read_journal(folder / JOURNAL)
    if known:
        logger.info("going on with %s: %d of %d images are done", folder, len(known), len(tasks))
    checksums = np.zeros(len(tasks), dtype=np.uint32)
    problems = []
    store = partial(_store_image, folder / PIXELS)
    with _mapping(workers) as run, (folder / JOURNAL).open("ab", buffering=0) as journal:
        results = run(store, tasks, [known.get(row) for row in range(len(tasks))])
        progress = tqdm(results, desc="pixel store", total=len(tasks), unit="image")
        for row, result in enumerate(progress):
            if isinstance(result, str):
                problems.append(result)
                continue
            checksums[row] = result
            if known.get(row) != result:
                journal.write(np.array((row, result), dtype=JOURNAL_ENTRY).tobytes())
    _raise_for(problems, len(tasks))
    return checksums


def _read_journal(path: Path) -> dict[int, int]:
    """Return checksum by row of all images that are done, and cut off a torn last entry."""
    entries = np.fromfile(path, dtype=JOURNAL_ENTRY)
    os.truncate(path, entries.nbytes)
    return dict(entries.tolist())


@contextlib.contextmanager
def _mapping(workers: int) -> Iterator[Callable[..., Iterator[int | str]]]:
    """Yield a `map` that keeps the order and runs in `workers` processes."""
    if workers == 1:
        yield map
        return
    pool = ProcessPoolExecutor(
        workers, multiprocessing.get_context("spawn"), initializer=_end_with_parent
    )
    try:
        yield partial(pool.map, chunksize=4)
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """End this process when its parent ends, even if that is killed."""

    def watch() -> None:
        multiprocessing.parent_process().join()  # type: ignore[union-attr]
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _store_image(pixels: Path, task: Task, known: int | None) -> int | str:
    """Decode one image into its place; return its checksum, or what is wrong with it."""
    with pixels.open("r+b") as stream:
        stream.seek(task.offset)
        if known is not None and zlib.crc32(stream.read(task.bytes)) == known:
            return known
        try:
            content = _decode(task)
        except InputError as problem:
            return str(problem)
        stream.seek(task.offset)
        stream.write(content.data)
        return zlib.crc32(content.data)


def _decode(task: Task) -> NDArray[np.uint8]:
    if sha256_of(task.file) != task.sha256:
        raise InputError(f"{task.file} is not the file that the manifest describes; remake that")
    pixels = decode_rgb(task.file)
    if pixels.shape[:2] == (task.height, task.width):
        return pixels
    size = (task.width, task.height)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))


def _publish(
    unfinished: Path,
    output: Path,
    ids: pd.Series,
    tasks: Sequence[Task],
    checksums: NDArray[np.uint32],
    record: dict[str, object],
) -> None:
    """Turn finished work into the store; whatever store was there before is gone first."""
    index = pd.DataFrame(tasks)[["offset", "height", "width"]]
    index.insert(0, "id", ids.to_numpy())
    size = (unfinished / PIXELS).stat().st_size
    checksum = hashlib.sha256(checksums.astype("<u4").tobytes()).hexdigest()
    (output / RECORD).unlink(missing_ok=True)
    (unfinished / PIXELS).replace(output / PIXELS)
    with replace_atomically(output / INDEX) as temporary:
        index.assign(checksum=checksums).to_parquet(temporary, index=False)
    shutil.rmtree(unfinished)
    count = {"count": len(tasks), "bytes": size, "checksum": checksum}
    write_json(output / RECORD, record | count)
