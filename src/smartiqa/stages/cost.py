from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE
from smartiqa.stages.options import Catalogue, Expect, ResultsFolder, Study


def main(
    study: Study,
    results: ResultsFolder,
    output: Annotated[Path, typer.Option(dir_okay=False, help="cost.json")],
    catalogue: Catalogue = CATALOGUE,
    expect: Expect = None,
) -> None:
    """Add up what the trainings of a study took, from the record that each left of its machine.

    Example:
        smartiqa cost --study demo --results results/demo --output cost.json
    """
    from smartiqa.config.stage_settings import added_up_settings, as_planned, read_study
    from smartiqa.core.json_files import write_json
    from smartiqa.evaluation.cost import cost
    from smartiqa.results.study_results import Results

    read = read_study(study, catalogue)
    as_planned(added_up_settings(*read), expect)
    write_json(output, cost(Results(results, *read)))
