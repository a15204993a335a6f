"""BIQ2021 as its authors lay it out: what a reader must survive, and what it must refuse."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from archive_server import ArchiveServer, running_server
from layouts import write_label_files, write_layout
from smartiqa.config.splits import Split
from smartiqa.core.errors import InputError
from smartiqa.data.adapters import Download, Mirror, facts_of, load_adapter
from smartiqa.data.checks.dataset import CheckReport, check_dataset
from smartiqa.data.datasets.biq2021 import (
    COMMIT,
    FACTS,
    TEST_FILE,
    TRAIN_FILE,
    Options,
    read_labels,
)
from smartiqa.data.fetch.checksums import published_digests
from smartiqa.data.fetch.download import Patience
from smartiqa.data.fetch.raw_dataset import fetch
from smartiqa.data.splits import assign_splits

PLAN = Split(kind="official")
adapter = load_adapter("biq2021")
QUICK = Patience(attempts=2, pause=0.001, timeout=(2, 2))
TRAIN, TEST = "Train (Images and MOS).csv", "Test (Images and MOS).csv"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_layout("biq2021", tmp_path / "set", images=12)
    return tmp_path / "set"


def checked(root: Path) -> CheckReport:
    facts = dataclasses.replace(FACTS, images=12)
    return check_dataset(read_labels(root, Options()), root, facts, PLAN)


def test_the_authors_split_gets_its_validation_photos_from_training(tmp_path: Path) -> None:
    write_label_files("biq2021", tmp_path, 12_000)
    labels = read_labels(tmp_path, Options())
    assert labels["split"].value_counts().to_dict() == {"train": 10_000, "test": 2_000}
    splits = assign_splits(labels, PLAN)
    assert splits.value_counts().to_dict() == {"train": 8_750, "test": 2_000, "validation": 1_250}
    assert (splits[labels["split"] == "test"] == "test").all()
    assert labels["ratings"].unique().tolist() == [30]


def test_the_part_is_the_photos_of_known_digest(tmp_path: Path) -> None:
    write_label_files("biq2021", tmp_path, 12_000)
    labels = read_labels(tmp_path, Options(part=True))
    assert set(labels["file"]) == {f"Images/{name}" for name in published_digests(FACTS)}
    assert facts_of(adapter, Options(part=True)).images == len(labels) == 3_000
    assert (
        facts_of(adapter, Options()).images
        == facts_of(adapter, Options(part=False)).images
        == 12_000
    )


def test_odd_photos_are_sound(root: Path) -> None:
    """Spaces and parentheses, a suffix in upper case, an MPO, a small photo, scores of 0 and 1."""
    labels = read_labels(root, Options())
    assert {"ss01 (", "ss02 ("} == set(labels["id"].str[:6])
    assert (labels["source"] == "subset " + labels["id"].str[3]).all()
    differs = labels["file"].str.removeprefix("Images/") != labels["id"]
    assert labels["file"][differs].str.endswith(".JPG").tolist() == [True]
    assert {0.0, 1.0} <= set(labels["score"])
    several, small = (root / labels["file"][row] for row in (2, 3))
    with Image.open(several) as image:
        pixels = image.copy()
    pixels.save(several, format="MPO", save_all=True, append_images=[pixels.copy()])
    with Image.open(several) as image:
        assert image.format == "MPO"
    pixels.resize((249, 251)).rotate(90).save(small)
    report = checked(root)
    assert report.findings.empty
    assert len(report.images) == 12


def remove(name: str) -> Callable[[Path], None]:
    return lambda root: (root / name).unlink()


def instead(name: str) -> Callable[[Path], None]:
    def exchange(root: Path) -> None:
        for label_file in (TRAIN, TEST):
            (root / label_file).unlink()
        (root / name).write_text("0.47\n")

    return exchange


def repeat_in_test(root: Path) -> None:
    first = (root / TRAIN).read_text().splitlines()[1].removesuffix(",,")
    with (root / TEST).open("a") as stream:
        stream.write(first.upper().replace(".JPG", ".jpg") + "\n")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (remove(TRAIN), r"Train \(Images and MOS\)\.csv is not in "),
        (remove(TEST), r"Test \(Images and MOS\)\.csv is not in "),
        (instead("BIQ2021.xlsx"), r"BIQ2021\.xlsx will not do: its rows are in another order"),
        (
            instead("Train.csv"),
            rf"Train\.csv will not do: .* older commit; take commit {COMMIT[:7]}",
        ),
        (instead("Subset_1.csv"), r"Subset_1\.csv will not do: it does not say which score"),
        (repeat_in_test, r"Train .*\.csv and .*Test .*\.csv both have 'ss0. \(\d+\)\.jpg'"),
    ],
)
def test_label_files_that_will_not_do(
    root: Path, spoil: Callable[[Path], None], message: str
) -> None:
    spoil(root)
    with pytest.raises(InputError, match=message) as caught:
        read_labels(root, Options())
    assert "\n" not in str(caught.value)


def test_photos_that_are_missing_or_too_many_are_named(root: Path) -> None:
    labels = read_labels(root, Options())
    (root / labels["file"][4]).rename(root / "Images/ss01 (9999).jpg")
    found = checked(root).findings.set_index("problem")["id"]
    assert found.to_dict() == {
        "missing file": labels["id"][4],
        "file without label": "Images/ss01 (9999).jpg",
    }


def test_rows_that_are_there_twice_or_off_the_scale_are_named(root: Path) -> None:
    lines = (root / TEST).read_text().splitlines()
    name = lines[1].split(",")[0]
    (root / TEST).write_text("\n".join([*lines, lines[1], ""]).replace(lines[2], f"{name},1.0001"))
    details = checked(root).findings["detail"]
    assert details.str.contains("has several scores; give their mean once").sum() == 3
    assert details.str.contains("the score 1.0001 is outside the scale of BIQ2021, 0 to 1").any()


def test_a_photo_in_two_folders_is_refused(root: Path) -> None:
    name = read_labels(root, Options())["id"][0]
    for folder in ("a/Images", "b/Images"):
        (root / folder).mkdir(parents=True)
        (root / folder / name).write_bytes((root / "Images" / name).read_bytes())
    (root / "Images" / name).unlink()
    with pytest.raises(InputError, match=r"a/Images/.* and b/Images/.* are both in"):
        read_labels(root, Options())


def test_a_photo_that_is_not_the_published_one_is_named(root: Path) -> None:
    """Photos of known digest; ours only bear the name of one."""
    known = published_digests(FACTS)
    assert len(set(known.values())) == len(known) == 3_000
    labels = read_labels(root, Options())
    (root / labels["file"][0]).rename(root / "Images/ss03 (10).jpg")
    source = root / TRAIN
    source.write_text(source.read_text().replace(labels["id"][0], "ss03 (10).jpg"))
    report = checked(root)
    assert report.findings["problem"].tolist() == ["not the published file"]
    assert report.left_out == [0]
    with pytest.raises(InputError, match=r"1 x not the published file: ss03 \(10\)\.jpg"):
        report.require_no_errors()


@pytest.fixture
def server() -> Iterator[ArchiveServer]:
    with running_server() as running:
        yield running


def packed(root: Path, level: int = 6) -> bytes:
    """The archive that a code host packs; its bytes differ from day to day."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for path in sorted(root.rglob("*.*")):
            archive.write(path, f"BIQ2021-{COMMIT}/{path.relative_to(root).as_posix()}")
        archive.writestr(f"BIQ2021-{COMMIT}/Subset-01.png", b"a picture of the README")
    return buffer.getvalue()


