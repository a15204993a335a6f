from __future__ import annotations

import base64
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook
from scipy.io import savemat

from smartiqa.core.errors import InputError
from smartiqa.data.labels.label_files import (
    find_label_file,
    locate_images,
    read_csv,
    read_excel,
    read_mat,
)

# Excel's format before 2007, which no library that we use writes: "Image Number", "Average
# Subjective Grade", "std" and two rows on a sheet "Plan1"
OLD_WORKBOOK = (
    "eNrtWEtoE0EY/maTNA+SNKmpthVKKFi1FqR46aVdK2jwYIh6UESwm2aR2jSVNS3oxWrNURA8KV4KvXipevGBCnoTFC"
    "p6EEQh1aMnQcFDm/WfP7s1rT00qEVlvmW++ed/7MzOa3f25Vy8PH2nbR4r0A8PKnYQDTU6QSnoFmIgu21L0c0DlGyF"
    "fwrBAA1kgw8PIy/8cgzleM9Dw23vU2LgA6XjOI30WMFMriP2cBsMIdvQRyxwgzRRtHKrmpiHmDcw32LPR8y7WXOZuY"
    "98y+IY5vR0V68zi49qHWyLQt73Hse8ZU0PmvFMzuLzV0TV14cBa9jI/52Gdm8YM6BxS5kF0zLyZSRoAGfw1U4CX9yV"
    "+iSp9OurFyD9t+V6/yr6q5oXmIQ9yBO8hAjeeaTFh0zeKPQsoBeyLFMY2D9qnDST6fHRrGm1AAMTNOSkODyePWUOFY"
    "cnzGTKMnImeZ8p5kJyr+a1HVu2tiM858PEOTSyHOeZH6Pde+Hm51cHshn9BGsmeT+v7vpbZENh44KMoOAoWzxL3MUR"
    "O5gv8l03s9zGnKAHorwz0+wI+6bY5xJbO6meXYzX+tYaeRvJpU8H77eXPurbSZ5NzZ9LzL7Rp9FBb6EcxctrCt2iW1"
    "y/JvFAd3Ph7BDvmVt/2i0CWsxpu+282hqxiBCLceZqSfaOWCppTl/JaLEi+jFaWBfnXo5jk0/yc46S/toq/hp7hph3"
    "CjdWQ7/WhLvSSDvZD4SgoKCgoKCgoKCg8KsQ/MVZ/Yr38tGjek7wO/91FilV1G+S/xaHMEZXkQ6me1Gg3MLZuubPRv"
    "iEey+xxhj3f6HEEardwgiy3I6RuucvnfNE7fOsOTD2+5ZQvfVX6mnnH67/O1lBzfY="
)


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


def write_old_workbook(path: Path) -> None:
    path.write_bytes(zlib.decompress(base64.b64decode(OLD_WORKBOOK)))


@pytest.mark.parametrize("name", ["a.xlsx", "A.XLS", "a.xls"])
def test_excel_files_of_either_format_are_found(tmp_path: Path, name: str) -> None:
    touch(tmp_path, name)
    assert find_label_file(tmp_path, "a.xlsx") == tmp_path / name
    touch(tmp_path, "deeper/a.xlsx")
    assert find_label_file(tmp_path, "a.xlsx").suffix == ".xlsx"  # the newer one wins


def test_old_excel_files_are_read_where_that_is_possible(tmp_path: Path) -> None:
    pytest.importorskip("xlrd")
    write_old_workbook(tmp_path / "a.xls")
    numbers = ["Image Number", "std"]
    table = read_excel(tmp_path / "a.xls", needs=numbers, numbers=numbers, sheet="Plan1")
    assert table["Image Number"].tolist() == [1, 2]
    assert table["std"].tolist() == [0.5, 1]


def test_old_excel_files_say_what_they_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_old_workbook(tmp_path / "a.xls")
    monkeypatch.setitem(sys.modules, "xlrd", None)
    with pytest.raises(
        InputError, match=r"a\.xls has Excel's older format: save it as a\.xlsx, or"
    ):
        read_excel(tmp_path / "a.xls", needs=["std"], numbers=[])


def test_files_that_must_not_be_taken_for_labels_are_named(tmp_path: Path) -> None:
    refused = {"old.mat": "it is old", "x.csv": "it has no scores"}
    with pytest.raises(InputError, match=r"subfolders; ask for it$"):
        find_label_file(tmp_path, "new.mat", advice="ask for it", refused=refused)
    touch(tmp_path, "d/OLD.mat")
    with pytest.raises(InputError, match=r"d/OLD\.mat will not do: it is old; ask for it$"):
        find_label_file(tmp_path, "new.mat", advice="ask for it", refused=refused)
    touch(tmp_path, "new.mat")
    assert find_label_file(tmp_path, "new.mat", refused=refused) == tmp_path / "new.mat"


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["1,5", "2", "", "nan"], [1.5, 2, np.nan, np.nan]),
        (["1,234", "2,5", "3"], [1.234, 2.5, 3]),
        (["0,125", "1"], [0.125, 1]),
        (["1,024", "2,048"], [1.024, 2.048]),
        (["1.5", "1e3", "7"], [1.5, 1000, 7]),
        (["1,5", "good"], "row 2: 'good' in the column 'score' is not a number"),
        (["1.5", "2.5", "3,5"], r"row 3: '3,5' in the column 'score' is not written as '1\.5' and"),
        (["2,5", "3,5", "1.5"], r"row 3: '1\.5' in the column 'score' is not written as '2,5' and"),
        (["987", "1,024"], "row 2: '1,024' in the column 'score' may part thousands"),
    ],
)
def test_commas_are_decimal_ones_unless_they_may_not_be(
    tmp_path: Path, cells: list[str], found: list[float] | str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("score;image\n" + "".join(f"{cell};a\n" for cell in cells))
    if isinstance(found, str):
        with pytest.raises(InputError, match=found):
            read_csv(path, needs=[], numbers=["score"], sep=";")
    else:
        table = read_csv(path, needs=[], numbers=["score"], sep=";")
        np.testing.assert_array_equal(table["score"], found)
    path.write_text("image;score\na;1,5\nb\n")  # a short line
    np.testing.assert_array_equal(
        read_csv(path, needs=[], numbers=["score"], sep=";")["score"], [1.5, np.nan]
    )
