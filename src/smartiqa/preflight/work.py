"""What a build has still to do, as far as a check cares."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from smartiqa.config.catalogue import Catalogue
from smartiqa.config.experiment import Experiment
from smartiqa.config.planned import planned_experiments, resolve
from smartiqa.config.study import Study

MODEL_RULES = (
    *("weights", "train", "teach", "predict", "calibrate", "embed", "feature_maps"),
    *("floors", "robustness", "masking", "attack", "timing"),
)


class Work(NamedTuple):
    """Jobs ahead.

    Attributes:
        study: that is built.
        catalogue: of all experiments.
        results: the study's folder.
        jobs: the jobs of a build, each a rule with the values of its wildcards (`store spaq
            aspect`); None if the study is looked at as a whole.
    """

    study: Study
    catalogue: Catalogue
    results: Path
    jobs: Collection[str] | None = None

    @property
    def experiments(self) -> dict[str, Experiment]:
        """What the study runs, by id."""
        planned = planned_experiments(self.study, self.catalogue)
        return {name: resolve(self.study, self.catalogue, name) for name in planned}

    @property
    def stores(self) -> list[tuple[str, str]]:
        """The pixel stores to build: dataset, and way of resizing."""
        pairs = {
            (dataset, experiment.recipe.resize): None
            for name, experiment in self.experiments.items()
            for dataset in self.study.datasets_of(name)
        }
        return [pair for pair in pairs if self._ahead("store", *pair, made=self._store(*pair))]

    @property
    def trainings(self) -> list[tuple[str, int]]:
        """The trainings to run: experiment and seed."""
        return [
            (name, seed)
            for name in self.catalogue.trained(self.experiments)
            for seed in self.study.seeds_of(name)
            if self._ahead("train", name, seed, made=f"runs/{name}/seed{seed}/best.safetensors")
        ]

    def prepares(self, dataset: str) -> bool:
        """Whether a manifest is to be written."""
        return self._ahead("prepare", dataset)

    @property
    def prepares_datasets(self) -> bool:
        """Whether any manifest is to be written."""
        return any(self.prepares(dataset) for dataset in self.study.datasets)

    def brings(self, role: str) -> bool:
        """Whether the weights of a backbone are to be brought into form."""
        return self._ahead("weights", role)

    def is_there(self, *parts: str) -> bool:
        """Whether a build has already made a file of the study's results."""
        return self.results.joinpath(*parts).is_file()

    @property
    def runs_models(self) -> bool:
        """Whether any job runs a model, or brings its weights into form."""
        return self.jobs is None or any(job.split(" ")[0] in MODEL_RULES for job in self.jobs)

    @property
    def typesets(self) -> bool:
        """Whether the paper is to be typeset."""
        return self._ahead("paper")

    def _store(self, dataset: str, resize: str) -> str:
        return f"data/{dataset}/store-{resize}/store.json"

    def _ahead(self, rule: str, *values: object, made: str = "") -> bool:
        """Whether a job is ahead: in a build if it is planned, else if its output is missing."""
        if self.jobs is None:
            return not (made and self.is_there(made))
        return " ".join([rule, *map(str, values)]) in self.jobs
