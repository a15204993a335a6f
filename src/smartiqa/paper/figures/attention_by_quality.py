"""How the attention over stages depends on the quality of the image, in the full model.

Left: the distribution of each stage's weight over the test images of low, middle and high quality
(thirds of the images), with the rank correlation between weight and true score. Right: photos
at the 5th, 50th and 95th percentile of the true scores with their weights. Weights are means over
seeds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from smartiqa.metrics.by_quality import THIRDS, nearest_to_percentile, thirds
from smartiqa.metrics.decimals import decimals_for
from smartiqa.paper.figures.result_files import FigureData, NothingToShowError
from smartiqa.paper.figures.style import (
    NOTE_SIZE,
    PAGE_WIDTH,
    THIRD_COLOURS,
    hide_frame,
    new_figure,
    with_minus,
)
from smartiqa.results.measures import Trend
from smartiqa.results.run_files import attention_columns

NEEDS = (
    "paper.json",
    "runs/{reference}/seed{seed}/predictions/{training_dataset}.parquet",
    "data/{training_dataset}/manifest.parquet",
    "data/{training_dataset}/store-{resize}/index.parquet",
    "data/{training_dataset}/store-{resize}/store.json",
)
WIDTH = PAGE_WIDTH
EXAMPLE_PERCENTILES = (5, 50, 95)


def draw(results: Path) -> Figure:
    """Draw distributions on the left, example photos on the right."""
    data = FigureData.open(results)
    gate = data.paper.attention
    if gate is None:
        raise NothingToShowError(
            f"{results}: {data.reference} has no gate over stages, which this figure shows; give "
            "another experiment the role of the reference",
            f"{data.title(data.reference)} has no gate over stages.",
        )
    frame = mean_over_seeds(data, data.reference)
    correlations = [describe(trend) for trend in gate.rank_correlation]
    figure = new_figure(WIDTH, 2.35)
    parts: Any = figure.subfigures(1, 2, width_ratios=[1.05, 1])
    draw_distributions(parts[0].subplots(), frame, correlations)
    ids = [nearest_to_percentile(frame["quality"], p) for p in EXAMPLE_PERCENTILES]
    photos = data.photos(data.training_dataset, ids)
    panels = parts[1].subplots(2, 3, height_ratios=[1.5, 1], sharey="row")
    for column, (third, name) in enumerate(zip(THIRDS, ids, strict=True)):
        hide_frame(panels[0, column])
        panels[0, column].imshow(photos[column])
        title = f"{third}: quality {frame['quality'][name]:.0f}\n(from {data.score_name})"
        panels[0, column].set_title(title, fontsize=7)
        weights = frame.loc[[name], attention_columns(frame)].to_numpy()[0]
        draw_weights(panels[1, column], weights.tolist(), THIRD_COLOURS[third])
    panels[1, 0].set_ylabel("weight")
    return figure


def mean_over_seeds(data: FigureData, run: str) -> pd.DataFrame:
    """Average quality (the same) and attention over seeds; one row an image, indexed by id."""
    frames = [data.predictions(run, seed, data.training_dataset) for seed in data.seeds(run)]
    numbers = ["quality", *attention_columns(frames[0])]
    return pd.concat([frame[numbers] for frame in frames]).groupby(level="id").mean()


def describe(rho: Trend | None) -> str:
    """Write a rank correlation with its interval; a constant weight has none."""
    if rho is None:
        return "constant"
    digits = decimals_for((rho.high - rho.low) / 2)
    text = with_minus(f"{rho.value:.{digits}f}\n[{rho.low:.{digits}f}, {rho.high:.{digits}f}]")
    return f"\N{GREEK SMALL LETTER RHO} = {text}"


def draw_distributions(axes: Axes, frame: pd.DataFrame, correlations: list[str]) -> None:
    """Draw a box for each stage and third; whiskers span the 5th to the 95th percentile."""
    columns, third = attention_columns(frame), thirds(frame["quality"])
    for number, name in enumerate(THIRDS):
        axes.boxplot(
            [frame.loc[third == name, column].to_numpy() for column in columns],
            positions=[stage + 0.26 * (number - 1) for stage in range(len(columns))],
            widths=0.2,
            whis=(5, 95),
            showfliers=False,
            patch_artist=True,
            boxprops={"facecolor": THIRD_COLOURS[name], "alpha": 0.75, "linewidth": 0.5},
            medianprops={"color": "black", "linewidth": 1},
            whiskerprops={"linewidth": 0.6},
            capprops={"linewidth": 0.6},
        )
    above: dict[str, Any] = {
        "transform": axes.get_xaxis_transform(),
        "ha": "center",
        "fontsize": NOTE_SIZE,
    }
    for stage, text in enumerate(correlations):
        axes.text(stage, 1.01, text, **above)
    axes.set_xticks(range(len(columns)), [f"stage {k}" for k in range(1, len(columns) + 1)])
    axes.set_ylabel("attention weight")
    axes.set_ylim(bottom=0)
    axes.grid(axis="y")
    handles = [Patch(color=color, alpha=0.75, label=name) for name, color in THIRD_COLOURS.items()]
    axes.legend(handles=handles, title="third by quality", title_fontsize=7, loc="best")


def draw_weights(axes: Axes, weights: list[float], color: str) -> None:
    """Draw the stage weights of one image as bars."""
    stages = range(1, len(weights) + 1)
    axes.bar(stages, weights, color=color, alpha=0.75)
    axes.set_xticks(stages)
    axes.set_xlabel("stage", labelpad=1)
