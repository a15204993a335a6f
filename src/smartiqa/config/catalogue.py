"""The catalogue: every configuration that the paper compares, once for all studies.

Written in `workflow/config/experiments.yaml` and read by `smartiqa.config.study.load_catalogue`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import pairwise
from typing import Any, Self

from pydantic import model_validator

from smartiqa.config.experiment import Model
from smartiqa.config.names import ExperimentId, Name, Names
from smartiqa.config.roles import Roles
from smartiqa.config.study_checks import check_catalogue
from smartiqa.core.strict import Strict, Text, validated

ABLATION = "ablation"  # the group that is made of the role of this name
REFERENCE = "reference"


class ExperimentEntry(Strict):
    """One experiment as `experiments.yaml` writes it: a recipe, and only what differs.

    With `checkpoint_of` nothing is trained: the named experiment's checkpoint is tested anew.
    `compared_with` is the experiment that its difference is tested against; `teacher` the one that
    `distillation` learns from, seed by seed. In each of the four, `reference` stands for whichever
    experiment has that role in a study; with `recipe: reference` an experiment is a *variant*: it
    has the recipe and the model of that experiment, but for what it says itself.
    """

    title: Text
    recipe: str
    model: Model = Model()
    training: dict[str, Any] = {}
    testing: dict[str, Any] = {}
    checkpoint_of: str | None = None
    compared_with: str | None = "reference"
    teacher: str | None = None

    def trained_as(self, name: str) -> str:
        """The experiment whose training gives the checkpoint of the experiment called `name`."""
        return self.checkpoint_of or name


class Catalogue(Strict):
    """All recipes and experiments, their roles, and the tables (groups) that they appear in.

    In a group, too, `reference` stands for whichever experiment has that role.
    """

    recipes: dict[Name, dict[str, Any]]
    experiments: dict[ExperimentId, ExperimentEntry]
    roles: Roles
    groups: dict[Name, Names]

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        check_catalogue(self)
        return self

    def varied_on(self, reference: str, planned: Collection[str] = ()) -> Catalogue:
        """This catalogue with the experiment that `reference` stands for.

        What is planned of the variants is varied on it; other variants, and all of a reference
        that is a variant itself, on the catalogue's own reference.

        Raises:
            InputError: a variant does not go with the model that it is varied on.
        """
        own = self.roles.reference
        entry = self.experiments.get(reference)
        other = own if entry is None or entry.recipe == REFERENCE else reference
        bases = {name: other if name in planned else own for name in self.experiments}
        experiments = {name: self._whole(name, base) for name, base in bases.items()}
        groups = {
            group: tuple(dict.fromkeys(reference if n == REFERENCE else n for n in members))
            for group, members in self.groups.items()
        }
        return self.model_copy(update={"experiments": experiments, "groups": groups})

    def _whole(self, name: str, reference: str) -> ExperimentEntry:
        entry, base = self.experiments[name], self.experiments[reference]
        teacher = reference if entry.teacher == REFERENCE else entry.teacher
        if entry.recipe != REFERENCE:
            return entry.model_copy(update={"teacher": teacher})
        model = base.model.model_dump() | entry.model.model_dump(exclude_unset=True)
        testing_of = reference if entry.checkpoint_of == REFERENCE else entry.checkpoint_of
        return entry.model_copy(
            update={
                "recipe": base.recipe,
                "model": validated(Model, model, f"experiment {name}, a variant of {reference}"),
                "training": base.training | entry.training,
                "testing": base.testing | entry.testing,
                "checkpoint_of": testing_of,
                "teacher": teacher or base.teacher,
            }
        )

    def trained(self, names: Iterable[str]) -> list[str]:
        """Those of some experiments that have a training of their own, in the same order."""
        return [name for name in names if self.experiments[name].checkpoint_of is None]

    def groups_with(self, roles: Roles) -> dict[str, tuple[str, ...]]:
        """All groups, the ablation first, in the order in which the text comes to them."""
        return {ABLATION: roles.ablation, **self.groups}

    def compared_with(self, name: str, roles: Roles) -> str | None:
        """What an experiment is compared with; None if with nothing, as the reference itself."""
        other = self.experiments[name].compared_with
        if other != REFERENCE:
            return other
        return None if name == roles.reference else roles.reference

    def pairs_of(self, group: str, roles: Roles) -> list[tuple[str, str]]:
        """The experiments of a group, each after what it is compared with in that group.

        The ablation compares each experiment with the one before, and the last with the first.
        """
        members = self.groups_with(roles)[group]
        if group == ABLATION:
            whole = [(members[0], members[-1])] if len(members) > 1 else []
            return list(dict.fromkeys([*pairwise(members), *whole]))
        pairs = [(self.compared_with(name, roles), name) for name in members]
        return [(other, name) for other, name in pairs if other is not None and other in members]
