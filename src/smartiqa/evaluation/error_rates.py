"""Simulate how often a difference between equally good models is called significant.

Two experiments are trained with several seeds and tested on the same images, several of which may
show one content. Everything is drawn from normal distributions, so the true SRCC of every run is
known. Per image, models err in part alike; contents are harder for one model than for another, and
for one run than for another; and runs differ in how much they err at all, which is the chance of
training. The intervals and p-values are those of `smartiqa.metrics.inference`, from the very
functions that the paper uses. The percentile bootstrap, which draws contents and seeds anew and
reads the interval off the replicates, is shown for comparison.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from smartiqa.metrics.correlation import Array
from smartiqa.metrics.inference import Runs, contrast
from smartiqa.metrics.jackknife import content_groups
from smartiqa.metrics.verdicts import (
    LEAST_CONTENTS,
    LEAST_SEEDS,
    SIGNIFICANCE,
    enough_for_a_verdict,
)

Labels = NDArray[np.intp]
REPLICATES = 100  # of the jackknife
BOOTSTRAP = (200, 199)  # simulated tests, replicates of each: it is slow, and only for comparison
IMAGES = {6: 51, 20: 51, 81: 25}  # a content; one for other numbers of contents
SEEDS, CONTENTS = (1, 2, 3, 5), (6, 20, 81, 2015)  # that are simulated
SIMULATIONS = {6: 2000, 20: 1000, 81: 1000}
OTHERS = 400  # simulated studies for other numbers of contents
# Variances of what predictions are off by, where true scores have variance 1.
CONTENT = 0.2  # of the true scores themselves
ALIKE_CONTENT, ALIKE_IMAGE = 0.05, 0.10  # the same for all models
MODEL_CONTENT, RUN_CONTENT, RUN_IMAGE = 0.03, 0.02, 0.08
WORSE = 0.08  # more of RUN_IMAGE where a model is worse
# Standard deviation over seeds of the logarithm of RUN_IMAGE; it makes that of the true SRCC.
SPREADS = {"none": 0.0, "usual": 0.35, "large": 1.0}


class Rates(NamedTuple):
    """What was simulated for so many seeds and contents, each a share of simulated tests.

    Attributes:
        false_positives: of the test, by how much training varies.
        bootstrap: false positives of the percentile bootstrap, where training varies as usual.
        coverage: of the interval of a difference that is there, where training varies as usual.
    """

    seeds: int
    contents: int
    false_positives: dict[str, float]
    bootstrap: float
    coverage: float


def true_srcc(run_image: Array) -> Array:
    """SRCC on infinitely many images of runs whose own error an image has these variances.

    For normal distributions it is 6/pi asin(r/2), with r Pearson's correlation (Pearson, 1907).
    """
    error = ALIKE_CONTENT + ALIKE_IMAGE + MODEL_CONTENT + RUN_CONTENT + run_image
    found: Array = 6 / np.pi * np.arcsin(1 / np.sqrt(1 + error) / 2)
    return found


def expected_srcc(spread: float, worse: float = 0.0) -> tuple[float, float]:
    """Mean and standard deviation over seeds of the true SRCC."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    srcc = true_srcc((RUN_IMAGE + worse) * np.exp(spread * nodes))
    mean = float(weights @ srcc)
    return mean, float(np.sqrt(weights @ (srcc - mean) ** 2))


def simulated_models(
    rng: Generator, content: Labels, seeds: int, spread: float, worse: float
) -> tuple[Array, Array]:
    """True scores (images,) and predictions (2 models, seeds, images); the first may be worse."""
    contents, images = int(content.max()) + 1, content.size

    def normal(variance: float, *shape: int) -> Array:
        return rng.normal(0, np.sqrt(variance), shape)

    truth = normal(CONTENT, contents)[content] + normal(1 - CONTENT, images)
    alike = normal(ALIKE_CONTENT, contents)[content] + normal(ALIKE_IMAGE, images)
    model = normal(MODEL_CONTENT, 2, 1, contents) + normal(RUN_CONTENT, 2, seeds, contents)
    base = np.array([RUN_IMAGE + worse, RUN_IMAGE])[:, None, None]
    own = base * np.exp(normal(spread**2, 2, seeds, 1))  # variance of each run
    noise = rng.normal(size=(2, seeds, images)) * np.sqrt(own)
    return truth, truth + alike + model[..., content] + noise


def srcc_of_runs(runs: Array, truth: Array, weights: Array) -> Array:
    """As `weighted_srcc` of every run, but fast: the truth is ranked once, and nothing is tied.

    Args:
        runs: predictions, shape (runs, images).
        truth: true scores, shape (images,).
        weights: shape (replicates, images).

    Returns:
        SRCCs, shape (runs, replicates).
    """
    middle = (weights.sum(axis=1, keepdims=True) + 1) / 2

    def centred_ranks(ordered: Array) -> Array:
        ranks: Array = np.cumsum(ordered, axis=1) - (ordered - 1) / 2 - middle
        return ranks

    by_truth = np.argsort(truth, kind="stable")
    weights, runs = weights[:, by_truth], runs[:, by_truth]
    true_ranks = centred_ranks(weights)
    true_squares = np.einsum("ri,ri,ri->r", weights, true_ranks, true_ranks)
    found = []
    for run in runs:
        order = np.argsort(run, kind="stable")
        ranks = centred_ranks(weights[:, order])
        weighted = weights[:, order] * ranks
        products = np.einsum("ri,ri->r", weighted, true_ranks[:, order])
        found.append(products / np.sqrt(np.einsum("ri,ri->r", weighted, ranks) * true_squares))
    return np.array(found)


