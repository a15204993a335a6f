"""All problems of a dataset at once, in one table, and what becomes of them."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from layouts import fitting_plan, write_layout
from smartiqa.config.splits import Split
from smartiqa.core.errors import InputError
from smartiqa.data.adapters import DatasetFacts, Scale, label_frame, load_adapter
from smartiqa.data.checks import dataset as checks
from smartiqa.data.checks.dataset import check_dataset, checked_manifest, write_report

FACTS = DatasetFacts(
    name="folder",
    title="My set",
    images=None,
    scale=Scale(0, 10),
    score_name="MOS",
    citation="",
    licence="mine",
    image_sizes=((16, 12),),
)
PLAN = Split(kind="official", fractions=(0.8, 0, 0.2))
NAMES = [f"{number:02d}.png" for number in range(20)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    folder.mkdir()
    for number, name in enumerate(NAMES):
        pixels = np.random.default_rng(number).integers(0, 256, (12, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / name)
    return folder


def labels_of(root: Path, **columns: Any) -> pd.DataFrame:
    splits = ["train"] * 12 + ["validation"] * 3 + ["test"] * 5
    given = {"id": NAMES, "file": NAMES, "score": [5.0] * 20, "split": splits}
    return label_frame(root / "labels.csv", **{**given, **columns})


def table_of(root: Path, **columns: Any) -> dict[str, tuple[str, int, str]]:
    report = check_dataset(labels_of(root, **columns), root, FACTS, PLAN)
    rows = report.table().itertuples(index=False)
    return {row.problem: (row.severity, row.count, row.first) for row in rows}


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


DAMAGE: dict[str, Callable[[Path], object]] = {
    "missing file": Path.unlink,
    "empty file": lambda path: path.write_bytes(b""),
    "not an image": lambda path: path.write_text("hello"),
    "truncated or damaged": truncate,
    "wrong size": lambda path: Image.new("RGB", (12, 16)).save(path),
    "undefined white": lambda path: Image.new("F", (16, 12)).save(path, "TIFF"),
}


def test_a_sound_dataset_has_no_findings(root: Path) -> None:
    report = check_dataset(labels_of(root), root, FACTS, PLAN)
    assert report.findings.empty
    assert report.table().empty
    assert report.left_out == []
    assert len(report.images) == 20
    report.require_no_errors()


@pytest.mark.parametrize("problem", DAMAGE)
def test_every_kind_of_broken_file(root: Path, problem: str) -> None:
    DAMAGE[problem](root / "03.png")
    assert table_of(root) == {problem: ("error", 1, "03.png")}


def test_one_image_is_told_in_the_singular(root: Path) -> None:
    (root / "03.png").unlink()
    report = check_dataset(labels_of(root), root, FACTS, PLAN)
    with pytest.raises(InputError, match=r"set problems: skip to leave this image out$"):
        report.require_no_errors()


@pytest.mark.parametrize(
    ("problem", "columns"),
    [
        ("score missing", {"score": [5.0] * 3 + [np.nan] + [5.0] * 16}),
        ("score out of range", {"score": [5.0] * 3 + [10.5] + [5.0] * 16}),
    ],
)
def test_bad_scores(root: Path, problem: str, columns: dict[str, Any]) -> None:
    assert table_of(root, **columns) == {problem: ("error", 1, "03.png")}


def test_duplicate_ids_and_unsafe_paths(root: Path) -> None:
    table = table_of(root, id=[*NAMES[:-1], NAMES[0]])
    assert table == {"duplicate id": ("error", 1, "00.png")}
    scores = [1.0, *[5.0] * 18, 2.0]
    table = table_of(root, file=[*NAMES[:-1], NAMES[0]], score=scores)
    assert table["several scores"] == ("error", 2, "00.png, 19.png")
    table = table_of(root, file=[*NAMES[:-1], "../19.png"])
    assert table["path outside the folder"] == ("error", 1, "19.png")
    assert table["file without label"] == ("note", 1, "19.png")


def test_equal_pixels_within_one_split_are_a_note(root: Path) -> None:
    Image.open(root / "00.png").save(root / "05.png", compress_level=9)  # other bytes
    assert table_of(root) == {"same pixels twice": ("note", 1, "05.png")}


@pytest.mark.parametrize(("copy", "goes"), [("19.png", "00.png"), ("13.png", "00.png")])
def test_equal_pixels_across_splits_cost_the_training_copy(
    root: Path, copy: str, goes: str
) -> None:
    Image.open(root / "00.png").save(root / copy)
    assert table_of(root) == {"same pixels in two splits": ("error", 1, goes)}


def test_three_copies_leave_only_the_test_image(root: Path) -> None:
    for copy in ("13.png", "18.png", "19.png"):
        Image.open(root / "00.png").save(root / copy)
    assert table_of(root) == {
        "same pixels in two splits": ("error", 2, "00.png, 13.png"),
        "same pixels twice": ("note", 1, "19.png"),
    }


def test_images_without_a_reference_are_notes_where_others_have_one(root: Path) -> None:
    references = [f"photo {number}" for number in range(20)]
    assert table_of(root, reference=references) == table_of(root, reference="") == {}
    found = table_of(root, reference=["", *references[1:19], ""])
    assert found == {"no reference": ("note", 2, "00.png, 19.png")}


def test_unlabelled_images_and_the_published_number_are_notes(root: Path) -> None:
    (root / "refs").mkdir()
    Image.new("RGB", (3, 3)).save(root / "refs" / "I01.BMP")
    (root / "readme.txt").touch()
    facts = dataclasses.replace(FACTS, images=30)
    report = check_dataset(labels_of(root), root, facts, PLAN)
    assert report.table()[["problem", "severity", "first"]].to_numpy().tolist() == [
        ["file without label", "note", "refs/I01.BMP"],
        ["number of images", "note", "20 labelled images, 30 published"],
    ]
    report.require_no_errors()


def manifest_of(
    labels: pd.DataFrame,
    root: Path,
    folder: Path,
    plan: Split = PLAN,
    training: pd.DataFrame | None = None,
    *,
    problems: Literal["strict", "skip"] = "skip",
) -> pd.DataFrame:
    report = check_dataset(labels, root, FACTS, plan, training=training)
    return checked_manifest(report, labels, FACTS, plan, problems=problems, folder=folder)


def test_all_problems_at_once_stop_strict_preparation(root: Path, tmp_path: Path) -> None:
    for number, damage in enumerate(DAMAGE.values()):
        damage(root / NAMES[number])
    scores = [5.0] * 18 + [np.nan, 11.0]
    labels = labels_of(root, score=scores)
    with pytest.raises(InputError) as caught:
        manifest_of(labels, root, tmp_path / "checks", problems="strict")
    message = str(caught.value)
    assert message.startswith("My set has problems:\n")
    for number, problem in enumerate(DAMAGE):
        assert f"\n  error      1 x {problem}: {NAMES[number]}" in message
    assert "error      1 x score missing: 18.png" in message
    assert message.endswith("or set problems: skip to leave these 8 images out")
    saved = pd.read_csv(tmp_path / "checks/problems.csv")
    assert sorted(saved["problem"]) == sorted([*DAMAGE, "score missing", "score out of range"])


def test_skip_leaves_out_exactly_these_and_moves_no_other(
    root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    labels = labels_of(root)
    plan = Split(kind="random", seed=2, redraw=True)

    def manifest(folder: str) -> pd.DataFrame:
        place = tmp_path / folder
        return manifest_of(labels, root, place, plan)

    whole = manifest("before")
    for number, damage in enumerate(DAMAGE.values()):
        damage(root / NAMES[number])
    with caplog.at_level(logging.WARNING):
        partial = manifest("after")
    expected = whole[~whole["id"].isin(NAMES[:6])].reset_index(drop=True)
    pd.testing.assert_frame_equal(partial, expected)
    assert "My set: 6 images are left out" in caplog.text
    findings = pd.read_csv(tmp_path / "after/findings.csv")
    assert findings["id"].tolist() == NAMES[:6]
    assert findings["detail"].str.contains(r"0\d\.png").all()


def test_nothing_usable_is_an_error_even_when_skipping(root: Path, tmp_path: Path) -> None:
    for name in NAMES:
        (root / name).write_bytes(b"")
    with pytest.raises(InputError, match="My set: none of 20 images is usable"):
        manifest_of(labels_of(root), root, tmp_path / "c")


def test_images_outside_the_split_are_not_checked(root: Path) -> None:
    (root / "00.png").write_bytes(b"")
    assert table_of(root, split=["", *["train"] * 14, *["test"] * 5]) == {}


def test_many_names_are_cut_short(root: Path) -> None:
    for name in NAMES[:7]:
        (root / name).unlink()
    assert table_of(root) == {
        "missing file": ("error", 7, "00.png, 01.png, 02.png, 03.png, 04.png and 2 more")
    }


def test_each_image_is_decoded_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def counted(path: Path) -> Any:
        seen.append(path.name)
        return original(path)

    original = checks.decode_rgb
    monkeypatch.setattr(checks, "decode_rgb", counted)
    labels = labels_of(root, file=[*NAMES[:-1], NAMES[0]])  # one file twice
    check_dataset(labels, root, FACTS, PLAN, workers=4)
    assert sorted(seen) == NAMES[:-1]


@pytest.mark.parametrize("workers", [1, 4])
def test_workers_do_not_change_the_report(root: Path, tmp_path: Path, workers: int) -> None:
    (root / "02.png").unlink()
    Image.open(root / "00.png").save(root / "19.png")
    report = check_dataset(labels_of(root), root, FACTS, PLAN, workers=workers)
    write_report(tmp_path / "report", report)
    assert (tmp_path / "report/problems.csv").read_text() == (
        "problem,severity,count,first\n"
        "missing file,error,1,02.png\n"
        "same pixels in two splits,error,1,00.png\n"
    )
    images = pd.read_parquet(tmp_path / "report/images.parquet")
    assert images["id"].tolist() == [name for name in NAMES if name != "02.png"]


@pytest.fixture
def trained_on(root: Path, tmp_path: Path) -> pd.DataFrame:
    """What the preparation of the set leaves, when a study trains on it."""
    truncate(root / "02.png")
    write_report(tmp_path / "trained", check_dataset(labels_of(root), root, FACTS, PLAN))
    return pd.read_parquet(tmp_path / "trained/images.parquet")


def cross_set(root: Path, folder: Path, *names: str) -> Path:
    """Another dataset with three images of its own and copies of `names`, in another format."""
    folder.mkdir()
    for number in range(3):
        pixels = np.random.default_rng(100 + number).integers(0, 256, (12, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"own{number}.bmp")
    for name in names:
        Image.open(root / name).save(folder / f"copy of {name[:2]}.bmp")
    return folder


def cross_labels(folder: Path) -> pd.DataFrame:
    files = sorted(path.name for path in folder.glob("*.bmp"))
    return label_frame(folder / "labels.csv", id=files, file=files, score=[5.0] * len(files))


def test_test_images_that_are_trained_on_elsewhere_are_errors(
    root: Path, tmp_path: Path, trained_on: pd.DataFrame
) -> None:
    folder = cross_set(root, tmp_path / "other", "00.png", "13.png", "18.png")
    labels, plan = cross_labels(folder), Split(kind="all_test")
    place = tmp_path / "checks"
    with pytest.raises(InputError) as caught:
        manifest_of(labels, folder, place, plan, trained_on, problems="strict")
    assert "error      2 x same pixels as in training: copy of 00.bmp, copy of 13.bmp" in str(
        caught.value
    )
    details = pd.read_csv(place / "findings.csv")["detail"].tolist()
    assert details == [
        "copy of 00.bmp has the pixels of 00.png, which the study trains on",
        "copy of 13.bmp has the pixels of 13.png, which the study chooses checkpoints with",
    ]
    manifest = manifest_of(labels, folder, place, plan, trained_on)
    assert manifest["id"].tolist() == ["copy of 18.bmp", "own0.bmp", "own1.bmp", "own2.bmp"]


def test_images_that_were_left_out_of_training_may_be_tested(
    root: Path, tmp_path: Path, trained_on: pd.DataFrame
) -> None:
    folder = cross_set(root, tmp_path / "other", "00.png")
    labels = cross_labels(folder)
    out = trained_on.assign(left_out=trained_on["id"] == "00.png")
    report = check_dataset(labels, folder, FACTS, Split(kind="all_test"), training=out)
    assert report.findings.empty


def test_images_of_other_splits_may_be_in_both_datasets(
    root: Path, tmp_path: Path, trained_on: pd.DataFrame
) -> None:
    folder = cross_set(root, tmp_path / "other", "00.png")
    labels = cross_labels(folder).assign(split=["train", "test", "test", "validation"])
    report = check_dataset(labels, folder, FACTS, PLAN, training=trained_on)
    assert report.findings.empty


@pytest.mark.parametrize("name", ["koniq10k", "kadid10k", "csiq", "tid2013", "live_challenge"])
def test_layouts_of_real_datasets_have_only_notes(name: str, tmp_path: Path) -> None:
    write_layout(name, tmp_path, images=12)
    adapter = load_adapter(name)
    labels = adapter.read_labels(tmp_path, adapter.Options())
    report = check_dataset(labels, tmp_path, adapter.FACTS, fitting_plan(labels))
    assert set(report.table()["severity"]) <= {"note"}
    report.require_no_errors()
