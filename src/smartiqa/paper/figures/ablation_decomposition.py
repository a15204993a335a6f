"""What the backbone, multi-scale input and attention add to HyperIQA's SRCC (the ablation)."""

from __future__ import annotations

import textwrap
from itertools import pairwise
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from smartiqa.metrics.decimals import fixed
from smartiqa.paper.figures.result_files import FigureData, NothingToShowError
from smartiqa.paper.figures.style import (
    ABLATION_COLOURS,
    BLACK,
    COLUMN_WIDTH,
    GREY,
    NOTE_SIZE,
    new_figure,
    signed,
    with_minus,
    write_above,
)

NEEDS = ("paper.json",)
SHOWS = ("ablation",)
LABEL_CHARACTERS = 16


def draw(results: Path) -> Figure:
    """Draw a staircase: a bar a step of the ablation, with interval and share if it has any."""
    data = FigureData.open(results)
    names = data.paper.roles.ablation
    if missing := [name for name in names if not data.is_run(name)]:
        raise NothingToShowError(
            f"{results} has no run of {', '.join(missing)}: the decomposition needs "
            f"{', '.join(names)}; add them to the study's experiments",
            *data.not_run(names),
        )
    figure = new_figure(COLUMN_WIDTH, 2.3)
    axes = figure.subplots()
    levels = [data.estimate(name, data.training_dataset, "srcc").value for name in names]
    axes.plot(0, levels[0], "o", color=ABLATION_COLOURS[0])
    write_above(axes, f"{levels[0]:.3f}", 0, levels[0])
    for place, pair in enumerate(pairwise(names), start=1):
        axes.plot([place - 1, place], [levels[place - 1]] * 2, color=GREY, linewidth=0.5)
        draw_step(axes, data, place, pair, levels[place - 1])
    titles = [textwrap.fill(data.title(name), LABEL_CHARACTERS) for name in names]
    axes.set_xticks(range(len(titles)), titles)
    axes.set_ylabel("SRCC")
    axes.use_sticky_edges = False  # the first bar begins at the baseline's level
    axes.margins(x=0.08, y=0.12)
    axes.grid(axis="y")
    return figure


def draw_step(
    axes: Axes, data: FigureData, place: int, pair: tuple[str, str], start: float
) -> None:
    """Draw one gain as a bar from the level before it, with its interval and share, if any."""
    gain = data.difference(*pair)
    axes.bar(place, gain.value, bottom=start, width=0.55, color=ABLATION_COLOURS[place])
    if gain.high > gain.low:
        axes.errorbar(place, start + gain.value, gain.errors, color=BLACK, linewidth=0.8)
    lines = [signed(gain.value, 3)]
    if data.paper.gain and data.paper.gain.shares:  # none where the total gain is not clear
        share = data.paper.gain.shares[data.paper.roles.steps[place - 1].name]
        lines.append(f"({with_minus(fixed(100 * share.value, 0))} %)")
    top = start + max(gain.value, gain.high, 0)
    write_above(axes, "\n".join(lines), place, top, NOTE_SIZE)
