"""Reading what a study computed: `paper.json`, predictions and photos.

Every reader names the run or value that is missing or not a number, so that no figure shows a gap
that nobody notices.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from smartiqa.core.errors import InputError
from smartiqa.core.files import read_json, verified
from smartiqa.data.store.pixel_store import PixelStore
from smartiqa.paper.figures.needs import Scope

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


@dataclass(frozen=True)
class Results:
    """The results of one study.

    Attributes:
        folder: `results/<study>`.
        paper: the content of its `paper.json`.
    """

    folder: Path
    paper: Mapping[str, Any]

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read `paper.json`.

        Raises:
            InputError: it does not exist.
        """
        path = folder / "paper.json"
        if not path.is_file():
            raise InputError(f"{path} does not exist; the stage collate makes it")
        return cls(folder, read_json(path))

    @property
    def score_name(self) -> str:
        """What the quality labels are: "MOS", or "proxy score" where nobody rated."""
        return str(self.paper["study"]["score_name"])

    @property
    def training_dataset(self) -> str:
        """The dataset that was trained on, whose test split is the usual one."""
        return str(self.paper["study"]["training_dataset"])

    @property
    def cross_datasets(self) -> list[str]:
        """The datasets that were only tested on."""
        return list(self.paper["study"]["cross_datasets"])

    def title(self, experiment: str) -> str:
        """The experiment's name in print."""
        return str(self.paper["experiments"][experiment]["title"])

    def group(self, name: str) -> list[str]:
        """The experiments of a group, run or not, in the catalogue's order."""
        return list(self.paper["groups"][name])

    def seeds(self, experiment: str) -> list[int]:
        """The seeds of an experiment."""
        return [int(seed) for seed in self.paper["experiments"][experiment]["seeds"]]

    def is_run(self, experiment: str) -> bool:
        """Whether the study has results of this experiment."""
        entry = self.paper["experiments"].get(experiment, {})
        return bool(entry.get("status") == "run")

    def run_among(self, experiments: Sequence[str]) -> list[str]:
        """Return those of `experiments` that were run.

        Raises:
            InputError: none was.
        """
        found = [name for name in experiments if self.is_run(name)]
        if not found:
            raise InputError(
                f"{self.folder} has no run of {' or '.join(experiments)}, which this figure shows; "
                "add one to the study's experiments"
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
        known = self.paper["experiments"]
        absent = [name for name in experiments if name in known and not self.is_run(name)]
        titles = "; ".join(dict.fromkeys(self.title(name) for name in absent))
        return [f"Not run in this study: {titles}."] if absent else []

    def estimate(self, experiment: str, dataset: str, metric: str) -> Estimate:
        """Return a metric of an experiment on a dataset's test images.

        Raises:
            InputError: it is missing, or not a finite number.
        """
        what = f"{metric} of {experiment} on {dataset}"
        try:
            entry = self.paper["experiments"][experiment]["results"][dataset][metric]
        except KeyError:
            raise InputError(
                f"{self.folder / 'paper.json'} has no {what}; run the stage score and then collate"
            ) from None
        seeds = {seed: self.number(value, what) for seed, value in entry["seeds"].items()}
        return Estimate(
            self.number(entry["mean"], what),
            self.number(entry["low"], f"lower bound of the {what}"),
            self.number(entry["high"], f"upper bound of the {what}"),
            tuple(seeds[seed] for seed in sorted(seeds, key=int)),
        )

    def difference(self, first: str, second: str) -> Estimate:
        """Return how much higher the SRCC of `second` is; without seeds to tell, no interval.

        Raises:
            InputError: the two were not compared on the images of the training dataset.
        """
        for entry in (entry for rows in self.paper["comparisons"].values() for entry in rows):
            pair = (entry["first"], entry["second"], entry["dataset"])
            if pair == (first, second, self.training_dataset):
                value = self.number(entry["difference"], f"difference of {second} to {first}")
                low, high = (value if entry[key] is None else entry[key] for key in ("low", "high"))
                return Estimate(value, low, high)
        raise InputError(
            f"{self.folder / 'paper.json'} does not compare {second} with {first}; "
            "name the one as compared_with of the other in experiments.yaml"
        )

    def interval(self, entry: Mapping[str, Any], what: str) -> Estimate:
        """Return an entry with value, low and high.

        Raises:
            InputError: one of them is missing or not a finite number.
        """
        numbers = [self.number(entry.get(key), what) for key in ("value", "low", "high")]
        return Estimate(numbers[0], numbers[1], numbers[2])

    def number(self, value: Any, what: str) -> float:
        """Return `value` as a number.

        Raises:
            InputError: it is missing, or not finite; `what` names it.
        """
        if value is None or not math.isfinite(value):
            shown = "missing" if value is None else f"{value}"
            raise InputError(
                f"{self.folder / 'paper.json'}: the {what} is {shown}; compute it anew"
            )
        return float(value)

    def predictions(self, experiment: str, seed: int, dataset: str) -> pd.DataFrame:
        """Read one run's predictions, one row an image, indexed by id.

        Raises:
            InputError: there is no such file, or a number in it is not finite.
        """
        run = self.folder / "runs" / experiment / f"seed{seed}"
        frame = read_table(run / "predictions" / f"{dataset}.parquet").set_index("id")
        measured = frame.columns[frame.columns.str.match("quality|prediction|attention_")]
        require_finite(frame[measured], run / "predictions" / f"{dataset}.parquet")
        return frame

    def photos(self, dataset: str, ids: Sequence[str]) -> list[Pixels]:
        """Return small copies of photos, in their own aspect ratio whatever the resize rule."""
        recipe = self.paper["experiments"]["C3"]["recipe"]
        data = self.folder / "data" / dataset
        store = PixelStore.open(data / f"store-{recipe['resize']}")
        sizes = read_table(data / "manifest.parquet").set_index("id")[["width", "height"]]
        return [
            thumbnail(store.image(row), *sizes.loc[name])
            for name, row in zip(ids, store.rows(ids), strict=True)
        ]


def thumbnail(pixels: Pixels, width: int, height: int) -> Pixels:
    """Shrink `pixels` to the aspect ratio of `width` x `height`."""
    scale = min(THUMBNAIL_SIDE / max(width, height), 1.0)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def read_table(path: Path) -> pd.DataFrame:
    """Read a Parquet file.

    Raises:
        InputError: there is no such file.
    """
    if not path.is_file():
        raise InputError(f"{path} does not exist; run the stage that makes it")
    return pd.read_parquet(verified(path))


def require_finite(numbers: pd.DataFrame, source: Path) -> None:
    """Check that no value is missing or infinite.

    Raises:
        InputError: naming the file, the column and the row of the first one.
    """
    rows, columns = np.nonzero(~np.isfinite(numbers.to_numpy(dtype=np.float64)))
    if rows.size:
        row, column = numbers.index[rows[0]], numbers.columns[columns[0]]
        raise InputError(f"{source}: {column} of '{row}' is not a number; compute it anew")


def scope_of(results: Results) -> Scope:
    """Return what the study ran, from its `paper.json`."""
    experiments = {
        name: entry for name, entry in results.paper["experiments"].items() if results.is_run(name)
    }
    recipe = results.paper["experiments"].get("C3", {}).get("recipe", {})
    return Scope(
        seeds={name: tuple(entry["seeds"]) for name, entry in experiments.items()},
        training_dataset=results.training_dataset,
        cross_datasets={
            name: tuple(d for d in results.cross_datasets if d in entry["results"])
            for name, entry in experiments.items()
        },
        resize=str(recipe.get("resize", "")),
    )
