"""The check that every build starts with.

It is no job: what it finds depends on the machine and the hour, and nothing must run again for it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from smartiqa.config.experiment import LEAST_MINUTES
from smartiqa.core.errors import InputError
from smartiqa.machine.isolation import clean_environment
from smartiqa.preflight.work import MODEL_RULES

CHECKED = {"prepare", "store", "paper", *MODEL_RULES}  # rules that a check knows something of
JOBS_IMPORT = ("typer", "pandas", "torch", "matplotlib", "jinja2")  # among much else
WRONG = 2  # exit status of a check that has found an error; any other says nothing of the study


def check_before_jobs(
    study: Path, catalogue: Path, jobs: Sequence[str], *, elsewhere: bool, same_python: bool
) -> None:
    """Check what the jobs of a build need, in a process of its own, since that imports much.

    Args:
        study: its YAML file.
        catalogue: all experiments, a YAML file.
        jobs: each a rule with the values of its wildcards.
        elsewhere: whether they run on other machines or with programs of their own.
        same_python: whether they run in the Python of this process, here or on a cluster's nodes.

    Raises:
        InputError: something is wrong, which has been printed; or jobs would run in the Python of
            a Snakemake that lacks what they import; or somebody pressed Ctrl-C meanwhile.
    """
    if same_python and (missing := [name for name in JOBS_IMPORT if find_spec(name) is None]):
        raise InputError(
            f"jobs run in the Python of this Snakemake, {sys.executable}, which has no "
            f"{', '.join(missing)}; call .venv/bin/snakemake, or add --sdm conda"
        )
    relevant = [job for job in jobs if job.split(" ")[0] in CHECKED]
    if not relevant:
        return
    command = [sys.executable, "-m", "smartiqa", "check", str(study), "--quiet"]
    command += [f"--catalogue={catalogue}", *(f"--job={job}" for job in relevant)]
    command += ["--elsewhere"] if elsewhere else []
    # Standard output may be a list that somebody reads on.
    try:
        done = subprocess.run(
            command, env=clean_environment(os.environ), stdout=sys.stderr, check=False
        )
    except KeyboardInterrupt:
        raise InputError("nothing was run; the check before it was interrupted") from None
    if done.returncode == WRONG:
        raise InputError(
            "nothing was run; mend what is listed above, or leave this check out with --no-hooks"
        )


def check_granted(jobs: Iterable[tuple[str, Mapping[str, Any]]], *, on_gpu: bool) -> None:
    """Check what jobs are given, where a command line or a profile says otherwise than the study.

    Args:
        jobs: each a rule with its resources.
        on_gpu: whether the study lets models run on a GPU.

    Raises:
        InputError: a training may end before its state is saved, or a model would run without GPU.
    """
    for rule, resources in jobs:
        minutes = resources.get("runtime")  # no number where it depends on files to come
        if rule == "train" and isinstance(minutes, int) and minutes < LEAST_MINUTES:
            raise InputError(
                f"{rule}:runtime={minutes}: such a job may end before a training has "
                f"saved its state, and every further one, too; give at least {LEAST_MINUTES}"
            )
        if on_gpu and rule in MODEL_RULES and resources.get("gpu") == 0:
            raise InputError(
                f"{rule}:gpu=0: the study lets models run on a GPU; give 1 or more, or set "
                "compute: {device: cpu} there"
            )
