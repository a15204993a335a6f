"""A contact sheet: photos from the best to the worst, each with its score."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from smartiqa.core.errors import InputError
from smartiqa.data.store.decode import decode_image
from smartiqa.photos.new_files import new_file, require_folder

MOST_PHOTOS = 120  # on a sheet; of more the best and the worst are shown
THUMBNAIL = (200, 150)  # pixels
MARGIN, CAPTION, TITLE = 12, 40, 80  # pixels
TEXT, SMALL = 15, 12  # points
LETTERS = 27  # of a file's name, so that it fits below a thumbnail
WHITE, BLACK, GREY = "#FFFFFF", "#111111", "#666666"


class Ranked(NamedTuple):
    """A photo with its score, as the sheet needs them."""

    quality: float
    spread: float
    file: str


def check_sheet(path: Path) -> None:
    """Check before long work that a sheet can be written to this file.

    Raises:
        InputError: Pillow writes no such format, or the folder does not exist.
    """
    require_folder(path)
    if Image.registered_extensions().get(path.suffix.lower()) not in Image.SAVE:
        raise InputError(f"{path} is no image that can be written; take .png, .jpg or .webp")


def draw_sheet(photos: Sequence[Ranked], title: str, path: Path) -> None:
    """Write a sheet of scored photos, best first, row by row.

    Raises:
        InputError: a photo can no longer be read.
    """
    ranks = sorted(enumerate(sorted(photos, key=lambda p: (-p.quality, p.file)), start=1))
    shown = ranks
    if len(ranks) > MOST_PHOTOS:
        half = MOST_PHOTOS // 2
        shown = [*ranks[:half], *ranks[-half:]]
        title += f" (the best and the worst {half} of {len(ranks)})"
    across = max(3, math.ceil(math.sqrt(len(shown))))
    down = math.ceil(len(shown) / across)
    cell = (THUMBNAIL[0] + MARGIN, THUMBNAIL[1] + CAPTION + MARGIN)
    size = (across * cell[0] + MARGIN, down * cell[1] + TITLE + MARGIN)
    sheet = Image.new("RGB", size, WHITE)
    draw = ImageDraw.Draw(sheet)
    letters = size[0] // 8
    draw.text((MARGIN, MARGIN), "\n".join(textwrap.wrap(title, letters)[:3]), BLACK, _font(TEXT))
    for place, (rank, photo) in enumerate(shown):
        row, column = divmod(place, across)
        corner = (MARGIN + column * cell[0], TITLE + row * cell[1])
        _draw_photo(sheet, draw, corner, rank, photo)
    with new_file(path) as temporary:
        sheet.save(temporary)


def _draw_photo(
    sheet: Image.Image, draw: ImageDraw.ImageDraw, corner: tuple[int, int], rank: int, photo: Ranked
) -> None:
    image = decode_image(Path(photo.file), managed=True)
    image.thumbnail(THUMBNAIL)
    left, top = corner
    sheet.paste(image, (left, top + THUMBNAIL[1] - image.height))
    spread = "" if math.isnan(photo.spread) else f" ± {photo.spread:.1f}"
    below = top + THUMBNAIL[1] + 3
    draw.text((left, below), f"{rank}.  {photo.quality:.1f}{spread}", BLACK, _font(TEXT))
    draw.text((left, below + TEXT + 4), _short(Path(photo.file).name), GREY, _font(SMALL))


def _short(name: str) -> str:
    if len(name) <= LETTERS:
        return name
    half = (LETTERS - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def _font(points: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(points)
