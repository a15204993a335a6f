from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng

from smartiqa.data.synthetic.distortions import FAMILIES, SEVERITIES, Pixels
from smartiqa.data.synthetic.proxy_scores import proxy_scores
from smartiqa.data.synthetic.synthesis import load_photo
from tiny_study import texture

DEMO = Path(__file__).parents[3] / "data" / "demo" / "photos"


def gradient_magnitude(luminance: Any) -> Any:
    """Magnitude of the Prewitt gradient at half the size; black lies around the image."""
    height, width = luminance.shape
    half = luminance.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    around = np.pad(half, 1)
    rows, columns = (slice(0, -2), slice(1, -1), slice(2, None)), range(3)
    height, width = half.shape
    across = sum(around[row, 2 : 2 + width] - around[row, 0:width] for row in rows)
    down = sum(
        around[2 : 2 + height, c : c + width] - around[0:height, c : c + width] for c in columns
    )
    return np.hypot(across / 3, down / 3)


def deviation(reference: Pixels, distorted: Pixels) -> float:
    """GMSD as Xue et al. (2014) write it: bytes, luminance, c = 170."""
    x, y = (
        gradient_magnitude(image @ np.array([0.299, 0.587, 0.114]))
        for image in (reference, distorted)
    )
    return float(np.std((2 * x * y + 170) / (x**2 + y**2 + 170)))


@pytest.mark.parametrize("family", FAMILIES)
def test_proxy_scores_follow_their_formula(family: str) -> None:
    photo = texture(1, 50, 70)
    distorted = [FAMILIES[family](photo, severity, default_rng(0)) for severity in SEVERITIES]
    expected = [max(100 * (1 - np.sqrt(deviation(photo, d) / 0.35)), 0) for d in distorted]
    found = proxy_scores(np.stack([photo] * len(distorted)), np.stack(distorted))
    np.testing.assert_allclose(found, expected, atol=0.01)


def test_what_exceeds_the_range_scores_0() -> None:
    photo = np.stack([texture(1)])
    half = photo.copy()
    half[:, : photo.shape[1] // 2] = photo.mean()
    assert 0.35 < deviation(photo[0], half[0]) < 0.5
    assert proxy_scores(photo, half).tolist() == [0]


def test_an_image_and_itself_score_100() -> None:
    photos = np.stack([texture(1), texture(2)])
    assert proxy_scores(photos, photos).tolist() == [100, 100]


def test_scores_stay_in_their_range() -> None:
    photo, black = texture(1), np.zeros_like(texture(1))
    noise = default_rng(0).integers(0, 256, photo.shape).astype(np.uint8)
    pairs = [(photo, black), (black, photo), (photo, noise), (photo, 255 - photo)]
    scores = proxy_scores(*(np.stack(images) for images in zip(*pairs, strict=True)))
    assert ((scores >= 0) & (scores < 100)).all()


def test_real_photos_get_worse_with_severity_on_average() -> None:
    photos = [load_photo(DEMO / f"{name}.jpg", 200) for name in ("wine", "creek", "clock")]
    for family, distort in FAMILIES.items():
        means = [100.0]
        for severity in SEVERITIES:
            pairs = [(p, distort(p, severity, default_rng(severity))) for p in photos]
            means.append(np.mean([proxy_scores(p[None], d[None])[0] for p, d in pairs]))
        assert np.all(np.diff(means) < 0), (family, means)
