"""What the backbone, multi-scale input and attention add to HyperIQA's SRCC (C0 to C3)."""

from __future__ import annotations

import textwrap
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from smartiqa.core.errors import InputError
from smartiqa.paper.figures.result_files import Results
from smartiqa.paper.figures.style import (
    ABLATION_COLOURS,
    BLACK,
    COLUMN_WIDTH,
    GREY,
    NOTE_SIZE,
    new_figure,
    with_minus,
    write_above,
)

NEEDS = ("paper.json",)
SHOWS = ("ablation",)
EXPERIMENTS = ("C0", "C1", "C2", "C3")
STEPS = {"backbone": ("C0", "C1"), "multi_scale": ("C1", "C2"), "attention": ("C2", "C3")}
LABEL_CHARACTERS = 16


def draw(results: Path) -> Figure:
    """Draw a staircase from C0 to C3: a bar a step, with interval and share if it has any."""
    data = Results.open(results)
    if missing := [name for name in EXPERIMENTS if not data.is_run(name)]:
        raise InputError(
            f"{results} has no run of {', '.join(missing)}: the decomposition needs "
            f"{', '.join(EXPERIMENTS)}; add them to the study's experiments"
        )
    figure = new_figure(COLUMN_WIDTH, 2.3)
    axes = figure.subplots()
    levels = [data.estimate(name, data.training_dataset, "srcc").value for name in EXPERIMENTS]
    axes.plot(0, levels[0], "o", color=ABLATION_COLOURS["C0"])
    write_above(axes, f"{levels[0]:.3f}", 0, levels[0])
    for place, step in enumerate(STEPS, start=1):
        axes.plot([place - 1, place], [levels[place - 1]] * 2, color=GREY, linewidth=0.5)
        draw_step(axes, data, place, step, levels[place - 1])
    names = [textwrap.fill(data.title(name), LABEL_CHARACTERS) for name in EXPERIMENTS]
    axes.set_xticks(range(len(names)), names)
    axes.set_ylabel("SRCC")
    axes.use_sticky_edges = False  # the first bar begins above the axis, at the level of C0
    axes.margins(x=0.08, y=0.12)
    axes.grid(axis="y")
    return figure


def draw_step(axes: Axes, data: Results, place: int, step: str, start: float) -> None:
    """Draw one gain as a bar from the level before it, with its interval and share, if any."""
    gain = data.difference(*STEPS[step])
    axes.bar(place, gain.value, bottom=start, width=0.55, color=ABLATION_COLOURS[STEPS[step][1]])
    if gain.high > gain.low:
        axes.errorbar(place, start + gain.value, gain.errors, color=BLACK, linewidth=0.8)
    lines = [f"{gain.value:+.3f}"]
    if shares := data.paper["gain"]["shares"]:  # none where the total gain is not clear
        share = data.interval(shares[step], f"share of {step} in the gain")
        lines.append(f"({100 * share.value:.0f} %)")
    top = start + max(gain.value, gain.high, 0)
    write_above(axes, with_minus("\n".join(lines)), place, top, NOTE_SIZE)
