"""Studies and the catalogue of experiments, read from YAML.

A *study* (`workflow/config/<study>.yaml`) says which data, backbones and machine are used; the
*catalogue* (`workflow/config/experiments.yaml`) says what is trained, once for every study.
`smartiqa.config.planned.resolve` joins the two into one `Experiment`, all that a training needs.

This module is imported while the workflow is parsed, so it imports nothing heavy.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from smartiqa.config.backbone import Backbone, Weights
from smartiqa.config.catalogue import Catalogue
from smartiqa.config.experiment import Compute, Pretraining, Schedule, Synthesis, Testing
from smartiqa.config.inheritance import INHERITED, INHERITS, with_inherited
from smartiqa.config.names import AllOrSome, DatasetName, Name, Names, Root, Seeds
from smartiqa.config.roles import RoleChanges, cast_roles
from smartiqa.config.splits import Split
from smartiqa.config.study_checks import check_study
from smartiqa.core.errors import InputError
from smartiqa.core.strict import (
    Count,
    Positive,
    Prose,
    Strict,
    Text,
    WholeNumber,
    validated,
)
from smartiqa.core.yaml_files import read_yaml


class BackboneRole(Backbone):
    """A backbone as a study casts it: its weights, and the label that the paper prints.

    `crop` is for a backbone that was pretrained at another size than the study's crops.
    """

    label: Text
    weights: Weights
    crop: Count | None = None

    @property
    def network(self) -> Backbone:
        """The part of the role that shapes its network."""
        return Backbone(**self.model_dump(exclude={"label", "weights", "crop"}))


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


def _needed_of_a_file(schema: dict[str, Any]) -> None:
    """Say in the JSON schema that a file which inherits may lack what it inherits."""
    inherited = [key for key in schema["required"] if key in INHERITED]
    schema["required"] = [key for key in schema["required"] if key not in INHERITED]
    schema["anyOf"] = [{"required": [INHERITS]}, {"required": inherited}]


class Study(Strict):
    """Everything that differs between one study and another.

    Every experiment is trained once for each of `seeds`, but for those that `experiment_seeds`
    gives seeds of their own. `mixed_with` says which datasets an experiment with `mixed` trains on
    beside the training dataset; on their test images it is tested, too. `without` are those that
    `experiments: all` leaves out, as the data lack what they need. `inherits` names a study
    (`smartiqa.config.inheritance`).
    """

    model_config = ConfigDict(json_schema_extra=_needed_of_a_file)

    inherits: Name | None = None
    name: Name
    title: Text
    note: Prose
    score_name: Text
    training_dataset: str
    cross_datasets: Names = ()
    cross_experiments: Names = ()
    datasets: dict[DatasetName, Dataset]
    backbones: dict[Name, BackboneRole]
    crop: Count
    resize: Resize = Resize()
    seeds: Seeds
    experiment_seeds: dict[str, Seeds] = {}
    mixed_with: dict[str, Names] = {}
    experiments: AllOrSome
    without: Names = ()
    roles: RoleChanges = RoleChanges()
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

    def chosen_of(self, known: Iterable[str]) -> tuple[str, ...]:
        """Return the experiments that the study runs, of all that there are."""
        if self.experiments != "all":
            return self.experiments
        return tuple(name for name in known if name not in self.without)

    def seeds_of(self, experiment: str) -> tuple[int, ...]:
        """Return the seeds that an experiment is trained with."""
        return self.experiment_seeds.get(experiment, self.seeds)

    def crop_of(self, role: str) -> int:
        """Return the side in pixels of the crops that a backbone sees."""
        return self.backbones[role].crop or self.crop

    def datasets_of(self, experiment: str) -> tuple[str, ...]:
        """Return the datasets that an experiment is tested on, the training dataset first."""
        crossed = self.cross_datasets if experiment in self.cross_experiments else ()
        return (self.training_dataset, *crossed, *self.mixed_with.get(experiment, ()))

    def learnt_by(self, experiment: str) -> tuple[str, ...]:
        """Return the datasets that an experiment is trained on, the training dataset first."""
        return (self.training_dataset, *self.mixed_with.get(experiment, ()))


def load_study(path: Path) -> Study:
    """Read and validate a study file.

    Raises:
        InputError: the file is missing, is not YAML, or breaks the schema; all problems are named.
    """
    return study_of(with_inherited(read_yaml(path), path, Study.model_fields), path)


def study_of(content: dict[str, Any], path: Path) -> Study:
    """Validate what a study's file says, with what it inherits.

    Raises:
        InputError: it breaks the schema, or has another name than the file.
    """
    needed = [key for key, field in Study.model_fields.items() if field.is_required()]
    lacking = [key for key in needed if key not in content]
    if lacking and content.get(INHERITS):
        raise InputError(
            f"{path}: {', '.join(lacking)}: missing; add what is not inherited "
            f"(inherits takes {', '.join(INHERITED)})"
        )
    study = validated(Study, content, str(path))
    if study.name != path.stem:
        raise InputError(f"{path}: name is '{study.name}', but the file is called '{path.stem}'")
    return study


def load_catalogue(path: Path, study: Study | None = None) -> Catalogue:
    """Read and validate the catalogue of experiments, as a study casts its roles.

    What the study runs of the reference's variants is varied on the study's own reference.

    Raises:
        InputError: the file is missing, is not YAML, or breaks the schema; all problems are named.
            Or a variant that the study runs does not go with the study's reference.
    """
    written = validated(Catalogue, read_yaml(path), str(path))
    if study is None:
        return written.varied_on(written.roles.reference)
    planned = study.chosen_of(written.experiments)
    try:
        roles = cast_roles(written.roles, study.roles, tuple(planned))
        return written.varied_on(roles.reference, planned)
    except InputError as error:
        raise InputError(f"study {study.name}: {error}") from error
