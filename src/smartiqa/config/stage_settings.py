"""What each stage reads of the validated settings: it runs again if that changes, and only then.

Stages are given whole YAML files. Their rules take a digest of what is returned here as a
parameter: a comment, another layout or a setting that a stage does not read reruns nothing. The
stage is given that digest too, and refuses to work if the files give other settings by then
(`as_planned`). So whatever reads and joins the files cannot change a result without changing a
digest, and code digests leave it out: see `smartiqa.provenance.code_digest`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from smartiqa.config.catalogue import Catalogue
from smartiqa.config.experiment import Experiment, Synthesis, Testing
from smartiqa.config.planned import planned_experiments, resolve, roles_of, testing_of
from smartiqa.config.study import Study, load_catalogue, load_study
from smartiqa.core.errors import InputError
from smartiqa.core.strict import unknown_name

Settings = dict[str, Any]
Read = TypeVar("Read")
Value = TypeVar("Value")


def read_study(study: Path, catalogue: Path) -> tuple[Study, Catalogue]:
    """Read and validate both files.

    Raises:
        InputError: one is missing or breaks its schema; all problems are named.
    """
    read = load_study(study)
    return read, load_catalogue(catalogue, read)


def as_planned(settings: Read, expect: str | None) -> Read:
    """Return `settings` if they have the digest that was planned, or if none was given.

    Raises:
        InputError: somebody has changed them since the job was planned.
    """
    if expect is not None and (found := settings_digest(settings)) != expect:
        raise InputError(
            f"the settings of this job were changed after it was planned (digest {found}, not "
            f"{expect}): run snakemake again"
        )
    return settings


def settings_digest(settings: Any) -> str:
    """Digest settings (models, paths, or what JSON can hold), blind to the order of keys."""
    text = json.dumps(settings, sort_keys=True, allow_nan=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(value: BaseModel | Path) -> Any:
    return str(value) if isinstance(value, Path) else value.model_dump(mode="json")


def synthesised_settings(study: Study) -> Synthesis:
    """What `synthesise` distorts.

    Raises:
        InputError: the study distorts no photos.
    """
    if study.synthesis is None:
        raise InputError(f"study {study.name} distorts no photos: it has no synthesis")
    return study.synthesis


def prepared_settings(study: Study, catalogue: Catalogue, dataset: str) -> Settings:
    """What `prepare` reads: the dataset, how it is split, and what the study needs of it."""
    settings = _named("dataset", study.datasets, dataset, study)
    planned = planned_experiments(study, catalogue)
    experiments = [resolve(study, catalogue, name) for name in planned]
    return {
        **settings.model_dump(exclude={"title"}),
        "needs": needed_settings(study, experiments, dataset),
    }


def stored_settings(study: Study, dataset: str, resize: str) -> Settings:
    """What `store` reads: the dataset's folder, and the fields of `ResizeRule`."""
    sizes = {"none": [], "squash": list(study.resize.squash), "aspect": [study.resize.aspect]}
    root = _named("dataset", study.datasets, dataset, study).root
    return {"root": root, "kind": resize, "size": sizes[resize]}


def weights_settings(study: Study, role: str) -> Settings:
    """What `weights` reads: the backbone, where its weights come from, and the side of crops."""
    backbone = _named("backbone", study.backbones, role, study)
    return {"backbone": backbone.network, "weights": backbone.weights, "crop": study.crop_of(role)}


def pretrained_settings(study: Study, role: str) -> Settings:
    """What `pretrain` reads: how it trains, on which photos, and the network."""
    return {
        "settings": _named("pretraining of", study.pretraining, role, study),
        "synthesis": synthesised_settings(study),
        "backbone": study.backbones[role].network,
        "crop": study.crop_of(role),
    }


def trained_settings(study: Study, catalogue: Catalogue, name: str) -> Experiment:
    """What `train` reads: all that a training depends on, seed and data apart."""
    return resolve(study, catalogue, name)


def predicted_settings(study: Study, catalogue: Catalogue, name: str) -> Testing:
    """What `predict` reads, beside the settings that a run brings along."""
    return testing_of(study, catalogue, name)


