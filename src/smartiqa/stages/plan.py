from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE, PUBLISHED
from smartiqa.stages.options import Catalogue, Measured, Published, Study


def main(
    study: Study = Path("demo"),
    target: Annotated[str, typer.Option(metavar="TARGET", help="what is built")] = "paper/main.pdf",
    gpus: Annotated[str, typer.Option(metavar="N,N,...", help="on how many GPUs")] = "",
    cores: Annotated[
        str, typer.Option(metavar="N,N,...", help="on how many cores, GPUs left out")
    ] = "",
    everything: Annotated[bool, typer.Option("--everything", help="finished jobs, too")] = False,
    machine: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="what a GPU costs, a YAML file"),
    ] = None,
    measured: Measured = None,
    times: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="jobs.json of another study that has run"),
    ] = None,
    catalogue: Catalogue = CATALOGUE,
    published: Published = PUBLISHED,
) -> None:
    r"""Tell how long a build takes on so many GPUs or cores, what it costs, and what it waits for.

    Example:
        smartiqa plan --study koniq --gpus 1,8,64 --machine a100.yaml \
          --times results/demo/jobs.json
    """
    from smartiqa.config.published import read_published
    from smartiqa.preflight.build_plan import Place, counts, plan_text, read_machine_file
    from smartiqa.preflight.job_graph import planned_jobs
    from smartiqa.results.study_results import Results

    on_gpus, on_cores = counts(gpus, "--gpus"), counts(cores, "--cores")
    costs = read_machine_file(machine) if machine is not None else None
    results = Results.of(study, catalogue)
    each = costs.cores if costs else results.study.compute.threads
    places = [*(Place(n, n * each) for n in on_gpus), *(Place(None, n) for n in on_cores)]
    jobs = planned_jobs(study.stem, target, everything=everything)
    sys.stdout.write(
        plan_text(
            results,
            read_published(published),
            jobs,
            places,
            measured=measured,
            times=times,
            machine=costs,
        )
    )
