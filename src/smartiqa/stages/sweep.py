from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE
from smartiqa.stages.options import Catalogue, ExperimentArgument, Seed, Study


def main(
    experiment: ExperimentArgument,
    study: Study = Path("demo"),
    rates: Annotated[
        str,
        typer.Option(
            metavar="R,R,...", help="of the backbone, unscaled; the head's keep their ratio"
        ),
    ] = "",
    losses: Annotated[
        str, typer.Option(metavar="LOSS,...", help="such as l1,srcc,l1_ranking:0.3")
    ] = "",
    seed: Seed = 1,
    factor: Annotated[
        int, typer.Option(min=2, max=100, help="one candidate in so many goes on from a rung")
    ] = 2,
    exhaustive: Annotated[
        bool, typer.Option("--exhaustive", help="train all to the end, to compare the winners")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            file_okay=False, help="folder of the sweep (sweeps/<study>/<experiment>/seed<k>)"
        ),
    ] = None,
    catalogue: Catalogue = CATALOGUE,
) -> None:
    r"""Find a learning rate or a loss by successive halving; no table of the paper has it.

    Example:
        smartiqa sweep C3 --study demo --rates 1e-7,5e-8,2e-7,2e-6 --exhaustive
    """
    from smartiqa.config.sweeps import candidates_of, read_losses, read_rates
    from smartiqa.results.study_results import Results
    from smartiqa.training.sweep import sweep

    results = Results.of(study, catalogue)
    grid = (read_rates(rates), read_losses(losses))
    candidates = candidates_of(results.study, results.catalogue, experiment, *grid)
    folder = output or Path("sweeps", results.study.name, experiment, f"seed{seed}")
    print(sweep(results, candidates, seed, factor, folder, exhaustive=exhaustive))
