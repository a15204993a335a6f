"""The command line that all figures share: read a study's results, write one PDF."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from smartiqa.command_line import run_stage
from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_atomically
from smartiqa.paper.figures.needs import expand_needs, scope_of_paper
from smartiqa.paper.figures.result_files import NothingToShowError
from smartiqa.paper.figures.style import COLUMN_WIDTH, new_figure, note_below, paper_style
from smartiqa.results.paper_results import read_paper_results

Draw = Callable[[Path], Figure]
NO_DATES = {"CreationDate": None, "ModDate": None}  # so that equal results give equal bytes


def save_figure(draw: Draw, needs: Sequence[str], results: Path, output: Path) -> None:
    """Draw a figure and write it as PDF, whole or not at all.

    Raises:
        InputError: a file that the figure needs does not exist, or `draw` objects to its content.
            That the study has nothing to show is none: a note says so.
    """
    for name in expand_needs(needs, scope_of_paper(read_paper_results(results))):
        if not (results / name).is_file():
            raise InputError(f"{results / name} does not exist; run the stage that makes it")
    with paper_style():
        figure = drawn_or_noted(draw, results)
        figure.draw_without_rendering()  # the layout of nested parts settles in a second pass
        with replace_atomically(output) as temporary:
            figure.savefig(temporary, format="pdf", metadata=NO_DATES)


def drawn_or_noted(draw: Draw, results: Path) -> Figure:
    """Draw a figure, or a note in its place if the study has nothing that it shows.

    So the paper of a study that runs little refers to no figure that is not there.
    """
    try:
        return draw(results)
    except NothingToShowError as nothing:
        width = getattr(sys.modules[draw.__module__], "WIDTH", COLUMN_WIDTH)
        figure = new_figure(width, 0.4)
        note_below(figure, [nothing.note])
        return figure


def figure_main(draw: Draw, needs: Sequence[str]) -> None:
    """Command line of a figure module; see `--help`."""
    parser = argparse.ArgumentParser(epilog=f"reads, below --results: {', '.join(needs)}")
    parser.add_argument("--results", type=Path, required=True, help="results/<study>")
    parser.add_argument("--output", type=Path, required=True, help="the PDF to write")
    arguments = parser.parse_args()
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it reports every table that it cuts
    run_stage(lambda: save_figure(draw, needs, arguments.results, arguments.output))
