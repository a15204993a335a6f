"""Reading what a study computed: `paper.json`, predictions and photos.

Every reader names the run or value that is missing or not a number, so that no figure shows a gap
that nobody notices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from smartiqa.config.experiment import Recipe
from smartiqa.core.errors import InputError
from smartiqa.data.manifest import read_manifest
from smartiqa.data.store.pixel_store import PixelStore
from smartiqa.metrics.measures import Measure
from smartiqa.paper.figures.needs import scope_of_paper
from smartiqa.results.paper_results import PaperResults, read_paper_results
from smartiqa.results.run_files import attention_columns, read_predictions

Pixels = NDArray[np.uint8]
THUMBNAIL_SIDE = 200  # pixels; sharp at an inch in print


class Estimate(NamedTuple):
    """A measured value, its 95 % interval over test images, and the value of each seed."""

    value: float
    low: float
    high: float
    seeds: tuple[float, ...] = ()

    @property
    def errors(self) -> tuple[list[float], list[float]]:
        """Lengths of the lower and upper error bar, as matplotlib's `yerr` takes them."""
        return [max(self.value - self.low, 0.0)], [max(self.high - self.value, 0.0)]


class NothingToShowError(InputError):
    """The study has nothing that a figure shows; `note` says so in the paper."""

    def __init__(self, problem: str, note: str = "Not run in this study.") -> None:
        super().__init__(problem)
        self.note = note


