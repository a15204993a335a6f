"""What a trained model must beat: floors that take no training of a network.

- A constant, the mean score of the training images; its ranking is undefined.
- The score of the training image that looks most like the test image, by perceptual hash.
- A linear probe and a support vector regression on features of the frozen backbone: the pooled maps
  of its last stage, or of all four, each averaged over the very crops with which the full model is
  tested. Settings are chosen on validation images; test images are read for the final scores only.

The probe that ranks validation images best is also fitted to fewer training images. That curve is
the probe's: a network may gain more, or less, from more images.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smartiqa.config.experiment import Experiment, Testing
from smartiqa.config.study import Statistics
from smartiqa.core.errors import InputError
from smartiqa.data.checks.near_duplicates import series_of
from smartiqa.data.checks.near_pairs import PAIRS_FILE, near_training
from smartiqa.data.checks.overlap import checks_of, used_images
from smartiqa.data.manifest import read_manifest, rows_of
from smartiqa.data.prepared import open_split
from smartiqa.data.subsets import nested_subsets
from smartiqa.evaluation.prediction import CROP_SEED
from smartiqa.evaluation.probes import Kind, Probe, fit_probe
from smartiqa.evaluation.scoring import images_digest
from smartiqa.machine.process import set_up_for
from smartiqa.metrics.correlation import FORMULAS, Array
from smartiqa.metrics.jackknife import Groups, content_groups, jackknife
from smartiqa.metrics.measures import Measure, measures_of
from smartiqa.metrics.noise_ceiling import noise_ceiling
from smartiqa.models.backbones import FeatureBackbone, load_weights
from smartiqa.models.inference import place_crops
from smartiqa.models.pooled_features import pooled_features
from smartiqa.results.floor_records import (
    CurvePoint,
    Floor,
    FloorName,
    Floors,
    MeasuredRuns,
    Stages,
)
from smartiqa.results.measures import Correlations

KINDS: tuple[Kind, ...] = ("ridge", "svr")
READ: tuple[Stages, ...] = ("last", "all")
SHARES = (1 / 8, 1 / 4, 1 / 2)  # of the training images
DRAWS = 3  # of each share
Hashes = NDArray[np.uint64]
SPLITS = ("train", "validation", "test")
Features = Mapping[Stages, Array]  # (images, channels) each


class Part(NamedTuple):
    """The images of one split: their rows of the manifest, with hash and content, and features."""

    images: pd.DataFrame
    features: Features

    @property
    def quality(self) -> Array:
        """The true scores, 0 to 100."""
        return self.images["quality"].to_numpy()

    def known(self, stages: Stages) -> tuple[Array, Array]:
        """Features and true scores."""
        return self.features[stages], self.quality


class Fitted(NamedTuple):
    """A probe, which regression it is and what it reads."""

    kind: Kind
    stages: Stages
    probe: Probe

    def predictions(self, part: Part) -> Array:
        """What it says of the images of a split."""
        return self.probe.predict(part.features[self.stages])


class Tested(NamedTuple):
    """True scores of test images, and the groups in which the jackknife leaves them out.

    `apart` has the places of those that look like no image in training; it is empty if all do so or
    if too few are left to measure anything.
    """

    quality: Array
    groups: Groups
    apart: NDArray[np.intp]
    apart_groups: Groups

    @classmethod
    def of(cls, images: pd.DataFrame, alike: Collection[str], statistics: Statistics) -> Self:
        """Deal test images into groups; `alike` are the ids of those that look like training."""
        settings, quality = statistics.model_dump(), images["quality"].to_numpy()
        groups = content_groups(images["content"], **settings)
        apart = np.flatnonzero(~images["id"].isin(list(alike)))
        if len(apart) < len(images):
            with contextlib.suppress(InputError):  # too few are left
                left = content_groups(images["content"].iloc[apart], **settings)
                return cls(quality, groups, apart, left)
        return cls(quality, groups, apart[:0], groups[:0])

    def measured(self, *fits: Array) -> dict[Measure, MeasuredRuns]:
        """Measure the predictions of one or several fits on all test images."""
        return measured(fits, self.quality, self.groups)

    def measured_apart(self, *fits: Array) -> dict[Measure, MeasuredRuns]:
        """The same without images that look like one in training; empty if there are none."""
        kept = self.apart
        if not kept.size:
            return {}
        return measured([fit[kept] for fit in fits], self.quality[kept], self.apart_groups)

    def floor(self, name: FloorName, predictions: Array, fitted: Fitted | None = None) -> Floor:
        """Measure the predictions of one floor, which may be those of a probe."""
        return Floor(
            name=name,
            measures=self.measured(predictions),
            without_near_duplicates=self.measured_apart(predictions),
            stages=fitted.stages if fitted else None,
            settings=fitted.probe.settings if fitted else {},
            validation_srcc=fitted.probe.validation_srcc if fitted else None,
        )


def measured(fits: Sequence[Array], quality: Array, groups: Groups) -> dict[Measure, MeasuredRuns]:
    """Measure fits on the same images; a measure that is undefined for one of them is left out."""
    found: dict[Measure, MeasuredRuns] = {}
    for name in measures_of("floors"):
        with contextlib.suppress(InputError):
            runs = [jackknife(FORMULAS[name], fit, quality, groups) for fit in fits]
            found[name] = MeasuredRuns.of(runs)
    return found


def nearest_scores(hashes: Hashes, known: Hashes, scores: Array) -> Array:
    """Return for each perceptual hash the mean score of those known that are nearest.

    Args:
        hashes: of test images, shape (images,).
        known: of training images, shape (others,).
        scores: of training images; of those equally near, the mean counts.
    """
    differing = np.bitwise_count(hashes[:, None] ^ known[None, :])  # (images, others)
    nearest = differing == differing.min(axis=1, keepdims=True)
    found: Array = nearest @ scores / nearest.sum(axis=1)
    return found


def fitted_probes(train: Part, validation: Part) -> list[Fitted]:
    """Fit all probes; one whose predictions are constant is left out."""
    found = []
    for kind, stages in product(KINDS, READ):
        probe = fit_probe(kind, train.known(stages), validation.known(stages))
        if probe is not None:
            found.append(Fitted(kind, stages, probe))
    return found


def learning_curve(
    best: Fitted, train: Part, validation: Part, test: Part, tested: Tested, seed: int
) -> Iterator[CurvePoint]:
    """Fit a probe to nested shares of the training images, several draws of each.

    Images of one content and near-duplicates are drawn together, and settings are chosen anew each
    time. A share is left out if a probe predicts a constant.
    """
    series = series_of(train.images, train.images)
    drawn = [nested_subsets(series.tolist(), SHARES, [seed, draw]) for draw in range(DRAWS)]
    features, quality = train.known(best.stages)
    for place, share in enumerate(SHARES):
        subsets = [subsets[place] for subsets in drawn]
        probes = [
            fit_probe(best.kind, (features[s], quality[s]), validation.known(best.stages))
            for s in subsets
        ]
        fitted = [best._replace(probe=probe) for probe in probes if probe is not None]
        srcc = tested.measured(*(each.predictions(test) for each in fitted)).get("srcc")
        if srcc is not None and len(fitted) == len(probes):
            images = float(np.mean([subset.size for subset in subsets]))
            yield CurvePoint(share=share, images=images, srcc=srcc)


def split_images(manifest: Path) -> dict[str, pd.DataFrame]:
    """Return the rows of each split of a manifest, with perceptual hash and content.

    Raises:
        InputError: there are no training or no test images, or a file is missing or damaged.
    """
    frame = read_manifest(manifest)
    frame = frame.merge(used_images(manifest)[["id", "hash"]], on="id", validate="one_to_one")
    for needed in ("train", "test"):
        rows_of(needed, frame, manifest)
    return {split: frame[frame["split"] == split].reset_index(drop=True) for split in SPLITS}


def frozen_features(
    experiment: Experiment, testing: Testing, manifest: Path, store: Path, weights: Path
) -> dict[str, Features]:
    """Return the features of each split, in the manifest's order."""
    device = set_up_for(experiment.compute)
    backbone = FeatureBackbone(experiment.backbone, experiment.crop)
    load_weights(backbone.network, weights)
    backbone.to(device).eval()
    found: dict[str, Features] = {}
    for split in SPLITS:
        _, pixels, rows = open_split(manifest, store, split)
        crops = place_crops(pixels, rows, testing, experiment.crop, CROP_SEED)
        stages = pooled_features(experiment, backbone, pixels, crops)
        found[split] = {"last": stages[-1], "all": np.concatenate(stages, axis=1)}
    return found


