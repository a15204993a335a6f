from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from command_line import smartiqa, study_files
from smartiqa.core.errors import InputError
from smartiqa.core.files import sha256_of
from smartiqa.data import preparation
from smartiqa.data.checks import dataset as dataset_checks
from smartiqa.data.fetch import source_state
from smartiqa.data.store.pixel_store import PixelStore
from tiny_study import Prepared, experiment

SPLIT = {"kind": "official", "fractions": [0.7, 0.1, 0.2], "round": 0, "seed": 0}


def prepare(root: Path, output: Path, **changes: Any) -> None:
    settings = {
        "adapter": "folder",
        "options": {"low": 0, "high": 100},
        "split": SPLIT,
        "problems": "strict",
    }
    preparation.prepare(root=root, workers=1, output=output, **{**settings, **changes})


@pytest.fixture
def few(raw: Path, tmp_path: Path) -> Path:
    """A folder with a dozen of the images."""
    root = tmp_path / "few"
    (root / "images").mkdir(parents=True)
    labels = pd.read_csv(raw / "single" / "labels.csv", keep_default_na=False)[::22]
    labels.to_csv(root / "labels.csv", index=False)
    for name in labels["image"]:
        shutil.copy(raw / "single" / name, root / name)
    return root


def test_the_manifest_repeats_the_labels(dataset: Prepared) -> None:
    frame = pd.read_parquet(dataset.manifest).set_index("file")
    labels = pd.read_csv(dataset.root / "labels.csv", keep_default_na=False).set_index("image")
    assert set(frame.index) == set(labels.index)
    labels = labels.loc[frame.index]
    np.testing.assert_allclose(frame["quality"], labels["score"])
    for column in ("split", "reference", "distortion"):
        assert frame[column].tolist() == labels[column].tolist()
    name = frame.index[17]
    assert frame["sha256"][name] == sha256_of(dataset.root / name)


def test_a_file_is_read_once_for_its_digest(
    few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: Counter[str] = Counter()

    def counted(path: Path) -> str:
        read[path.relative_to(few).as_posix()] += 1
        return sha256_of(path)

    for module in (dataset_checks, source_state):
        monkeypatch.setattr(module, "sha256_of", counted)
    prepare(few, tmp_path / "manifest.parquet")
    assert read == Counter(["labels.csv", *pd.read_csv(few / "labels.csv")["image"]])


def test_the_store_holds_the_pixels_of_the_files(dataset: Prepared) -> None:
    frame, store = pd.read_parquet(dataset.manifest), PixelStore.open(dataset.store)
    for row in (0, 100, 254):
        pixels = np.asarray(Image.open(dataset.root / frame["file"][row]))
        assert np.array_equal(store.image(row), pixels)


def test_the_command_lines_prepare_and_store(
    few: Path, dataset: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest, store = tmp_path / "out" / "manifest.parquet", tmp_path / "out" / "store"
    labels = pd.read_parquet(dataset.manifest)
    options = {"low": 0, "high": 100}
    home = {"adapter": "folder", "root": str(dataset.root), "title": "Home", "options": options}
    monkeypatch.chdir(tmp_path)
    files = study_files(tmp_path / "study", experiment(), datasets={"home": home})
    smartiqa("prepare", **files, dataset="home", output=manifest, workers=2)
    assert pd.read_parquet(manifest)["id"].tolist() == labels["id"].tolist()
    prepare(few, manifest)
    home["root"], sizes = str(few), {"squash": [70, 66], "aspect": 64}
    files = study_files(tmp_path / "study", experiment(), datasets={"home": home}, resize=sizes)
    given = {"dataset": "home", "manifest": manifest, "output": store}
    smartiqa("store", **files, **given, resize="squash")
    opened = PixelStore.open(store)
    assert opened.ids.tolist() == pd.read_parquet(manifest)["id"].tolist()
    assert len(opened) == 12
    assert set(map(tuple, opened.sizes)) == {(70, 66)}


def test_a_broken_image_stops_or_is_left_out(few: Path, tmp_path: Path) -> None:
    names = pd.read_csv(few / "labels.csv")["image"]
    broken = few / names[5]
    broken.write_bytes(broken.read_bytes()[:500])
    output = tmp_path / "out" / "manifest.parquet"
    with pytest.raises(InputError, match=rf"1 x truncated or damaged: {names[5]}"):
        prepare(few, output)
    assert not output.exists()
    prepare(few, output, problems="skip")
    assert set(pd.read_parquet(output)["file"]) == set(names) - {names[5]}
    assert names[5] in (output.parent / "checks" / "findings.csv").read_text()


def test_a_score_outside_its_range_is_named(few: Path, tmp_path: Path) -> None:
    labels = pd.read_csv(few / "labels.csv", keep_default_na=False)
    labels.loc[3, "score"] = 100.5
    labels.to_csv(few / "labels.csv", index=False)
    with pytest.raises(InputError, match=rf"1 x score out of range: {labels['image'][3]}"):
        prepare(few, tmp_path / "manifest.parquet")
    assert not (tmp_path / "manifest.parquet").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"adapter": "foldr"}, r"unknown dataset adapter 'foldr' \(did you mean 'folder'"),
        (
            {"options": {"lables": "a.csv"}},
            r"options: .*unknown key 'lables' \(did you mean 'labels'",
        ),
        ({"split": {**SPLIT, "fractions": [0.7, 0.1, 0.1]}}, "add up to 1"),
        ({"split": {"kin": "random"}}, r"split: .*unknown key 'kin' \(did you mean 'kind'"),
    ],
)
def test_wrong_settings_are_named(
    changes: dict[str, Any], said: str, few: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=said):
        prepare(few, tmp_path / "manifest.parquet", **changes)


