"""Decode and resize every image of a dataset once, into a `smartiqa.data.store.pixel_store`.

Where every image goes is known before the first is decoded, so workers write to their places
independently of each other and the bytes do not depend on their number. Workers are threads:
Pillow decodes and resizes without the interpreter lock, and threads start at once.

Two more files stay in the store's folder: `plan` says what is being built, `journal` which images
are done. With them a build goes on where another was killed, and one whose `index.parquet` and
`store.json` were removed (as a workflow does before it makes its outputs anew) only compares
digests.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_atomically, sha256_of
from smartiqa.core.json_files import write_json
from smartiqa.data.fetch.checksums import require_listed
from smartiqa.data.manifest import read_manifest
from smartiqa.data.store.decode import MAX_PIXELS, decode_image
from smartiqa.data.store.pixel_store import CHANNELS, INDEX, PIXELS, RECORD, PixelStore, digest_of

LAYOUT = 2  # raise it when the same inputs would give other bytes
PLAN, JOURNAL = "plan", "journal"
JOURNAL_ENTRY = np.dtype([("row", "<u4"), ("sha256", "S64")])
NAMED_PROBLEMS = 20
PROCESS_BYTES = 160_000_000  # an interpreter with what this module imports
BYTES_PER_PIXEL = 10  # of a photo in its file, at the peak of decoding and turning it; measured

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
    """One image: what to decode, and where its pixels go.

    `decoded` is its (width, height) before it is resized, upright, as the manifest has it.
    """

    file: Path
    sha256: str
    decoded: tuple[int, int]
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


def build_resized(
    manifest: Path,
    root: Path,
    kind: Literal["none", "squash", "aspect"],
    size: Sequence[int],
    output: Path,
    workers: int,
) -> None:
    """Build the pixel store of the images in a manifest; see `ResizeRule` and `build_store`."""
    rule = ResizeRule(kind, tuple(size))
    build_store(read_manifest(manifest), root, output, rule, workers)


def build_store(
    images: pd.DataFrame,
    root: Path,
    output: Path,
    resize: ResizeRule,
    workers: int,
    *,
    memory_mb: int = 950,
) -> None:
    """Build the pixel store of a dataset, or go on with a build that was killed.

    Returns at once when `output` already holds the store of the same files and resize rule.

    Args:
        images: one row an image, columns id, file (relative to `root`), sha256, width and height
            (of the decoded image, upright).
        root: the dataset's folder.
        output: the store's folder.
        resize: how images are resized.
        workers: images decoded at the same time; fewer where `memory_mb` asks for it.
        memory_mb: bound on the memory of the process, 10^6 bytes; one image is always decoded,
            whatever it needs.

    Raises:
        InputError: images are missing, broken or not those of the manifest. All are named, and
            nothing is left behind.
    """
    if images.empty:
        raise InputError(f"{output} cannot be built: there are no images; check the manifest")
    key = store_key(images, resize)
    if _holds(output, key):
        logger.info("%s is up to date", output)
        return
    tasks, problems = _plan(images, root, resize)
    most_pixels = int((images["width"] * images["height"]).max())
    _start_or_resume(output, key, sum(task.bytes for task in tasks))
    affordable = (memory_mb * 10**6 - PROCESS_BYTES) // (BYTES_PER_PIXEL * most_pixels)
    stored, more = _store_images(tasks, output, max(1, min(workers, affordable)))
    if problems or more:
        require_listed(root, {})  # a damaged dataset of ours is told from one that changed
        _clear(output)
        raise InputError(_listed([*problems, *more], len(images)))
    _publish(output, images["id"], tasks, stored, {"key": key, **asdict(resize)})


def _holds(output: Path, key: str) -> bool:
    """Tell whether `output` is a finished store with this key."""
    try:
        return PixelStore.open(output).key == key
    except InputError:
        return False


def _plan(images: pd.DataFrame, root: Path, resize: ResizeRule) -> tuple[list[Task], list[str]]:
    """Give each image its place; return all problems besides.

    Sizes are those that the manifest's decoding found: a file's header may tell another.
    """
    tasks, problems, offset = [], [], 0
    columns = (images[name].tolist() for name in ("file", "sha256", "width", "height"))
    for file, sha256, width, height in zip(*columns, strict=True):
        try:
            target = _target(root / file, resize, height, width)
        except InputError as problem:
            problems.append(str(problem))
            continue
        task = Task(root / file, sha256, (width, height), *target, offset)
        tasks.append(task)
        offset += task.bytes
    return tasks, problems


def _target(file: Path, resize: ResizeRule, height: int, width: int) -> tuple[int, int]:
    target = resize.target(height, width)
    if target[0] * target[1] > MAX_PIXELS:
        raise InputError(f"{file} ({width} x {height}) is too elongated to resize; leave it out")
    return target


def _listed(problems: Sequence[str], count: int) -> str:
    lines = [f"{len(problems)} of {count} images are unusable:", *problems[:NAMED_PROBLEMS]]
    if len(problems) > NAMED_PROBLEMS:
        lines.append(f"and {len(problems) - NAMED_PROBLEMS} more")
    return "\n  ".join(lines)


def _start_or_resume(output: Path, key: str, size: int) -> None:
    """Remove what is of another store, and make room for `size` bytes of pixels."""
    output.mkdir(parents=True, exist_ok=True)
    (output / RECORD).unlink(missing_ok=True)
    plan, content = output / PLAN, f"{key} {size}"
    if not plan.is_file() or plan.read_text() != content or not (output / PIXELS).is_file():
        _clear(output)
        free = shutil.disk_usage(output).free
        if free < size:
            raise InputError(f"{output} needs {size:,} bytes, but only {free:,} are free")
        (output / PIXELS).touch()
        (output / JOURNAL).touch()
        plan.write_text(content)  # last: with a plan there is all the rest
    os.truncate(output / PIXELS, size)


def _clear(output: Path) -> None:
    """Remove a store's files. Who has mapped its pixels keeps them."""
    for name in (RECORD, PLAN, JOURNAL, INDEX, PIXELS):
        (output / name).unlink(missing_ok=True)