def offered(server: ArchiveServer, content: bytes, **behaviour: object) -> object:
    url = server.offer(f"{COMMIT}.zip", content, **behaviour)
    archive = Mirror(url, packed_on_demand=True)
    labels = [Download(name, (Mirror("http://127.0.0.1:1/"),)) for name in (TRAIN, TEST)]
    parts = (Download("Images", (archive,)), *labels)
    return dataclasses.replace(FACTS, images=12, downloads=parts)


@pytest.mark.parametrize("ranges", [True, False])
def test_fetching_survives_a_cut_and_an_archive_with_other_bytes(
    root: Path, tmp_path: Path, server: ArchiveServer, ranges: bool
) -> None:
    content, target = packed(root), tmp_path / "data"
    facts = offered(server, content, cuts=1, cut_after=len(content) // 2, ranges=ranges)
    fetch(facts, target, patience=QUICK)
    labels = read_labels(target, Options())
    expected = read_labels(root, Options())
    pd.testing.assert_frame_equal(labels.drop(columns="file"), expected.drop(columns="file"))
    assert labels["file"].str.startswith(f"BIQ2021-{COMMIT}/Images/").all()
    assert all((target / file).is_file() for file in labels["file"])
    for path in target.rglob("*.jpg"):
        path.unlink()
    next(target.rglob("Images")).rename(target / "aside")
    fetch(offered(server, packed(root, level=1)), target, patience=QUICK)
    assert all((target / file).is_file() for file in read_labels(target, Options())["file"])


def test_an_archive_of_another_commit_leaves_nothing(
    root: Path, tmp_path: Path, server: ArchiveServer
) -> None:
    name = read_labels(root, Options())["file"][3]
    photo = (root / name).read_bytes()
    (root / name).unlink()
    with pytest.raises(InputError, match=r"holds 11 images in Images, 12 are published; it is of"):
        fetch(offered(server, packed(root)), tmp_path / "a", patience=QUICK)
    (root / "Images/ss03 (10).jpg").write_bytes(photo)
    with pytest.raises(InputError, match=r"ss03 \(10\)\.jpg in the archive is not the published"):
        fetch(offered(server, packed(root)), tmp_path / "b", patience=QUICK)
    assert not [path for path in tmp_path.rglob("*.jpg") if root not in path.parents]


def test_the_archive_is_that_of_one_commit() -> None:
    archive, *labels = FACTS.downloads
    assert COMMIT in archive.mirrors[0].url
    assert archive.mirrors[0].packed_on_demand
    assert [part.provides for part in labels] == [TRAIN_FILE, TEST_FILE] == [TRAIN, TEST]
    assert all(COMMIT in part.mirrors[0].url and " " not in part.mirrors[0].url for part in labels)
