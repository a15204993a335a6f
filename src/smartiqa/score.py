"""Measure how well a run's predictions agree with the true scores, with bootstrap intervals."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from numpy.typing import ArrayLike

from smartiqa.command_line import run_stage
from smartiqa.errors import InputError
from smartiqa.files import write_json
from smartiqa.metrics.bootstrap import bootstrap_interval
from smartiqa.metrics.correlation import krcc, plcc, rmse, srcc
from smartiqa.metrics.logistic import plcc_logistic

METRICS: dict[str, Callable[[ArrayLike, ArrayLike], float]] = {
    "srcc": srcc,
    "plcc": plcc,
    "plcc_logistic": plcc_logistic,
    "krcc": krcc,
    "rmse": rmse,
}


def score_predictions(
    predictions: Path, replicates: int, seed: int
) -> dict[str, int | dict[str, float]]:
    """Return every metric of one table of predictions with its 95 % interval over images.

    Raises:
        InputError: the table is missing, or a metric is undefined; the message names the table.
    """
    if not predictions.is_file():
        raise InputError(f"{predictions} does not exist; the stage predict makes it")
    table = pd.read_parquet(predictions, columns=["prediction", "quality"])
    scores: dict[str, int | dict[str, float]] = {"images": len(table)}
    for name, metric in METRICS.items():
        try:
            interval = bootstrap_interval(
                metric, table["prediction"], table["quality"], replicates=replicates, seed=seed
            )
        except InputError as error:
            raise InputError(f"{predictions}: {error}") from error
        scores[name] = interval._asdict()
    return scores


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa score", description="measure predictions")
    parser.add_argument(
        "--predictions", nargs="+", type=Path, required=True, help="<dataset>.parquet"
    )
    parser.add_argument("--replicates", type=int, required=True, help="of the bootstrap")
    parser.add_argument("--seed", type=int, required=True, help="of the bootstrap")
    parser.add_argument("--output", type=Path, required=True, help="metrics.json")
    arguments = parser.parse_args()
    tables: list[Path] = arguments.predictions
    scores = {
        table.stem: score_predictions(table, arguments.replicates, arguments.seed)
        for table in tables
    }
    write_json(arguments.output, scores)


if __name__ == "__main__":
    run_stage(main)
