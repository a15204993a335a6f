from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from drawing import drawn, texts
from scipy import stats

from made_up_results import SEEDS, TRAINING, read_predictions


def attention_means(folder: Path) -> pd.DataFrame:
    frames = [read_predictions(folder, "C3", seed, TRAINING) for seed in SEEDS]
    columns = ["quality", "attention_1", "attention_2", "attention_3", "attention_4"]
    return (frames[0][columns] + frames[1][columns]) / 2


def test_boxes_show_each_stage_by_third_of_the_quality(results: Path) -> None:
    axes = drawn("attention_by_quality", results).axes[0]
    frame = attention_means(results)
    third = pd.qcut(frame["quality"], 3, labels=["low", "middle", "high"])
    medians = [line for line in axes.lines if line.get_linewidth() == 1]
    shown = {round(float(np.mean(line.get_xdata())), 2): line.get_ydata()[0] for line in medians}
    for stage in range(4):
        for offset, name in zip((-0.26, 0, 0.26), ("low", "middle", "high"), strict=True):
            expected = frame.loc[third == name, f"attention_{stage + 1}"].median()
            assert shown[round(stage + offset, 2)] == pytest.approx(expected)


def test_rank_correlations_are_those_of_the_mean_attention(results: Path) -> None:
    written = " ".join(texts(drawn("attention_by_quality", results)))
    frame = attention_means(results)
    for stage in range(1, 5):
        rho = stats.spearmanr(frame["quality"], frame[f"attention_{stage}"]).statistic
        assert f"\N{GREEK SMALL LETTER RHO} = {rho:.3f}".replace("-", "\N{MINUS SIGN}") in written


def test_example_photos_have_the_quality_and_weights_that_they_claim(results: Path) -> None:
    figure = drawn("attention_by_quality", results)
    frame = attention_means(results).sort_values("quality")
    photos, bars = figure.axes[1:4], figure.axes[4:7]
    for photo, bar, share in zip(photos, bars, (0.05, 0.5, 0.95), strict=True):
        wanted = frame["quality"].quantile(share)
        example = frame.iloc[(frame["quality"] - wanted).abs().argmin()]
        shown = f"quality {example['quality']:.0f}\n(from proxy score)"
        assert photo.get_title().endswith(shown)
        heights = [patch.get_height() for patch in bar.patches]
        np.testing.assert_allclose(heights, example[["attention_1", "attention_2", "attention_3", "attention_4"]])  # noqa: E501  # fmt: skip


def test_example_photos_come_from_the_pixel_store(results: Path) -> None:
    photo = drawn("attention_by_quality", results).axes[1].images[0].get_array()
    frame = attention_means(results)
    wanted = frame["quality"].quantile(0.05)
    name = (frame["quality"] - wanted).abs().idxmin()
    store = results / "data" / TRAINING / "store-aspect"
    row = pd.read_parquet(store / "index.parquet").set_index("id").loc[name]
    start, shape = int(row["offset"]), (int(row["height"]), int(row["width"]), 3)
    pixels = np.fromfile(store / "pixels.u8", np.uint8)[start : start + np.prod(shape)]
    np.testing.assert_array_equal(photo, pixels.reshape(shape))


def test_a_squashed_store_is_shown_in_the_photo_s_own_shape(own_results: Path) -> None:
    path = own_results / "data" / TRAINING / "manifest.parquet"
    pd.read_parquet(path).assign(width=300, height=100).to_parquet(path)
    photo = drawn("attention_by_quality", own_results).axes[1].images[0].get_array()
    assert photo.shape == (67, 200, 3)


def test_a_constant_weight_is_called_constant(edit_paper: Callable[..., Path]) -> None:
    folder = edit_paper(lambda paper: paper["attention"]["rank_correlation"].insert(0, None))
    assert "constant" in texts(drawn("attention_by_quality", folder))
