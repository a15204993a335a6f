"""How far the predictions of a run are off on validation images, for intervals of single photos.

These images have chosen the epoch, so the errors on them are a little smaller than on others: the
coverage that the paper reports is therefore measured on test images.
"""

from __future__ import annotations

import math
from pathlib import Path

from smartiqa.config.experiment import Testing
from smartiqa.core.json_files import write_json
from smartiqa.evaluation.prediction import predict_run
from smartiqa.metrics.conformal import LEVEL, half_width
from smartiqa.results.records import Calibration
from smartiqa.results.run_files import CALIBRATED, CALIBRATION, read_predictions


def calibrate_run(
    run: Path, trained_as: str, testing: Testing, manifest: Path, store: Path, output: Path
) -> None:
    """Write predictions of the validation images, and what follows from them, to a folder.

    Raises:
        InputError: there are no validation images, or as from `predict_run`.
    """
    table = output / CALIBRATED
    predict_run(run, trained_as, testing, manifest, store, table, "validation")
    images = read_predictions(table)
    margin = half_width((images["prediction"] - images["quality"]).abs())
    record = Calibration(
        level=LEVEL,
        images=len(images),
        contents=int(images["content"].nunique()),
        crops=testing.crops,
        half_width=margin if math.isfinite(margin) else None,
    )
    write_json(output / CALIBRATION, record.model_dump(mode="json"))
