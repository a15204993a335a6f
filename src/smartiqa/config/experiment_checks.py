"""What has to fit together in the experiments as a study runs them.

A study and the catalogue are checked by themselves (`study_checks`); here is what only shows once
the study's own settings are in its experiments. Nothing runs before.
"""

from __future__ import annotations

from collections.abc import Mapping

from smartiqa.config.catalogue import Catalogue
from smartiqa.config.experiment import Experiment, Model, Testing
from smartiqa.config.study import Study
from smartiqa.core.errors import InputError


def check_teachers(
    study: Study, catalogue: Catalogue, experiments: Mapping[str, Experiment]
) -> None:
    """Check that every student has a teacher that it can learn from.

    Raises:
        InputError: naming the student, its teacher and what to do.
    """
    for name in catalogue.trained(experiments):
        try:
            _check_teacher(study, catalogue, experiments, name)
        except ValueError as error:
            raise InputError(f"study {study.name}: {name}: {error}") from error


def _check_teacher(
    study: Study, catalogue: Catalogue, experiments: Mapping[str, Experiment], name: str
) -> None:
    teacher = catalogue.experiments[name].teacher
    distillation = experiments[name].recipe.distillation
    if teacher is None and distillation is None:
        return
    if teacher is None or distillation is None:
        there, absent = "distillation", "teacher"
        if distillation is None:
            there, absent = absent, there
        raise ValueError(f"it has a {there} but no {absent}; give both, or neither")
    if teacher not in experiments:
        raise ValueError(f"its teacher {teacher} is not run; add {teacher} to experiments")
    trained = catalogue.experiments[teacher].trained_as(teacher)
    if trained != teacher:
        raise ValueError(f"its teacher {teacher} tests the checkpoint of {trained}; name {trained}")
    learners = [name]
    while (above := catalogue.experiments[learners[-1]].teacher) is not None:
        if above in learners:
            raise ValueError(
                f"it would learn from itself ({' from '.join([*learners, above])}); give one of "
                "them another teacher, or none"
            )
        learners.append(above)
    if missing := set(study.seeds_of(name)) - set(study.seeds_of(teacher)):
        raise ValueError(
            f"its teacher {teacher} is not trained with seed {min(missing)}: give both the same "
            "seeds in experiment_seeds"
        )
    if experiments[teacher].recipe.selection == "test_as_published":
        raise ValueError(
            f"its teacher {teacher} chooses its epoch on the test images (selection: "
            "test_as_published), and would pass them on; name one that does not"
        )
    if distillation.weights:
        _check_generated(teacher, experiments[teacher].model, experiments[name].model)


def _check_generated(teacher: str, given: Model, taken: Model) -> None:
    """Generated weights can be compared one by one if both target networks are of one size."""
    instead = "set distillation.weights to 0 and learn its scores"
    for whose, model in ((f"its teacher {teacher}", given), ("it", taken)):
        if model.regressor == "fixed":
            raise ValueError(f"{whose} generates no weights (regressor: fixed); {instead}")
    if given.design != taken.design:
        raise ValueError(
            f"its teacher {teacher} has the design {given.design} and it {taken.design}, whose "
            f"target networks differ in size; give both one design, or {instead}"
        )


def check_mixed(study: Study, experiments: Mapping[str, Experiment]) -> None:
    """Check that the study says what every mixed experiment trains on, and of no other.

    Raises:
        InputError: naming the experiment and what to do.
    """
    for name, experiment in experiments.items():
        mixes = experiment.recipe.mixed is not None
        if mixes and name not in study.mixed_with:
            raise InputError(
                f"study {study.name}: {name} trains on several datasets, but mixed_with does not "
                f"say which: add {name} there, or leave it out of the study (without)"
            )
        if not mixes and name in study.mixed_with:
            raise InputError(
                f"study {study.name}: mixed_with: {name} trains on one dataset; remove it, or give "
                f"{name} training: {{mixed: {{}}}}"
            )


def check_that_runs_differ(
    study: Study,
    catalogue: Catalogue,
    experiments: Mapping[str, Experiment],
    testings: Mapping[str, Testing],
) -> None:
    """Check that no two experiments are one and the same as this study runs them.

    The catalogue's experiments differ, but the study's own settings may make two of them equal:
    then one is called what it is not, and a difference of exactly zero is reported as a result.

    Raises:
        InputError: naming the two and what to do.
    """
    seen: dict[str, str] = {}
    for name, experiment in experiments.items():
        role = study.backbones[experiment.model.backbone]
        settings = experiment.model_dump(mode="json", exclude={"id": True, "model": {"backbone"}})
        weights, teacher = role.weights.model_dump(mode="json"), catalogue.experiments[name].teacher
        others = study.mixed_with.get(name)
        parts = [settings, testings[name].model_dump(), weights, teacher, others]
        other = seen.setdefault(repr(parts), name)
        if other != name:
            raise InputError(
                f"study {study.name}: {name} and {other} are one and the same with the study's "
                "settings of recipes, backbones and testing; change these, or leave one out"
            )
