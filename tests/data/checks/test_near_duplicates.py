"""Images that look the same: found within and across splits and datasets, and kept together."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from layouts import generated_image
from smartiqa.config.splits import Split
from smartiqa.core.errors import InputError
from smartiqa.data.adapters import DatasetFacts, Scale, label_frame
from smartiqa.data.checks import near_duplicates
from smartiqa.data.checks.dataset import CheckReport, check_dataset, checked_manifest, write_report
from smartiqa.data.checks.near_duplicates import (
    NEAR,
    near_pairs,
    nearest,
    perceptual_hash,
    series_of,
)
from smartiqa.data.checks.near_pairs import counted_pairs, near_training
from smartiqa.data.splits import assign_splits

PHOTOS = Path(__file__).parents[3] / "data/demo/photos"
FACTS = DatasetFacts(
    name="folder",
    title="My set",
    images=None,
    scale=Scale(0, 10),
    score_name="MOS",
    citation="",
    licence="mine",
)


def pixels_of(name: str) -> NDArray[np.uint8]:
    with Image.open(PHOTOS / f"{name}.jpg") as image:
        return np.array(image.convert("RGB"))


def differing_bits(first: int, second: int) -> int:
    return (first ^ second).bit_count()


@pytest.mark.parametrize(
    ("photo", "expected"),  # of the package ImageHash 4.3.2, for other versions of Pillow about so
    [("coffee", "bb8320376c0f3637"), ("dogs", "bcb8cc466c983373"), ("bridge", "ef265ba518c5a859")],
)
def test_the_hash_is_that_of_imagehash(photo: str, expected: str) -> None:
    assert differing_bits(perceptual_hash(pixels_of(photo)), int(expected, 16)) <= 2


def saved_anew(image: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=20)
    return Image.open(buffer).convert("RGB")


CHANGES = {
    "saved anew": saved_anew,
    "half as large": lambda image: image.resize((image.width // 2, image.height // 2)),
    "darker": lambda image: ImageEnhance.Brightness(image).enhance(0.6),
    "grey": lambda image: image.convert("L").convert("RGB"),
    "cut": lambda image: image.crop((3, 3, image.width - 3, image.height - 3)),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("photo", ["coffee", "dogs", "bridge"])
def test_a_changed_photo_stays_near(photo: str, change: str) -> None:
    image = Image.fromarray(pixels_of(photo)).resize((512, 512))
    changed = np.array(CHANGES[change](image))
    assert differing_bits(perceptual_hash(np.array(image)), perceptual_hash(changed)) <= NEAR


def test_all_shipped_photos_differ() -> None:
    names = [path.stem for path in PHOTOS.glob("*.jpg")]
    frame = table(names, [perceptual_hash(pixels_of(name)) for name in names])
    assert nearest(frame, frame)["bits"].min() > 2 * NEAR
    assert near_pairs(frame).empty


def table(names: list[str], hashes: list[int], **columns: object) -> pd.DataFrame:
    frame = pd.DataFrame({"id": names, "hash": pd.Series(hashes, dtype="uint64")})
    given = {"split": "train", "pixels": names, "content": [f"is {name}" for name in names]}
    return frame.assign(**{**given, **columns})


def bits(*places: int) -> int:
    return sum(1 << place for place in places)


CHAIN = [0, bits(*range(8)), bits(*range(16)), bits(*range(40, 64))]  # each near the next; apart


@pytest.fixture(params=[1, 3, 64])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_duplicates, "BLOCK", request.param)


@pytest.mark.usefixtures("block")
def test_pairs_are_named_once_and_the_foremost_split_first() -> None:
    frame = table(list("dcba"), CHAIN, split=["train", "test", "validation", "test"])
    pairs = near_pairs(frame)
    columns = ["id", "split", "other_id", "other_split", "bits"]
    assert pairs[columns].to_numpy().tolist() == [
        ["c", "test", "b", "validation", 8],
        ["c", "test", "d", "train", 8],
    ]
    assert pairs.index.tolist() == [1, 1]
    assert set(pairs["other_dataset"]) == {"this"}


def test_a_bit_more_is_too_far() -> None:
    assert len(near_pairs(table(["a", "b"], [0, bits(*range(NEAR))]))) == 1
    assert near_pairs(table(["a", "b"], [0, bits(*range(NEAR + 1))])).empty


def test_one_content_and_equal_pixels_are_no_finding() -> None:
    assert near_pairs(table(["a", "b"], [5, 5], content="of I01")).empty
    assert near_pairs(table(["a", "b"], [5, 5], pixels="same")).empty


@pytest.mark.usefixtures("block")
def test_series_are_chains_and_contents() -> None:
    frame = table(list("dcbae"), [*CHAIN, 0], content=["1", "2", "3", "4", "4"])
    assert series_of(frame, frame).tolist() == ["1"] * 5  # e shows what a shows, and looks like d
    alone = table(list("adcb"), [CHAIN[3], *CHAIN[:3]])
    assert series_of(alone, alone).tolist() == ["is a", "is b", "is b", "is b"]
    assert series_of(alone, alone.drop(index=2)).tolist() == ["is a", "is d", "is c", "is b"]


def test_to_keep_series_changes_nothing_where_nothing_is_alike() -> None:
    names = [f"{number:03d}" for number in range(60)]
    references = [f"photo {number * 37 % 100 // 3}" for number in range(60)]
    for kind, known in (("by_reference", references), ("random", "")):
        labels = label_frame(Path("labels.csv"), id=names, file=names, score=1.0, reference=known)
        hashes = np.random.default_rng(0).integers(0, 2**63, 60)
        images = pd.DataFrame({"content": labels["content"], "hash": hashes})
        series = labels.assign(content=series_of(labels, images))
        kept = assign_splits(series, Split(kind=kind, keep_series=True))
        assert kept.equals(assign_splits(labels, Split(kind=kind)))


def test_series_stay_together_in_every_drawn_split() -> None:
    names = [f"{number:03d}" for number in range(90)]
    series = pd.Series([names[number // 3 * 3] for number in range(90)])
    labels = label_frame(Path("labels.csv"), id=names, file=names, score=1.0)
    labels["content"] = series
    splits = assign_splits(labels, Split(kind="random", keep_series=True))
    assert splits.groupby(series).nunique().max() == 1
    assert splits.value_counts().to_dict() == {"train": 63, "test": 18, "validation": 9}
    single = assign_splits(labels, Split(kind="random"))
    assert single.groupby(series).nunique().max() > 1
    labels["split"] = ["train"] * 60 + ["test"] * 30
    carved = assign_splits(labels, Split(kind="official", keep_series=True))
    assert carved[:60].groupby(series[:60]).nunique().max() == 1
    assert carved.value_counts().to_dict() == {"train": 51, "test": 30, "validation": 9}


SIZE = (96, 72)


def write_photo(path: Path, content: str) -> None:
    path.parent.mkdir(exist_ok=True, parents=True)
    generated_image(SIZE, 1, content, [1]).save(path)


def write_again(source: Path, path: Path) -> None:
    """The same photo in another format and a little smaller."""
    path.parent.mkdir(exist_ok=True, parents=True)
    with Image.open(source) as image:
        image.resize((80, 60)).save(path, quality=80)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Eight photos; 6.jpg is 0.png saved anew, 7.jpg is 1.png."""
    folder = tmp_path / "set"
    for number in range(6):
        write_photo(folder / f"{number}.png", f"photo {number}")
    write_again(folder / "0.png", folder / "6.jpg")
    write_again(folder / "1.png", folder / "7.jpg")
    return folder


