"""Say what was seen of a dataset, what was chosen because of it, and how to choose otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from smartiqa.data.checks.findings import ERROR
from smartiqa.data.splits import SPLITS
from smartiqa.metrics.inference import expected_half_width
from smartiqa.metrics.verdicts import LEAST_CONTENTS
from smartiqa.new_study.survey import LABELS, Survey

TYPICAL_SRCC = 0.8
FEW = 100  # contents of test images, with which an interval is wide
WORDS = {"train": "to train", "validation": "to validate", "test": "to test"}
DRAWN = {
    "official": "as the labels say",
    "random": "drawn at random",
    "by_reference": "drawn by content, so that none is in two parts",
    "all_test": "all of them, since another dataset is trained on",
}


def told(seen: Survey) -> Iterator[str]:
    """Yield lines for the screen, the first one with the name of the dataset's folder."""
    used, options = seen.report.usable_images, seen.options
    sizes = [used[["width", "height"]].min().tolist(), used[["width", "height"]].max().tolist()]
    pixels = " to ".join(dict.fromkeys(f"{width} x {height}" for width, height in sizes))
    yield f"{seen.root}: {len(used):,} images of {pixels} pixels"
    columns = {**options.get("columns", {}), "score": seen.score_column}
    named = ", ".join(f"{name} in '{own}'" for name, own in columns.items())
    yield f"  labels: {options.get('labels', LABELS)}, {named}"
    low, high = seen.range
    yield (
        f"  scores: {low:g} to {high:g}, on a scale of {options['low']:g} to {options['high']:g} "
        "(--scale LOW:HIGH for another)"
    )
    if seen.beyond:
        yield f"  caution: {seen.beyond}; are they mistakes?"
    better = "a high" if options.get("higher_is_better", True) else "a low"
    yield f"  direction: {better} score is a good one (--better)"
    yield from _splits(seen)
    yield from _notes(seen)


def _splits(seen: Survey) -> Iterator[str]:
    counts = {part: seen.count(part) for part in SPLITS}
    listed = ", ".join(f"{count:,} {WORDS[part]}" for part, count in counts.items() if count)
    series = ", what looks alike together" if seen.split.get("keep_series") else ""
    yield f"  split: {listed}; {DRAWN[seen.split['kind']]}{series}"
    yield from _few_contents(seen.test_contents, counts["test"])


def _few_contents(contents: int, images: int) -> Iterator[str]:
    """What too few contents of test images do not tell; intervals leave out whole contents."""
    if contents < LEAST_CONTENTS:
        yield (
            f"  caution: the test images show {contents} contents, and a verdict on a difference "
            f"takes {LEAST_CONTENTS}"
        )
    elif contents < FEW:
        width = expected_half_width(TYPICAL_SRCC, contents)
        units = "contents" if contents < images else "images"
        yield (
            f"  caution: of {contents} test {units}, an SRCC of {TYPICAL_SRCC} is known to about "
            f"+-{width:.2f} only"
        )


def _notes(seen: Survey) -> Iterator[str]:
    """What the checks found: left out, or only worth knowing."""
    for row in seen.report.table().itertuples():
        done = "left out" if row.severity == ERROR else "noted"
        yield f"  {done}: {row.count:,} x {row.problem} ({row.first})"
