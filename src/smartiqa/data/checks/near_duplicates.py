"""Near-duplicates: images that look the same although their pixels differ.

A photo that was saved anew, made smaller or cut by a hair is another file with other pixels, and
still the same photo: tested beside its twin in training, it measures memory. Images are compared
by their perceptual hash (pHash: the signs of the 64 lowest frequencies of the grey image, as the
package ImageHash computes it); two that differ in at most `NEAR` bits are near-duplicates. What was
measured for that bound, and what it misses, is in `docs/explanation/human-opinion.md`.

Images of one known content (the distorted versions of one photo) are alike by design, and are no
finding. Hashes are compared block by block, so memory grows with the number of images, not with
that of pairs.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from scipy.fft import dctn
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from smartiqa.data.checks.findings import NOTE, PRECEDENCE
from smartiqa.data.checks.near_pairs import HERE, IN_TRAINING, PAIR_COLUMNS

SIDE, LOWEST = 32, 8  # pixels of the reduced image; frequencies kept in each direction
BITS = LOWEST**2
NEAR = 8  # bits
BLOCK = 64  # images compared with all others at a time


def perceptual_hash(pixels: NDArray[np.uint8]) -> int:
    """Return the 64 bits of pHash.

    Args:
        pixels: (height, width, 3), RGB.
    """
    grey = Image.fromarray(pixels).convert("L")
    reduced = np.asarray(grey.resize((SIDE, SIDE), Image.Resampling.LANCZOS), dtype=np.float64)
    low = dctn(reduced)[:LOWEST, :LOWEST]
    bits = np.packbits(low > np.median(low))
    return int.from_bytes(bits.tobytes(), "big")


def nearest(images: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Find for each image the one among `others` that looks most like it.

    Args:
        images: columns hash and content; images of one content are not compared, so no image with
            itself.
        others: the same columns.

    Returns:
        Columns other (the label of a row of `others`) and bits (0 to 64 that differ); the index is
        that of `images`. Images for which there is no other are left out.
    """
    found = pd.DataFrame({"other": 0, "bits": BITS + 1}, index=images.index)
    for part, differing in _blocks(images, others):
        found.iloc[part, 0] = others.index.to_numpy()[differing.argmin(axis=1)]
        found.iloc[part, 1] = differing.min(axis=1)
    return found[found["bits"] <= BITS]


def near_pairs(images: pd.DataFrame, training: pd.DataFrame | None = None) -> pd.DataFrame:
    """List near-duplicates: each image with the most similar one of each split.

    Args:
        images: columns id, split, pixels, hash and content.
        training: `images.parquet` of the dataset that the study trains on, if this is another one;
            test images are then compared with what is trained on there, too.

    Returns:
        Columns `PAIR_COLUMNS`, each pair once, the image of the foremost split (test, validation,
        train) first; the index is the row of that image. Equal pixels are another finding.
    """
    ranks = images["split"].map(PRECEDENCE)
    ordered = images.assign(rank=ranks).sort_values(["rank", "id"]).reset_index(names="row")
    found = pd.concat(
        nearest(ordered, ordered[ordered["split"] == split]) for split in PRECEDENCE
    ).reset_index(names="image")
    found[["image", "other"]] = np.sort(found[["image", "other"]].to_numpy(), axis=1)
    found = found.drop_duplicates(["image", "other"]).sort_values(["image", "other"])
    pairs = [_paired(found, ordered, ordered, HERE)]
    if training is not None:
        learnt = training[~training["left_out"] & (training["split"] != "test")]
        tested = ordered[ordered["split"] == "test"]
        found = nearest(tested, learnt.assign(content="")).reset_index(names="image")
        pairs.append(_paired(found, tested, learnt, IN_TRAINING))
    return pd.concat(pairs)


def _paired(
    found: pd.DataFrame, images: pd.DataFrame, others: pd.DataFrame, where: str
) -> pd.DataFrame:
    """Turn labels of rows (columns image, other, bits) into pairs, if they are near enough."""
    near = found[found["bits"] <= NEAR]
    one = images.loc[near["image"]].reset_index(drop=True)
    other = others.loc[near["other"]].reset_index(drop=True).add_prefix("other_")
    both = one.join(other).assign(other_dataset=where, bits=near["bits"].to_numpy())
    return both[both["pixels"] != both["other_pixels"]].set_index("row")[PAIR_COLUMNS]


def pair_findings(pairs: pd.DataFrame) -> pd.DataFrame:
    """Turn the pairs of `near_pairs` into notes, columns problem, severity and detail."""
    across = (pairs["split"] != pairs["other_split"]).map(
        {True: "near-duplicates in two splits", False: "near-duplicates"}
    )
    problem = across.mask(pairs["other_dataset"] == IN_TRAINING, "near-duplicate in training")
    looks = pairs["id"] + " (" + pairs["split"] + ") looks like " + pairs["other_id"]
    detail = looks + " (" + pairs["other_split"] + "): " + pairs["bits"].astype("str") + " bits"
    return pd.DataFrame({"problem": problem, "severity": NOTE, "detail": detail})


def series_of(labels: pd.DataFrame, images: pd.DataFrame) -> pd.Series[str]:
    """Name what has to stay in one split: near-duplicates and images of one content.

    Args:
        labels: column content; one row an image.
        images: columns hash and content of those that can be decoded, with the same index.

    Returns:
        For each row of `labels` the first content of its series, in alphabetical order. A series
        also holds what resembles only one of its members.
    """
    codes, contents = pd.factorize(labels["content"])
    own = pd.Series(codes, labels.index)[images.index].to_numpy()
    series, count = np.arange(len(contents), dtype=np.int64), len(contents)
    for part, differing in _blocks(images, images):
        rows, columns = np.nonzero(differing <= NEAR)
        ends = (series[own[part][rows]], series[own[columns]])
        edges = coo_array((np.ones(len(rows)), ends), shape=(count, count))
        series = connected_components(edges)[1].astype(np.int64)[series]
    return labels["content"].groupby(series[codes]).transform("min")


def _blocks(
    images: pd.DataFrame, others: pd.DataFrame
) -> Iterator[tuple[slice, NDArray[np.uint8]]]:
    """Yield rows of `images` and the bits in which they differ from all of `others`.

    More than 64 stand where the contents are equal.
    """
    codes, _ = pd.factorize(pd.concat([images["content"], others["content"]]))
    own, theirs = codes[: len(images)], codes[len(images) :]
    mine, hashes = images["hash"].to_numpy(np.uint64), others["hash"].to_numpy(np.uint64)
    for start in range(0, len(images) if len(others) else 0, BLOCK):
        part = slice(start, start + BLOCK)
        differing = np.bitwise_count(mine[part, None] ^ hashes[None, :])
        yield part, np.where(own[part, None] == theirs[None, :], BITS + 1, differing)
