"""Whether the places that a map points at matter more for the score than other places.

A map is worth as much as an explanation as the score depends on what it points at. So places of a
crop are hidden one after the other, in the order of the map, in the opposite order and in random
ones, and the change of the score is followed: the deletion curve of Petsiuk, Das and Saenko (RISE,
2018). Their insertion curve, from a crop that is all hidden and in which places appear in the order
of the map, hides what the opposite order hides, and is read off the same scores.

Hidden places get the mean colour of their crop. A blur, which RISE prefers for insertion, is itself
a distortion that such a model rates: it would damage a place instead of hiding it.

The maps are what the stages respond to (mean absolute activation over the channels, as the paper
draws them), these joined with the weights of the gate, and, for comparison, what hiding each place
should do to the score by its gradient.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from smartiqa.evaluation.photo_crops import PhotoCrops, photo_crops
from smartiqa.metrics.correlation import Array
from smartiqa.models.backbones import pool_to_grid
from smartiqa.models.folding import folded_batch_norms
from smartiqa.models.fusion import GRID
from smartiqa.models.gradients import pixel_gradients
from smartiqa.models.inference import kept_of_stages
from smartiqa.results.records import MaskedMap, Masking

PHOTOS = 12
PLACES = GRID**2  # in which the head reads maps
HIDDEN = tuple(range(GRID, PLACES, GRID))  # so many places at once
DRAWS = 4  # random orders a photo
DRAW_SEED = 2020

Pixels = NDArray[np.uint8]
Orders = NDArray[np.intp]  # (orders, places), the place that is hidden first in front


class Curves(NamedTuple):
    """Absolute changes of the scores, (photos, places hidden at once).

    Attributes:
        first: places that the map points at are hidden first.
        last: they are hidden last.
        random: the mean over random orders.
    """

    first: Array
    last: Array
    random: Array


def masking(run: Path, manifest: Path, store: Path) -> Masking:
    """Hide places in the central crops of some test photos.

    Raises:
        InputError: there are no test images, or the store was not made from the manifest.
    """
    photos = photo_crops(run, manifest, store, PHOTOS)
    with folded_batch_norms(photos.model.backbone):
        maps = maps_of(photos)
        found = [
            changes(photos, number, {name: rows[number] for name, rows in maps.items()})
            for number in range(len(photos.crops))
        ]
    whole = np.array([all_hidden for _, all_hidden in found])
    curves = {
        name: Curves(*(np.array(part) for part in zip(*(c[name] for c, _ in found), strict=True)))
        for name in maps
    }
    return Masking(
        photos=len(photos.crops),
        places=PLACES,
        hidden=HIDDEN,
        draws=DRAWS,
        contents=photos.contents,
        random=tuple(next(iter(curves.values())).random.mean(axis=0).tolist()),
        whole=float(whole.mean()),
        maps=tuple(
            MaskedMap(
                name=name,
                first=tuple(curve.first.mean(axis=0).tolist()),
                last=tuple(curve.last.mean(axis=0).tolist()),
                deletion=tuple(area(curve.first - curve.random).tolist()),
                insertion=tuple(area(curve.random - curve.last).tolist()),
            )
            for name, curve in curves.items()
        ),
    )


def area(differences: Array) -> Array:
    """Return the area between two curves that begin and end together, over shares of the places.

    Args:
        differences: (photos, places hidden at once), at even steps without the ends.
    """
    areas: Array = differences.sum(axis=1) / (differences.shape[1] + 1)
    return areas


def maps_of(photos: PhotoCrops) -> dict[str, Array]:
    """Return the maps over the places of each crop, (photos, places) by name."""
    model, backbone = photos.model, photos.experiment.backbone
    with kept_of_stages(model, lambda stages: [*map(_over_places, stages)]) as kept:
        scored = photos.scored(photos.crops)
    stages = [torch.cat(stage).double().cpu().numpy() for stage in zip(*kept, strict=True)]
    found = {f"stage {number}": rows for number, rows in enumerate(stages, start=1)}
    weights = scored.attention
    if weights is not None and weights.shape[1] == len(stages):
        shares = [rows / rows.mean(axis=1, keepdims=True) for rows in stages]
        found["gate"] = np.einsum("ps,spm->pm", weights, np.array(shares))
    gradients = [
        pixel_gradients(model, backbone, batch, photos.precision).cpu().numpy()
        for batch in photos.batches(photos.crops)
    ]
    found["gradient"] = expected_changes(photos.crops, np.concatenate(gradients))
    return found


def _over_places(maps: torch.Tensor) -> torch.Tensor:
    """Turn maps (batch, channels, height, width) into their mean sizes, (batch, places)."""
    return pool_to_grid(maps.float().abs().mean(dim=1, keepdim=True), GRID).flatten(1)


def expected_changes(crops: Pixels, gradients: NDArray[np.float32]) -> Array:
    """Return how far hiding each place should move the scores, (photos, places), by gradients."""
    moved = crops.mean(axis=(1, 2), keepdims=True) - crops
    by_pixel = (gradients * moved).sum(axis=3)
    where = place_of_pixels(crops.shape[1]).ravel()
    return np.array([np.abs(np.bincount(where, row.ravel(), PLACES)) for row in by_pixel])


def place_of_pixels(side: int) -> NDArray[np.intp]:
    """Return (side, side): the place, 0 to 48, that each pixel of a crop belongs to."""
    line = np.arange(side) * GRID // side
    places: NDArray[np.intp] = line[:, np.newaxis] * GRID + line
    return places


def hide(crop: Pixels, hidden: NDArray[np.bool_]) -> Pixels:
    """Give the hidden places (places,) of a crop (side, side, 3) its mean colour."""
    colour = np.rint(crop.mean(axis=(0, 1))).astype(np.uint8)
    return np.where(hidden[place_of_pixels(len(crop))][..., np.newaxis], colour, crop)


def changes(
    photos: PhotoCrops, number: int, maps: Mapping[str, Array]
) -> tuple[dict[str, Curves], float]:
    """Hide the places of one crop in the orders of its maps (places,), and in random ones.

    Returns:
        The curves of this photo by map, (places hidden at once,), and the change when all is
        hidden.
    """
    generator = np.random.default_rng([DRAW_SEED, number])
    drawn = [generator.permutation(PLACES) for _ in range(DRAWS)]
    first = [np.argsort(-values, kind="stable") for values in maps.values()]
    orders = np.array([*drawn, *first, *(order[::-1] for order in first)])
    crop = photos.crops[number]
    masks = [np.zeros(PLACES, np.bool_), *hidden_sets(orders), np.ones(PLACES, np.bool_)]
    scores = photos.scored(np.stack([hide(crop, hidden) for hidden in masks])).scores
    distances = np.abs(scores - scores[0])[1:]
    by_order = distances[:-1].reshape(len(orders), len(HIDDEN))
    random = by_order[:DRAWS].mean(axis=0)
    pairs = by_order[DRAWS:].reshape(2, len(maps), len(HIDDEN))
    found = {
        name: Curves(pointed_at, others, random)
        for name, pointed_at, others in zip(maps, *pairs, strict=True)
    }
    return found, float(distances[-1])


def hidden_sets(orders: Orders) -> NDArray[np.bool_]:
    """Return (orders * places hidden at once, places): what is hidden, order by order."""
    ranks = np.argsort(orders, axis=1, kind="stable")
    return (ranks[:, np.newaxis] < np.array(HIDDEN)[:, np.newaxis]).reshape(-1, PLACES)
