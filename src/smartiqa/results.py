"""Reading the result files of a study."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from smartiqa.errors import InputError
from smartiqa.studies import Catalogue, Study, planned_experiments


class Results:
    """The result files of a study, with what is needed to find and to compare them."""

    def __init__(self, folder: Path, study: Study, catalogue: Catalogue) -> None:
        self.folder = folder
        self.study = study
        self.catalogue = catalogue
        self.planned = planned_experiments(study, catalogue)

    def run(self, experiment: str, seed: int) -> Path:
        """Return the folder of one run."""
        return self.folder / "runs" / experiment / f"seed{seed}"

    def trained(self, experiment: str, seed: int) -> Path:
        """Return the folder of the training that the experiment's checkpoint comes from.

        Raises:
            InputError: that training is not finished.
        """
        folder = self.run(self.catalogue.experiments[experiment].trained_as(experiment), seed)
        if not (folder / "config.json").is_file():
            raise InputError(f"{folder} holds no finished run; the stage train makes it")
        return folder

    def datasets_of(self, experiment: str) -> tuple[str, ...]:
        """Return the datasets that the experiment was tested on."""
        crossed = experiment in self.study.cross_experiments
        return (self.study.training_dataset, *(self.study.cross_datasets if crossed else ()))

    def predictions(self, experiment: str, dataset: str) -> list[pd.DataFrame]:
        """Read the predictions of all seeds, the images in the same order.

        Raises:
            InputError: a table is missing, a prediction is no number, or the seeds were tested on
                different images.
        """
        tables = []
        for seed in self.study.seeds:
            path = self.run(experiment, seed) / "predictions" / f"{dataset}.parquet"
            if not path.is_file():
                raise InputError(f"{path} does not exist; the stage predict makes it")
            tables.append(pd.read_parquet(path))
            if not np.isfinite(tables[-1]["prediction"]).all():
                raise InputError(f"{path} has predictions that are no numbers: train anew")
            if tables[-1]["id"].tolist() != tables[0]["id"].tolist():
                raise InputError(f"{path} has other images than the first seed's predictions")
        return tables

    @property
    def bootstrap(self) -> dict[str, int]:
        """The settings of every bootstrap."""
        return self.study.statistics.model_dump()


def contents(table: pd.DataFrame) -> pd.Series | None:
    """Which images share a content, and so are resampled together; None if that is unknown."""
    return table["reference"] if (table["reference"] != "").all() else None


def matrix(tables: Sequence[pd.DataFrame]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Predictions of all seeds, (seeds, images)."""
    return np.array([table["prediction"] for table in tables])
