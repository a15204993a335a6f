"""Measure how well a run's predictions agree with the true scores, with bootstrap intervals."""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from smartiqa.command_line import run_stage
from smartiqa.errors import InputError
from smartiqa.files import verified, write_json
from smartiqa.metrics.bootstrap import bootstrap_interval
from smartiqa.metrics.correlation import krcc, plcc, rmse, srcc
from smartiqa.metrics.logistic import fit_logistic


def score_predictions(
    predictions: Path, replicates: int, seed: int
) -> dict[str, int | dict[str, float]]:
    """Return every metric of one table of predictions with its 95 % bootstrap interval.

    The interval of `plcc_logistic` keeps the fitted logistic curve fixed.

    Raises:
        InputError: the table is missing, or a metric is undefined; the message names the table.
    """
    if not predictions.is_file():
        raise InputError(f"{predictions} does not exist; the stage predict makes it")
    table = pd.read_parquet(verified(predictions), columns=["prediction", "quality", "reference"])
    # Images made from one photo are not independent, so whole contents are drawn.
    clusters = table["reference"] if (table["reference"] != "").all() else None
    truth = table["quality"].to_numpy()
    scores: dict[str, int | dict[str, float]] = {"images": len(table)}
    try:
        raw = table["prediction"].to_numpy()
        fitted = fit_logistic(raw, truth)(raw)
        for name, (metric, values) in {
            "srcc": (srcc, raw),
            "plcc": (plcc, raw),
            "plcc_logistic": (plcc, fitted),
            "krcc": (krcc, raw),
            "rmse": (rmse, raw),
        }.items():
            interval = bootstrap_interval(
                metric, values, truth, replicates=replicates, seed=seed, clusters=clusters
            )
            scores[name] = interval._asdict()
    except InputError as error:
        raise InputError(f"{predictions}: {error}") from error
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