def bootstrap_rejects(rng: Generator, truth: Array, runs: Array, content: Labels) -> list[bool]:
    """Whether the percentile interval excludes zero, with the first 1, 2, ... seeds of each."""
    replicates, contents = BOOTSTRAP[1], int(content.max()) + 1
    drawn = rng.multinomial(contents, np.full(contents, 1 / contents), replicates)
    weights = drawn[:, content].astype(np.float64)
    srcc = srcc_of_runs(runs.reshape(-1, truth.size), truth, weights).reshape(*runs.shape[:2], -1)
    rejected = []
    for seeds in range(1, runs.shape[1] + 1):
        chosen = rng.integers(seeds, size=(2, seeds, replicates))
        first, second = np.take_along_axis(srcc, chosen, axis=1).mean(axis=1)
        low, high = np.nanquantile(second - first, [0.025, 0.975])
        rejected.append(not low <= 0 <= high)
    return rejected


def differences(
    rng: Generator, content: Labels, seeds: int, spread: float, worse: float
) -> tuple[Array, Array, list[Runs]]:
    """True scores, predictions and the jackknives of two models that were drawn at random."""
    truth, predictions = simulated_models(rng, content, seeds, spread, worse)
    groups = content_groups(content, REPLICATES, seed=int(rng.integers(2**31)))
    whole = np.ones((1, truth.size))
    left_out = (groups != np.arange(groups.max() + 1)[:, np.newaxis]).astype(np.float64)
    weights = np.concatenate([whole, left_out])
    found = srcc_of_runs(predictions.reshape(-1, truth.size), truth, weights)
    models = found.reshape(2, seeds, -1)
    return truth, predictions, [Runs(model[:, 0], model[:, 1:]) for model in models]


def first_seeds(runs: Runs, seeds: int) -> Runs:
    """The runs with the first seeds only."""
    return Runs(runs.values[:seeds], runs.left_out[:seeds])


def rates(seeds: Sequence[int], contents: int, simulations: int, images: int) -> Iterator[Rates]:
    """Simulate tests with each number of seeds on so many contents of so many images."""
    content, most = np.repeat(np.arange(contents), images), max(seeds)
    positive = {name: np.zeros(len(seeds)) for name in SPREADS}
    bootstrap, covered = np.zeros(most), np.zeros(len(seeds))
    truly = expected_srcc(SPREADS["usual"])[0] - expected_srcc(SPREADS["usual"], WORSE)[0]
    for number in range(simulations):
        for stream, (name, spread) in enumerate(SPREADS.items()):
            rng = default_rng([contents, images, number, stream])
            truth, predictions, models = differences(rng, content, most, spread, worse=0.0)
            for place, count in enumerate(seeds):
                found = contrast([first_seeds(model, count) for model in models], [-1, 1])
                positive[name][place] += found.p_value() < SIGNIFICANCE
            if name == "usual" and number < BOOTSTRAP[0]:
                bootstrap += bootstrap_rejects(rng, truth, predictions, content)
        rng = default_rng([contents, images, number, len(SPREADS)])
        *_, models = differences(rng, content, most, SPREADS["usual"], WORSE)
        for place, count in enumerate(seeds):
            pair = [first_seeds(model, count) for model in models]
            _, low, high = contrast(pair, [-1, 1]).interval()
            covered[place] += low <= truly <= high
    for place, count in enumerate(seeds):
        yield Rates(
            count,
            contents,
            {name: float(found[place]) / simulations for name, found in positive.items()},
            float(bootstrap[count - 1]) / min(simulations, BOOTSTRAP[0]),
            float(covered[place]) / simulations,
        )


def table(
    seeds: Sequence[int], contents: Sequence[int], images: int | None, simulations: int | None
) -> Iterator[str]:
    """Yield the table line by line, each as soon as it is simulated.

    Args:
        seeds: of each model, one line each.
        contents: of the test images, one block of lines each.
        images: a content; by default as in the datasets of this size.
        simulations: simulated studies for each line; by default fewer for many contents.
    """
    yield from header()
    for count in contents:
        each, studies = (
            images or IMAGES.get(count, 1),
            simulations or SIMULATIONS.get(count, OTHERS),
        )
        yield from map(row, rates(seeds, count, studies, each))
    yield ""
    yield f"A verdict takes {LEAST_SEEDS} seeds each and {LEAST_CONTENTS} contents."


def header() -> list[str]:
    """The first lines of the table."""
    spreads = [f"{name} ({expected_srcc(spread)[1]:.3f})" for name, spread in SPREADS.items()]
    names = ["seeds each", "contents", *spreads, "bootstrap", "coverage", "verdict"]
    return [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]


def row(found: Rates) -> str:
    """One line of the table."""
    shares = [*found.false_positives.values(), found.bootstrap, found.coverage]
    verdict = enough_for_a_verdict([found.seeds], found.contents)
    cells = [str(found.seeds), f"{found.contents:,}", *(f"{100 * s:.1f} %" for s in shares)]
    return f"| {' | '.join([*cells, 'yes' if verdict else 'no'])} |"
