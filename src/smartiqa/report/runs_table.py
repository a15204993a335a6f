"""The trainings of a study, finished or not, as a table and as rows for the curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smartiqa.report.cells import NOTHING, Cell, Row, Table, number
from smartiqa.report.results_tables import run_anchor
from smartiqa.results.run_files import read_history, read_machine, read_scores
from smartiqa.results.study_results import Results
from smartiqa.training.status import Run

COLUMNS = (
    *("Run", "Experiment", "State", "Epochs", "Best epoch", "Training loss", "Validation SRCC"),
    *("Test SRCC", "Minutes", "Device"),
)
MINUTE = 60
DECIMALS = 5  # of what is drawn


def runs_table(results: Results, runs: Sequence[Run]) -> Table:
    """Return one row a training.

    Raises:
        InputError: a file of a run is damaged.
    """
    rows = [Row(run_cells(results, run), run_anchor(run.experiment, run.seed)) for run in runs]
    note = "The loss is that of the last epoch, the validation SRCC that of the best one."
    return Table("table-runs", "trainings", COLUMNS, rows, note, choices=(2,))


def run_key(run: Run) -> str:
    """The key of the note of a finished training."""
    return f"runs/{run.experiment}/seed{run.seed}"


def run_cells(results: Results, run: Run) -> list[Cell]:
    """What is known of one training."""
    folder = results.run(run.experiment, run.seed)
    done = run.done
    begun = "waiting" if run.silent is None else "running or stopped"
    state = "done" if done else "lacks files" if run.lacks else begun
    key = run_key(run) if done else ""
    title = Cell(results.catalogue.experiments[run.experiment].title)
    cells = [
        Cell(run.name),
        title,
        Cell(state),
        Cell(f"{run.epochs} of {run.all_epochs}", run.epochs),
    ]
    if not run.epochs:
        return [*cells, *[NOTHING] * (len(COLUMNS) - len(cells))]
    history = read_history(folder)
    best = int(history["epoch"].iloc[int(history["validation_srcc"].argmax())])
    home, metrics = results.study.training_dataset, folder / "metrics.json"
    tested = read_scores(metrics, home).measures["srcc"].value if metrics.is_file() else None
    machine = read_machine(folder) if done else None
    return [
        *cells,
        number(best, 0, key),
        number(float(history["train_loss"].iloc[-1]), 3, key),
        number(run.best, 3, key),
        number(tested, 3, key),
        number(machine["seconds"] / MINUTE, 1, key) if machine else NOTHING,
        Cell(machine["device"]) if machine else NOTHING,
    ]


def histories(results: Results, runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Return one row an epoch of every training that has finished one."""
    groups = results.catalogue.groups_with(results.roles)
    rows = []
    for run in (run for run in runs if run.epochs):
        history = read_history(results.run(run.experiment, run.seed)).round(DECIMALS)
        known = {
            "experiment": run.experiment,
            "title": results.catalogue.experiments[run.experiment].title,
            "groups": [name for name, members in groups.items() if run.experiment in members],
            "seed": run.seed,
        }
        columns = (history[name] for name in ("epoch", "train_loss", "validation_srcc"))
        rows += [
            {**known, "epoch": epoch, "loss": loss, "srcc": srcc}
            for epoch, loss, srcc in zip(*(column.tolist() for column in columns), strict=True)
        ]
    return rows
