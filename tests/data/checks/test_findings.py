"""What was found is written, and what was left out is summed up from the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from smartiqa.core.errors import InputError
from smartiqa.data.checks.findings import FINDING_COLUMNS, left_out, table_of, write_findings

ROWS = [
    (-1, "number of images", "note", "7 labelled images, 8 published"),
    (0, "missing file", "error", "007.jpg"),
    (3, "missing file", "error", "NA"),
    (3, "score missing", "error", "NA"),
    (5, "duplicate id", "error", 'a "b", c\n#.jpg'),
    (6, "same pixels twice", "note", "x.jpg"),
]


def findings(rows: list[tuple[int, str, str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["row", "problem", "severity", "id"]).set_index("row")
    return frame.assign(detail="because")[FINDING_COLUMNS]


def test_what_was_left_out_is_counted_by_image_and_by_problem(tmp_path: Path) -> None:
    write_findings(tmp_path, findings(ROWS))
    assert left_out(tmp_path) == {
        "images": 3,
        "problems": [
            {"problem": "duplicate id", "images": 1, "first": ['a "b", c\n#.jpg']},
            {"problem": "missing file", "images": 2, "first": ["007.jpg", "NA"]},
            {"problem": "score missing", "images": 1, "first": ["NA"]},
        ],
    }
    assert pd.read_csv(tmp_path / "findings.csv")["row"].tolist() == [0, 1, 4, 4, 6, 7]
    assert len(pd.read_csv(tmp_path / "problems.csv")) == 5


def test_only_the_first_names_are_told(tmp_path: Path) -> None:
    rows = [(k, "missing file", "error", f"{k:02d}.jpg") for k in range(12)]
    write_findings(tmp_path, findings(rows))
    assert left_out(tmp_path) == {
        "images": 12,
        "problems": [
            {"problem": "missing file", "images": 12, "first": [f"{k:02d}.jpg" for k in range(5)]}
        ],
    }


@pytest.mark.parametrize(
    ("name", "shown"), [("a\nb\0.jpg", r"a\nb\x00.jpg"), ("x" * 5000, "x" * 100 + "...")]
)
def test_a_name_fits_into_a_line(name: str, shown: str) -> None:
    table = table_of(findings([(0, "missing file", "error", name)]))
    assert table["first"].tolist() == [shown]


def test_a_sound_dataset_has_left_nothing_out(tmp_path: Path) -> None:
    write_findings(tmp_path, findings([]))
    assert left_out(tmp_path) == {"images": 0, "problems": []}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"findings\.csv: there is no such file; the stage"):
        left_out(tmp_path)


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_text("other")])
def test_the_manifest_goes_aside_with_a_report_that_is_not_whole(
    tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    """So that the workflow, which knows the manifest only, makes both anew."""
    manifest, report = tmp_path / "manifest.parquet", tmp_path / "checks"
    manifest.write_text("manifest")
    write_findings(report, findings([]))
    spoil(report / "findings.csv")
    with pytest.raises(InputError, match=r"manifest\.parquet is damaged: checks/findings\.csv bel"):
        left_out(report)
    assert not manifest.exists()
