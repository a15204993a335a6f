"""What each stage reads of the validated settings: it runs again if that changes, and only then.

Stages are given whole YAML files. Their rules take a digest of what is returned here as a
parameter: a comment, another layout or a setting that a stage does not read reruns nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from smartiqa.config.experiment import Experiment
from smartiqa.config.study import Catalogue, Study, planned_experiments, resolve, roles_of

Settings = dict[str, Any]


def settings_digest(settings: Any) -> str:
    """Digest settings (anything that JSON can hold), blind to the order of keys."""
    text = json.dumps(settings, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def needed_settings(study: Study, experiments: Iterable[Experiment], dataset: str) -> Settings:
    """What `prepare` makes sure of: the splits that are used, and room for the crops.

    `experiments` are those that the study runs. On a dataset that is not trained on, only some of
    them are tested.
    """
    run = list(experiments)
    splits = ["test"]
    if dataset == study.training_dataset:
        selections = {experiment.recipe.selection for experiment in run}
        splits = ["train", *(["validation"] if "validation" in selections else []), "test"]
    else:
        run = [experiment for experiment in run if experiment.id in study.cross_experiments]
    unresized = any(experiment.recipe.resize == "none" for experiment in run)
    return {"splits": splits, "crop": study.crop if unresized else None}


def counted_settings(study: Study, catalogue: Catalogue) -> Settings:
    """What `smartiqa.models.complexity` counts: every model that the study can build."""
    experiments = [
        resolve(study, catalogue, name)
        for name, entry in catalogue.experiments.items()
        if entry.model.backbone in study.backbones
    ]
    models = {e.id: e.model_dump(mode="json", include={"model", "backbone"}) for e in experiments}
    return {"models": models, "crop": study.crop}


def timed_settings(study: Study, catalogue: Catalogue) -> Settings:
    """What `timing` measures: the models of some experiments that are run, on a machine."""
    planned = planned_experiments(study, catalogue)
    timed = roles_of(study, catalogue).among(planned).timed
    compute = study.compute.model_dump(mode="json")
    return {**counted_settings(study, catalogue), "timed": timed, "compute": compute}


def added_up_settings(study: Study, catalogue: Catalogue) -> Settings:
    """What `cost` adds up: the trainings, which it compares with their settings."""
    planned = planned_experiments(study, catalogue)
    trained = catalogue.trained(planned)
    return {
        name: [resolve(study, catalogue, name).model_dump(mode="json"), study.seeds_of(name)]
        for name in trained
    }


def collated_settings(study: Study, catalogue: Catalogue, published: Any) -> Settings:
    """What `smartiqa.evaluation.summary` reads: all but the schedule; the order of rows counts."""
    return {
        "study": study.model_dump(mode="json", exclude={"schedule"}),
        "catalogue": catalogue.model_dump(mode="json"),
        "order": [*catalogue.experiments, *catalogue.groups],
        "published": published,
    }