def _named(what: str, known: Mapping[str, Value], name: str, study: Study) -> Value:
    if name not in known:
        raise InputError(f"study {study.name}: {unknown_name(what, name, list(known))}")
    return known[name]


def needed_settings(study: Study, experiments: Iterable[Experiment], dataset: str) -> Settings:
    """What `prepare` makes sure of: the splits that are used, their classes, room for the crops.

    `experiments` are those that the study runs. On a dataset that is not trained on, only some of
    them are tested.
    """
    run = list(experiments)
    splits, classes = ["test"], set[str]()
    if dataset == study.training_dataset:
        selections = {experiment.recipe.selection for experiment in run}
        splits = ["train", *(["validation"] if "validation" in selections else []), "test"]
        classes = {task.labels for experiment in run if (task := experiment.recipe.auxiliary)}
    else:
        mixed = any(dataset in names for names in study.mixed_with.values())
        splits = [*(["train"] if mixed else []), "test"]
        run = [experiment for experiment in run if dataset in study.datasets_of(experiment.id)]
    unresized = [experiment.crop for experiment in run if experiment.recipe.resize == "none"]
    crop = max(unresized, default=None)
    return {"splits": splits, "classes": sorted(classes), "crop": crop}


def counted_settings(study: Study, catalogue: Catalogue) -> Settings:
    """What `smartiqa.models.complexity` counts: every model that the study can build."""
    experiments = [
        resolve(study, catalogue, name)
        for name, entry in catalogue.experiments.items()
        if entry.model.backbone in study.backbones
    ]
    counted = {"model", "backbone", "crop"}
    return {e.id: e.model_dump(mode="json", include=counted) for e in experiments}


def timed_settings(study: Study, catalogue: Catalogue) -> Settings:
    """What `timing` measures: the models of some experiments that are run, on a machine."""
    planned = planned_experiments(study, catalogue)
    timed = roles_of(study, catalogue).among(planned).timed
    counted = counted_settings(study, catalogue)
    compute = study.compute.model_dump(mode="json")
    return {"models": [counted[name] for name in timed], "timed": timed, "compute": compute}


def added_up_settings(study: Study, catalogue: Catalogue) -> Settings:
    """What `cost` adds up: the trainings, which it compares with their settings."""
    planned = planned_experiments(study, catalogue)
    trained = catalogue.trained(planned)
    return {
        name: [resolve(study, catalogue, name).model_dump(mode="json"), study.seeds_of(name)]
        for name in trained
    }


def floor_settings(study: Study, catalogue: Catalogue) -> Settings:
    """What `floors` reads: of the full model backbone, resizing and test crops, and the intervals.

    The validated experiment, testing and statistics that it works with are these.
    """
    experiment = resolve(study, catalogue, roles_of(study, catalogue).reference)
    read = {"id", "backbone", "crop", "compute"}
    return {
        "dataset": study.training_dataset,
        "experiment": experiment.model_dump(mode="json", include=read),
        "role": experiment.model.backbone,
        "resize": experiment.recipe.resize,
        "testing": testing_of(study, catalogue, experiment.id),
        "statistics": study.statistics,
    }


def peer_settings(study: Study) -> Settings:
    """What `peers` reads: how intervals are made."""
    return {"dataset": study.training_dataset, "statistics": study.statistics}


def collated_settings(study: Study, catalogue: Catalogue, published: Any) -> Settings:
    """What `smartiqa.evaluation.summary` reads: all but the schedule; the order of rows counts.

    Where a study has its settings from is no setting.
    """
    return {
        "study": study.model_dump(mode="json", exclude={"schedule", "inherits"}),
        "catalogue": catalogue.model_dump(mode="json"),
        "order": [*catalogue.experiments, *catalogue.groups],
        "published": published,
    }


def reported_settings(study: Study, catalogue: Catalogue) -> Settings:
    """What `smartiqa.report` reads: the same, but published numbers come from `paper.json`."""
    return collated_settings(study, catalogue, None)
