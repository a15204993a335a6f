from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from drawing import drawn, offsets, texts

from made_up_results import read_paper


def test_every_embedded_image_is_a_point_in_both_columns(results: Path) -> None:
    figure = drawn("pca_weights", results)
    for row, experiment in enumerate(("C1", "C3")):
        frame = pd.read_parquet(results / f"runs/{experiment}/seed1/generated.parquet")
        by_content, by_quality = figure.axes[2 * row : 2 * row + 2]
        points = np.sort(frame[["pc1", "pc2"]].to_numpy(), axis=0)
        np.testing.assert_allclose(np.sort(offsets(by_content), axis=0), points)
        np.testing.assert_allclose(np.sort(offsets(by_quality), axis=0), points)
        assert len(by_content.collections) == frame["content"].nunique()
        np.testing.assert_allclose(by_quality.collections[0].get_array(), frame["quality"])


def test_silhouettes_stand_above_their_panels(results: Path) -> None:
    figure = drawn("pca_weights", results)
    embedding = read_paper(results)["embedding"]
    expected = [
        f"by {grouping}: silhouette {embedding[run][f'silhouette_{grouping}']:.3f}"
        for run in ("C1", "C3")
        for grouping in ("content", "quality")
    ]
    assert [a.get_title().replace("\N{MINUS SIGN}", "-") for a in figure.axes[:4]] == expected


def test_contents_are_named_if_they_are_few(own_results: Path) -> None:
    assert {"bridge", "cat", "fig", "wine"} <= set(texts(drawn("pca_weights", own_results)))
    path = own_results / "runs/C1/seed1/generated.parquet"
    frame = pd.read_parquet(path)
    frame.assign(content=frame["id"]).to_parquet(path)
    assert not {"bridge", "cat"} & set(texts(drawn("pca_weights", own_results)))
