"""What `paper.json` says of prepared datasets: counts, what was left out, how they were split."""

from __future__ import annotations

from smartiqa.core.strict import Strict


class Problem(Strict):
    """One reason why images were left out, how many they are and the first of their names."""

    problem: str
    images: int
    first: tuple[str, ...]


class LeftOut(Strict):
    """The images that the check of a dataset left out."""

    images: int
    problems: tuple[Problem, ...]


class SplitRecord(Strict):
    """Which splits were drawn rather than given by the dataset, and how."""

    kind: str
    drawn: tuple[str, ...]
    keep_series: bool
    seed: int
    round: int


class NearDuplicates(Strict):
    """Pairs of images that look alike, and test images that look like one in training."""

    pairs: int
    pairs_across_splits: int
    test_images: int


class DatasetRecord(Strict):
    """Counts and scores of one prepared dataset; `digest` is that of its manifest.

    `score_low` and `score_high` are the lowest and highest scores that were seen, `score_worst` and
    `score_best` those at the ends of the scale that stand for the qualities 0 and 100.
    """

    title: str
    adapter: str
    images: int
    train: int
    validation: int
    test: int
    skipped: LeftOut
    split: SplitRecord
    near_duplicates: NearDuplicates
    test_contents: int
    references: int
    distortions: int
    score_low: float
    score_high: float
    score_worst: float
    score_best: float
    digest: str


class SharedImages(Strict):
    """Images that two datasets of the study have in common, with the first of their names."""

    dataset: str
    other: str
    images: int
    first: tuple[str, ...]
