"""What the charts draw: their rows, their specifications, and what can be chosen in the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from smartiqa.report import charts, images
from smartiqa.report.images import Rows
from smartiqa.report.runs_table import histories
from smartiqa.results.study_results import Results
from smartiqa.training.status import Run


class Choice(NamedTuple):
    """A list to choose from; `signal` is the parameter of the charts that it sets."""

    signal: str
    label: str
    options: Sequence[tuple[str, str]]
    first: str


def chart_data(results: Results, trainings: Sequence[Run], shown: pd.DataFrame) -> dict[str, Rows]:
    """Return the rows of every chart by the name that its specification has for them."""
    home = results.study.training_dataset
    numbers = {
        str(name): number
        for number, name, dataset in zip(shown.index, shown["id"], shown["dataset"], strict=True)
        if dataset == home
    }
    return {
        "history": histories(results, trainings),
        "images": [image_row(results, number, image) for number, image in shown.iterrows()],
        "attention": images.attention(results, results.roles.reference, numbers),
        "embedding": images.embedding(results, numbers),
    }


def image_row(results: Results, number: Any, image: pd.Series) -> dict[str, Any]:
    """One image with the predictions of all models that were tested on it."""
    tested = [name for name in results.planned if pd.notna(image.get(name))]
    return {
        "i": int(number),
        **{key: str(image[key]) for key in ("id", "dataset", "distortion")},
        "quality": round(float(image["quality"]), 2),
        "predictions": {name: round(float(image[name]), 2) for name in tested},
    }


def chart_specs(
    results: Results, data: Mapping[str, Rows], choices: Sequence[Choice]
) -> dict[str, charts.Spec]:
    """Return the charts that there is something to draw for, by the id of their place."""
    score = results.study.score_name
    first = {choice.signal: choice.first for choice in choices}
    specs = {}
    if data["history"]:
        specs["chart-loss"] = charts.curves("loss", "training loss", first["group"])
        specs["chart-srcc"] = charts.curves("srcc", "validation SRCC", first["group"])
    if data["images"]:
        specs["chart-predictions"] = charts.predictions(score, first["dataset"], first["model"])
    if data["attention"]:
        specs["chart-attention"] = charts.attention(score)
    if data["embedding"]:
        contents = len({row["content"] for row in data["embedding"]})
        for field in ("content", "quality"):
            model, with_photos = first["embedded"], "shown" in first
            specs[f"chart-{field}"] = charts.weights(field, contents, model, with_photos)
    return specs


def choices_of(
    results: Results, data: Mapping[str, Rows], model: str, with_photos: bool
) -> list[Choice]:
    """Return what can be chosen; `model` is the one whose predictions are shown first."""
    drawn = {group for row in data["history"] for group in row["groups"]}
    groups = [name for name in results.catalogue.groups_with(results.roles) if name in drawn]
    models = dict.fromkeys(name for row in data["images"] for name in row["predictions"])
    tested = [name for name in results.planned if name in models]
    datasets = dict.fromkeys(row["dataset"] for row in data["images"])
    embedded = dict.fromkeys(row["model"] for row in data["embedding"])
    titles = results.study.datasets
    experiments = results.catalogue.experiments

    def named(names: Sequence[str]) -> list[tuple[str, str]]:
        return [(name, f"{name}: {experiments[name].title}") for name in names]

    shown = Choice("shown", "Show", [("points", "points"), ("photos", "photos")], "points")
    return [
        Choice(
            "group",
            "Experiments",
            [*((name, name.replace("_", " ")) for name in groups), ("", "all")],
            next(iter(groups), ""),
        ),
        Choice("model", "Model", named(tested), model),
        Choice(
            "dataset",
            "Dataset",
            [(name, titles[name].title) for name in datasets],
            next(iter(datasets), ""),
        ),
        Choice("embedded", "Model", named(list(embedded)), next(reversed(embedded), "")),
        *([shown] if with_photos else []),
    ]
