from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from drawing import cells, drawn, mean_srcc

from made_up_results import CROSS, CROSS_EXPERIMENTS, DATASETS


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


def test_one_cross_dataset_has_no_average(edit_paper: Callable[..., Path]) -> None:
    folder = edit_paper(lambda paper: paper["study"].update(cross_datasets=["mixed"]))
    _, cross, _ = drawn("cross_dataset", folder).axes
    assert [label.get_text() for label in cross.get_xticklabels()] == [DATASETS["mixed"]]
