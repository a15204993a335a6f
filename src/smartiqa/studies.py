"""Studies and the catalogue of experiments, read from YAML.

A *study* (`workflow/config/<study>.yaml`) says which data, backbones and machine are used; the
*catalogue* (`workflow/config/experiments.yaml`) says what is trained, once for every study.
`resolve` joins the two into one `Experiment`, which is all that a training needs to know.

This module is imported while the workflow is parsed, so it imports nothing heavy.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from smartiqa.config import (
    Backbone,
    Compute,
    Experiment,
    Model,
    Pretraining,
    Recipe,
    Schedule,
    Strict,
    Synthesis,
    Testing,
    Weights,
    unknown_name,
    validated,
)
from smartiqa.errors import InputError
from smartiqa.yaml_files import read_yaml


def _all_different(names: tuple[Any, ...]) -> tuple[Any, ...]:
    for place, name in enumerate(names):
        if name in names[:place]:
            raise ValueError(f"{name} is there twice; name it once")
    return names


Seeds = Annotated[tuple[NonNegativeInt, ...], Field(min_length=1), AfterValidator(_all_different)]
Names = Annotated[tuple[str, ...], AfterValidator(_all_different)]


class BackboneRole(Backbone):
    """A backbone as a study casts it: its weights, and the label that the paper prints."""

    label: str
    weights: Weights


class Split(Strict):
    """How a dataset is split; the fields are those of `smartiqa.data.splits.SplitPlan`."""

    kind: Literal["official", "random", "by_reference", "all_test"] = "official"
    fractions: tuple[float, float, float] = (0.7, 0.1, 0.2)
    round: NonNegativeInt = 0
    seed: NonNegativeInt = 0
    redraw: Annotated[bool, Field(strict=True)] = False


class Dataset(Strict):
    """One dataset of a study: its adapter, where it lies and how it is split.

    `problems` says whether a broken image stops the preparation or is left out and listed.
    """

    adapter: str
    root: Path
    title: str
    options: dict[str, Any] = {}
    split: Split = Split()
    problems: Literal["strict", "skip"] = "strict"


class Resize(Strict):
    """Sizes in pixels behind `resize: squash` (height, width) and `resize: aspect` (short side)."""

    squash: tuple[PositiveInt, PositiveInt] = (512, 384)
    aspect: PositiveInt = 384


class Statistics(Strict):
    """Settings shared by every interval of the paper.

    Contents are left out of the test images one after the other; where there are more than
    `replicates`, they are dealt into that many groups by `seed`, and groups are left out.
    """

    replicates: Annotated[int, Field(ge=2)] = 100
    seed: int = 0


class RecipeChange(Strict):
    """A study's changes to one recipe.

    The scales multiply the learning rates (the backbone's also the cosine floor), so that
    experiments are written with the published rates whatever the size of the study's backbones.
    """

    backbone_rate_scale: PositiveFloat = 1.0
    head_rate_scale: PositiveFloat = 1.0
    settings: dict[str, Any] = {}


class Study(Strict):
    """Everything that differs between one study and another.

    Every experiment is trained once for each of `seeds`, but for those that `experiment_seeds`
    gives seeds of their own.
    """

    name: str
    title: str
    note: str
    score_name: str
    training_dataset: str
    cross_datasets: Names
    cross_experiments: Names
    datasets: dict[str, Dataset]
    backbones: dict[str, BackboneRole]
    crop: PositiveInt
    resize: Resize = Resize()
    seeds: Seeds
    experiment_seeds: dict[str, Seeds] = {}
    experiments: Names | Literal["all"]
    recipes: dict[str, RecipeChange] = {}
    testing: Testing = Testing()
    compute: Compute
    schedule: Schedule = Schedule()
    statistics: Statistics = Statistics()
    synthesis: Synthesis | None = None
    pretraining: dict[str, Pretraining] = {}

    @model_validator(mode="after")
    def _photos_and_datasets_have_one_role(self) -> Self:
        if self.training_dataset in self.cross_datasets:
            raise ValueError(
                f"cross_datasets: {self.training_dataset} is the training_dataset; "
                "test across on other datasets"
            )
        if self.synthesis is not None:
            for photo in self.synthesis.validation_photos:
                if photo in self.synthesis.test_photos:
                    raise ValueError(
                        f"synthesis: the photo {photo} is in validation_photos and in test_photos"
                    )
        return self

    def seeds_of(self, experiment: str) -> tuple[int, ...]:
        """Return the seeds that an experiment is trained with."""
        return self.experiment_seeds.get(experiment, self.seeds)


class ExperimentEntry(Strict):
    """One experiment as `experiments.yaml` writes it: a recipe, and only what differs.

    With `checkpoint_of` nothing is trained: the named experiment's checkpoint is tested anew.
    `compared_with` is the experiment that its difference is tested against.
    """

    title: str
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
    experiments: dict[str, ExperimentEntry]
    groups: dict[str, Names]

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for name, entry in self.experiments.items():
            if entry.recipe not in self.recipes:
                raise ValueError(
                    f"{name}: {unknown_name('recipe', entry.recipe, list(self.recipes))}"
                )
            for key in ("checkpoint_of", "compared_with"):
                if (other := getattr(entry, key)) is not None:
                    self._check_experiment(other, f"{name}: {key}")
            self._check_checkpoint(name, entry)
            self._check_comparisons(name)
        for group, members in self.groups.items():
            for member in members:
                self._check_experiment(member, f"group {group}")
        return self

    @model_validator(mode="after")
    def _differences_are_in_one_group(self) -> Self:
        """A difference that two groups had would have two corrected p-values."""
        home: dict[tuple[str, str], str] = {}
        for group in self.groups:
            for pair in self.pairs_of(group):
                if pair in home:
                    raise ValueError(
                        f"groups {home[pair]} and {group} both compare {pair[1]} with {pair[0]}: "
                        "list them together in one group only"
                    )
                home[pair] = group
        return self

    def pairs_of(self, group: str) -> list[tuple[str, str]]:
        """The experiments of a group, each after what it is compared with in that group."""
        members = self.groups[group]
        return [
            (other, name)
            for name in members
            if (other := self.experiments[name].compared_with) in members and other is not None
        ]

    def _check_checkpoint(self, name: str, entry: ExperimentEntry) -> None:
        trained = self.experiments[entry.trained_as(name)]
        if trained.checkpoint_of is not None:
            raise ValueError(
                f"{name}: checkpoint_of: {entry.trained_as(name)} is not trained itself; "
                "name an experiment that is"
            )

    def _check_comparisons(self, name: str) -> None:
        seen, other = [name], self.experiments[name].compared_with
        while other in self.experiments and other is not None:
            if other == name:
                raise ValueError(
                    f"{name}: compared_with leads back to it ({' to '.join([*seen, name])}); "
                    "give one of them compared_with: null or another"
                )
            if other in seen:
                return
            seen.append(other)
            other = self.experiments[other].compared_with

    def _check_experiment(self, name: str, where: str) -> None:
        if name not in self.experiments:
            raise ValueError(f"{where}: {unknown_name('experiment', name, list(self.experiments))}")


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
    scaled = {
        "backbone_rate": recipe.backbone_rate * change.backbone_rate_scale,
        "head_rate": recipe.head_rate * change.head_rate_scale,
        "cosine_floor": recipe.cosine_floor * change.backbone_rate_scale,
    }
    return Experiment(
        id=name,
        model=entry.model,
        backbone=Backbone(**role.model_dump(exclude={"label", "weights"})),
        recipe=recipe.model_copy(update=scaled),
        crop=study.crop,
        compute=study.compute,
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
        InputError: the study names an experiment or a recipe that the catalogue does not have, or
            tests the checkpoint of an experiment that it does not run, or not with that seed.
    """
    known = tuple(catalogue.experiments)
    planned = known if study.experiments == "all" else study.experiments
    experiments = (*planned, *study.cross_experiments, *study.experiment_seeds)
    named = {"experiment": experiments, "recipe": tuple(study.recipes)}
    valid = {"experiment": known, "recipe": tuple(catalogue.recipes)}
    for what, names in named.items():
        for name in names:
            if name not in valid[what]:
                raise InputError(f"study {study.name}: {unknown_name(what, name, valid[what])}")
    for name in planned:
        if (trained := catalogue.experiments[name].trained_as(name)) not in planned:
            raise InputError(
                f"study {study.name}: {name} tests the checkpoint of {trained}, which the study "
                f"does not run: add {trained} to its experiments"
            )
        if missing := set(study.seeds_of(name)) - set(study.seeds_of(trained)):
            raise InputError(
                f"study {study.name}: {name} tests the checkpoints of {trained}, which is not "
                f"trained with seed {min(missing)}: give both the same seeds in experiment_seeds"
            )
    return tuple(name for name in known if name in planned)


def load_study(path: Path) -> Study:
    """Read and validate a study file.

    Raises:
        InputError: the file is missing, is not YAML, or breaks the schema; all problems are named.
    """
    study = validated(Study, read_yaml(path), str(path))
    for name in (study.training_dataset, *study.cross_datasets):
        if name not in study.datasets:
            raise InputError(f"{path}: {unknown_name('dataset', name, list(study.datasets))}")
    for role in study.pretraining:
        if role not in study.backbones:
            raise InputError(f"{path}: {unknown_name('backbone', role, list(study.backbones))}")
    if study.name != path.stem:
        raise InputError(f"{path}: name is '{study.name}', but the file is called '{path.stem}'")
    return study


def load_catalogue(path: Path) -> Catalogue:
    """Read and validate the catalogue of experiments.

    Raises:
        InputError: the file is missing, is not YAML, or breaks the schema; all problems are named.
    """
    return validated(Catalogue, read_yaml(path), str(path))
