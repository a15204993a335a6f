"""Which tables and figures the paper of a study has: those that it has something to show in.

The workflow asks before anything is run, and plans no other table or figure; templates ask when
they are rendered (`shown`), and leave out what an exhibit would have been spoken of with. Some
exhibits depend on what the data turn out to hold: these are planned, and shown if it is there.
What is not listed here is in every paper.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from smartiqa.config.catalogue import Catalogue
from smartiqa.config.planned import planned_experiments, roles_of
from smartiqa.config.roles import Roles
from smartiqa.config.study import Study


@dataclass(frozen=True)
class Runs:
    """What a study runs, planned or done, as far as exhibits care.

    Attributes:
        run: the experiments.
        compared: groups of which it compares at least two experiments.
        roles: who plays which role, run or not.
        crossed: whether it tests on data that it does not train on.
    """

    run: frozenset[str]
    compared: frozenset[str]
    roles: Roles
    crossed: bool


Condition = Callable[[Runs], bool]


def _compares(*groups: str) -> Condition:
    return lambda runs: any(group in runs.compared for group in groups)


def _whole_ablation(runs: Runs) -> bool:
    return len(runs.roles.ablation) > 1 and {*runs.roles.ablation} <= runs.run


def _crossed(runs: Runs) -> bool:
    return runs.crossed


def _baseline_and_full_model(runs: Runs) -> bool:
    return {str(runs.roles.baseline), runs.roles.reference} <= runs.run


CONDITIONS: dict[str, Condition] = {
    "tables/ablation": _compares("ablation"),
    "tables/as_published": _compares("as_published"),
    "tables/attention_variants": _compares("attention", "backbones"),
    "tables/cnn_generalisation": _compares("cnn", "cnn_variant"),
    "tables/cross_dataset": _crossed,
    "tables/future_work": _compares("distillation", "multi_task", "mixed"),
    "tables/learning_rate": _compares("learning_rate"),
    "tables/losses": _compares("losses", "ranking_weight"),
    "tables/ranking": lambda runs: len(runs.run) > 1,
    "tables/regularisation": _compares(
        "regularisation", "augmentation", "testing", "training_images"
    ),
    "tables/sizes": _compares("sizes", "cnn_sizes"),
    "figures/ablation_decomposition": _whole_ablation,
    "figures/competition": _baseline_and_full_model,
    "figures/cross_dataset": _crossed,
    "figures/feature_maps": lambda runs: str(runs.roles.mapped) in runs.run,
    "figures/learning_curve": _compares("training_images"),
    "figures/learning_rate": _compares("learning_rate"),
    "figures/losses": _compares("losses"),
    "figures/pca_weights": lambda runs: not runs.run.isdisjoint(runs.roles.embedded),
    "figures/predictions": lambda runs: not runs.run.isdisjoint(runs.roles.drawn),
    "figures/ranking_weight": _compares("ranking_weight"),
    "figures/size_performance": _compares("sizes", "cnn", "cnn_sizes"),
}


def _models_published(values: Mapping[str, Any]) -> bool:
    experiments, models = values["experiments"], values["published"]["models"].values()
    return any(experiments[name]["status"] == "run" for name in models)


def _published_on_the_same_images(values: Mapping[str, Any]) -> bool:
    training = values["datasets"][values["study"]["training_dataset"]]
    published: Mapping[str, Any] = values["published"]["literature"]["own_splits"]
    return training["adapter"] in published


def _published_on_these_data(values: Mapping[str, Any]) -> bool:
    training = values["datasets"][values["study"]["training_dataset"]]
    tables: Mapping[str, Any] = values["published"]["literature"]["tables"]
    rows = (row for table in tables.values() for row in table["rows"].values())
    return any(training["adapter"] in row["results"] for row in rows)


# What only the data, or the published numbers, decide.
FOUND: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "tables/calibration": lambda values: bool(values.get("intervals")),
    "tables/group_errors": lambda values: bool(values.get("group_errors")),
    "tables/own_split": _published_on_the_same_images,
    "tables/peers": lambda values: values.get("peers") is not None,
    "tables/published_methods": lambda values: (
        _models_published(values) or _published_on_these_data(values)
    ),
    "tables/state_of_the_art": _models_published,
    "figures/attention_by_quality": lambda values: values.get("attention") is not None,
    "figures/distortion_errors": lambda values: values.get("by_distortion") is not None,
}


def planned(exhibit: str, study: Study, catalogue: Catalogue) -> bool:
    """Whether the paper of a study will have an exhibit, such as `tables/losses`, or may have it.

    Raises:
        InputError: the study does not fit the catalogue.
    """
    run, roles = frozenset(planned_experiments(study, catalogue)), roles_of(study, catalogue)
    compared = frozenset(
        group
        for group in catalogue.groups_with(roles)
        if any({*pair} <= run for pair in catalogue.pairs_of(group, roles))
    )
    runs = Runs(run, compared, roles, bool(study.cross_datasets))
    return exhibit not in CONDITIONS or CONDITIONS[exhibit](runs)


def shown(values: Mapping[str, Any], exhibit: str) -> bool:
    """Whether the paper with these values has an exhibit, such as `tables/losses`."""
    runs = Runs(
        run=frozenset(n for n, entry in values["experiments"].items() if entry["status"] == "run"),
        compared=frozenset(group for group, rows in values["comparisons"].items() if rows),
        roles=Roles.model_validate(dict(values["roles"])),
        crossed=bool(values["study"]["cross_datasets"]),
    )
    fits = exhibit not in CONDITIONS or CONDITIONS[exhibit](runs)
    return fits and (exhibit not in FOUND or FOUND[exhibit](values))
