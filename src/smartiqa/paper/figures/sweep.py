"""What the figures about one setting share: SRCC against its value in each experiment."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.axes import Axes

from smartiqa.paper.figures.result_files import FigureData
from smartiqa.paper.figures.style import BLUE, GREY, SKY_BLUE, VERMILLION, join

Setting = Callable[[str], float]  # of an experiment


def draw_sweep(axes: Axes, data: FigureData, group: str, setting: Setting) -> list[float]:
    """Draw the SRCC of each run of a group against its setting.

    Dots are single seeds, the error bars 95 % intervals. The reference, whose recipe all others
    vary, has a colour of its own. Settings are joined by a line if there are at least three.

    Returns:
        The settings that are shown, ascending.
    """
    runs, reference = data.compared(group, data.reference), data.reference
    points = sorted((setting(name), name) for name in runs)
    srcc = [data.estimate(name, data.training_dataset, "srcc") for _, name in points]
    join(axes, [x for x, _ in points], [s.value for s in srcc], color=SKY_BLUE)
    for (x, name), estimate in zip(points, srcc, strict=True):
        color = VERMILLION if name == reference else BLUE
        label = data.title(name) if name == reference else None
        axes.errorbar(x, estimate.value, estimate.errors, fmt="o", color=color, label=label)
        axes.plot([x] * len(estimate.seeds), estimate.seeds, ".", color=GREY, markersize=3)
    axes.set_ylabel("SRCC")
    axes.grid(axis="y")
    if reference in runs:
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1))  # "best" overlooks error bars
    return [x for x, _ in points]
