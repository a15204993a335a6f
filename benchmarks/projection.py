"""How long all trainings of a study take, from what a machine computes a second.

Counted is the arithmetic of the models: crops that are trained (forward and backward, three times
the forward's operations), validated after every epoch, and predicted at the end. Early stopping is
left out, so the projection is an upper bound as far as epochs go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from smartiqa.config.catalogue import Catalogue
from smartiqa.config.experiment import Experiment
from smartiqa.config.planned import planned_experiments, resolve, testing_of
from smartiqa.config.study import Study
from smartiqa.core.errors import InputError
from smartiqa.models.counting import complexity_of
from smartiqa.training.plan import OPERATIONS, PASSES, Images, crops_of_training, expected_images


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
        return PASSES * self.forward * self.trained, self.forward * self.scored


class Rates(NamedTuple):
    """Operations a second that a model of some role reaches."""

    training: float
    prediction: float


def planned_work(
    study: Study, catalogue: Catalogue, published: Mapping[str, Any]
) -> dict[str, Work]:
    """Return the work of every planned experiment, for one seed."""
    images = {name: sizes(study, name, published) for name in study.datasets}
    forward: dict[str, int] = {}
    work = {}
    planned = planned_experiments(study, catalogue)
    trained = catalogue.trained(planned)
    for name in planned:
        experiment = resolve(study, catalogue, name)
        key = experiment.model.model_dump_json()
        if key not in forward:
            forward[key] = forward_operations(experiment)
        recipe, home = experiment.recipe, images[study.training_dataset]
        crops = crops_of_training(recipe, home, recipe.epochs) if name in trained else (0, 0)
        tested = sum(images[dataset].test for dataset in study.datasets_of(name))
        scored = crops[1] + tested * testing_of(study, catalogue, name).crops
        work[name] = Work(experiment.model.backbone, forward[key], crops[0], scored)
    return work


def sizes(study: Study, dataset: str, published: Mapping[str, Any]) -> Images:
    """Return how many images the splits of a dataset have.

    Raises:
        InputError: nobody published it.
    """
    found = expected_images(study.datasets[dataset], published)
    if found is None:
        raise InputError(f"study {study.name}: nobody published how many images {dataset} has")
    return found


def forward_operations(experiment: Experiment) -> int:
    """Return the operations of one crop's forward pass."""
    found = complexity_of(experiment.model, experiment.backbone, experiment.crop)
    return OPERATIONS * found["multiply_accumulates"]


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
