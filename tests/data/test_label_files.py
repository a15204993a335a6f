from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook
from scipy.io import savemat

from smartiqa.data.label_files import (
    find_label_file,
    locate_images,
    read_csv,
    read_excel,
    read_mat,
)
from smartiqa.errors import InputError


def touch(root: Path, *files: str) -> None:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()


def test_the_highest_label_file_is_taken(tmp_path: Path) -> None:
    touch(tmp_path, "a/b/dmos.csv", "a/DMOS.csv", ".hidden/dmos.csv")
    assert find_label_file(tmp_path, "dmos.csv") == tmp_path / "a/DMOS.csv"
    touch(tmp_path, "c/dmos.csv")
    with pytest.raises(InputError, match=r"a/DMOS\.csv and c/dmos\.csv are both in"):
        find_label_file(tmp_path, "dmos.csv")


def test_images_are_found_by_their_trailing_path(tmp_path: Path) -> None:
    touch(tmp_path, "top/jp2k/img1.bmp", "top/JPEG/img1.bmp", "wn/img1.bmp")
    wanted = ["jp2k/img1.bmp", "jpeg/img1.bmp", "wn/img1.bmp", "gblur/img1.bmp"]
    found = locate_images(tmp_path, wanted)
    assert found == ["top/jp2k/img1.bmp", "top/JPEG/img1.bmp", "wn/img1.bmp", "gblur/img1.bmp"]


def test_any_folder_and_two_candidates(tmp_path: Path) -> None:
    touch(tmp_path, "other/1.jpg")
    assert locate_images(tmp_path, ["TestImage/1.jpg"]) == ["TestImage/1.jpg"]
    assert locate_images(tmp_path, ["TestImage/1.jpg"], any_folder=True) == ["other/1.jpg"]
    touch(tmp_path, "again/1.jpg")
    with pytest.raises(InputError, match=r"again/1\.jpg and other/1\.jpg are both in"):
        locate_images(tmp_path, ["TestImage/1.jpg"], any_folder=True)
    touch(tmp_path, "TestImage/1.jpg")
    assert locate_images(tmp_path, ["TestImage/1.jpg"], any_folder=True) == ["TestImage/1.jpg"]


def test_csv_keeps_text_and_strips_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfimage , score\r\n007, 1e1\r\nNA,\r\n")
    table = read_csv(path, needs=["image", "score"], numbers=["score", "spread"])
    assert table["image"].tolist() == ["007", "NA"]
    np.testing.assert_array_equal(table["score"], [10, np.nan])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a table of labels"),
        (b"image\n1.png\n", "has no column 'score'; its columns are: image"),
        (
            b"image,score\n1.png,1\n2.png,high\n",
            "row 2: 'high' in the column 'score' is not a number",
        ),
        (b"image,score\n1.png,1,2,3\n", "is not a table of labels"),
        (b"\xff\xfe\x00\x81", "is not a table of labels"),
    ],
)
def test_bad_csv_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_csv(tmp_path / "a.csv", needs=["image", "score"], numbers=["score"])


def test_missing_csv_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the label file .*a\.csv does not exist"):
        read_csv(tmp_path / "a.csv", needs=[])


def test_excel_header_may_be_anywhere_among_the_first_rows(tmp_path: Path) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in (
        [None],
        ["notes"],
        [None, "image", " dmos "],
        [None, 1600, 0.5],
        [None],
        [None, "a", 1],
    ):
        page.append(row)
    book.save(tmp_path / "a.xlsx")
    table = read_excel(tmp_path / "a.xlsx", needs=["image", "dmos"], numbers=["dmos"])
    assert table.to_dict("list") == {"image": ["1600", "a"], "dmos": [0.5, 1.0]}
    with pytest.raises(InputError, match="has no header row with the columns image, mos"):
        read_excel(tmp_path / "a.xlsx", needs=["image", "mos"], numbers=["mos"])
    (tmp_path / "b.xlsx").write_text("no")
    with pytest.raises(InputError, match="is not a readable Excel file"):
        read_excel(tmp_path / "b.xlsx", needs=["image"], numbers=[])


def test_mat_vectors_of_any_orientation(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    names = np.array([["a.bmp"], ["bb.bmp"]], dtype=object)
    savemat(path, {"names": names, "scores": np.array([[1.5, 2.5]]), "one": np.array([[7.0]])})
    assert read_mat(path, "names", "scores") == [["a.bmp", "bb.bmp"], [1.5, 2.5]]
    assert read_mat(path, "one") == [[7.0]]
    with pytest.raises(InputError, match="has no variable 'dmos'"):
        read_mat(path, "dmos")
    with pytest.raises(InputError, match="names and one differ in length"):
        read_mat(path, "names", "one")
    path.write_bytes(b"not a mat file")
    with pytest.raises(InputError, match="is not a readable MATLAB file"):
        read_mat(path, "names")
