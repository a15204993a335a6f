"""Is the dataset what it should be? Each image is decoded once; all problems are named at once.

What an error and what a note is: see `smartiqa.data.checks.findings`.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from tqdm import tqdm

from smartiqa.config.splits import Split
from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_atomically, sha256_of
from smartiqa.core.json_files import write_json
from smartiqa.data.adapters import DatasetFacts
from smartiqa.data.checks.findings import (
    ERROR,
    FINDING_COLUMNS,
    NOTE,
    PRECEDENCE,
    table_of,
    write_findings,
)
from smartiqa.data.checks.near_duplicates import (
    near_pairs,
    pair_findings,
    perceptual_hash,
    series_of,
)
from smartiqa.data.checks.near_pairs import PAIRS_FILE
from smartiqa.data.checks.overlap import seen_in_training
from smartiqa.data.fetch.checksums import name_of, published_digests, require_listed
from smartiqa.data.listing import files_below, is_image
from smartiqa.data.manifest import (
    build_manifest,
    label_problems,
    lacking_references,
    require_columns,
)
from smartiqa.data.splits import DRAWN_FILE, assign_splits, how_drawn
from smartiqa.data.store.decode import UnusableImageError, decode_rgb

LOG = logging.getLogger(__name__)
USABLE_COLUMNS = ["sha256", "pixels", "width", "height", "hash"]  # of a decodable image


@dataclass(frozen=True)
class CheckReport:
    """What a check found.

    Attributes:
        title: how the dataset is called.
        findings: one row a problem; columns problem, severity, id, detail, and as index the row
            of the labels (-1 where there is none).
        images: one row a decodable image; columns id, file, split, sha256 (of the file), pixels
            (sha256 of size and decoded pixels), width, height, hash (perceptual).
        pairs: near-duplicates, as `near_pairs` lists them.
        drawn: how the splits came about, see `smartiqa.data.splits.how_drawn`.
        content: of each row of the labels; those of one series have one, if the plan keeps them.
    """

    title: str
    findings: pd.DataFrame
    images: pd.DataFrame
    pairs: pd.DataFrame
    drawn: dict[str, Any]
    content: pd.Series[str]

    @property
    def left_out(self) -> list[int]:
        """Rows of the labels that errors make unusable."""
        errors = self.findings[self.findings["severity"] == ERROR]
        return sorted(set(errors.index) - {-1})

    @property
    def usable_images(self) -> pd.DataFrame:
        """The rows of `images` that no error concerns."""
        return self.images.drop(index=self.left_out, errors="ignore")

    def table(self) -> pd.DataFrame:
        """One row a kind of problem: columns problem, severity, count, first (names)."""
        return table_of(self.findings)

    def require_no_errors(self) -> None:
        """Raise an `InputError` with the whole table if anything is unusable."""
        table = self.table()
        if not (table["severity"] == ERROR).any():
            return
        lines = [
            f"\n  {row.severity:5} {row.count:6,} x {row.problem}: {row.first}"
            for row in table.itertuples(index=False)
        ]
        count = len(self.left_out)
        these = "this image" if count == 1 else f"these {count:,} images"
        raise InputError(
            f"{self.title} has problems:{''.join(lines)}\n"
            f"mend them, or set problems: skip to leave {these} out"
        )


def check_dataset(
    labels: pd.DataFrame,
    root: Path,
    facts: DatasetFacts,
    plan: Split,
    *,
    training: pd.DataFrame | None = None,
    crop: int | None = None,
    digests: Mapping[str, str] | None = None,
    workers: int = 2,
) -> CheckReport:
    """Decode every labelled image once and collect all problems of a dataset.

    Args:
        labels: what the adapter's `read_labels` returned.
        root: the dataset's folder.
        facts: the dataset's facts.
        plan: how it is split.
        training: `images.parquet` of the dataset that the study trains on, if this is another one.
        crop: the side in pixels that images must have at least, if any.
        digests: of files below `root`, as far as they are known; others are read for theirs.
        workers: images decoded at the same time.

    Raises:
        InputError: the labels have no rows or lack a column, cannot be split, or a file has not
            the digest that the dataset lists.
    """
    require_columns(labels, facts)
    used = labels.assign(split=assign_splits(labels, plan))  # which rows; series come below
    used = used[used["split"] != ""]
    wrong_labels = label_problems(used, facts).set_index("row").assign(severity=ERROR)
    unsafe = wrong_labels.index[wrong_labels["problem"] == "path outside the folder"]
    decoded = _decode_all(used["file"].drop(index=unsafe), root, digests or {}, workers)
    require_listed(
        root, dict(zip(used["file"].reindex(decoded.index), decoded["sha256"], strict=True))
    )
    images = used[["id", "file", "split", "content"]].join(
        decoded.loc[decoded["problem"] == "", USABLE_COLUMNS], how="inner"
    )
    if plan.keep_series:
        labels = labels.assign(content=series_of(used, images).reindex(labels.index, fill_value=""))
        images["split"] = assign_splits(labels, plan).reindex(images.index)
    broken = decoded[decoded["problem"] != ""].assign(severity=ERROR)
    rows = pd.concat(
        [wrong_labels, broken, *_image_problems(images, wrong_labels.index, facts, crop, training)]
    )
    sound = images.drop(index=rows.index[rows["severity"] == ERROR], errors="ignore")
    pairs = near_pairs(sound, training)
    rows = pd.concat([rows, pair_findings(pairs), _unreferenced(used)])
    rows["id"] = used["id"].reindex(rows.index)
    ordered = rows[FINDING_COLUMNS].sort_index(kind="stable")
    findings = pd.concat([ordered, _unlabelled(labels, root), _wrong_count(labels, facts)])
    images, drawn = images.drop(columns="content"), how_drawn(labels, plan)
    return CheckReport(facts.title, findings, images, pairs, drawn, labels["content"])


def _image_problems(
    images: pd.DataFrame,
    mislabelled: pd.Index,
    facts: DatasetFacts,
    crop: int | None,
    training: pd.DataFrame | None,
) -> list[pd.DataFrame]:
    """What is wrong with images that can be decoded, columns problem, severity and detail."""
    labelled = images.drop(index=mislabelled, errors="ignore")
    known = [] if training is None else [seen_in_training(images, training)]
    return [
        _wrong_sizes(images, facts),
        too_small(images, crop or 0),
        _other_files(images, facts),
        _equal_pixels(labelled),
        *known,
    ]


def checked_manifest(
    report: CheckReport,
    labels: pd.DataFrame,
    facts: DatasetFacts,
    plan: Split,
    *,
    problems: Literal["strict", "skip"],
    folder: Path,
) -> pd.DataFrame:
    """Save the report of a check below `folder`, and build the manifest of what is usable.

    `problems` says whether errors stop the preparation.

    Raises:
        InputError: `problems` is strict and there are errors (the message has the table), or
            nothing usable is left.
    """
    write_report(folder, report)
    if not report.findings.empty:
        LOG.info("%s: all findings are in %s", facts.title, folder)
    if problems == "strict":
        report.require_no_errors()
    if report.left_out:
        LOG.warning("%s: %d images are left out", facts.title, len(report.left_out))
    if report.usable_images.empty:
        raise InputError(f"{facts.title}: none of {len(labels):,} images is usable; see {folder}")
    labels = labels.assign(content=report.content)
    return build_manifest(labels, facts, plan, report.usable_images, left_out=report.left_out)


def write_report(folder: Path, report: CheckReport) -> None:
    """Write findings, near-duplicates, how splits were drawn, and `images.parquet`.

    The last has the report's images and which are left out.
    """
    write_findings(folder, report.findings)
    write_json(folder / DRAWN_FILE, report.drawn)
    with replace_atomically(folder / PAIRS_FILE) as temporary:
        report.pairs.to_csv(temporary, index=False)
    images = report.images.assign(left_out=report.images.index.isin(report.left_out))
    with replace_atomically(folder / "images.parquet") as temporary:
        images.reset_index(drop=True).to_parquet(temporary, index=False)


def _decode_all(
    files: pd.Series[str], root: Path, digests: Mapping[str, str], workers: int
) -> pd.DataFrame:
    """Decode each different file once; one row for each row of `files`."""
    different = sorted(set(files))
    with ThreadPoolExecutor(workers) as pool:  # decoding releases the interpreter lock
        results = pool.map(partial(_inspect, root, digests), different)
        rows = list(
            tqdm(results, total=len(different), desc="checking", unit="image", disable=None)
        )
    inspected = pd.DataFrame(rows, columns=["problem", "detail", *USABLE_COLUMNS], index=different)
    return inspected.reindex(files).set_index(files.index)


def _inspect(
    root: Path, digests: Mapping[str, str], file: str
) -> tuple[str, str, str, str, int, int, int]:
    try:
        pixels = decode_rgb(root / file)
    except UnusableImageError as problem:
        return problem.kind, str(problem), "", "", 0, 0, 0
    height, width, _ = pixels.shape
    digest = hashlib.sha256(f"{width} x {height}:".encode())
    digest.update(pixels.data)
    of_file = digests.get(file) or sha256_of(root / file)
    return "", "", of_file, digest.hexdigest(), width, height, perceptual_hash(pixels)


def _wrong_sizes(images: pd.DataFrame, facts: DatasetFacts) -> pd.DataFrame:
    """Problems of images whose size is none of the published ones."""
    pairs = zip(images["width"], images["height"], strict=True)
    wrong = images.loc[
        [bool(facts.image_sizes) and pair not in facts.image_sizes for pair in pairs]
    ]
    expected = " or ".join(f"{width} x {height}" for width, height in facts.image_sizes)
    return _of_size(wrong, "wrong size", f" instead of {expected}")


def too_small(images: pd.DataFrame, crop: int) -> pd.DataFrame:
    """Problems of images, columns file, width and height, that are smaller than a crop."""
    small = images[images[["width", "height"]].min(axis=1) < crop]
    problem = f"smaller than a crop of {crop} pixels"
    return _of_size(small, problem, "; resize it, or take smaller crops")


def _of_size(images: pd.DataFrame, problem: str, remark: str) -> pd.DataFrame:
    size = images["width"].astype("str") + " x " + images["height"].astype("str")
    detail = images["file"] + " has " + size + " pixels" + remark
    return pd.DataFrame({"problem": problem, "severity": ERROR, "detail": detail})


def _other_files(images: pd.DataFrame, facts: DatasetFacts) -> pd.DataFrame:
    """Problems of images that are not the published file of their name."""
    known = published_digests(facts)
    expected = images["file"].map(lambda file: known.get(name_of(file)))
    wrong = images[expected.notna() & (expected != images["sha256"])]
    details = wrong["file"] + f" has not the published digest of {facts.title}"
    return pd.DataFrame({"problem": "not the published file", "severity": ERROR, "detail": details})


def _equal_pixels(images: pd.DataFrame) -> pd.DataFrame:
    """Problems of equal images: an error for all copies that are not in the foremost split."""
    several = images[images["pixels"].duplicated(keep=False)]
    order = several["split"].map(PRECEDENCE)
    copies = several.assign(order=order).sort_values(["pixels", "order", "id"])
    first = copies.groupby("pixels", sort=False)[["id", "split"]].transform("first")
    leaks = copies["split"] != first["split"]
    found = pd.DataFrame(
        {
            "problem": leaks.map({True: "same pixels in two splits", False: "same pixels twice"}),
            "severity": leaks.map({True: ERROR, False: NOTE}),
            "detail": copies["id"] + " has the pixels of " + first["id"],
        }
    )
    return found[leaks | (copies["id"] != first["id"])]


def _unreferenced(used: pd.DataFrame) -> pd.DataFrame:
    lacking = lacking_references(used)
    details = lacking["id"] + " counts as a content of its own; others have a reference"
    return pd.DataFrame({"problem": "no reference", "severity": NOTE, "detail": details})


def _unlabelled(labels: pd.DataFrame, root: Path) -> pd.DataFrame:
    labelled = set(labels["file"])
    images = [file for file in files_below(root) if is_image(file) and file not in labelled]
    return _notes("file without label", images, images)


def _wrong_count(labels: pd.DataFrame, facts: DatasetFacts) -> pd.DataFrame:
    if facts.images in (None, len(labels)):
        return _notes("number of images", [], [])
    detail = f"{len(labels):,} labelled images, {facts.images:,} published"
    return _notes("number of images", [detail], [detail])


def _notes(problem: str, names: Sequence[str], details: Sequence[str]) -> pd.DataFrame:
    """Findings that concern no row of the labels."""
    columns = {"problem": problem, "severity": NOTE, "id": names, "detail": details}
    return pd.DataFrame(columns, index=[-1] * len(names), columns=FINDING_COLUMNS)
