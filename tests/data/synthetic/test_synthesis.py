from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.random import default_rng
from PIL import Image

import smartiqa.data.synthetic.synthesis as stage
from smartiqa.core.errors import InputError
from smartiqa.data.synthetic.distortions import FAMILIES, SEVERITIES, Pixels
from smartiqa.data.synthetic.proxy_scores import proxy_scores
from smartiqa.data.synthetic.synthesis import (
    images_by_split,
    load_photo,
    mixed_distortions,
    synthesise,
)
from tiny_study import LONG_SIDE, MIXTURES, PHOTO_SIZE, SPLITS, SameProcess, synthesis, write_photos


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def labels(raw: Path, part: str) -> pd.DataFrame:
    return pd.read_csv(raw / part / "labels.csv", keep_default_na=False)


def test_a_photo_is_shrunk_to_its_long_side_and_never_enlarged(photos: Path) -> None:
    high, wide = PHOTO_SIZE
    assert load_photo(photos / "attic.jpg", 88).shape == (round(high * 88 / wide), 88, 3)
    assert load_photo(photos / "attic.jpg", 500).shape == (high, wide, 3)


def test_every_photo_has_every_family_at_every_severity(raw: Path) -> None:
    table = labels(raw, "single")
    kinds = {("none", 0), *((family, level) for family in FAMILIES for level in SEVERITIES)}
    for name, split in SPLITS.items():
        rows = table[table["reference"] == name]
        assert set(zip(rows["distortion"], rows["level"], strict=True)) == kinds
        assert len(rows) == len(kinds)
        assert set(rows["split"]) == {split}  # so no content is in two splits
    assert set(table["reference"]) == set(SPLITS)
    assert table["image"].is_unique


def test_undistorted_photos_score_100_and_all_others_less(raw: Path) -> None:
    table = labels(raw, "single")
    pristine = table["distortion"] == "none"
    assert (table["score"][pristine] == 100).all()
    assert table["score"][~pristine].between(0, 100, inclusive="left").all()
    assert table["score"].map(lambda score: round(score, 4) == score).all()


def test_labels_are_scores_of_the_files(raw: Path, photos: Path) -> None:
    for part in ("single", "mixed"):
        for row in labels(raw, part).sample(6, random_state=1).itertuples():
            image = Image.open(photos / f"{row.reference}.jpg")
            image.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
            pair = np.asarray(image), np.asarray(Image.open(raw / part / row.image))
            (expected,) = proxy_scores(*(pixels[np.newaxis] for pixels in pair))
            assert row.score == pytest.approx(expected, abs=1e-4)


def test_mixtures_are_of_test_photos_only(raw: Path) -> None:
    table = labels(raw, "mixed")
    tested = {name for name, split in SPLITS.items() if split == "test"}
    assert table["reference"].value_counts().to_dict() == dict.fromkeys(tested, MIXTURES)
    assert set(table["split"]) == {"test"}
    chains = table.groupby("reference")["distortion"].apply(tuple)
    assert chains.nunique() == len(tested)  # every photo has random numbers of its own
    for row in table.itertuples():
        chain = row.distortion.split(" + ")
        assert len(set(chain)) == len(chain) == row.level
        assert row.level in (2, 3)
        assert set(chain) <= set(FAMILIES)


def test_training_photos_get_the_mixtures_that_are_asked_for(
    raw: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "ProcessPoolExecutor", SameProcess)
    settings = synthesis(photos).model_copy(update={"training_mixtures": 2})
    synthesise(settings, tmp_path, workers=1)
    table, before = labels(tmp_path, "mixed"), labels(raw, "mixed")
    trained = [name for name, split in SPLITS.items() if split == "train"]
    of_training = table[table["split"] == "train"]
    assert of_training["reference"].value_counts().to_dict() == dict.fromkeys(trained, 2)
    rest = table[table["split"] != "train"].reset_index(drop=True)
    pd.testing.assert_frame_equal(rest, before)  # the others are what they were
    made = images_by_split(settings, "mixed")
    assert made == table["split"].value_counts().to_dict()


def test_a_mixture_is_the_chain_that_its_label_says() -> None:
    calls: list[tuple[str, int]] = []

    def recorded(name: str) -> Any:
        def distort(pixels: Pixels, severity: int, generator: Any) -> Pixels:
            calls.append((name, severity))
            return pixels + 1

        return distort

    photo = np.zeros((4, 4, 3), dtype=np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "FAMILIES", {name: recorded(name) for name in FAMILIES})
        made = list(mixed_distortions(photo, default_rng(3), 40))
    played = iter(calls)
    for number, (name, families, length, pixels) in enumerate(made):
        chain = [next(played) for _ in range(length)]
        assert name == f"mix_{number:03d}"
        assert families == " + ".join(family for family, _ in chain)
        assert (pixels == length).all()
    assert next(played, None) is None
    assert {severity for _, severity in calls} == {1, 2, 3, 4}  # never the severest


