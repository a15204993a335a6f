"""Look at somebody's images and labels: everything that a study has to say of a dataset.

What can be seen is seen here, by the code that prepares datasets; what cannot is asked for, in one
line that names the option and what there is to choose from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from smartiqa.config.splits import Split
from smartiqa.core.errors import InputError
from smartiqa.data.adapters import facts_of, load_adapter, typed_options
from smartiqa.data.checks.dataset import CheckReport, check_dataset
from smartiqa.data.checks.findings import ERROR
from smartiqa.data.checks.near_pairs import HERE
from smartiqa.data.datasets.folder import separator_of
from smartiqa.data.labels.label_files import read_csv, with_decimal_points
from smartiqa.data.listing import IMAGE_SUFFIXES, data_files_below, is_image
from smartiqa.data.manifest import require_columns, with_several_scores
from smartiqa.data.needs import LEAST, Needs, require_enough
from smartiqa.data.splits import assign_splits
from smartiqa.new_study.columns import NAMED, find_columns
from smartiqa.new_study.scores import (
    Direction,
    beyond_narrower,
    direction_of,
    printed,
    scale_of,
)

ADAPTER = "folder"
LABELS = "labels.csv"
MANY = 500  # images or contents of which a tenth is enough to choose epochs with
LARGE, SMALL = (0.7, 0.1, 0.2), (0.6, 0.2, 0.2)  # shares that train, validate and test


@dataclass(frozen=True)
class Wishes:
    """What a person says of one dataset; None where it is to be seen.

    Attributes:
        images: the folder.
        labels: the label file, which lies in it.
        columns: columns of the label file, by the names of the adapter `folder`.
        scale: both ends, "LOW:HIGH".
        better: whether a high or a low score is good.
        skip_problems: whether images that cannot be used are left out.
    """

    images: Path
    labels: Path | None = None
    columns: Mapping[str, str] | None = None
    scale: str | None = None
    better: Direction | None = None
    skip_problems: bool = False


@dataclass(frozen=True)
class Survey:
    """What was seen of one dataset.

    Attributes:
        root: its folder.
        options: those of the adapter `folder`.
        split: that of a study's dataset.
        problems: the same.
        score_column: the name of the scores in the label file.
        range: the lowest and the highest score.
        beyond: which few scores alone set the scale, in words; or nothing.
        report: what the checks found.
    """

    root: Path
    options: dict[str, Any]
    split: dict[str, Any]
    problems: Literal["strict", "skip"]
    score_column: str
    range: tuple[float, float]
    beyond: str
    report: CheckReport

    def count(self, split: str) -> int:
        """The number of usable images in a split."""
        return int((self.report.usable_images["split"] == split).sum())

    @property
    def test_contents(self) -> int:
        """The number of different contents of the usable images that test."""
        used = self.report.usable_images
        return int(self.report.content[used.index[used["split"] == "test"]].nunique())

    @property
    def checked_images(self) -> pd.DataFrame:
        """What `checks/images.parquet` would hold: with other datasets it is compared by this."""
        images = self.report.images
        return images.assign(left_out=images.index.isin(self.report.left_out))


def survey(wishes: Wishes, training: Survey | None = None) -> Survey:
    """Look at one dataset: at the one that is trained on, or at one that is only tested.

    Raises:
        InputError: it cannot be used, or something has to be said that cannot be seen.
    """
    root = wishes.images
    files, source = _image_files(root), _label_file(wishes)
    separator = separator_of(source)
    table = read_csv(source, needs=[], sep=separator)
    if separator != ",":
        table = table.apply(with_decimal_points)
    if table.empty:
        raise InputError(f"{source} has no rows; write one for each image")
    cells = {str(name): table[name] for name in table}
    columns = find_columns(cells, files, wishes.columns or {}, source)
    options, spread, beyond = _options(wishes, table, columns, source)
    adapter = load_adapter(ADAPTER)
    typed = typed_options(adapter, options, root, f"{source}")
    labels, facts = adapter.read_labels(root, typed), facts_of(adapter, typed)
    require_columns(labels, facts)
    _require_one_score(labels, source)
    split = {"kind": "all_test"} if training else _split(labels, source)
    plan = Split(**split)
    needs = Needs(splits=("test",) if training else ("train", "validation", "test"))
    first = assign_splits(labels, plan)
    require_enough(labels.assign(split=first), needs, plan, str(source))
    learnt = None if training is None else training.checked_images
    report = check_dataset(labels, root, facts, plan, training=learnt)
    _require_usable(report, source, wishes.skip_problems)
    used = report.usable_images
    require_enough(used.join(labels["score"]).join(report.content), needs, plan, str(source))
    alike = (report.pairs["other_dataset"] == HERE).any() or used["pixels"].duplicated().any()
    known = labels["reference"] != ""
    if not alike and known.all() == known.any():
        split.pop("keep_series", None)  # images or contents are drawn, so it would change nothing
    problems: Literal["strict", "skip"] = "skip" if wishes.skip_problems else "strict"
    return Survey(root, options, split, problems, columns["score"], spread, beyond, report)


def _image_files(root: Path) -> list[str]:
    if not root.is_dir():
        raise InputError(f"--images {root}: there is no such folder")
    files = [file for file in data_files_below(root) if is_image(file)]
    if not files:
        raise InputError(f"{root} has no images ({', '.join(sorted(IMAGE_SUFFIXES))})")
    return files


def _label_file(wishes: Wishes) -> Path:
    root = wishes.images
    source = wishes.labels or root / LABELS
    source = source if source.is_file() or not (root / source).is_file() else root / source
    if not source.is_file():
        there = ", ".join(
            f"{root / file}" for file in data_files_below(root) if file.endswith((".csv", ".txt"))
        )
        hint = f" (there is {there})" if there else ""
        raise InputError(f"{source} does not exist{hint}; give --labels FILE, a table in {root}")
    if not source.resolve().is_relative_to(root.resolve()):
        raise InputError(
            f"--labels {source} lies outside {root}, where its changes would not be noticed: copy "
            f"it there, or give --images the folder that holds both"
        )
    return source


def _options(
    wishes: Wishes, table: pd.DataFrame, columns: Mapping[str, str], source: Path
) -> tuple[dict[str, Any], tuple[float, float], str]:
    """The adapter's options, the range of the scores, and what is to be said about their scale."""
    scores = pd.to_numeric(table[columns["score"]], errors="coerce").dropna()
    if scores.empty:
        raise InputError(
            f"{source}: the column '{columns['score']}' holds no numbers: its first cell is "
            f"'{table[columns['score']].iloc[0]}'; write such as 3.5, or name another column with "
            "--score-column"
        )
    score = columns["score"]
    scores = read_csv(source, needs=[], numbers=[score], sep=separator_of(source))[score].dropna()
    lowest, highest = float(scores.min()), float(scores.max())
    low, high = scale_of(lowest, highest, wishes.scale, str(source))
    better = direction_of(columns["score"], wishes.better, str(source))
    name = source.resolve().relative_to(wishes.images.resolve()).as_posix()
    chosen = wishes.columns or {}
    others = {name: own for name, own in columns.items() if name != own or name in chosen}
    options = {
        **({"labels": name} if name != LABELS else {}),
        **({"columns": others} if others else {}),
        **{"low": low, "high": high},
        **({"higher_is_better": False} if better is Direction.LOWER else {}),
        "score_name": printed(columns["score"]),
    }
    return options, (lowest, highest), beyond_narrower([*scores], wishes.scale)