TRAINED = {"splits": ["train", "validation", "test"]}


def test_splits_that_are_too_small_are_refused_before_an_image_is_decoded(
    few: Path, tmp_path: Path
) -> None:
    for image in (few / "images").iterdir():
        image.unlink()
    output = tmp_path / "out" / "manifest.parquet"
    with pytest.raises(InputError) as caught:
        prepare(few, output, needs=TRAINED)
    said = str(caught.value)
    assert said.startswith(f"own images ({few / 'labels.csv'}): of at least 5 validation images ")
    assert not output.parent.exists()


def test_classes_are_asked_for_before_an_image_is_decoded(few: Path, tmp_path: Path) -> None:
    for image in (few / "images").iterdir():
        image.unlink()
    with pytest.raises(InputError, match="as scene its training images name nothing"):
        prepare(few, tmp_path / "manifest.parquet", needs={"classes": ["distortion", "scene"]})


def test_classes_of_what_is_left_out_do_not_count(raw: Path, tmp_path: Path) -> None:
    root, output = tmp_path / "copy", tmp_path / "out" / "manifest.parquet"
    shutil.copytree(raw / "single", root)
    (root / "SHA256SUMS").unlink()
    labels = pd.read_csv(root / "labels.csv", keep_default_na=False)
    (first, second) = labels.index[labels["split"] == "train"][:2]
    labels.loc[first, "scene"], labels.loc[second, "scene"] = "a", "b"
    labels.to_csv(root / "labels.csv", index=False)
    prepare(root, output, needs={"classes": ["distortion", "scene"]}, problems="skip")
    output.unlink()
    (root / labels["image"][second]).write_bytes(b"no image")
    with pytest.raises(InputError, match="as scene its training images name only 'a'"):
        prepare(root, output, needs={"classes": ["distortion", "scene"]}, problems="skip")
    assert not output.exists()


def test_what_is_left_out_does_not_count(raw: Path, tmp_path: Path) -> None:
    root, output = tmp_path / "copy", tmp_path / "out" / "manifest.parquet"
    shutil.copytree(raw / "single", root)
    (root / "SHA256SUMS").unlink()
    labels = pd.read_csv(root / "labels.csv", keep_default_na=False)
    prepare(root, output, needs=TRAINED, problems="skip")
    output.unlink()
    for name in labels["image"][labels["split"] == "test"].iloc[5:]:
        (root / name).write_bytes(b"no image")
    with pytest.raises(InputError, match="of at least 6 test images there are 5"):
        prepare(root, output, needs=TRAINED, problems="skip")
    assert not output.exists()


def test_images_smaller_than_a_crop_are_named(few: Path, tmp_path: Path) -> None:
    name = pd.read_csv(few / "labels.csv")["image"][2]
    with Image.open(few / name) as image:
        image.crop((0, 0, 94, 30)).save(few / name)
    output = tmp_path / "out" / "manifest.parquet"
    prepare(few, output, needs={"crop": 30})
    output.unlink()
    with pytest.raises(InputError, match=f"1 x smaller than a crop of 31 pixels: {name}"):
        prepare(few, output, needs={"crop": 31})
    assert not output.exists()
    prepare(few, output, needs={"crop": 31}, problems="skip")
    assert name not in set(pd.read_parquet(output)["file"])
    findings = (output.parent / "checks" / "findings.csv").read_text()
    assert "has 94 x 30 pixels; resize it, or take smaller crops" in findings


@pytest.mark.parametrize(
    ("kind", "keep_series"),
    [
        ("official", False),
        ("official", True),
        ("random", True),  # without, it would part the versions of one photo
        ("by_reference", False),
        ("by_reference", True),
    ],
)
def test_every_kind_of_split_is_prepared(
    few: Path, tmp_path: Path, kind: str, keep_series: bool
) -> None:
    output = tmp_path / "out" / "manifest.parquet"
    split = {"kind": kind, "fractions": [0.5, 0.25, 0.25], "keep_series": keep_series}
    prepare(few, output, split=split | ({} if kind == "official" else {"redraw": True}))
    drawn = pd.read_parquet(output)["split"]
    assert set(drawn) == {"train", "validation", "test"}
