"""Reading the result files of a study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from smartiqa.config.catalogue import Catalogue
from smartiqa.config.experiment import Experiment
from smartiqa.config.files import CATALOGUE, study_file
from smartiqa.config.planned import planned_experiments, resolve, roles_of
from smartiqa.config.study import Study, load_catalogue, load_study
from smartiqa.core.errors import InputError, first_named
from smartiqa.core.files import made_anew, sha256_of, verified
from smartiqa.core.strict import validated
from smartiqa.metrics.inference import Runs
from smartiqa.metrics.measures import all_measures
from smartiqa.results.run_files import RunScores, read_config, read_predictions, read_scores

MOST_SHOWN = 3  # differences between a run and its study that a message names


class Results:
    """The result files of a study, with what is needed to find and to compare them."""

    def __init__(self, folder: Path, study: Study, catalogue: Catalogue) -> None:
        self.folder = folder
        self.study = study
        self.catalogue = catalogue
        self.planned = planned_experiments(study, catalogue)
        self.roles = roles_of(study, catalogue)

    @classmethod
    def of(cls, study: str | Path, catalogue: Path = CATALOGUE) -> Self:
        """Return the results of a study by its name or file, seen from the repository's folder.

        Raises:
            InputError: there is no such study.
        """
        read = load_study(study_file(study))
        return cls(Path("results", read.name), read, load_catalogue(catalogue, read))

    def manifest(self, dataset: str) -> Path:
        """Return the manifest of a dataset."""
        return self.folder / "data" / dataset / "manifest.parquet"

    def store(self, dataset: str, resize: str) -> Path:
        """Return the folder of a dataset's pixel store whose images are resized in one way."""
        return self.folder / "data" / dataset / f"store-{resize}"

    def run(self, experiment: str, seed: int) -> Path:
        """Return the folder of one run."""
        return self.folder / "runs" / experiment / f"seed{seed}"

    def first_run(self, experiment: str) -> Path:
        """Return the folder of an experiment's first seed, in which single runs are looked into."""
        return self.run(experiment, self.study.seeds_of(experiment)[0])

    def trained(self, experiment: str, seed: int) -> Path:
        """Return the folder of the training that the experiment's checkpoint comes from.

        Raises:
            InputError: that training is not finished, or it is one of another study, experiment,
                seed or dataset.
        """
        name = self.catalogue.experiments[experiment].trained_as(experiment)
        folder = self.run(name, seed)
        if strange := self._strange(read_config(folder), name, seed):
            raise InputError(
                f"{folder} is not the run of {name} with seed {seed} in study {self.study.name}: "
                f"{strange}; remove the folder and train anew"
            )
        return folder

    def _strange(self, settings: Mapping[str, Any], name: str, seed: int) -> str:
        """Say how a run differs from what the study asks for; empty if it does not."""
        found = validated(Experiment, settings["experiment"], f"{name}, config.json")
        wanted = resolve(self.study, self.catalogue, name)
        pairs: list[tuple[str, Any, Any]] = [("seed", settings["seed"], seed)]
        pairs += differing_settings(found.model_dump(), wanted.model_dump())
        pairs += [("manifest", settings["manifest"], self.training_digest)]
        differences = [(key, a, b) for key, a, b in pairs if a != b]
        shown = [f"its {key} is {a!r}, not {b!r}" for key, a, b in differences]
        return first_named(shown, MOST_SHOWN)

    @cached_property
    def training_digest(self) -> str:
        """SHA-256 of the training dataset's manifest.

        Raises:
            InputError: there is no manifest.
        """
        path = self.manifest(self.study.training_dataset)
        if not path.is_file():
            raise InputError(f"{path} does not exist; the stage prepare makes it")
        return sha256_of(verified(path))

    def datasets_of(self, experiment: str) -> tuple[str, ...]:
        """Return the datasets that the experiment was tested on."""
        return self.study.datasets_of(experiment)

    def predictions(self, experiment: str, dataset: str) -> list[pd.DataFrame]:
        """Read the predictions of all seeds, the images in the same order.

        Raises:
            InputError: a table is missing, a prediction is no number, all are equal, or the seeds
                were tested on different images.
        """
        tables = []
        for seed in self.study.seeds_of(experiment):
            path = self.run(experiment, seed) / "predictions" / f"{dataset}.parquet"
            tables.append(read_predictions(path))
            if not np.isfinite(tables[-1]["prediction"]).all():
                raise InputError(f"{path} has predictions that are no numbers: train anew")
            if np.ptp(tables[-1]["prediction"]) == 0:
                raise InputError(
                    f"{path} predicts the same for every image, so no correlation is defined: "
                    "train anew"
                )
            if tables[-1]["id"].tolist() != tables[0]["id"].tolist():
                raise InputError(f"{path} has other images than the first seed's predictions")
        return tables

    def scores(self, experiment: str, dataset: str) -> list[RunScores]:
        """Read what the stage score measured of each seed on a dataset.

        Raises:
            InputError: a file, a dataset in it or a measure is missing, or the seeds were tested
                on different images.
        """
        found = []
        for seed in self.study.seeds_of(experiment):
            path = self.run(experiment, seed) / "metrics.json"
            found.append(read_scores(path, dataset))
            if found[-1].test_images != found[0].test_images:
                raise InputError(f"{path}: {dataset} has other test images than the first seed's")
            if lacking := [name for name in all_measures() if name not in found[-1].measures]:
                raise InputError(f"{path}: {dataset} lacks {lacking[0]}; {made_anew('score')}")
        return found

    def measured(self, experiment: str, dataset: str, measure: str, *, apart: bool = False) -> Runs:
        """Return a measure of all seeds of an experiment; errors as for `scores`.

        With `apart`, without the test images that look like one in training, if there are any.
        """
        seeds = self.study.seeds_of(experiment)
        scores = self.scores(experiment, dataset)
        parts = [score.without_near_duplicates if apart else score for score in scores]
        entries = [part.measures[measure] for part in parts if part is not None]
        return Runs(
            np.array([entry.value for entry in entries]),
            np.array([entry.left_out for entry in entries]),
            (self.catalogue.experiments[experiment].trained_as(experiment), seeds),
        )


def differing_settings(
    found: Mapping[str, Any], wanted: Mapping[str, Any], path: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """Yield dotted key, found and wanted value of every setting that differs."""
    for key in dict.fromkeys([*found, *wanted]):
        a, b = found.get(key), wanted.get(key)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            yield from differing_settings(a, b, f"{path}{key}.")
        elif a != b:
            yield f"{path}{key}", a, b