def test_two_processes_write_the_bytes_of_one(raw: Path, photos: Path, tmp_path: Path) -> None:
    synthesise(synthesis(photos), tmp_path, workers=2)
    found = digests(tmp_path)
    assert found == digests(raw)
    assert len(found) == 5 * 51 + 2 * MIXTURES + 2 * 2  # and labels and digests of both


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "ProcessPoolExecutor", SameProcess)


@pytest.mark.usefixtures("one_process")
def test_photos_that_come_later_change_no_earlier_one(raw: Path, tmp_path: Path) -> None:
    first = tuple(SPLITS)[:-1]
    settings = synthesis(write_photos(tmp_path / "photos", first), first)
    synthesise(settings, tmp_path / "raw", workers=1)
    everything = digests(raw)
    images = {name: sha for name, sha in digests(tmp_path / "raw").items() if "images" in name}
    assert len(images) == len(first) * 51 + MIXTURES  # one of them is tested on
    assert images.items() <= everything.items()


@pytest.mark.usefixtures("one_process")
def test_another_seed_gives_other_noise_and_mixtures(
    photos: Path, raw: Path, tmp_path: Path
) -> None:
    settings = synthesis(photos).model_copy(update={"seed": 12})
    synthesise(settings, tmp_path, workers=1)
    before, after = digests(raw), digests(tmp_path)
    changed = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    noise = [f"_{number:02d}_" for number, name in enumerate(FAMILIES, 1) if "noise" in name]
    single = {name for name in changed if name.startswith("single/images")}
    assert single == {n for n in before if "single/images" in n and any(k in n for k in noise)}
    assert labels(raw, "mixed")["distortion"].ne(labels(tmp_path, "mixed")["distortion"]).any()


@pytest.fixture
def broken(photos: Path, tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A copy of the photos to break, and an output folder with results of an earlier run."""
    copy = tmp_path / "photos"
    shutil.copytree(photos, copy)
    output = tmp_path / "raw"
    for part in ("single", "mixed"):
        (output / part).mkdir(parents=True)
        (output / part / "labels.csv").write_text("of an earlier run")
    before = digests(output)
    yield copy, output
    assert digests(output) == before
    assert {path.name for path in output.iterdir()} == {"single", "mixed"}  # no temporary folder


@pytest.mark.usefixtures("one_process")
def test_a_truncated_photo_is_named(broken: tuple[Path, Path]) -> None:
    folder, output = broken
    content = (folder / "quarry.jpg").read_bytes()
    (folder / "quarry.jpg").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"quarry\.jpg is truncated or damaged"):
        synthesise(synthesis(folder), output, workers=1)


@pytest.mark.usefixtures("one_process")
def test_a_missing_photo_is_named(broken: tuple[Path, Path]) -> None:
    folder, output = broken
    (folder / "orchard.jpg").unlink()
    with pytest.raises(InputError, match=r"orchard\.jpg does not exist"):
        synthesise(synthesis(folder), output, workers=1)


def test_a_missing_manifest_is_named(broken: tuple[Path, Path]) -> None:
    folder, output = broken
    (folder / "manifest.csv").unlink()
    with pytest.raises(InputError, match=r"manifest\.csv is missing"):
        synthesise(synthesis(folder), output, workers=1)


@pytest.mark.parametrize("column", ["file", "author", "licence"])
def test_a_photo_of_nobody_is_named(broken: tuple[Path, Path], column: str) -> None:
    folder, output = broken
    listed = pd.read_csv(folder / "manifest.csv", dtype=str)
    listed.loc[2, column] = " "
    listed.to_csv(folder / "manifest.csv", index=False)
    with pytest.raises(InputError, match=rf"manifest\.csv, row 3: it has no {column}; write it"):
        synthesise(synthesis(folder), output, workers=1)


@pytest.mark.parametrize("key", ["validation_photos", "test_photos"])
def test_a_photo_that_is_not_in_the_manifest_is_named(broken: tuple[Path, Path], key: str) -> None:
    folder, output = broken
    settings = synthesis(folder).model_copy(update={key: ("attick",)})
    with pytest.raises(InputError, match=r"manifest\.csv has no photo called attick"):
        synthesise(settings, output, workers=1)
