from __future__ import annotations

from smartiqa.paper.latex.distortions import hardest_images


def entry(pristine: float | None, **errors: float) -> dict[str, object]:
    if pristine is None:
        return {"errors": errors, "undistorted": None}
    means = {"prediction": 100 - pristine, "quality": 100.0}
    return {"errors": errors | {"undistorted photos": pristine}, "undistorted": means}


def test_the_family_that_each_model_gets_most_wrong_is_named_with_its_error() -> None:
    models = {"A": entry(3, haze=12.34, rain=5), "B": entry(None, haze=2, rain=20)}
    found = hardest_images(models, ["A", "C", "B"])
    assert found == "The largest mean error is on haze for A (12.3) and on rain for B (20.0)."
    turned = hardest_images(models, ["B", "A"])
    assert turned == "The largest mean error is on rain for B (20.0) and on haze for A (12.3)."


def test_undistorted_photos_that_are_rated_worst_are_spoken_of() -> None:
    models = {"A": entry(21.2, rain_x=5), "B": entry(18, rain_x=18.6), "C": entry(36.2, rain_x=17)}
    found = hardest_images(models, list(models))
    assert found == (
        "The largest mean error is on undistorted photos for A (21.2) and C (36.2) and on rain x "
        "for B (18.6). The mean quality of undistorted photos is 100.0, but they are given 78.8 by "
        "A and 63.8 by C on average."
    )
