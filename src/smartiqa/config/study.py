"""Studies and the catalogue of experiments, read from YAML.

A *study* (`workflow/config/<study>.yaml`) says which data, backbones and machine are used; the
*catalogue* (`workflow/config/experiments.yaml`) says what is trained, once for every study.
`resolve` joins the two into one `Experiment`, which is all that a training needs to know.

This module is imported while the workflow is parsed, so it imports nothing heavy.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from smartiqa.config.experiment import (
    Backbone,
    Compute,
    Experiment,
    Model,
    Pretraining,
    Recipe,
    Schedule,
    Synthesis,
    Testing,
    Weights,
)
from smartiqa.config.study_checks import check_catalogue, check_plan, check_study
from smartiqa.core.errors import InputError
from smartiqa.core.strict import (
    Count,
    Flag,
    Positive,
    Share,
    Strict,
    Text,
    WholeNumber,
    all_different,
    not_empty,
    refuse_unused,
    unknown_name,
    validated,
)
from smartiqa.core.yaml_files import read_yaml


def _fit_for_a_folder(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise ValueError(
            f"'{name}' names a folder: take letters, digits, '.', '_' and '-', a letter or digit "
            "first"
        )
    return name


def _fit_for_an_experiment(name: str) -> str:
    if "_" in name:
        raise ValueError(f"'{name}' names an experiment: take '-' for '_'")
    return _fit_for_a_folder(name)


def _below_a_folder(root: Path) -> Path:
    if Path.cwd().is_relative_to(os.path.abspath(root)):
        raise ValueError(f"'{root}' holds more than a dataset; name the dataset's own folder")
    return root


def _all_or_some(experiments: Any) -> Any:
    if isinstance(experiments, str) and experiments != "all":
        raise ValueError(f"write all, or a list of experiments, not '{experiments}'")
    return experiments


Folder = Annotated[str, AfterValidator(_fit_for_a_folder)]
ExperimentId = Annotated[str, AfterValidator(_fit_for_an_experiment)]
Root = Annotated[Path, AfterValidator(_below_a_folder)]
# A training makes seeds of its own from it, one for each epoch, and PyTorch takes 64 bits.
Seed = Annotated[int, Field(strict=True, ge=0, lt=2**32)]
Seeds = Annotated[tuple[Seed, ...], AfterValidator(not_empty), AfterValidator(all_different)]
Names = Annotated[tuple[str, ...], AfterValidator(all_different)]
# Which of the two a person meant is known before either is tried, so that one problem is told.
AllOrSome = Annotated[
    Annotated[Names, AfterValidator(not_empty), Tag("list")]
    | Annotated[Literal["all"], Tag("all")],
    Discriminator(lambda given: "all" if given == "all" else "list"),
    BeforeValidator(_all_or_some),
]


class BackboneRole(Backbone):
    """A backbone as a study casts it: its weights, and the label that the paper prints."""

    label: Text
    weights: Weights

    @property
    def network(self) -> Backbone:
        """The part of the role that shapes its network."""
        return Backbone(**self.model_dump(exclude={"label", "weights"}))


class Split(Strict):
    """How a dataset is split; the fields are those of `smartiqa.data.splits.SplitPlan`."""

    kind: Literal["official", "random", "by_reference", "all_test"] = "official"
    fractions: tuple[Share, Share, Share] = (0.7, 0.1, 0.2)
    round: WholeNumber = 0
    seed: WholeNumber = 0
    redraw: Flag = False
    keep_series: Flag = False

    @model_validator(mode="after")
    def _fractions_are_of_one_whole(self) -> Self:
        if abs(sum(self.fractions) - 1) > 1e-6:
            raise ValueError(
                f"fractions (train, validation, test) add up to {sum(self.fractions):g}; "
                "make them add up to 1"
            )
        return self

    @model_validator(mode="after")
    def _every_setting_has_an_effect(self) -> Self:
        user, remedy = f"the kind {self.kind}", "kind: random or by_reference"
        if self.kind == "official":
            refuse_unused(self, ("redraw",), user, remedy)
        if self.kind == "all_test":
            refuse_unused(self, ("fractions", "round", "seed", "keep_series"), user, remedy)
        return self


class Dataset(Strict):
    """One dataset of a study: its adapter, where it lies and how it is split.

    `options` are the adapter's own, and checked against its types when the workflow is parsed.
    `problems` says whether a broken image stops the preparation or is left out and listed.
    """

    adapter: Text
    root: Root
    title: Text
    options: dict[str, Any] = {}
    split: Split = Split()
    problems: Literal["strict", "skip"] = "strict"


class Resize(Strict):
    """Sizes in pixels behind `resize: squash` (height, width) and `resize: aspect` (short side)."""

    squash: tuple[Count, Count] = (512, 384)
    aspect: Count = 384


class Statistics(Strict):
    """Settings shared by every interval of the paper.

    Contents are left out of the test images one after the other; where there are more than
    `replicates`, they are dealt into that many groups by `seed`, and groups are left out.
    """

    replicates: Annotated[Count, Field(ge=2)] = 100
    seed: WholeNumber = 0


class RecipeChange(Strict):
    """A study's changes to one recipe.

    The scales multiply the learning rates (the backbone's also the cosine floor), so that
    experiments are written with the published rates whatever the size of the study's backbones.
    """

    backbone_rate_scale: Positive = 1.0
    head_rate_scale: Positive = 1.0
    settings: dict[str, Any] = {}


class Study(Strict):
    """Everything that differs between one study and another.

    Every experiment is trained once for each of `seeds`, but for those that `experiment_seeds`
    gives seeds of their own.
    """

    name: Folder
    title: Text
    note: str
    score_name: Text
    training_dataset: str
    cross_datasets: Names
    cross_experiments: Names
    datasets: dict[Folder, Dataset]
    backbones: dict[Folder, BackboneRole]
    crop: Count
    resize: Resize = Resize()
    seeds: Seeds
    experiment_seeds: dict[str, Seeds] = {}
    experiments: AllOrSome
    recipes: dict[str, RecipeChange] = {}
    testing: Testing = Testing()
    compute: Compute
    schedule: Schedule = Schedule()
    statistics: Statistics = Statistics()
    synthesis: Synthesis | None = None
    pretraining: dict[str, Pretraining] = {}

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        check_study(self)
        return self

    def seeds_of(self, experiment: str) -> tuple[int, ...]:
        """Return the seeds that an experiment is trained with."""
        return self.experiment_seeds.get(experiment, self.seeds)


class ExperimentEntry(Strict):
    """One experiment as `experiments.yaml` writes it: a recipe, and only what differs.

    With `checkpoint_of` nothing is trained: the named experiment's checkpoint is tested anew.
    `compared_with` is the experiment that its difference is tested against.
    """

    title: Text
    recipe: str
    model: Model = Model()
    training: dict[str, Any] = {}
    testing: dict[str, Any] = {}
    checkpoint_of: str | None = None
    compared_with: str | None = "C3"

    def trained_as(self, name: str) -> str:
        """The experiment whose training gives the checkpoint of the experiment called `name`."""
        return self.checkpoint_of or name


class Catalogue(Strict):
    """All recipes and experiments, and the tables (groups) that they appear in."""

    recipes: dict[str, dict[str, Any]]
    experiments: dict[ExperimentId, ExperimentEntry]
    groups: dict[Folder, Names]

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        check_catalogue(self)
        return self

    def pairs_of(self, group: str) -> list[tuple[str, str]]:
        """The experiments of a group, each after what it is compared with in that group."""
        members = self.groups[group]
        return [
            (other, name)
            for name in members
            if (other := self.experiments[name].compared_with) in members and other is not None
        ]


def resolve(study: Study, catalogue: Catalogue, name: str) -> Experiment:
    """Join study and catalogue into one experiment.

    Settings are layered: the recipe, the study's changes to it, the experiment's own; at last the
    study's scales multiply the rates.

    Raises:
        InputError: the experiment, its backbone role or one of its keys does not exist.
    """
    entry = _entry(catalogue, name)
    if entry.model.backbone not in study.backbones:
        problem = unknown_name("backbone", entry.model.backbone, list(study.backbones))
        raise InputError(f"experiment {name} in study {study.name}: {problem}")
    role = study.backbones[entry.model.backbone]
    change = study.recipes.get(entry.recipe, RecipeChange())
    layers = {**catalogue.recipes[entry.recipe], **change.settings, **entry.training}
    recipe = validated(Recipe, layers, f"experiment {name}")
    _require_room(study, recipe.resize, name)
    scaled = {
        "backbone_rate": recipe.backbone_rate * change.backbone_rate_scale,
        "head_rate": recipe.head_rate * change.head_rate_scale,
        "cosine_floor": recipe.cosine_floor * change.backbone_rate_scale,
    }
    return Experiment(
        id=name,
        model=entry.model,
        backbone=role.network,
        recipe=recipe.model_copy(update=scaled),
        crop=study.crop,
        compute=study.compute,
    )


def _require_room(study: Study, resize: str, name: str) -> None:
    """A crop must fit into what images are resized to; what is not resized, `prepare` measures."""
    sizes = {"squash": min(study.resize.squash), "aspect": study.resize.aspect}
    if study.crop > sizes.get(resize, study.crop):
        raise InputError(
            f"study {study.name}: the crop ({study.crop}) is larger than images that are resized "
            f"to resize.{resize} ({sizes[resize]}), as {name} does; take a smaller crop or a "
            "larger size"
        )


def testing_of(study: Study, catalogue: Catalogue, name: str) -> Testing:
    """How the experiment's predictions are made: the study's way, with the experiment's changes.

    Raises:
        InputError: the experiment or one of its keys does not exist.
    """
    layers = {**study.testing.model_dump(), **_entry(catalogue, name).testing}
    return validated(Testing, layers, f"experiment {name}: testing")


def _entry(catalogue: Catalogue, name: str) -> ExperimentEntry:
    if name not in catalogue.experiments:
        raise InputError(unknown_name("experiment", name, list(catalogue.experiments)))
    return catalogue.experiments[name]


def planned_experiments(study: Study, catalogue: Catalogue) -> tuple[str, ...]:
    """The experiments that the study runs, in the catalogue's order.

    Raises:
        InputError: the study does not fit the catalogue; see `check_plan`.
    """
    known = tuple(catalogue.experiments)
    planned = known if study.experiments == "all" else study.experiments
    check_plan(study, catalogue, planned)
    return tuple(name for name in known if name in planned)


def load_study(path: Path) -> Study:
    """Read and validate a study file.

    Raises:
        InputError: the file is missing, is not YAML, or breaks the schema; all problems are named.
    """
    study = validated(Study, read_yaml(path), str(path))
    if study.name != path.stem:
        raise InputError(f"{path}: name is '{study.name}', but the file is called '{path.stem}'")
    return study


def load_catalogue(path: Path) -> Catalogue:
    """Read and validate the catalogue of experiments.

    Raises:
        InputError: the file is missing, is not YAML, or breaks the schema; all problems are named.
    """
    return validated(Catalogue, read_yaml(path), str(path))
