"""Label files of every adapter, wrong in many ways: one line that names the file, or argued for."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pandas as pd
import pytest
from PIL import Image
from scipy.io import loadmat, savemat

from command_line import study_files
from layouts import PUBLISHED_COUNTS, SIZES, write_label_files
from outcomes import outcome
from smartiqa.core.files import DIGESTS
from tiny_study import experiment

ROWS = 12
SIZE = (96, 80)
LINE = 3  # of a file of text, from 0: a row that has an image and a score


class Case(NamedTuple):
    """A dataset whose label file is changed."""

    adapter: str
    file: str
    what: str
    change: Callable[[Path], None]


def replaced(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content) and None


def halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_link_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


ANY_FILE = {
    "empty": replaced(b""),
    "binary": replaced(bytes(range(256)) * 9),
    "a web page": replaced(b"<!DOCTYPE html><html><body>404 not found</body></html>\n"),
    "UTF-16": replaced("image,score\na,1\n".encode("utf-16")),
    "cut in half": halved,
    "a folder": a_folder,
    "a link to itself": a_link_to_itself,
}


def in_line(change: Callable[[list[str]], list[str]]) -> Callable[[Path], None]:
    """Change the cells of a line."""

    def changed(path: Path) -> None:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        separator = " " if path.suffix == ".txt" else ","
        lines = text.split("\n")
        ending = "\r" if lines[LINE].endswith("\r") else ""
        cells = change(lines[LINE].rstrip("\r").split(separator))
        lines[LINE] = separator.join(cells) + ending
        path.write_bytes("\n".join(lines).encode("utf-8", "surrogateescape"))

    return changed


def cell(place: int, value: str) -> Callable[[Path], None]:
    def change(cells: list[str]) -> list[str]:
        cells[place] = value
        return cells

    return in_line(change)


def twice(path: Path) -> None:
    lines = path.read_text().split("\n")
    path.write_text("\n".join([*lines[: LINE + 1], *lines[LINE:]]))


def header_only(path: Path) -> None:
    path.write_text(path.read_text().split("\n")[0] + "\n")


NAMES = ("", "../../x.png", "/etc/hostname", "nowhere.png", "a\0b.png", "\udcff.png", '"')
SCORES = ("", "many", "nan", "inf", "1e999", "-1e9", "1,5", "0x10", "5 5")


def of_text(name: int, score: int) -> dict[str, Callable[[Path], None]]:
    """Changes of a file whose lines have a name and a score at these places."""
    changes = {f"name {value!a}": cell(name, value) for value in NAMES}
    changes |= {f"score {value!r}": cell(score, value) for value in SCORES}
    changes |= {
        "a cell fewer": in_line(lambda cells: cells[:1]),
        "cells more": in_line(lambda cells: [*cells, "7", "8"]),
        "a line twice": twice,
        "a header only": header_only,
    }
    return changes


def of_excel(score: str) -> dict[str, Callable[[Path], None]]:
    def written(value: Any, header: bool = False) -> Callable[[Path], None]:
        def change(path: Path) -> None:
            book = openpyxl.load_workbook(path)
            for row in book.active.iter_rows():
                for place in row:
                    if place.value == score:
                        book.active.cell(place.row + (0 if header else 2), place.column, value)
                        book.save(path)
                        return

        return change

    changes = {f"score {value!r}": written(value) for value in ("", "many", "nan", -1e9, True)}
    return changes | {"no such column": written("nothing", header=True)}


def of_matlab(path: Path) -> None:
    content = {k: v for k, v in loadmat(path).items() if not k.startswith("__")}
    savemat(path, {f"{name}x": value for name, value in content.items()})


def shortened(path: Path) -> None:
    content = {k: v for k, v in loadmat(path).items() if not k.startswith("__")}
    savemat(
        path,
        {
            name: value[:, :-3] if value.shape[0] == 1 else value[:-3]
            for name, value in content.items()
        },
    )


def of_text_in_place_of_numbers(path: Path) -> None:
    content = {k: v for k, v in loadmat(path).items() if not k.startswith("__")}
    savemat(path, {name: [["x"] * value.size] for name, value in content.items()})


MATLAB = {"other names": of_matlab, "shorter": shortened, "texts": of_text_in_place_of_numbers}
FILES: dict[tuple[str, str], dict[str, Callable[[Path], None]]] = {
    ("folder", "labels.csv"): of_text(0, 1),
    ("koniq10k", "koniq10k_distributions_sets.csv"): of_text(0, 7),
    ("kadid10k", "kadid10k/dmos.csv"): of_text(0, 2),
    ("agiqa3k", "data.csv"): of_text(0, -4),
    ("tid2013", "mos_with_names.txt"): of_text(1, 0),
    ("biq2021", "Train (Images and MOS).csv"): of_text(0, 1),
    ("spaq", "Annotations/MOS and Image attribute scores.xlsx"): of_excel("MOS"),
    ("csiq", "csiq.DMOS.xlsx"): of_excel("dmos"),
    ("bid", "DatabaseGrades.xlsx"): of_excel("Average Subjective Grade"),
    ("live", "dmos_realigned.mat"): MATLAB,
    ("live_challenge", "Data/AllMOS_release.mat"): MATLAB,
}
CASES = [
    Case(adapter, file, what, change)
    for (adapter, file), changes in FILES.items()
    for what, change in (ANY_FILE | changes).items()
]
ACCEPTED: list[tuple[str, str, str]] = [
    (
        "folder|koniq10k|biq2021",
        "cut in half",
        "no text says how long it is; the images that lost their labels are listed as such",
    ),
]


def write_dataset(adapter: str, root: Path) -> None:
    """Labels of a dataset, and small images that differ from each other."""
    if adapter == "folder":
        root.mkdir(parents=True)
        names = [f"{number}.png" for number in range(ROWS)]
        frame = pd.DataFrame({"image": names, "score": [8.0 * n for n in range(ROWS)]})
        frame.to_csv(root / "labels.csv", index=False)
    else:
        names = [planned.file for planned in write_label_files(adapter, root, ROWS)]
    for number, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        ramp = Image.linear_gradient("L").resize(SIZES.get(adapter, SIZE))
        image = Image.merge(
            "RGB", (ramp, ramp.rotate(180), ramp.point(lambda v, n=number: v // (n + 1)))
        )
        image.save(root / name)


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("datasets")
    for adapter, _ in FILES:
        write_dataset(adapter, folder / adapter)
    yield folder
    shutil.rmtree(folder)


def prepared(adapter: str, root: Path, output: Path) -> Any:
    options = {"low": 0, "high": 100} if adapter == "folder" else {}
    dataset = {"adapter": adapter, "root": str(root), "title": "x", "options": options}
    dataset |= {"split": {"kind": "all_test"}, "problems": "strict"}
    home = {
        "adapter": "folder",
        "root": "elsewhere",
        "title": "Home",
        "options": {"low": 0, "high": 1},
    }
    crossed = {"cross_datasets": ["tried"], "cross_experiments": ["C3"]}
    files = study_files(output, experiment(), datasets={"home": home, "tried": dataset}, **crossed)
    named = [f"--{name}={path}" for name, path in files.items()]
    return outcome("prepare", *named, "--dataset=tried", f"--output={output / 'manifest.parquet'}")


@pytest.mark.parametrize("adapter", [adapter for adapter, _ in FILES])
def test_every_dataset_is_accepted_as_it_is(adapter: str, datasets: Path, tmp_path: Path) -> None:
    assert prepared(adapter, datasets / adapter, tmp_path).status == 0


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.adapter}: {case.what}")
def test_wrong_labels_are_refused_in_one_line_or_argued_for(
    case: Case, datasets: Path, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    shutil.copytree(datasets / case.adapter, root)
    case.change(root / case.file)
    ended = prepared(case.adapter, root, tmp_path)
    assert ended.problem == ""
    why = [
        w for a, what, w in ACCEPTED if re.fullmatch(a, case.adapter) and re.search(what, case.what)
    ]
    assert (ended.status == 0) == bool(why), ended.said
    written = {path.name for path in tmp_path.iterdir()} - {DIGESTS, "checks", "data"}
    if ended.status:
        assert re.search(
            rf"{re.escape(Path(case.file).name)}|{root}|checks|has problems:", ended.said
        )
        assert written == {"made-up.yaml", "experiments.yaml"}


def test_every_adapter_is_tried() -> None:
    assert {adapter for adapter, _ in FILES} == {*PUBLISHED_COUNTS, "folder"}