def _store_images(tasks: Sequence[Task], output: Path, workers: int) -> tuple[list[str], list[str]]:
    """Put all images into the store, keeping a journal; return their digests and all problems.

    Images that the journal names are not decoded again if their pixels still have the digest.
    """
    known = _read_journal(output / JOURNAL)
    if known:
        logger.info("going on with %s: %d of %d images are done", output, len(known), len(tasks))
    digests = [""] * len(tasks)
    problems = []
    store = partial(_store_image, output / PIXELS)
    pool = ThreadPoolExecutor(workers)
    try:
        results = pool.map(store, tasks, [known.get(row) for row in range(len(tasks))])
        with (output / JOURNAL).open("ab", buffering=0) as journal:
            progress = tqdm(
                results, desc="pixel store", total=len(tasks), unit="image", disable=None
            )
            for row, result in enumerate(progress):
                if isinstance(result, InputError):
                    problems.append(str(result))
                    continue
                digests[row] = result
                if known.get(row) != result:
                    journal.write(np.array((row, result), dtype=JOURNAL_ENTRY).data)
    finally:
        pool.shutdown(cancel_futures=True)
    return digests, problems


def _read_journal(path: Path) -> dict[int, str]:
    """Return the digest by row of all images that are done, and cut off a torn last entry."""
    entries = np.fromfile(path, dtype=JOURNAL_ENTRY)
    os.truncate(path, entries.nbytes)
    return {row: digest.decode("latin-1") for row, digest in entries.tolist()}


def _store_image(pixels: Path, task: Task, known: str | None) -> str | InputError:
    """Decode one image into its place; return its digest, or what is wrong with it."""
    with pixels.open("r+b") as stream:
        stream.seek(task.offset)
        if known is not None and hashlib.sha256(stream.read(task.bytes)).hexdigest() == known:
            return known
        try:
            content = _decode(task)
        except InputError as problem:
            return problem
        stream.seek(task.offset)
        stream.write(content.data)
        return digest_of(content)


def _decode(task: Task) -> NDArray[np.uint8]:
    image = decode_image(task.file)
    if sha256_of(task.file) != task.sha256 or image.size != task.decoded:
        raise InputError(f"{task.file} is not the image that the manifest describes; remake that")
    return _at_size(image, task.height, task.width)


def pixels_in_store(image: Image.Image, file: Path, resize: ResizeRule) -> NDArray[np.uint8]:
    """Return the pixels (height, width, 3) that a store has of a decoded image.

    Raises:
        InputError: it is too elongated to resize; the message names `file`.
    """
    return _at_size(image, *_target(file, resize, image.height, image.width))


def _at_size(image: Image.Image, height: int, width: int) -> NDArray[np.uint8]:
    size = (width, height)
    return np.asarray(
        image.resize(size, Image.Resampling.BILINEAR) if image.size != size else image
    )


def _publish(
    output: Path,
    ids: pd.Series,
    tasks: Sequence[Task],
    digests: Sequence[str],
    record: dict[str, object],
) -> None:
    """Write the index, and then the record that makes the store a finished one."""
    index = pd.DataFrame(tasks)[["offset", "height", "width"]]
    index.insert(0, "id", ids.to_numpy())
    with replace_atomically(output / INDEX) as temporary:
        index.assign(sha256=digests).to_parquet(temporary, index=False)
    checksum = hashlib.sha256("".join(digests).encode()).hexdigest()
    size = sum(task.bytes for task in tasks)
    write_json(output / RECORD, record | {"count": len(tasks), "bytes": size, "checksum": checksum})