def labels_of(root: Path, **columns: object) -> pd.DataFrame:
    files = sorted(path.name for path in root.iterdir())
    splits = ["train", "train", "train", "validation", "test", "test", "test", "train"]
    given = {"id": files, "file": files, "score": 5.0, "split": splits[: len(files)]}
    return label_frame(root / "labels.csv", **{**given, **columns})


def report_of(root: Path, plan: Split | None = None, **columns: object) -> CheckReport:
    return check_dataset(labels_of(root, **columns), root, FACTS, plan or Split(kind="official"))


def test_near_duplicates_are_notes_and_a_table(root: Path, tmp_path: Path) -> None:
    report = report_of(root)
    report.require_no_errors()
    shown = report.table().set_index("problem")
    assert shown["severity"].unique().tolist() == ["note"]
    assert shown["first"].to_dict() == {
        "near-duplicates": "1.png",
        "near-duplicates in two splits": "6.jpg",
    }
    assert report.findings["detail"].str.match(r"6\.jpg \(test\) looks like 0\.png \(train\)").any()
    write_report(tmp_path / "checks", report)
    pairs = tmp_path / "checks/near_duplicates.csv"
    assert near_training(pairs, learnt=True) == {"6.jpg"}
    counts = {"pairs": 2, "pairs_across_splits": 1}
    assert counted_pairs(pairs, learnt=True) == counts | {"test_images": 1}
    assert near_training(pairs, learnt=False) == set()  # nobody trains on 0.png
    assert counted_pairs(pairs, learnt=False) == counts | {"test_images": 0}
    with pytest.raises(InputError, match=r"x\.csv does not exist; the stage prepare makes it"):
        near_training(tmp_path / "x.csv", learnt=True)


