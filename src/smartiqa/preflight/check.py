"""All that can be known of a study before hours of training are spent on it."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from smartiqa.config.experiment_checks import check_mixed, check_teachers, check_that_runs_differ
from smartiqa.config.planned import roles_of, testing_of
from smartiqa.config.study import load_catalogue, load_study
from smartiqa.core.errors import InputError
from smartiqa.data.options import check_options
from smartiqa.preflight.findings import Findings
from smartiqa.preflight.work import Work

if TYPE_CHECKING:
    import pandas as pd

RESULTS = Path("results")
MAIN = Path("paper", "main.tex.j2")


def check_study(
    study: Path,
    catalogue: Path,
    jobs: Collection[str] | None = None,
    *,
    elsewhere: bool = False,
) -> Findings:
    """Check a study, its data and weights, and this machine.

    Args:
        study: its YAML file.
        catalogue: all experiments, a YAML file.
        jobs: those of a build, see `Work`; without them, all that the study can need.
        elsewhere: whether jobs run on other machines, or with programs of their own; nothing is
            then said of this machine.

    Raises:
        InputError: the files of the study and of the catalogue make no sense.
    """
    read = load_study(study)
    work = Work(read, load_catalogue(catalogue, read), RESULTS / read.name, jobs)
    found, experiments = Findings(), work.experiments
    testings = {name: testing_of(read, work.catalogue, name) for name in experiments}
    found.attempt("", partial(check_options, read))
    found.attempt("", partial(check_teachers, read, work.catalogue, experiments))
    found.attempt("", partial(check_mixed, read, experiments))
    joined = (read, work.catalogue, experiments, testings)
    found.attempt("", partial(check_that_runs_differ, *joined))
    trainings = len(work.trainings)
    found.note(
        f"study {read.name}: {trainings} training(s) ahead, of {len(experiments)} experiment(s)"
    )
    for name in in_no_group(work):
        found.warn(f"{name} is in no group of {catalogue}, so no table compares it with others")
    _check_work(work, found, elsewhere)
    return found


def in_no_group(work: Work) -> list[str]:
    """What a study runs that no group of the catalogue has."""
    groups = work.catalogue.groups_with(roles_of(work.study, work.catalogue))
    grouped = {name for members in groups.values() for name in members}
    return [name for name in work.experiments if name not in grouped]


def _check_work(work: Work, found: Findings, elsewhere: bool) -> None:
    """Check what there is to do; what is slow to import is imported where there is."""
    images: dict[str, pd.DataFrame] = {}
    parameters: dict[str, int] = {}
    if work.prepares_datasets:
        from smartiqa.preflight.datasets import check_datasets

        images = check_datasets(work, found)
    if work.runs_models and not elsewhere:
        from smartiqa.preflight.device import check_device
        from smartiqa.preflight.duration import check_duration
        from smartiqa.preflight.models import check_models, check_processes, check_weights

        check_weights(work, found)
        on_gpu = check_device(work, found)
        parameters = check_models(work, found)
        check_processes(work, found)
        if not on_gpu:
            check_duration(work, images, parameters, found)
    if work.stores or work.trainings:
        from smartiqa.preflight.disk import check_room

        check_room(work, images, parameters, found)
    if work.typesets and not elsewhere:
        from smartiqa.preflight.programs import check_programs

        check_programs(MAIN, found)


def require_no_errors(study: Path, found: Findings) -> None:
    """Raise an `InputError` that counts the errors, if there are any."""
    if count := found.errors:
        errors = "an error" if count == 1 else f"{count} errors"
        raise InputError(f"the study {study.stem} has {errors}, listed above; nothing was built")
