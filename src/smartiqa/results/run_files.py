"""Reading what the stages train, predict and score leave in the folder of a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartiqa.core.errors import InputError
from smartiqa.core.files import made_anew
from smartiqa.core.json_files import read_json
from smartiqa.core.strict import Strict, validated
from smartiqa.core.tables import Columns, read_csv, read_parquet
from smartiqa.provenance.identity import FILE as IDENTITY

if TYPE_CHECKING:
    import pandas as pd

# All that the stage train leaves; it discards the last when it starts, and writes it last.
FILES = (
    "best.safetensors",
    "last.safetensors",
    "history.csv",
    "config.json",
    "environment.json",
    IDENTITY,
)
CONFIG = ("experiment.id", "seed", "images", "best_epoch", "code", "manifest", "weights")
MACHINE = ("seconds", "device", "threads", "precision", "float32_products", "versions")
CALIBRATION, CALIBRATED = "calibration.json", "validation.parquet"
PEAKS = ("peak_host_memory_mb", "peak_gpu_memory_mb")
HISTORY: Columns = {"epoch": "number", "train_loss": "number", "validation_srcc": "number"}
# What every reader of predictions needs; attention, distortion and level are there for some.
COLUMNS: Columns = {"id": "text", "prediction": "number", "quality": "number", "content": "text"}


class MeasureValues(Strict):
    """A measure on all images, and what it is without each group of contents."""

    value: float
    left_out: tuple[float, ...]


class MeasuredImages(Strict):
    """Every measure on some images; `test_images` is a digest of them."""

    images: int
    contents: int
    test_images: str
    measures: Mapping[str, MeasureValues]


class RunScores(MeasuredImages):
    """The same on one dataset, and without test images that look like one in training."""

    without_near_duplicates: MeasuredImages | None = None


def is_trained(run: Path) -> bool:
    """Whether a training came to its end; whether its files are still there is another question."""
    return (run / IDENTITY).is_file()


def missing_files(run: Path) -> tuple[str, ...]:
    """Name what the stage train makes and a run has not."""
    return tuple(name for name in FILES if not (run / name).is_file())


def read_config(run: Path) -> dict[str, Any]:
    """Read the settings of a run as they were used, and what came of them.

    Raises:
        InputError: the run is not finished, or the file is damaged or something else.
    """
    path = run / "config.json"
    if not path.is_file():
        raise InputError(f"{run} holds no finished run; the stage train makes it")
    content: dict[str, Any] = read_json(path, CONFIG, "train")
    return content


def read_machine(run: Path) -> dict[str, Any]:
    """Read what a run took on which machine.

    Raises:
        InputError: the file is missing, damaged or something else.
    """
    path = run / "environment.json"
    content: dict[str, Any] = read_json(path, (*MACHINE, *PEAKS), "train")
    return content


def read_history(run: Path) -> pd.DataFrame:
    """Read the epochs of a run, one a row.

    Raises:
        InputError: the file is missing, damaged or something else.
    """
    return read_csv(run / "history.csv", HISTORY, "train")


def read_predictions(path: Path) -> pd.DataFrame:
    """Read predictions, one row an image.

    Raises:
        InputError: the file is missing, damaged, or not what the stage predict writes.
    """
    return read_parquet(path, COLUMNS, "predict")


def attention_columns(predictions: pd.DataFrame) -> list[str]:
    """Return the columns of attention weights, shallow to deep."""
    columns = [str(name) for name in predictions if str(name).startswith("attention_")]
    return sorted(columns, key=lambda name: int(name.removeprefix("attention_")))


def read_scores(path: Path, dataset: str) -> RunScores:
    """Read what was measured on one dataset.

    Raises:
        InputError: the file is missing, damaged or something else, or does not measure the dataset.
    """
    content = read_json(path, [dataset], "score")
    return validated(RunScores, content[dataset], f"{path}, {dataset}: {made_anew('score')}")
