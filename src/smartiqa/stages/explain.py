from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE
from smartiqa.stages.options import Catalogue, Study, experiments


def names() -> list[str]:
    """Name what there is to explain, but for sections and values."""
    from smartiqa.config.files import CLAIMS
    from smartiqa.core.yaml_files import read_yaml
    from smartiqa.paper.figures.needs import figure_names

    tables = sorted(path.name.split(".")[0] for path in Path("paper/tables").glob("*.tex.j2"))
    claims = [claim["id"] for claim in read_yaml(CLAIMS)["claims"]]
    figures = [f"figures/{name}" for name in figure_names()]
    return [*(f"tables/{name}" for name in tables), *figures, *experiments(), *claims]


def main(
    name: Annotated[
        str,
        typer.Argument(
            autocompletion=names,
            help="tables/ablation, 'Fig. 11', 'Section V', an experiment, a claim, "
            "or a path in paper.json",
        ),
    ],
    study: Study = Path("demo"),
    catalogue: Catalogue = CATALOGUE,
    values: Annotated[
        bool, typer.Option("--values", help="list every value that it reads")
    ] = False,
) -> None:
    """Print the chain from raw data to one table, figure, section or number of the paper.

    Example:
        smartiqa explain experiments.C3.results.synthetic.srcc
        smartiqa explain "Table III"
    """
    from smartiqa.explanation.subjects import explain_part
    from smartiqa.results.study_results import Results

    sys.stdout.write(explain_part(name, Results.of(study, catalogue), values))
