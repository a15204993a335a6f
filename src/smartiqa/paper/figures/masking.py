"""What hiding places of a crop does to the score, in the order of each map and in random ones.

A panel a map: the mean absolute change of the scores against the share of the crop that is hidden.
"""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from smartiqa.metrics.decimals import decimals_for
from smartiqa.paper.figures.result_files import FigureData
from smartiqa.paper.figures.style import (
    BLUE,
    GREY,
    NOTE_SIZE,
    PAGE_WIDTH,
    VERMILLION,
    new_figure,
    signed,
    with_minus,
)
from smartiqa.results.image_records import MapEffect
from smartiqa.results.measures import Bounded
from smartiqa.results.records import MaskedMap, Masking, read_record

NEEDS = ("paper.json", "runs/{reference}/seed{first_seed}/masking.json")
WIDTH = PAGE_WIDTH


def draw(results: Path) -> Figure:
    """Draw one panel a map, all on the same scale."""
    data = FigureData.open(results)
    (run,) = data.run_among([data.reference])
    found = read_record(Masking, data.run(run) / "masking.json")
    figure = new_figure(WIDTH, 1.85)
    panels = figure.subplots(1, len(found.maps), sharey=True, squeeze=False)[0]
    for axes, curves, areas in zip(panels, found.maps, data.paper.masking.maps, strict=True):
        draw_map(axes, found, curves, areas)
    panels[0].set_ylabel("change of the score")
    panels[0].set_ylim(bottom=0)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def draw_map(axes: Axes, found: Masking, curves: MaskedMap, areas: MapEffect) -> None:
    """Draw the curves of one map, with both areas above them."""
    shares = [0.0, *(hidden / found.places for hidden in found.hidden), 1.0]
    for label, curve, colour, style in (
        ("places that the map points at hidden first", curves.first, VERMILLION, "-"),
        ("random places", found.random, GREY, "--"),
        ("places that the map points at hidden last", curves.last, BLUE, "-"),
    ):
        axes.plot(shares, [0.0, *curve, found.whole], style, color=colour, label=label)
    title = f"{curves.name}\ndel. {written(areas.deletion)}\nins. {written(areas.insertion)}"
    axes.set_title(title, fontsize=NOTE_SIZE)
    axes.set_xticks([0, 0.5, 1])
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel("hidden", labelpad=1)


def written(area: Bounded) -> str:
    """Write an area with its interval."""
    digits = decimals_for((area.high - area.low) / 2, least=1)
    low, high = (f"{end:.{digits}f}" for end in (area.low, area.high))
    return f"{signed(area.value, digits)} [{with_minus(low)}, {with_minus(high)}]"
