"""Which files of a dataset's folder are looked at."""

from __future__ import annotations

import os
from pathlib import Path

from smartiqa.data.listing import files_below, is_image


def test_what_could_be_read_without_end_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.png").touch()
    (tmp_path / "link.png").symlink_to(tmp_path / "below" / "a.png")
    (tmp_path / "itself.png").symlink_to("itself.png")
    (tmp_path / "gone.png").symlink_to("nowhere")
    (tmp_path / "endless.png").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "below" / "pipe.png")
    assert files_below(tmp_path) == ["below/a.png", "link.png"]


def test_an_image_is_told_by_its_suffix_in_either_case() -> None:
    names = ["a.png", "in/b.JPG", "c.tiff", "labels.csv", "png", "in.png/notes"]
    assert [name for name in names if is_image(name)] == ["a.png", "in/b.JPG", "c.tiff"]
