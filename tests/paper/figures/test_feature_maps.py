from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawing import drawn, texts

from smartiqa.core.errors import InputError


def test_maps_of_a_stage_share_their_colours(results: Path) -> None:
    figure = drawn("feature_maps", results)
    arrays = np.load(results / "runs/C3/seed1/feature_maps.npz")
    for row, photo in enumerate(("low", "high")):
        panels = figure.axes[5 * row : 5 * row + 5]
        np.testing.assert_array_equal(panels[0].images[0].get_array(), arrays[f"image_{photo}"])
        for stage, panel in enumerate(panels[1:], start=1):
            (image,) = panel.images
            np.testing.assert_array_equal(image.get_array(), arrays[f"{photo}_{stage}"])
            both = np.stack([arrays[f"low_{stage}"], arrays[f"high_{stage}"]])
            assert image.get_clim() == (both.min(), both.max())
    side = arrays["low_2"].shape[0]
    assert f"stage 2 ({side}\N{MULTIPLICATION SIGN}{side})" in texts(figure)


def test_a_map_that_is_not_a_number_is_named(own_results: Path) -> None:
    path = own_results / "runs/C3/seed1/feature_maps.npz"
    arrays = dict(np.load(path))
    arrays["high_3"][0, 0] = np.nan
    np.savez(path, **arrays)
    with pytest.raises(InputError, match="high_3 holds values that are not numbers"):
        drawn("feature_maps", own_results)
