from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pypdf
from drawing import cells, drawn, mean_srcc
from smartiqa.paper.figures.command_line import save_figure

from made_up_results import CROSS, CROSS_EXPERIMENTS, DATASETS
from smartiqa.paper.figures.cross_dataset import NEEDS, draw


def test_cross_dataset_cells_are_srcc_and_their_average(results: Path) -> None:
    own, cross, _ = drawn("cross_dataset", results).axes
    expected: list[str] = []
    for name in CROSS_EXPERIMENTS:
        values = [mean_srcc(results, name, dataset) for dataset in CROSS]
        expected += [f"{value:.3f}" for value in (*values, np.mean(values))]
    assert cells(cross) == expected
    assert cells(own) == [f"{mean_srcc(results, name):.3f}" for name in CROSS_EXPERIMENTS]
    columns = [label.get_text() for label in cross.get_xticklabels()]
    assert columns == [*(DATASETS[name] for name in CROSS), "average"]


def test_special_characters_in_names_are_printed_as_they_are(results: Path, tmp_path: Path) -> None:
    save_figure(draw, NEEDS, results, tmp_path / "figure.pdf")
    (page,) = pypdf.PdfReader(tmp_path / "figure.pdf").pages
    assert "50 % & $5_$7" in page.extract_text().replace("\n", "")


def test_one_cross_dataset_has_no_average(edit_paper: Callable[..., Path]) -> None:
    folder = edit_paper(lambda paper: paper["study"].update(cross_datasets=["mixed"]))
    _, cross, _ = drawn("cross_dataset", folder).axes
    assert [label.get_text() for label in cross.get_xticklabels()] == [DATASETS["mixed"]]