def ceiling(images: pd.DataFrame, seed: int) -> Correlations | None:
    """Return what the raters' noise leaves to reach, where the dataset says how large it is."""
    scores, spread, votes = (images[name].to_numpy() for name in ("score", "spread", "ratings"))
    found = noise_ceiling(scores, spread, votes, seed)
    return Correlations(**found) if found else None


def floors(
    experiment: Experiment,
    testing: Testing,
    statistics: Statistics,
    manifest: Path,
    store: Path,
    weights: Path,
) -> Floors:
    """Measure every floor on the test images of the dataset that is trained on.

    Without validation images no setting can be chosen, so there are no probes then.

    Args:
        experiment: the full model, whose frozen backbone the probes read.
        testing: its test crops.
        statistics: of the study.
        manifest: of the dataset; what its preparation found lies beside it.
        store: the pixel store of the experiment's way of resizing.
        weights: pretrained ones of its backbone.

    Raises:
        InputError: there are no training or test images, or a file is missing, damaged or does not
            belong to the others.
    """
    images = split_images(manifest)
    train, test = images["train"], images["test"]
    alike_in_training = near_training(checks_of(manifest) / PAIRS_FILE, learnt=True)
    tested = Tested.of(test, alike_in_training, statistics)
    quality = train["quality"].to_numpy()
    hashes, known_hashes = (part["hash"].to_numpy(np.uint64) for part in (test, train))
    alike = nearest_scores(hashes, known_hashes, quality)
    found = [
        tested.floor("constant", np.full(len(test), quality.mean())),
        tested.floor("nearest", alike),
    ]
    points: tuple[CurvePoint, ...] = ()
    if len(images["validation"]):
        features = frozen_features(experiment, testing, manifest, store, weights)
        known, choosing, unseen = (Part(images[split], features[split]) for split in SPLITS)
        fitted = fitted_probes(known, choosing)
        found += [tested.floor(each.kind, each.predictions(unseen), each) for each in fitted]
        if fitted:
            best = max(fitted, key=lambda each: each.probe.validation_srcc)
            seed = statistics.seed
            points = tuple(learning_curve(best, known, choosing, unseen, tested, seed))
    return Floors(
        experiment=experiment.id,
        **{split: len(images[split]) for split in SPLITS},
        contents=int(test["content"].nunique()),
        apart=tested.apart.size,
        crops=testing.crops,
        test_images=images_digest(test, tested.groups),
        floors=tuple(found),
        curve=points,
        ceiling=ceiling(test, statistics.seed),
    )
