from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE, PUBLISHED
from smartiqa.stages.options import Catalogue, Complexity, Expect, Published, ResultsFolder, Study


def main(
    study: Study,
    results: ResultsFolder,
    complexity: Complexity,
    output: Annotated[Path, typer.Option(dir_okay=False, help="paper.json")],
    catalogue: Catalogue = CATALOGUE,
    published: Published = PUBLISHED,
    expect: Expect = None,
) -> None:
    r"""Gather every number that the paper may use into one file.

    Example:
        smartiqa collate --study demo --results results/demo \
          --complexity results/demo/complexity.json --output paper.json
    """
    from smartiqa.config.published import read_published
    from smartiqa.config.stage_settings import as_planned, collated_settings, read_study
    from smartiqa.core.json_files import write_json
    from smartiqa.evaluation.summary import collate

    read = read_study(study, catalogue)
    as_planned(collated_settings(*read, read_published(published)), expect)
    write_json(output, collate(*read, results, complexity, published))