def _require_one_score(labels: pd.DataFrame, source: Path) -> None:
    """Refuse a table of single ratings: none of several scores is that of the image."""
    several = labels[with_several_scores(labels)]
    if several.empty:
        return
    first = several["file"].iloc[0]
    scores = [f"{score:g}" for score in several["score"][several["file"] == first]]
    listed = ", ".join(scores[:NAMED] + ["..."] * (len(scores) > NAMED))
    raise InputError(
        f"{source} has {len(labels):,} rows for {labels['file'].nunique():,} photos ('{first}' has "
        f"the scores {listed}), and one row a photo is needed: average its ratings; columns "
        "'spread' and 'ratings' may hold their standard deviation and number"
    )


def _split(labels: pd.DataFrame, source: Path) -> dict[str, Any]:
    """How the dataset that is trained on is split: by its own split, by content, or at random."""
    if (least := sum(LEAST.values())) > len(labels):
        listed = ", ".join(f"{count} for {name}" for name, count in LEAST.items())
        raise InputError(
            f"{source} has {len(labels)} images, and a study takes {least} at least ({listed}); "
            "add images"
        )
    if (labels["split"] != "").any():
        if (labels["split"] == "validation").any():
            return {"kind": "official"}
        part = _validating_share(int((labels["split"] == "train").sum()), source)
        fractions = [round(1 - part, 3), part, 0.0]
        return {"kind": "official", "fractions": fractions, "keep_series": True}
    known = bool((labels["reference"] != "").all())
    sizes = labels["reference" if known else "id"].value_counts()
    shares = shares_of([*sizes])
    if shares[0] <= 0:
        raise InputError(
            f"{source}: its {len(sizes)} contents are too few to train, validate and test on "
            "different ones; add images of others"
        )
    kind = "by_reference" if known else "random"
    return {"kind": kind, "fractions": [*shares], "keep_series": True}


def _validating_share(train: int, source: Path) -> float:
    """Return the share of an own split's training images that validates.

    Of many, an eighth; of fewer, a fifth; of few, as many as it takes.
    """
    if train < (least := LEAST["train"] + LEAST["validation"]):
        raise InputError(
            f"{source} has {train} training images and none that validate, which takes {least} at "
            f"least ({LEAST['train']} for train, {LEAST['validation']} for validation); add "
            "training images"
        )
    return max(_least_share(LEAST["validation"], train), 0.125 if train >= MANY else 0.2)


def shares_of(sizes: Sequence[int]) -> tuple[float, float, float]:
    """Return the shares of images or contents that train, validate and test.

    Of many, a tenth validates and a fifth tests; of fewer, a fifth each; of few, as many as it
    takes, so that the most is left to train on. The first is not positive if nothing is left.

    Args:
        sizes: the number of images of each content, or 1 for each image.
    """
    if len(sizes) >= MANY:
        return LARGE
    reached = np.cumsum(np.sort(sizes))  # by the smallest contents, so by any others too
    least = {part: int(np.searchsorted(reached, LEAST[part])) + 1 for part in LEAST}
    least["test"] = max(least["test"], 2)  # an interval takes two contents
    validation = max(_least_share(least["validation"], len(sizes)), SMALL[1])
    test = max(_least_share(least["test"], len(sizes)), SMALL[2])
    return round(1 - validation - test, 2), validation, test


def _least_share(least: int, units: int) -> float:
    return math.ceil(100 * least / units) / 100


def _require_usable(report: CheckReport, source: Path, skip: bool) -> None:
    """Name in one line what makes images unusable, unless these are left out."""
    table = report.table()
    errors = table[table["severity"] == ERROR]
    if skip or errors.empty:
        return
    told = "; ".join(f"{row.count} x {row.problem} ({row.first})" for row in errors.itertuples())
    raise InputError(
        f"{source}: {len(report.left_out)} images cannot be used: {told}; mend them or their rows, "
        "or give --skip-problems to leave them out"
    )
