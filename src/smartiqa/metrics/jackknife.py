"""The jackknife over contents: a measure of all test images, and as contents are left out in turn.

Images made from one photo or scene are not independent, so whole contents are left out. Where
there are more contents than replicates are wanted, contents are dealt at random into that many
groups of equal number, and groups are left out (delete-a-group jackknife; Kott, 2001). The groups
depend on the contents and a seed only, so all runs that were tested on the same images share them,
and what is left out of one is left out of all: that makes differences between runs paired.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smartiqa.core.errors import InputError
from smartiqa.metrics.correlation import Array, Formula

Groups = NDArray[np.intp]


class Jackknife(NamedTuple):
    """A measure of one run: on all images, and without each group of contents, (groups,)."""

    value: float
    left_out: Array


def content_groups(contents: ArrayLike, replicates: int, seed: int) -> Groups:
    """Which group each image is left out with, shape (images,), numbered from 0.

    Args:
        contents: label of each image's content, shape (images,); all different where every image
            is a content of its own.
        replicates: the largest number of groups, at least 2.
        seed: of the dealing, which only happens if there are more contents than that.

    Raises:
        InputError: there are fewer than two contents.
    """
    names, content = np.unique(np.asarray(contents), return_inverse=True)
    if names.size < 2:
        raise InputError(
            f"an interval takes test images of at least two contents, not of {names.size}"
        )
    if names.size <= replicates:
        return content
    dealt = np.random.default_rng(seed).permutation(names.size) % replicates
    return dealt[content]


def jackknife(measure: Formula, x: ArrayLike, y: ArrayLike, groups: Groups) -> Jackknife:
    """Measure a run on all images, and on those that remain without each group.

    Args:
        measure: the measure in its weighted form.
        x: predictions, shape (images,).
        y: true scores, shape (images,).
        groups: of `content_groups`.

    Raises:
        InputError: the measure is undefined on what remains without some group.
    """
    x, y = np.asarray(x), np.asarray(y)
    kept = (groups != np.arange(groups.max() + 1)[:, np.newaxis]).astype(np.float64)
    left_out = measure(x, y, kept)  # (groups,)
    if not np.isfinite(left_out).all():
        first = int(np.flatnonzero(~np.isfinite(left_out))[0])
        raise InputError(
            f"a measure is undefined without the {np.sum(groups == first)} images of one content "
            "or group of contents: the other images have one score or one prediction; test on "
            "more images"
        )
    return Jackknife(float(measure(x, y, np.ones((1, x.size)))[0]), left_out)
