from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from drawing import drawn

from made_up_results import ABLATION, EXPERIMENTS, SEEDS


def test_curves_are_the_histories_and_their_mean_over_common_epochs(results: Path) -> None:
    loss, srcc = drawn("training_curves", results).axes
    for axes, measure in ((loss, "train_loss"), (srcc, "validation_srcc")):
        assert len(axes.lines) == len(ABLATION) * (len(SEEDS) + 1)
        for number, experiment in enumerate(ABLATION):
            histories = [
                pd.read_csv(results / f"runs/{experiment}/seed{seed}/history.csv")[measure]
                for seed in SEEDS
            ]
            *seeds, mean = axes.lines[3 * number : 3 * number + 3]
            for line, history in zip(seeds, histories, strict=True):
                np.testing.assert_allclose(line.get_ydata(), history)
            common = min(map(len, histories))
            expected = (histories[0][:common] + histories[1][:common]) / 2
            np.testing.assert_allclose(mean.get_ydata(), expected)
            assert mean.get_label() == EXPERIMENTS[experiment][0]
