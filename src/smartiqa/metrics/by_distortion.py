"""Errors of predictions by the distortion of the images, where a dataset labels its distortions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

UNDISTORTED = "undistorted photos"


def labels_distortions(predictions: pd.DataFrame) -> bool:
    """Whether any image of these predictions has a labelled distortion."""
    return bool((predictions["distortion"].fillna("") != "").any())


def errors_of_seeds(predictions: Sequence[pd.DataFrame], other_scale: bool) -> pd.DataFrame:
    """Distortion, level, quality, prediction and absolute error of every image and seed.

    Args:
        predictions: of each seed, with columns distortion, level, prediction and quality.
        other_scale: whether predictions are first mapped to the labels' scale by a straight line.
    """
    frames = [on_scale_of_labels(frame) if other_scale else frame for frame in predictions]
    joined = pd.concat(frames)
    return pd.DataFrame(
        {
            "distortion": joined["distortion"].fillna(""),
            "level": joined["level"].fillna(0),
            "quality": joined["quality"],
            "prediction": joined["prediction"],
            "error": (joined["prediction"] - joined["quality"]).abs(),
        }
    )


def on_scale_of_labels(frame: pd.DataFrame) -> pd.DataFrame:
    """Map predictions to the labels' scale by least squares."""
    slope, offset = np.polyfit(frame["prediction"], frame["quality"], 1)
    return frame.assign(prediction=slope * frame["prediction"] + offset)


def error_table(errors: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute error by family (rows) and level (columns), of distorted images."""
    distorted = errors[(errors["distortion"] != "") & (errors["level"] > 0)]
    return distorted.pivot_table("error", "distortion", "level", aggfunc="mean")


def undistorted(errors: pd.DataFrame) -> pd.DataFrame:
    """The rows of undistorted photos."""
    return errors[errors["level"] == 0]


def summary(errors: pd.DataFrame) -> dict[str, Any]:
    """Mean absolute error of each family over its levels, and what undistorted photos are given.

    Returns:
        `errors` by family, undistorted photos among them if there are any, and the mean
        `prediction` and `quality` of these; None without any.
    """
    families = {str(name): float(error) for name, error in error_table(errors).mean(axis=1).items()}
    pristine = undistorted(errors)
    if pristine.empty:
        return {"errors": families, "undistorted": None}
    means = pristine[["prediction", "quality", "error"]].mean()
    return {
        "errors": families | {UNDISTORTED: float(means["error"])},
        "undistorted": {name: float(means[name]) for name in ("prediction", "quality")},
    }
