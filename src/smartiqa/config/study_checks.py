"""What has to fit together in a study, in the catalogue, and between the two.

The fields of each are checked by their types; here is what several of them say together. A study
that makes no sense is refused while the workflow is parsed, before anything runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from smartiqa.config.experiment import Recipe
from smartiqa.config.roles import Casting, Roles, cast_roles, check_casts
from smartiqa.core.errors import InputError
from smartiqa.core.strict import unknown_name, validated

if TYPE_CHECKING:
    from smartiqa.config.catalogue import Catalogue
    from smartiqa.config.study import Study


def check_study(study: Study) -> None:
    """Check what a study says of itself.

    Raises:
        ValueError: naming the keys and what to do.
    """
    _check_roles_of_datasets(study)
    _require_different("title", {f"datasets.{n}": d.title for n, d in study.datasets.items()})
    _check_splits(study)
    _check_mixed_datasets(study)
    _check_pretraining(study)
    # What a study inherits may be left out of a list that has no need of it.
    if study.experiments != "all" and (both := {*study.experiments} & {*study.without}):
        raise ValueError(f"{min(both)} is in experiments and in without; take it out of one")
    labels = {f"backbones.{name}": role.label for name, role in study.backbones.items()}
    _require_different("label", labels)


def check_catalogue(catalogue: Catalogue) -> None:
    """Check that all names exist, and that every experiment is one of its own.

    Raises:
        ValueError: naming the experiment, recipe or group and what to do.
    """
    _check_names(catalogue)
    check_casts(catalogue.roles, catalogue.experiments)
    catalogue = catalogue.varied_on(catalogue.roles.reference)
    for name, settings in catalogue.recipes.items():
        _check_recipe(f"recipe {name}", settings)
    for name, entry in catalogue.experiments.items():
        settings = {**catalogue.recipes[entry.recipe], **entry.training}
        _check_recipe(f"experiment {name}", settings)
        _check_checkpoint(catalogue, name)
    _check_embedded(catalogue, catalogue.roles)
    _check_comparisons(catalogue, catalogue.roles)
    _check_that_experiments_differ(catalogue)


def check_plan(study: Study, catalogue: Catalogue, planned: tuple[str, ...]) -> None:
    """Check that the catalogue has what a study names, and that the study runs it.

    Raises:
        InputError: naming the study, the key and what to do.
    """
    _require("experiment", planned, catalogue.experiments, f"study {study.name}: experiments")
    _require("experiment", study.without, catalogue.experiments, f"study {study.name}: without")
    for recipe, change in study.recipes.items():
        _require("recipe", (recipe,), catalogue.recipes, f"study {study.name}: recipes")
        settings = {**catalogue.recipes[recipe], **change.settings}
        validated(Recipe, settings, f"study {study.name}: recipes.{recipe}.settings")
    for key in ("cross_experiments", "experiment_seeds", "mixed_with"):
        names = tuple(getattr(study, key))
        _require("experiment", names, catalogue.experiments, f"study {study.name}: {key}")
        for name in names:
            if name not in planned:
                raise InputError(
                    f"study {study.name}: {key}: {name} is not run; add it to experiments, or "
                    f"remove it from {key}"
                )
    for name in planned:
        _check_that_checkpoints_are_trained(study, catalogue, name, planned)
    try:
        _check_roles(study, catalogue, planned)
    except (ValueError, InputError) as error:
        raise InputError(f"study {study.name}: {error}") from error


def _check_roles_of_datasets(study: Study) -> None:
    used = (study.training_dataset, *study.cross_datasets)
    for name in used:
        if name not in study.datasets:
            key = "cross_datasets" if name in study.cross_datasets else "training_dataset"
            raise ValueError(f"{key}: {unknown_name('dataset', name, list(study.datasets))}")
    if study.training_dataset in study.cross_datasets:
        raise ValueError(
            f"cross_datasets: {study.training_dataset} is the training_dataset; "
            "test across on other datasets"
        )
    for name in study.datasets:
        if name not in used:
            raise ValueError(
                f"datasets.{name} is neither the training_dataset nor in cross_datasets; add it "
                "there or remove it"
            )
    if bool(study.cross_datasets) != bool(study.cross_experiments):
        there, absent = "cross_datasets", "cross_experiments"
        if study.cross_experiments:
            there, absent = absent, there
        raise ValueError(f"there are {there} but no {absent}; name some, or empty {there}")


def _check_splits(study: Study) -> None:
    split = study.datasets[study.training_dataset].split
    key = f"datasets.{study.training_dataset}.split"
    if split.kind == "all_test":
        raise ValueError(
            f"{key}: all_test leaves nothing to train on, and this is the training_dataset; "
            "take another kind"
        )
    if split.kind != "official" and min(split.fractions) == 0:
        raise ValueError(
            f"{key}: the training_dataset has to train, validate and test; give each of the three "
            "fractions a share"
        )


def _check_mixed_datasets(study: Study) -> None:
    for experiment, names in study.mixed_with.items():
        key = f"mixed_with.{experiment}"
        if experiment in study.cross_experiments:
            raise ValueError(
                f"{key}: {experiment} is in cross_experiments, but what it trains on is not tested "
                "across; remove it there"
            )
        if not names:
            raise ValueError(f"{key} names no dataset; name one, or remove {experiment}")
        for name in names:
            if name == study.training_dataset:
                raise ValueError(f"{key}: {name} is the training_dataset already; name others")
            if name not in study.cross_datasets:
                raise ValueError(
                    f"{key}: {unknown_name('cross-dataset', name, study.cross_datasets)}"
                )
            split = study.datasets[name].split
            if split.kind == "all_test" or (split.kind != "official" and not split.fractions[0]):
                raise ValueError(
                    f"{key}: datasets.{name}.split leaves nothing to train on; take another kind, "
                    "or give the first of its fractions a share"
                )


def _check_pretraining(study: Study) -> None:
    for role, settings in study.pretraining.items():
        if role not in study.backbones:
            known = list(study.backbones)
            raise ValueError(f"pretraining: {unknown_name('backbone', role, known)}")
        if settings.square < (crop := study.crop_of(role)):
            raise ValueError(
                f"pretraining.{role}: the square ({settings.square}) is smaller than the crop "
                f"({crop}); take larger squares"
            )
    if study.pretraining and study.synthesis is None:
        raise ValueError("pretraining distorts the photos of synthesis, which is not given; add it")


def _check_names(catalogue: Catalogue) -> None:
    for name, entry in catalogue.experiments.items():
        if entry.recipe not in (*catalogue.recipes, "reference"):
            known = [*catalogue.recipes, "reference"]
            raise ValueError(f"{name}: {unknown_name('recipe', entry.recipe, known)}")
        for key in ("checkpoint_of", "compared_with", "teacher"):
            other = getattr(entry, key)
            if other not in (None, "reference", *catalogue.experiments):
                known = list(catalogue.experiments)
                raise ValueError(f"{name}: {key}: {unknown_name('experiment', other, known)}")
        if entry.checkpoint_of == "reference" and entry.recipe != "reference":
            raise ValueError(
                f"{name}: it tests the checkpoint of the reference, so its recipe must be "
                "reference too"
            )
    if "ablation" in catalogue.groups:
        raise ValueError("groups: ablation is made of roles.ablation; remove it here")
    for group, members in catalogue.groups.items():
        for member in members:
            if member not in ("reference", *catalogue.experiments):
                known = list(catalogue.experiments)
                raise ValueError(f"group {group}: {unknown_name('experiment', member, known)}")


def _check_recipe(where: str, settings: dict[str, Any]) -> None:
    try:
        validated(Recipe, settings, where)
    except InputError as error:
        raise ValueError(str(error)) from error


def _check_checkpoint(catalogue: Catalogue, name: str) -> None:
    entry = catalogue.experiments[name]
    if entry.checkpoint_of is None:
        return
    trained = catalogue.experiments[entry.checkpoint_of]
    if trained.checkpoint_of is not None:
        raise ValueError(
            f"{name}: checkpoint_of: {entry.checkpoint_of} is not trained itself; "
            "name an experiment that is"
        )
    for key in ("recipe", "model", "training", "teacher"):
        if getattr(entry, key) != getattr(trained, key):
            raise ValueError(
                f"{name}: it tests the checkpoint of {entry.checkpoint_of}, so its {key} must be "
                f"the same; make them equal, or remove checkpoint_of to train {name}"
            )


def _check_comparisons(catalogue: Catalogue, roles: Roles) -> None:
    for name in catalogue.experiments:
        _check_where_comparisons_lead(catalogue, roles, name)
    _check_that_a_difference_has_one_group(catalogue, roles)


def _check_where_comparisons_lead(catalogue: Catalogue, roles: Roles, name: str) -> None:
    seen, other = [name], catalogue.compared_with(name, roles)
    while other is not None:
        if other == name:
            raise ValueError(
                f"{name}: compared_with leads back to it ({' to '.join([*seen, name])}); "
                "give one of them compared_with: null or another"
            )
        if other in seen:
            return
        seen.append(other)
        other = catalogue.compared_with(other, roles)


def _check_roles(study: Study, catalogue: Catalogue, planned: tuple[str, ...]) -> None:
    check_casts(study.roles, catalogue.experiments)
    _check_embedded(catalogue, study.roles)
    for role, name in study.roles.casts():
        if name in catalogue.experiments and name not in planned:
            raise ValueError(
                f"roles.{role}: {name} is not run; add it to experiments, or cast another"
            )
    for key in study.roles.quoted:
        if key not in catalogue.roles.quoted:
            raise ValueError(f"roles.quoted: {unknown_name('key', key, [*catalogue.roles.quoted])}")
    roles = cast_roles(catalogue.roles, study.roles, planned)
    if (trained_as := catalogue.experiments[roles.reference].checkpoint_of) is not None:
        raise ValueError(
            f"roles.reference: {roles.reference} tests the checkpoint of {trained_as} and has no "
            "training of its own; cast one that has"
        )
    _check_comparisons(catalogue, roles)


def _check_embedded(catalogue: Catalogue, casting: Casting) -> None:
    for name in casting.embedded:
        entry = catalogue.experiments.get(name)
        if entry is not None and entry.model.regressor == "fixed":
            raise ValueError(f"roles.embedded: {name} generates no weights; cast one that does")


def _check_that_experiments_differ(catalogue: Catalogue) -> None:
    excluded = {"title", "compared_with", "checkpoint_of"}
    entries = catalogue.experiments.items()
    _require_different("settings", {n: e.model_dump_json(exclude=excluded) for n, e in entries})
    _require_different("title", {name: entry.title for name, entry in entries})


def _require_different(what: str, values: dict[str, str]) -> None:
    seen: dict[str, str] = {}
    for name, value in values.items():
        if value in seen:
            raise ValueError(
                f"{name} has the {what} of {seen[value]}; give each its own, or remove one"
            )
        seen[value] = name


def _check_that_a_difference_has_one_group(catalogue: Catalogue, roles: Roles) -> None:
    """A difference that two groups had would have two corrected p-values."""
    home: dict[tuple[str, str], str] = {}
    for group in catalogue.groups_with(roles):
        for pair in catalogue.pairs_of(group, roles):
            if pair in home:
                raise ValueError(
                    f"groups {home[pair]} and {group} both compare {pair[1]} with {pair[0]}: "
                    "list them together in one group only"
                )
            home[pair] = group


def _require(what: str, names: Iterable[str], known: Iterable[str], where: str) -> None:
    for name in names:
        if name not in known:
            raise InputError(f"{where}: {unknown_name(what, name, list(known))}")


def _check_that_checkpoints_are_trained(
    study: Study, catalogue: Catalogue, name: str, planned: tuple[str, ...]
) -> None:
    trained = catalogue.experiments[name].trained_as(name)
    if trained not in planned:
        raise InputError(
            f"study {study.name}: {name} tests the checkpoint of {trained}, which the study "
            f"does not run: add {trained} to its experiments"
        )
    if missing := set(study.seeds_of(name)) - set(study.seeds_of(trained)):
        raise InputError(
            f"study {study.name}: {name} tests the checkpoints of {trained}, which is not "
            f"trained with seed {min(missing)}: give both the same seeds in experiment_seeds"
        )