@dataclass(frozen=True)
class FigureData:
    """What figures read of one study.

    Attributes:
        folder: `results/<study>`.
        paper: the content of its `paper.json`.
    """

    folder: Path
    paper: PaperResults

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read `paper.json`.

        Raises:
            InputError: it does not exist, or is not what the stage collate writes.
        """
        return cls(folder, read_paper_results(folder))

    @property
    def score_name(self) -> str:
        """What the quality labels are: "MOS", or "proxy score" where nobody rated."""
        return self.paper.study.score_name

    @property
    def quality_name(self) -> str:
        """What axes show: labels on the scale of 0 (worst) to 100 (best), whatever theirs is."""
        return f"quality from {self.score_name}"

    @property
    def training_dataset(self) -> str:
        """The dataset that was trained on, whose test split is the usual one."""
        return self.paper.study.training_dataset

    @property
    def cross_datasets(self) -> tuple[str, ...]:
        """The datasets that were only tested on."""
        return self.paper.study.cross_datasets

    @property
    def reference(self) -> str:
        """The full model, whose recipe and architecture the other experiments vary."""
        return self.paper.roles.reference

    def title(self, experiment: str) -> str:
        """The experiment's name in print."""
        return self.paper.experiments[experiment].title

    def recipe(self, experiment: str) -> Recipe:
        """How the study trains an experiment.

        Raises:
            InputError: the study has no backbone for it, so that it has no recipe either.
        """
        recipe = self.paper.experiments[experiment].recipe
        if recipe is None:
            raise InputError(f"{self.folder / 'paper.json'} has no recipe of {experiment}")
        return recipe

    def training_images(self, experiment: str) -> float:
        """How many images an experiment learns of, mean over seeds."""
        return mean(each.images for each in self.paper.experiments[experiment].training.values())

    def group(self, name: str) -> tuple[str, ...]:
        """The experiments of a group, run or not, in the catalogue's order."""
        return self.paper.groups[name]

    def seeds(self, experiment: str) -> tuple[int, ...]:
        """The seeds of an experiment."""
        return self.paper.experiments[experiment].seeds

    def is_run(self, experiment: str) -> bool:
        """Whether the study has results of this experiment."""
        entry = self.paper.experiments.get(experiment)
        return entry is not None and entry.is_run

    def run_among(self, experiments: Sequence[str], role: str = "") -> list[str]:
        """Return those of `experiments` that were run; `role` says what they are wanted for.

        Raises:
            InputError: none was.
        """
        found = [name for name in experiments if self.is_run(name)]
        if not found:
            wanted = " or ".join(experiments) or f"an experiment whose role is {role}"
            raise NothingToShowError(
                f"{self.folder} has no run of {wanted}, which this figure shows; "
                "add one to the study's experiments",
                *self.not_run(experiments),
            )
        return found

    def compared(self, group: str, reference: str) -> list[str]:
        """Return the experiments of a group that were run, the reference among them if it was.

        Raises:
            InputError: none was, or only the reference.
        """
        self.run_among([name for name in self.group(group) if name != reference])
        return self.run_among(self.group(group))

    def not_run(self, experiments: Iterable[str]) -> list[str]:
        """Return a sentence that names those of `experiments` that were not run, if any."""
        known = self.paper.experiments
        absent = [name for name in experiments if name in known and not self.is_run(name)]
        titles = "; ".join(dict.fromkeys(self.title(name) for name in absent))
        return [f"Not run in this study: {titles}."] if absent else []

    def estimate(self, experiment: str, dataset: str, measure: Measure) -> Estimate:
        """Return a measure of an experiment on a dataset's test images.

        Raises:
            InputError: it was not tested on that dataset.
        """
        tested = self.paper.experiments[experiment].results
        if dataset not in tested:
            raise InputError(
                f"{self.folder / 'paper.json'} has no {measure} of {experiment} on {dataset}; "
                "run the stage score and then collate"
            )
        found = tested[dataset][measure]
        seeds = tuple(found.seeds[seed] for seed in sorted(found.seeds, key=int))
        return Estimate(found.mean, found.low, found.high, seeds)

    def difference(self, first: str, second: str) -> Estimate:
        """Return how much higher the SRCC of `second` is; without seeds to tell, no interval.

        Raises:
            InputError: the two were not compared on the images of the training dataset.
        """
        for entry in (entry for rows in self.paper.comparisons.values() for entry in rows):
            pair = (entry.first, entry.second, entry.dataset)
            if pair == (first, second, self.training_dataset):
                ends = entry.statistic()
                low, high = (ends.get(end, entry.difference) for end in ("low", "high"))
                return Estimate(entry.difference, low, high)
        raise InputError(
            f"{self.folder / 'paper.json'} does not compare {second} with {first}; "
            "name the one as compared_with of the other in experiments.yaml"
        )

    def run(self, experiment: str, seed: int | None = None) -> Path:
        """The folder of a run, of the experiment's first seed if none is named."""
        seed = self.seeds(experiment)[0] if seed is None else seed
        return self.folder / "runs" / experiment / f"seed{seed}"

    def predictions(self, experiment: str, seed: int, dataset: str) -> pd.DataFrame:
        """Read one run's predictions, one row an image, indexed by id.

        Raises:
            InputError: there is no such file, or a number in it is not finite.
        """
        run = self.run(experiment, seed)
        return finite_predictions(run / "predictions" / f"{dataset}.parquet")

    def photos(self, dataset: str, ids: Sequence[str]) -> list[Pixels]:
        """Return small copies of photos, in their own aspect ratio whatever the resize rule."""
        data = self.folder / "data" / dataset
        store = PixelStore.open(data / f"store-{scope_of_paper(self.paper).resize}")
        sizes = read_manifest(data / "manifest.parquet").set_index("id")[["width", "height"]]
        return [
            thumbnail(store.image(row), *sizes.loc[name])
            for name, row in zip(ids, store.rows(ids), strict=True)
        ]


def finite_predictions(path: Path) -> pd.DataFrame:
    """Read the predictions of a run, one row an image, indexed by id.

    Raises:
        InputError: there is no such file, or a number in it is not finite.
    """
    frame = read_predictions(path).set_index("id")
    require_finite(frame[["quality", "prediction", *attention_columns(frame)]], path)
    return frame


def thumbnail(pixels: Pixels, width: int, height: int) -> Pixels:
    """Shrink `pixels` to the aspect ratio of `width` x `height`."""
    scale = min(THUMBNAIL_SIDE / max(width, height), 1.0)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def require_finite(numbers: pd.DataFrame, source: Path) -> None:
    """Check that no value is missing or infinite.

    Raises:
        InputError: naming the file, the column and the row of the first one.
    """
    rows, columns = np.nonzero(~np.isfinite(numbers.to_numpy(dtype=np.float64)))
    if rows.size:
        row, column = numbers.index[rows[0]], numbers.columns[columns[0]]
        raise InputError(f"{source}: {column} of '{row}' is not a number; compute it anew")
