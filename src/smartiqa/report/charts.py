"""The charts as Vega-Lite specifications; their data stand in the page under the names used here.

Expressions call `photo(number)`, which `page.js` defines: the embedded photo of an image, or "".
Parameters are set by the controls of the page that have the same name.
"""

from __future__ import annotations

from typing import Any

from smartiqa.paper.figures.style import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY_BLUE, VERMILLION

Spec = dict[str, Any]

COLOURS = [BLUE, ORANGE, GREEN, PURPLE, SKY_BLUE, VERMILLION, GREY]  # black is lost in the dark
WORST = 12  # images that are marked
MOST_NAMED = 12  # contents in a legend
PHOTO = {"calculate": "photo(datum.i)", "as": "image"}


def _axis(field: str, title: str, **more: Any) -> Spec:
    return {"field": field, "type": "quantitative", "title": title, "scale": {"zero": False}} | more


def _shown(*fields: tuple[str, str], image: bool = False) -> list[Spec]:
    """What is shown on hover: field and title of each, three decimals at most."""
    rows: list[Spec] = [{"field": field, "title": title} for field, title in fields]
    return [*rows, {"field": "image", "title": "image"}] if image else rows


def _chart(data: str, description: str, height: int, **more: Any) -> Spec:
    return {
        "width": "container",
        "height": height,
        "data": {"name": data},
        "description": description,
    } | more


def curves(field: str, title: str, group: str) -> Spec:
    """One line a run over the epochs, of the experiments of a chosen group."""
    return _chart(
        "history",
        f"{title} of every run over the epochs",
        280,
        params=[{"name": "group", "value": group}],
        transform=[{"filter": "group === '' || indexof(datum.groups, group) >= 0"}],
        mark={"type": "line", "point": True, "strokeWidth": 1.5},
        encoding={
            "x": _axis("epoch", "epoch", axis={"tickMinStep": 1, "format": "d"}),
            "y": _axis(field, title),
            "color": {
                "field": "experiment",
                "type": "nominal",
                "scale": {"range": COLOURS},
                "legend": {"orient": "bottom", "columns": 4, "title": None},
            },
            "detail": {"field": "seed"},
            "tooltip": _shown(
                *(("experiment", "experiment"), ("title", "title"), ("seed", "seed")),
                *(("epoch", "epoch"), ("loss", "training loss"), ("srcc", "validation SRCC")),
            ),
        },
    )


def predictions(score_name: str, dataset: str, model: str) -> Spec:
    """True against predicted scores of a chosen model on a chosen dataset."""
    points = {
        "mark": {"type": "point", "filled": True, "size": 45, "opacity": 0.85},
        "encoding": {
            "x": _axis("quality", f"quality from {score_name}, 0 to 100"),
            "y": _axis("predicted", "predicted quality"),
            "color": {
                "condition": {"test": f"datum.rank <= {WORST}", "value": VERMILLION},
                "value": BLUE,
            },
            "tooltip": _shown(
                *(("id", "photo"), ("distortion", "distortion"), ("quality", "true")),
                *(("predicted", "predicted"), ("error", "error")),
                image=True,
            ),
        },
    }
    diagonal = {
        "data": {"values": [{"low": 0, "high": 100}]},
        "mark": {"type": "rule", "strokeDash": [4, 4], "color": GREY},
        "encoding": {
            "x": {"field": "low", "type": "quantitative"},
            "y": {"field": "low", "type": "quantitative"},
            "x2": {"field": "high"},
            "y2": {"field": "high"},
        },
    }
    return _chart(
        "images",
        "True against predicted scores; the same photos stand in the table below",
        420,
        params=[{"name": "dataset", "value": dataset}, {"name": "model", "value": model}],
        transform=[
            {"filter": "datum.dataset === dataset && isValid(datum.predictions[model])"},
            {"calculate": "datum.predictions[model]", "as": "predicted"},
            {"calculate": "round(10 * (datum.predicted - datum.quality)) / 10", "as": "error"},
            {"calculate": "abs(datum.error)", "as": "wrong"},
            {
                "window": [{"op": "row_number", "as": "rank"}],
                "sort": [{"field": "wrong", "order": "descending"}],
            },
            PHOTO,
        ],
        layer=[diagonal, points],
    )


def attention(score_name: str) -> Spec:
    """The attention of each stage against quality, with a local regression."""
    colour = {
        "field": "stage",
        "type": "nominal",
        "scale": {"range": COLOURS},
        "legend": {"orient": "bottom", "title": None},
    }
    x, y = (
        _axis("quality", f"quality from {score_name}, 0 to 100"),
        _axis("weight", "attention weight"),
    )
    tooltip = _shown(
        *(("id", "photo"), ("stage", "stage"), ("weight", "weight"), ("quality", "true")),
        image=True,
    )
    return _chart(
        "attention",
        "Attention weight of each stage against quality",
        320,
        transform=[PHOTO],
        layer=[
            {
                "mark": {"type": "point", "filled": True, "size": 25, "opacity": 0.35},
                "encoding": {"x": x, "y": y, "color": colour, "tooltip": tooltip},
            },
            {
                "transform": [{"loess": "weight", "on": "quality", "groupby": ["stage"]}],
                "mark": {"type": "line", "strokeWidth": 2.5},
                "encoding": {"x": x, "y": y, "color": colour},
            },
        ],
    )


def weights(field: str, contents: int, model: str, with_photos: bool) -> Spec:
    """Principal components of generated weights, coloured by content or by quality.

    With photos, these can be shown in the place of points.
    """
    legend: Spec = {"orient": "bottom", "title": field}
    colour: Spec = {"field": field, "type": "quantitative", "legend": legend}
    if field == "content":
        named = {**legend, "columns": 4} if contents <= MOST_NAMED else None
        colour |= {"type": "nominal", "scale": {"range": COLOURS}, "legend": named}
    else:  # without what is lost in the dark
        colour |= {"scale": {"scheme": {"name": "viridis", "extent": [0.15, 1]}}}
    place = {
        "x": _axis("pc1", "PC 1", axis={"labels": False, "ticks": False}),
        "y": _axis("pc2", "PC 2", axis={"labels": False, "ticks": False}),
        "tooltip": _shown(("id", "photo"), ("content", "content"), ("quality", "true"), image=True),
    }
    points = {
        "mark": {"type": "point", "filled": True, "size": 40, "opacity": 0.8},
        "encoding": {**place, "color": colour},
    }
    side = {"expr": "shown === 'photos' ? 34 : 0"}
    photos = {
        "mark": {"type": "image", "width": side, "height": side},
        "encoding": {**place, "url": {"field": "image"}},
    }
    return _chart(
        "embedding",
        f"Principal components of the generated weights, by {field}",
        360,
        params=[{"name": "embedded", "value": model}, {"name": "shown", "value": "points"}],
        transform=[{"filter": "datum.model === embedded"}, PHOTO],
        layer=[points, photos] if with_photos else [points],
    )
