"""Models that score photos.

A photo is decoded and resized as the photos of the training were, but for its colours, which its
profile brings to sRGB; and the crops lie where the stage predict puts them under `positions: grid`.
So both give the same numbers for photos of sRGB or without a profile, and the score of a
photo depends on its pixels alone: not on chance, nor on what else is scored with it.
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from operator import index
from pathlib import Path
from typing import NamedTuple, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from smartiqa.config.backbone import Backbone
from smartiqa.config.experiment import Compute, Model
from smartiqa.config.limits import MOST_CROPS
from smartiqa.core.errors import InputError
from smartiqa.data.crop_positions import Positions, grid_positions
from smartiqa.data.store.building import ResizeRule, pixels_in_store
from smartiqa.machine.precision import Precision
from smartiqa.metrics.conformal import ends
from smartiqa.models.backbones import STAGES
from smartiqa.models.inference import CropScores, score_arrays
from smartiqa.models.quality import QualityModel
from smartiqa.photos.reading import Photo, holds_several, photo_name, read_photo
from smartiqa.photos.runs import Margin

CROPS = 20  # as published, of models without intervals
READERS = min(4, os.cpu_count() or 1)  # photos decoded at the same time, which bounds the memory

Item = TypeVar("Item")
Result = TypeVar("Result")


class Decoded(NamedTuple):
    """A photo as the model sees it.

    Attributes:
        pixels: (height, width, 3), uint8, resized.
        size: width and height before that, pixels.
    """

    pixels: NDArray[np.uint8]
    size: tuple[int, int]


@dataclass(frozen=True, eq=False)
class PhotoScore:
    """What a model says about one photo.

    Attributes:
        file: the photo's path, or what it is called without one.
        quality: 0 (worst) to 100 (best) as the training labels have it, the mean over its crops;
            NaN if the photo could not be scored.
        spread: standard deviation of the crops' scores; NaN for a single crop.
        interval_low: lower end of the interval that holds the photo's label as often as the model's
            `margin` says, cut to 0 to 100 as far as it holds `quality`; NaN without a margin.
            With other crops than the model's `usual_crops` it may hold fewer or more.
        interval_high: its upper end.
        attention: share of each stage, shallow to deep, mean over the crops; empty if the model
            has no gate over stages.
        width: of the upright photo, pixels; 0 if it could not be read.
        height: likewise.
        crop_scores: (crops,), the score of each crop.
        crop_positions: tops and lefts (crops,), pixels of the resized photo.
        problem: why the photo could not be scored; empty if it was.
    """

    file: str
    quality: float
    spread: float
    interval_low: float
    interval_high: float
    attention: tuple[float, ...]
    width: int
    height: int
    crop_scores: NDArray[np.float64] = field(repr=False)
    crop_positions: Positions = field(repr=False)
    problem: str = ""

    @classmethod
    def of(
        cls,
        file: str,
        decoded: Decoded,
        scored: CropScores,
        positions: Positions,
        half_width: float,
    ) -> Self:
        """Put together what the crops of a photo say; `half_width` is that of its interval."""
        attention = () if scored.attention is None else scored.attention.mean(axis=0).tolist()
        many = len(scored.scores) > 1
        quality = float(scored.scores.mean())
        low, high = ends(quality, half_width)
        return cls(
            file=file,
            quality=quality,
            spread=float(scored.scores.std(ddof=1)) if many else math.nan,
            interval_low=min(float(low), quality),
            interval_high=max(float(high), quality),
            attention=tuple(attention),
            width=decoded.size[0],
            height=decoded.size[1],
            crop_scores=scored.scores,
            crop_positions=positions,
        )

    @classmethod
    def unscored(cls, file: str, problem: str) -> Self:
        """Say why a photo has no score."""
        nothing, nowhere, nan = np.empty(0), np.empty(0, dtype=np.int64), math.nan
        return cls(file, nan, nan, nan, nan, (), 0, 0, nothing, (nowhere, nowhere), problem)


@dataclass(frozen=True, eq=False)
class PhotoModel:
    """A model that scores photos; `load_model` (in `smartiqa.photos.loading`) makes one.

    Attributes:
        description: one line on what it is and what it is worth.
        margin: of the intervals of its scores, or why there are none.
        network: the model in evaluation mode, on its device.
        settings: of the model.
        backbone: of the model; how its input is normalised.
        crop: side of the square crops, pixels.
        resize: how photos are resized before.
        compute: threads and device that it was loaded for.
        precision: what the model computes in.
        managed: whether a photo's colours are brought to sRGB by its profile.
    """

    description: str
    margin: Margin
    network: QualityModel = field(repr=False)
    settings: Model
    backbone: Backbone
    crop: int
    resize: ResizeRule
    compute: Compute
    precision: Precision
    managed: bool = True

    @property
    def stages(self) -> int:
        """How many stages the model weighs; 0 without a gate over stages."""
        return STAGES if self.settings.weighs_stages else 0

    @property
    def usual_crops(self) -> int:
        """How many are scored of a photo: as many as its interval was calibrated with, or 20."""
        return self.margin.crops or CROPS

    def preparation(self, crops: int) -> str:
        """Say in a line what of a photo is scored."""
        if self.resize.kind == "none":
            resized = "not resized, as in training"
        else:
            size = " x ".join(map(str, self.resize.size))
            resized = f"resized as in training, to {size} pixels ({self.resize.kind})"
        scored = f"{crops} crop(s) of {self.crop} x {self.crop} pixels of each are scored"
        return f"{resized}; {scored}, {crops * self.crop**2 / 1e6:.2f} megapixels at most"

    def score(self, photo: Photo, crops: int | None = None) -> PhotoScore:
        """Score one photo; see `smartiqa.photos.reading.read_photo` for what it may be.

        Of `crops` there are as many as its interval was calibrated with, or 20 if it has none.

        >>> import smartiqa
        >>> model = smartiqa.load_model("results/demo/runs/C3/seed1")
        >>> score = model.score("photo.jpg", crops=4)
        >>> 0 < score.quality < 100 and score.spread > 0
        True
        >>> len(score.attention), len(score.crop_scores)
        (4, 4)

        Raises:
            InputError: it cannot be read or is smaller than a crop, or `crops` is no number from
                1 to 10,000; the message says why.
            TypeError: it is nothing that a photo may be.
        """
        return self._score_decoded(photo_name(photo), self.read(photo), self._checked(crops))

    def score_many(self, photos: Iterable[Photo], crops: int | None = None) -> Iterator[PhotoScore]:
        """Score one photo after the other, as `score` does; the next ones are decoded meanwhile.

        A photo that cannot be scored has its `problem` said and no quality.

        >>> import smartiqa
        >>> model = smartiqa.load_model("results/demo/runs/C3/seed1")
        >>> good, broken = model.score_many(["photo.jpg", "missing.jpg"])
        >>> good.problem, broken.problem.partition(";")[0]
        ('', 'missing.jpg does not exist')

        Raises:
            InputError: `crops` is no number from 1 to 10,000.
            TypeError: it is one photo, or nothing that photos may be in.
        """
        if not holds_several(photos):
            raise TypeError(
                f"score_many takes several photos, such as a list of them, not {photo_name(photos)}"
            )
        count = self._checked(crops)

        def read(photo: Photo) -> tuple[str, Decoded | str]:
            try:
                return photo_name(photo), self.read(photo)
            except (InputError, OSError, TypeError) as problem:
                return photo_name(photo), str(problem)

        for name, decoded in _ahead(read, photos):
            if isinstance(decoded, str):
                yield PhotoScore.unscored(name, decoded)
            else:
                yield self._score_decoded(name, decoded, count)

    def _checked(self, crops: int | None) -> int:
        if crops is None:
            return self.usual_crops
        try:
            count = index(crops)
        except TypeError:  # of 2.5, or "3"
            count = 0
        if not 1 <= count <= MOST_CROPS:
            raise InputError(
                f"{crops!r} crops of a photo cannot be scored; take a whole number from 1 to "
                f"{MOST_CROPS:,}"
            )
        return count

    def _score_decoded(self, name: str, decoded: Decoded, crops: int) -> PhotoScore:
        positions = grid_positions(np.array([decoded.pixels.shape[:2]]), self.crop, crops)
        scored = self.score_crops(decoded.pixels, positions)
        return PhotoScore.of(name, decoded, scored, positions, self.margin.half_width)

    def read(self, photo: Photo) -> Decoded:
        """Decode and resize a photo as those of the training were.

        Raises:
            InputError: it cannot be read, is too elongated to resize, or smaller than a crop.
        """
        image, name = read_photo(photo, managed=self.managed), photo_name(photo)
        pixels = pixels_in_store(image, Path(name), self.resize)
        height, width, _ = pixels.shape
        if min(height, width) < self.crop:
            raise InputError(
                f"{name} ({width} x {height}) is smaller than the crops of {self.crop} x "
                f"{self.crop} that the model was trained on; leave it out"
            )
        return Decoded(pixels, image.size)

    def score_crops(self, pixels: NDArray[np.uint8], positions: Positions) -> CropScores:
        """Score crops of a photo that `read` returned, at tops and lefts (crops,) in pixels.

        A small photo has fewer places than crops are asked for; each place is scored once.
        """
        side, places = self.crop, [*zip(*(where.tolist() for where in positions), strict=True)]
        rows = {place: row for row, place in enumerate(dict.fromkeys(places))}
        crops = [pixels[top : top + side, left : left + side] for top, left in rows]
        found = score_arrays(self.network, self.backbone, crops, self.precision)
        row_of = [rows[place] for place in places]
        told = found.attention if self.stages else None
        return CropScores(found.scores[row_of], None if told is None else told[row_of])


def _ahead(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield the function's results in order; a few are worked out in the background meanwhile."""
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(READERS) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > READERS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
