"""What a study needs of a dataset's splits, known before hours of training are spent on them.

The least numbers of images, and why:

- training: 2, since one image has no order that could be learnt.
- validation: 5. An epoch is chosen by SRCC, and of n images in random order every n!-th is ranked
  rightly. With 4 that is 1 of 24, and with it the opposite order 1 of 12: the best value there is
  would be chance. With 5 it is 1 of 60, below 5 %.
- test: 6. The logistic curve behind PLCC has five parameters and takes more images than that.

Each split needs two different scores, without which no correlation is defined. Measures of the
test images are also taken as every content is left out in turn (`smartiqa.metrics.jackknife`): what
remains must have two different scores, too, so that there are at least two contents. Where a study
has fewer groups than contents, what is left out is larger, but so is what remains.
"""

from __future__ import annotations

from typing import Literal

import pandas as pd

from smartiqa.config.splits import Split
from smartiqa.core.errors import InputError
from smartiqa.core.strict import Count, Strict
from smartiqa.data.adapters import DatasetFacts
from smartiqa.data.manifest import names_of

SplitName = Literal["train", "validation", "test"]
LEAST: dict[SplitName, int] = {"train": 2, "validation": 5, "test": 6}
NAMES: dict[SplitName, str] = {"train": "training", "validation": "validation", "test": "test"}
PLACES: dict[SplitName, str] = {"train": "first", "validation": "second", "test": "third"}


class Needs(Strict):
    """What is done with a dataset.

    `splits` are those that are used; `classes` the columns of the manifest whose names a second
    task learns; `crop` is the side in pixels of crops that are taken from images as they are, None
    where all are resized before.
    """

    splits: tuple[SplitName, ...] = ()
    classes: tuple[str, ...] = ()
    crop: Count | None = None


def require_enough(images: pd.DataFrame, needs: Needs, plan: Split, dataset: str) -> None:
    """Check that every split that is used has enough images, scores and contents.

    Args:
        images: labels or manifest; columns split, score and content.
        needs: which splits are used.
        plan: how the dataset was split, which decides what can be done.
        dataset: how messages call it.

    Raises:
        InputError: naming the dataset, its counts, every split that is too small and what to do.
    """
    counts = {split: int((images["split"] == split).sum()) for split in NAMES}
    lacks = {split: _lack_of(images[images["split"] == split], split) for split in needs.splits}
    lacks = {split: lack for split, lack in lacks.items() if lack}
    if not lacks:
        return
    if len(images) > 1 and images["score"].nunique() == 1:
        raise InputError(
            f"{dataset}: all {len(images):,} images have the score {images['score'].iloc[0]:g}, so "
            "there is nothing to rank; see whether this is the column of the scores"
        )
    had = ", ".join(f"{count:,} {NAMES[split]}" for split, count in counts.items())
    raise InputError(
        f"{dataset}: {'; '.join(lacks.values())} (its images: {had}); {_remedy([*lacks], plan)}"
    )


def require_classes(images: pd.DataFrame, needs: Needs, facts: DatasetFacts, dataset: str) -> None:
    """Check that training images name at least two of the classes that a second task learns.

    Args:
        images: labels or manifest; column split and those of `needs.classes`.
        needs: what is done with the dataset.
        facts: the dataset's; they tell in which file the names are.
        dataset: how messages call it.

    Raises:
        InputError: naming the dataset, the column and what to do.
    """
    for column in needs.classes:
        if lack := lack_of_classes(images, column):
            name = facts.files.get(column)
            file = f", of this dataset the file '{name}'" if name else ""
            raise InputError(
                f"{dataset}: {lack}, which a second task learns: give labels with {column}s{file}, "
                f"or leave experiments with 'auxiliary: {{labels: {column}}}' out (without)"
            )


def lack_of_classes(images: pd.DataFrame, column: str) -> str:
    """Say that the training images name fewer than two classes in a column; "" if they do."""
    names = [*names_of(images[images["split"] == "train"], column)]
    if len(names) > 1:
        return ""
    found = f"only '{names[0]}'" if names else "nothing"
    return f"as {column} its training images name {found}"


def _lack_of(images: pd.DataFrame, split: SplitName) -> str:
    """Say what a split lacks; "" if nothing."""
    name, least, scores = NAMES[split], LEAST[split], images["score"]
    if len(images) < least:
        return f"of at least {least} {name} images there are {len(images)}"
    if scores.nunique() < 2:
        return f"all {len(images)} {name} images have the score {scores.iloc[0]:g}"
    if split == "test":
        return _lack_of_contents(images)
    return ""


def _lack_of_contents(images: pd.DataFrame) -> str:
    ends = images.groupby("content")["score"].agg(["min", "max"])
    if len(ends) < 2:
        return f"all test images show one content, '{ends.index[0]}', and an interval takes two"
    for content in (ends["min"].idxmin(), ends["max"].idxmax()):  # no other one has an end alone
        rest = ends.drop(index=content)
        if rest["min"].min() == rest["max"].max():
            return (
                f"without the content '{content}', which is left out in turn, all test images "
                f"have the score {rest['min'].min():g}"
            )
    return ""


def _remedy(splits: list[SplitName], plan: Split) -> str:
    names = " and ".join(NAMES[split] for split in splits)
    carved = plan.kind == "official" and splits == ["validation"]
    if plan.kind == "all_test" or (plan.kind == "official" and not carved):
        return f"add {names} images"
    places = ", ".join(PLACES[split] for split in splits)
    shares = ", ".join(f"{share:g}" for share in plan.fractions)
    return f"add images, or raise the {places} of the split's fractions ({shares})"