def test_versions_of_one_photo_are_no_finding(root: Path) -> None:
    contents = ["a", "b", "c", "d", "e", "f", "a", "b"]
    plan = Split(kind="by_reference", redraw=True)
    assert report_of(root, plan, reference=contents).findings.empty


def test_a_drawn_split_keeps_them_together(root: Path, tmp_path: Path) -> None:
    labels = labels_of(root, split="")
    for seed in range(8):
        plan = Split(kind="random", fractions=(0.4, 0.2, 0.4), seed=seed, keep_series=True)
        folder = tmp_path / str(seed)
        report = check_dataset(labels, root, FACTS, plan)
        manifest = checked_manifest(report, labels, FACTS, plan, problems="strict", folder=folder)
        shown, splits = (manifest.set_index("id")[name] for name in ("content", "split"))
        assert shown["6.jpg"] == shown["0.png"] == "0.png"
        assert shown["7.jpg"] == shown["1.png"] == "1.png"
        assert shown.nunique() == 6
        assert splits["0.png"] == splits["6.jpg"]
        assert splits["1.png"] == splits["7.jpg"]
        assert near_training(folder / "near_duplicates.csv", learnt=True) == set()
        images = pd.read_parquet(folder / "images.parquet").set_index("id")
        assert images["split"].to_dict() == splits.to_dict()


def test_a_broken_photo_stays_with_its_content(root: Path) -> None:
    (root / "6.jpg").write_bytes(b"")
    contents = ["a", "b", "c", "d", "e", "f", "a", "b"]
    for seed in range(8):
        plan = Split(kind="random", fractions=(0.4, 0.2, 0.4), seed=seed, keep_series=True)
        assert report_of(root, plan, split="", reference=contents).left_out == [6]


def test_what_another_dataset_trains_on_is_named(root: Path, tmp_path: Path) -> None:
    write_report(tmp_path / "trained", report_of(root))
    training = pd.read_parquet(tmp_path / "trained/images.parquet")
    other = tmp_path / "other"
    write_again(root / "2.png", other / "2.jpg")
    write_again(root / "5.png", other / "5.jpg")  # which is tested there as well
    write_photo(other / "9.png", "photo 9")
    labels = labels_of(other, split="")
    report = check_dataset(labels, other, FACTS, Split(kind="all_test"), training=training)
    details = report.findings.set_index("problem")["detail"].to_dict()
    assert list(details) == ["near-duplicate in training"]
    assert details["near-duplicate in training"].startswith("2.jpg (test) looks like 2.png (train)")
    write_report(tmp_path / "checks", report)
    pairs = tmp_path / "checks/near_duplicates.csv"
    assert near_training(pairs, learnt=False) == {"2.jpg"}
    assert counted_pairs(pairs, learnt=False) == {
        "pairs": 0,
        "pairs_across_splits": 0,
        "test_images": 1,
    }
