"""What a study runs: its experiments, joined with the catalogue, and who plays which role."""

from __future__ import annotations

from typing import Any

from smartiqa.config.catalogue import Catalogue, ExperimentEntry
from smartiqa.config.experiment import Experiment, Recipe, Testing
from smartiqa.config.roles import Roles, cast_roles
from smartiqa.config.study import RecipeChange, Study
from smartiqa.config.study_checks import check_plan
from smartiqa.core.errors import InputError
from smartiqa.core.strict import unknown_name, validated


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
    recipe = validated(Recipe, settings_of(study, catalogue, name), f"experiment {name}")
    crop = study.crop_of(entry.model.backbone)
    _require_room(study, recipe.resize, name, crop)
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
        crop=crop,
        compute=study.compute,
    )


def settings_of(study: Study, catalogue: Catalogue, name: str) -> dict[str, Any]:
    """The layers of an experiment's recipe, one over the other; no rate is scaled yet.

    Raises:
        InputError: the experiment does not exist.
    """
    entry = _entry(catalogue, name)
    change = study.recipes.get(entry.recipe, RecipeChange())
    return {**catalogue.recipes[entry.recipe], **change.settings, **entry.training}


def _require_room(study: Study, resize: str, name: str, crop: int) -> None:
    """A crop must fit into what images are resized to; what is not resized, `prepare` measures."""
    sizes = {"squash": min(study.resize.squash), "aspect": study.resize.aspect}
    if crop > sizes.get(resize, crop):
        raise InputError(
            f"study {study.name}: the crop ({crop}) is larger than images that are resized "
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
    planned = study.chosen_of(known)
    check_plan(study, catalogue, planned)
    return tuple(name for name in known if name in planned)


def roles_of(study: Study, catalogue: Catalogue) -> Roles:
    """Who plays which role in a study; what generates no weights is not embedded.

    Raises:
        InputError: the study does not fit the catalogue; see `check_plan`.
    """
    planned = planned_experiments(study, catalogue)
    roles = cast_roles(catalogue.roles, study.roles, planned)
    generate = [
        name for name in roles.embedded if catalogue.experiments[name].model.regressor != "fixed"
    ]
    return roles.model_copy(update={"embedded": tuple(generate)})


def tried_experiments(study: Study, catalogue: Catalogue) -> tuple[str, ...]:
    """The baseline, if it is run, and the reference: what single scores are looked into of.

    Raises:
        InputError: the study does not fit the catalogue; see `check_plan`.
    """
    planned, roles = planned_experiments(study, catalogue), roles_of(study, catalogue)
    return tuple(name for name in (roles.baseline, roles.reference) if name in planned)


def calibrated_experiments(study: Study, catalogue: Catalogue) -> tuple[str, ...]:
    """Those of `tried_experiments` that choose epochs on validation images.

    Raises:
        InputError: the study does not fit the catalogue; see `check_plan`.
    """
    return tuple(
        name
        for name in tried_experiments(study, catalogue)
        if resolve(study, catalogue, name).recipe.selection == "validation"
    )
