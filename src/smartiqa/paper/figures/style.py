"""How every figure looks: sizes, type, colours, and the note about what was not run.

Sizes are those of IEEE two-column journals: a column is 3.5 inches wide, a page 7.16. Type is a
Times-like serif at 8 points, as in the paper's captions, and never below 6.5. Colours are those of
Okabe and Ito ("Color universal design", 2008), which readers with any colour vision tell apart.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.typing import RcKeyType
from numpy.typing import NDArray

COLUMN_WIDTH = 3.5  # inches
PAGE_WIDTH = 7.16  # inches
NOTE_SIZE = 6.5  # points
NOTE_CHARACTERS = 25  # that fit into an inch at this size

BLACK, GREY = "#000000", "#777777"
ORANGE, SKY_BLUE, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILLION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
CYCLE = (BLUE, ORANGE, GREEN, PURPLE, SKY_BLUE, VERMILLION, BLACK, YELLOW)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
ABLATION_COLOURS = (BLACK, SKY_BLUE, ORANGE, BLUE, GREEN, PURPLE, VERMILLION)  # by its order
THIRD_COLOURS = {"low": VERMILLION, "middle": GREY, "high": BLUE}
LEAST_JOINED = 3  # points; a line between two of them would suggest a course that nobody measured
SEQUENTIAL = "cividis"  # made to look the same with and without colour-vision deficiency

SETTINGS: dict[RcKeyType, Any] = {
    "font.family": "STIXGeneral",  # comes with matplotlib, so every machine draws the same
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "figure.titlesize": 8,
    "text.parse_math": False,  # a dollar sign in a dataset's name is a dollar sign
    "pdf.fonttype": 42,  # embed TrueType; publishers refuse Type 3
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#E5E5E5",
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.1,
    "lines.markersize": 4,
    "errorbar.capsize": 2,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.frameon": False,
    "legend.handlelength": 1.4,
    "legend.borderaxespad": 0.2,
    "image.interpolation": "none",  # photos go into the PDF with their own pixels
    "figure.constrained_layout.h_pad": 0.03,
    "figure.constrained_layout.w_pad": 0.03,
}


@contextmanager
def paper_style() -> Iterator[None]:
    """Draw and save figures by these settings, whatever a `matplotlibrc` or a font folder says."""
    shipped: dict[RcKeyType, Any] = {
        name: value for name, value in mpl.rcParamsDefault.items() if name != "backend"
    }
    use_shipped_fonts()
    with mpl.rc_context(shipped | SETTINGS):
        yield


def use_shipped_fonts() -> None:
    """Forget all fonts but matplotlib's own: another of the same name would be drawn instead."""
    fonts = font_manager.fontManager
    fonts.ttflist.clear()
    for path in sorted(Path(mpl.get_data_path(), "fonts", "ttf").glob("*.ttf")):
        fonts.addfont(path)


def new_figure(width: float, height: float) -> Figure:
    """Create an empty figure of `width` x `height` inches whose layout avoids overlaps."""
    return Figure(figsize=(width, height), layout="constrained")


def note_below(figure: Figure, sentences: list[str]) -> None:
    """Write small print along the lower edge; nothing for no sentences."""
    if sentences:
        characters = int(figure.get_figwidth() * NOTE_CHARACTERS)
        lines = textwrap.wrap(" ".join(sentences), characters)
        figure.supxlabel("\n".join(lines), fontsize=NOTE_SIZE, color="#444444")


def join(axes: Axes, x: Sequence[float], y: Sequence[float], **line: Any) -> None:
    """Draw a line below points that are drawn elsewhere, unless they are too few to show a course.

    Args:
        axes: where.
        x: of the points, ascending.
        y: of the points.
        line: how the line looks, as `Axes.plot` takes it.
    """
    if len(x) >= LEAST_JOINED:
        axes.plot(x, y, zorder=1, **line)


def write_above(axes: Axes, text: str, x: float, y: float, size: float = 7) -> None:
    """Write `text`, centred, a little above the point (x, y) of the data."""
    axes.annotate(
        text, (x, y), xytext=(0, 4), textcoords="offset points", ha="center", fontsize=size
    )


def hide_frame(axes: Axes) -> None:
    """Leave only the content of axes that hold a photo or a map."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def with_minus(number: str) -> str:
    """Replace the hyphens of a formatted number by minus signs."""
    return number.replace("-", "\N{MINUS SIGN}")


def signed(value: float, decimals: int) -> str:
    """Format a difference with its sign; what rounds to zero has none, as in tables."""
    text = f"{value:+.{decimals}f}"
    return with_minus(text if float(text) else text[1:])


def draw_cells(
    axes: Axes, table: NDArray[Any], norm: Normalize, decimals: int, **text: Any
) -> AxesImage:
    """Draw a table as coloured cells with their values, where there is one; `text` is its style."""
    image = axes.imshow(table, cmap=SEQUENTIAL, norm=norm, aspect="auto")
    for (row, column), value in np.ndenumerate(table):
        if np.isfinite(value):
            color = "white" if norm(value) < 0.5 else "black"  # the darker half of the colours
            shown = with_minus(f"{value:.{decimals}f}")
            axes.text(column, row, shown, ha="center", color=color, **text)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return image
