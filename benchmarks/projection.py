"""How long all trainings of a study take, from what a machine computes a second.

Counted is the arithmetic of the models: crops that are trained (forward and backward, three times
the forward's operations), validated after every epoch, and predicted at the end. Early stopping is
left out, so the projection is an upper bound as far as epochs go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from smartiqa.config.experiment import Experiment
from smartiqa.config.study import Catalogue, Study, planned_experiments, resolve, testing_of
from smartiqa.models.counting import complexity_of

OPERATIONS = 2  # of a multiply-accumulate
BACKWARD = 2  # times the operations of the forward pass


class Images(NamedTuple):
    """How many images the splits of a dataset have."""

    train: int
    validation: int
    test: int


# KonIQ-10k's official split; the other datasets are tested on as a whole.
PUBLISHED_IMAGES = {
    "koniq10k": Images(7058, 1000, 2015),
    "spaq": Images(0, 0, 11125),
    "kadid10k": Images(0, 0, 10125),
    "agiqa3k": Images(0, 0, 2982),
}


class Work(NamedTuple):
    """What one run of an experiment has to do.

    Attributes:
        role: the backbone's role in the study.
        forward: operations of one crop's forward pass.
        trained: crops, over all epochs.
        scored: crops of validation and prediction.
    """

    role: str
    forward: int
    trained: int
    scored: int

    @property
    def operations(self) -> tuple[int, int]:
        """Operations of training and of scoring."""
        return (1 + BACKWARD) * self.forward * self.trained, self.forward * self.scored


class Rates(NamedTuple):
    """Operations a second that a model of some role reaches."""

    training: float
    prediction: float


def planned_work(study: Study, catalogue: Catalogue) -> dict[str, Work]:
    """Return the work of every planned experiment, for one seed."""
    forward: dict[str, int] = {}
    work = {}
    for name in planned_experiments(study, catalogue):
        experiment = resolve(study, catalogue, name)
        key = experiment.model.model_dump_json()
        if key not in forward:
            forward[key] = forward_operations(experiment)
        trained = scored = 0
        if catalogue.experiments[name].checkpoint_of is None:
            trained, scored = training_crops(study, experiment)
        datasets = (study.training_dataset, *study.cross_datasets)
        tested = datasets if name in study.cross_experiments else datasets[:1]
        images = sum(PUBLISHED_IMAGES[study.datasets[d].adapter].test for d in tested)
        scored += images * testing_of(study, catalogue, name).crops
        work[name] = Work(experiment.model.backbone, forward[key], trained, scored)
    return work


def forward_operations(experiment: Experiment) -> int:
    """Return the operations of one crop's forward pass."""
    found = complexity_of(experiment.model, experiment.backbone, experiment.crop)
    return OPERATIONS * found["multiply_accumulates"]


def training_crops(study: Study, experiment: Experiment) -> tuple[int, int]:
    """Return the crops that a whole training trains on, and those that it validates with."""
    images = PUBLISHED_IMAGES[study.datasets[study.training_dataset].adapter]
    recipe = experiment.recipe
    selecting = images.validation if recipe.selection == "validation" else images.test
    return (
        images.train * recipe.train_crops * recipe.epochs,
        selecting * recipe.validation_crops * recipe.epochs,
    )


def hours(work: Mapping[str, Work], rates: Mapping[str, Rates], seeds: int) -> dict[str, float]:
    """Return the hours of every experiment with all its seeds.

    A role that was not measured is taken to be as slow as the slowest one that was.
    """
    slowest = Rates(*(min(values) for values in zip(*rates.values(), strict=True)))
    found = {}
    for name, one in work.items():
        rate = rates.get(one.role, slowest)
        training, scoring = one.operations
        found[name] = seeds * (training / rate.training + scoring / rate.prediction) / 3600
    return found
