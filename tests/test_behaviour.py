"""Decoders and resizers that are compared do what they are called; the page has them all."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.behaviour import (
    BEGIN,
    DECODERS,
    END,
    FILES,
    OUTPUT,
    RESIZERS,
    by_pillow,
    psnr,
    renewed,
    resized_by_pillow,
    small_size,
    variants,
)
from made_up_paper import ROOT
from smartiqa.core.errors import InputError
from tiny_study import texture

PHOTO = texture(2, 480, 640)
PAGE = (ROOT / OUTPUT).read_text(encoding="utf-8")
CHOICES = [
    *(("decoder", library, kind) for kind in FILES for library in DECODERS),
    *(("resizer", *name) for name in RESIZERS),
]


def test_the_page_has_every_choice_in_order() -> None:
    measured = PAGE.partition(BEGIN)[2].partition(END)[0]
    rows = [line for line in measured.splitlines() if line.startswith("| ")][1:]
    found = [tuple(cell.strip() for cell in row.strip("| ").split("|"))[:3] for row in rows]
    assert found == CHOICES


@pytest.mark.parametrize("kind", FILES)
def test_decoders_agree_about_a_photo(kind: str) -> None:
    file = FILES[kind](PHOTO)
    usual = by_pillow(file)
    assert psnr(PHOTO, usual) > 25  # the file holds this photo
    for library, decode in DECODERS.items():
        if library == "OpenCV":
            pytest.importorskip("cv2")
        decoded = decode(file)
        assert decoded.shape == PHOTO.shape
        assert psnr(decoded, usual) > 30  # no channels in another order


@pytest.mark.parametrize("choice", RESIZERS, ids=" ".join)
def test_resizers_make_the_same_small_photo(choice: tuple[str, str]) -> None:
    if choice[0] == "OpenCV":
        pytest.importorskip("cv2")
    size = small_size(PHOTO)
    assert size == (320, 240)
    small = RESIZERS[choice](PHOTO, size)
    plain = resized_by_pillow(PHOTO, size)
    assert small.shape == plain.shape == (240, 320, 3)
    assert psnr(small, plain) > 20
    # Pillow averages before it resizes only where a photo becomes less than a fourth.
    assert (small != plain).any() == ("reducing_gap=2.0" not in choice[1])


def test_antialiasing_is_what_tells_torch_from_pillow() -> None:
    size, plain = small_size(PHOTO), resized_by_pillow(PHOTO, small_size(PHOTO))
    on, off = (
        psnr(RESIZERS["torch", f"bicubic, antialias {state}"](PHOTO, size), plain)
        for state in ("on", "off")
    )
    assert on > off + 10


def test_choices_are_compared_with_what_differs_in_them_alone() -> None:
    pytest.importorskip("cv2")
    found = {choice: (before, after) for choice, before, after in variants(PHOTO)}
    assert [*found] == CHOICES
    file = FILES["WebP"](PHOTO)
    before, _ = found["decoder", "OpenCV", "WebP"]
    np.testing.assert_array_equal(before, resized_by_pillow(by_pillow(file), (320, 240)))
    before, _ = found["resizer", "OpenCV", "INTER_AREA"]
    np.testing.assert_array_equal(before, resized_by_pillow(PHOTO, (320, 240)))


def test_only_the_measured_part_of_the_page_changes() -> None:
    again = renewed(PAGE, "new")
    assert again.partition(BEGIN)[0] == PAGE.partition(BEGIN)[0]
    assert again.partition(END)[2] == PAGE.partition(END)[2]
    assert f"{BEGIN}\n\nnew\n\n{END}" in again
    with pytest.raises(InputError, match=r"behaviour\.md lacks"):
        renewed("no place", "new")
