"""Every adapter against its dataset's layout: all rows, the right files, scores, directions."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

from layouts import PUBLISHED_COUNTS, fitting_plan, write_label_files, write_layout
from smartiqa.config.splits import Split
from smartiqa.core.errors import InputError
from smartiqa.data.adapters import (
    LABEL_COLUMNS,
    DatasetFacts,
    NoOptions,
    Scale,
    adapter_names,
    facts_of,
    label_frame,
    load_adapter,
    typed_options,
)
from smartiqa.data.manifest import build_manifest, require_valid_labels
from smartiqa.data.splits import assign_splits

DATASETS = list(PUBLISHED_COUNTS)
SYNTHETIC = {"kadid10k": 81, "live": 29, "csiq": 30, "tid2013": 25}  # references


def labels_of(name: str, root: Path) -> pd.DataFrame:
    """The labels of a dataset, with no option given."""
    adapter = load_adapter(name)
    return adapter.read_labels(root, adapter.Options())


@pytest.mark.parametrize("name", DATASETS)
def test_full_label_file_has_the_published_count(name: str, tmp_path: Path) -> None:
    planned = write_label_files(name, tmp_path, PUBLISHED_COUNTS[name])
    adapter = load_adapter(name)
    labels = adapter.read_labels(tmp_path, adapter.Options())
    require_valid_labels(labels, adapter.FACTS)
    assert len(labels) == PUBLISHED_COUNTS[name] == adapter.FACTS.images
    assert tuple(labels.columns) == LABEL_COLUMNS
    assert labels["id"].is_unique
    expected = [100 * image.quality for image in planned]
    np.testing.assert_allclose(adapter.FACTS.scale.to_quality(labels["score"]), expected, atol=1e-3)
    if name in SYNTHETIC:
        assert labels["reference"].nunique() == SYNTHETIC[name]
        assert (labels["distortion"] != "").all()


@pytest.mark.parametrize("name", DATASETS)
def test_small_layout_becomes_a_manifest(name: str, tmp_path: Path) -> None:
    planned = write_layout(name, tmp_path, images=12, seed=3)
    adapter = load_adapter(name)
    labels = adapter.read_labels(tmp_path, adapter.Options())
    assert sorted(labels["file"]) == sorted(image.file for image in planned)
    files = labels[["id"]].assign(sha256="f" * 64, width=8, height=8)
    manifest = build_manifest(labels, adapter.FACTS, fitting_plan(labels), files)
    assert set(manifest["split"]) == {"train", "validation", "test"}
    quality = dict(zip(manifest["file"], manifest["quality"], strict=True))
    for image in planned:
        assert quality[image.file] == pytest.approx(100 * image.quality, abs=1e-3)


@pytest.mark.parametrize("name", DATASETS)
def test_archive_wrapped_in_another_folder_is_found(name: str, tmp_path: Path) -> None:
    planned = write_layout(name, tmp_path / "top" / "inner", images=6)
    labels = labels_of(name, tmp_path)
    assert {*labels["file"]} == {f"top/inner/{image.file}" for image in planned}


@pytest.mark.parametrize("name", DATASETS)
def test_empty_folder_names_the_label_file_to_put_there(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.(csv|xlsx|mat|txt) is not in "):
        labels_of(name, tmp_path)


@pytest.mark.parametrize("name", [*DATASETS, "folder"])
def test_unknown_option_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^options: unknown key 'zzz' \(valid: "):
        typed_options(load_adapter(name), {"zzz": 1}, tmp_path, "options")


@pytest.mark.parametrize("name", ["koniq10k", "spaq", "kadid10k"])
def test_the_nearest_option_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'trainlist' \(did you mean 'train_list'\?\)"):
        typed_options(load_adapter(name), {"trainlist": "a.txt"}, tmp_path, "options")


def test_asking_for_options_takes_no_pandas() -> None:
    """The workflow asks every time that it is parsed, in every job."""
    code = (
        "import sys, smartiqa.data.options\n"
        "from smartiqa.data.adapters import adapter_names, load_adapter\n"
        "print([load_adapter(name).Options.__name__ for name in adapter_names()])\n"
        "sys.exit(bool({'pandas', 'numpy', 'scipy', 'torch'} & sys.modules.keys()))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_koniq_official_split_has_the_published_sizes(tmp_path: Path) -> None:
    write_label_files("koniq10k", tmp_path, 10_073)
    labels = labels_of("koniq10k", tmp_path)
    splits = assign_splits(labels, Split(kind="official"))
    assert splits.value_counts().to_dict() == {"train": 7058, "test": 2015, "validation": 1000}


def test_koniq_split_of_the_published_runs(tmp_path: Path) -> None:
    write_label_files("koniq10k", tmp_path, 10_073)
    adapter = load_adapter("koniq10k")
    official = adapter.read_labels(tmp_path, adapter.Options())
    for split, dropped in (("train", 12), ("test", 5)):
        names = official["id"][official["split"] == split].iloc[dropped:]
        entries = [{"id": f"{name}->50.0", "image": f"koniq/{name}"} for name in names]
        (tmp_path / f"{split}.json").write_text(json.dumps(entries))
    options = adapter.Options(train_list="train.json", test_list="test.json")
    splits = assign_splits(adapter.read_labels(tmp_path, options), Split(kind="official"))
    counts = splits.value_counts().to_dict()
    assert counts == {"train": 7046, "test": 2010, "validation": 1000, "": 17}


def test_koniq_scores_file_uses_the_z_score_and_has_no_split(tmp_path: Path) -> None:
    (tmp_path / "koniq10k_scores_and_distributions.csv").write_text(
        "image_name,c1,c2,c3,c4,c5,c_total,MOS,SD,MOS_zscore\n7.jpg,0,0,25,73,7,105,3.8,0.5,77.4\n"
    )
    labels = labels_of("koniq10k", tmp_path)
    row = labels.iloc[0]
    assert (row["score"], row["spread"], row["ratings"], row["split"]) == (77.4, 12.5, 105, "")
    with pytest.raises(InputError, match="gives no split of its own"):
        assign_splits(labels, Split(kind="official"))


def test_koniq_scores_on_the_raw_scale_are_refused(tmp_path: Path) -> None:
    (tmp_path / "koniq10k_scores_and_distributions.csv").write_text(
        "image_name,c_total,MOS,SD\n7.jpg,105,3.8,0.5\n"
    )
    with pytest.raises(InputError, match="neither the column 'set' nor 'MOS_zscore'"):
        labels_of("koniq10k", tmp_path)


def test_koniq_never_takes_an_image_of_another_size(tmp_path: Path) -> None:
    write_layout("koniq10k", tmp_path, images=6)
    (tmp_path / "1024x768").rename(tmp_path / "512x384")
    adapter = load_adapter("koniq10k")
    large = adapter.read_labels(tmp_path, adapter.Options())
    assert large["file"].str.startswith("1024x768/").all()
    small = adapter.read_labels(tmp_path, adapter.Options(images="512x384"))
    assert small["file"].str.startswith("512x384/").all()


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        ({}, ((1024, 768),)),
        ({"images": "512x384"}, ((512, 384),)),
        ({"images": "mine"}, ((1024, 768), (512, 384))),
    ],
)
def test_koniq_images_have_the_size_that_their_folder_says(
    options: dict[str, str], sizes: tuple[tuple[int, int], ...]
) -> None:
    adapter = load_adapter("koniq10k")
    assert facts_of(adapter, adapter.Options(**options)).image_sizes == sizes


def test_kadid_names_say_reference_distortion_and_level(tmp_path: Path) -> None:
    (tmp_path / "dmos.csv").write_text(
        "dist_img,ref_img,dmos,var\nI01_01_05.png,I01.png,4.57,0.496\n"
        "I81_25_01.png,I81.png,1.03,0.180\n"
    )
    labels = labels_of("kadid10k", tmp_path)
    assert labels["reference"].tolist() == ["I01", "I81"]
    assert labels["distortion"].tolist() == ["Gaussian blur", "contrast change"]
    assert labels["level"].tolist() == [5, 1]
    assert labels["spread"].tolist() == [0.496, 0.180]
    quality = load_adapter("kadid10k").FACTS.scale.to_quality(labels["score"])
    np.testing.assert_allclose(quality, [89.25, 0.75])  # higher is better, in spite of the name


def test_kadid_name_of_another_form_is_named_with_its_row(tmp_path: Path) -> None:
    (tmp_path / "dmos.csv").write_text(
        "dist_img,ref_img,dmos,var\nI01_01_05.png,I01.png,4.57,0.5\nI01_26_05.png,I01.png,4,0.5\n"
    )
    with pytest.raises(InputError, match=r"dmos\.csv, row 2: 'I01_26_05\.png' does not have"):
        labels_of("kadid10k", tmp_path)


def test_live_drops_references_and_flips_dmos(tmp_path: Path) -> None:
    write_label_files("live", tmp_path, 779)
    labels = labels_of("live", tmp_path)
    folders = labels["id"].str.split("/").str[0]
    assert set(folders) == {"jp2k", "jpeg", "wn", "gblur", "fastfading"}
    assert labels["distortion"][folders == "jp2k"].unique().tolist() == ["JPEG2000"]
    quality = load_adapter("live").FACTS.scale.to_quality(labels["score"])
    assert np.corrcoef(quality, labels["score"])[0, 1] == pytest.approx(-1)


def test_live_of_another_release_is_refused(tmp_path: Path) -> None:
    savemat(tmp_path / "dmos_realigned.mat", {"dmos_new": np.ones((1, 5)), "orgs": np.ones((1, 5))})
    cells = np.array([["a.bmp"] * 5], dtype=object)
    savemat(tmp_path / "refnames_all.mat", {"refnames_all": cells})
    with pytest.raises(InputError, match=r"has 5 scores and refnames_all.mat 5 names; .* has 982"):
        labels_of("live", tmp_path)


def test_csiq_text_list_equals_the_excel_file(tmp_path: Path) -> None:
    write_label_files("csiq", tmp_path / "excel", 866)
    adapter = load_adapter("csiq")
    excel = adapter.read_labels(tmp_path / "excel", {})
    lines = [f"{row.id} {row.score!r}" for row in excel.itertuples()]
    (tmp_path / "csiq_label.txt").write_text("\n".join(lines) + "\n")
    (tmp_path / "excel" / "csiq.DMOS.xlsx").unlink()
    text = adapter.read_labels(tmp_path, adapter.Options())
    pd.testing.assert_frame_equal(text.drop(columns="spread"), excel.drop(columns="spread"))
    assert excel["id"].iloc[0].startswith("1600.")  # a content that Excel stores as a number


def test_tid2013_ignores_letter_case_and_reads_the_spread(tmp_path: Path) -> None:
    write_layout("tid2013", tmp_path, images=12)
    labels = labels_of("tid2013", tmp_path)
    assert {Path(file).suffix for file in labels["file"]} == {".bmp", ".BMP"}
    assert labels["id"].str.islower().all()
    assert labels["spread"].tolist() == [0.13013] * 12
    (tmp_path / "mos_std.txt").write_text("0.1\n")
    with pytest.raises(
        InputError, match=r"mos_std\.txt has 1 lines but mos_with_names\.txt has 12"
    ):
        labels_of("tid2013", tmp_path)


def test_live_challenge_drops_the_seven_training_images(tmp_path: Path) -> None:
    write_label_files("live_challenge", tmp_path, 1_162)
    labels = labels_of("live_challenge", tmp_path)
    assert not labels["id"].str.startswith("t").any()
    names = np.array([["a.bmp"]] * 20, dtype=object)
    savemat(tmp_path / "Data/AllImages_release.mat", {"AllImages_release": names})
    with pytest.raises(InputError, match="lists 13 images but 1162 scores"):
        labels_of("live_challenge", tmp_path)


def test_agiqa_keeps_prompts_together(tmp_path: Path) -> None:
    write_label_files("agiqa3k", tmp_path, 2_982)
    labels = labels_of("agiqa3k", tmp_path)
    splits = assign_splits(labels, Split(kind="by_reference"))
    assert splits.groupby(labels["reference"]).nunique().max() == 1


@pytest.mark.parametrize("higher_is_better", [True, False])
def test_scale_is_linear(higher_is_better: bool) -> None:
    scale = Scale(-3, 112, higher_is_better)
    scores = np.linspace(-3, 112, 24)
    quality = scale.to_quality(scores)
    np.testing.assert_allclose(np.diff(quality), np.diff(quality)[0])
    ends = (quality[0], quality[-1]) if higher_is_better else (quality[-1], quality[0])
    assert ends == pytest.approx((0, 100))


def test_unknown_adapter_names_the_nearest() -> None:
    with pytest.raises(
        InputError, match=r"unknown dataset adapter 'koniq' \(did you mean 'koniq10k'\?\)"
    ):
        load_adapter("koniq")
    assert adapter_names() == sorted([*DATASETS, "folder"])


@pytest.mark.parametrize("name", [*DATASETS, "folder"])
def test_facts_are_complete(name: str) -> None:
    facts = load_adapter(name).FACTS
    assert facts.name == name
    assert isinstance(facts, DatasetFacts)
    assert facts.scale.low < facts.scale.high
    assert facts.licence
    assert facts.by_hand or all(part.mirrors for part in facts.downloads)
    for part in facts.downloads:
        assert all(mirror.url.startswith("https://") for mirror in part.mirrors)
        assert all(len(mirror.sha256) in (0, 64) for mirror in part.mirrors)


def test_label_frame_fills_what_is_missing(tmp_path: Path) -> None:
    frame = label_frame(tmp_path / "x.csv", id=["a", "b"], file=["a", "b"], score=[1, 2])
    assert frame["reference"].tolist() == ["", ""]
    assert frame[["spread", "ratings", "level"]].isna().all().all()
    assert frame.attrs["source"].endswith("x.csv")


def test_facts_of_folder_follow_its_options() -> None:
    adapter = load_adapter("folder")
    options = adapter.Options(low=1, high=5, score_name="MOS", title="mine")
    facts = facts_of(adapter, options)
    assert (facts.scale, facts.score_name, facts.title) == (Scale(1, 5), "MOS", "mine")
    assert facts_of(load_adapter("bid"), NoOptions()) is load_adapter("bid").FACTS


@pytest.mark.parametrize(
    ("name", "file", "reason"),
    [
        ("live", "dmos.mat", "before the realignment"),
        ("tid2013", "mos.txt", "which score belongs to which image"),
        ("koniq10k", "koniq10k_indicators.csv", "no opinions"),
    ],
)
def test_files_beside_the_labels_are_not_taken_for_them(
    name: str, file: str, reason: str, tmp_path: Path
) -> None:
    (tmp_path / file).touch()
    with pytest.raises(InputError, match=rf"{file} will not do: .*{reason}"):
        labels_of(name, tmp_path)


@pytest.mark.parametrize("name", ["bid", "spaq", "csiq"])
def test_excel_labels_may_be_in_the_older_format(name: str, tmp_path: Path) -> None:
    write_label_files(name, tmp_path, 24)
    for path in [*tmp_path.rglob("*.xlsx")]:
        path.rename(path.with_suffix(".xls"))
    with pytest.raises(InputError, match=r"\.xls (has Excel's older format|is not a readable)"):
        labels_of(name, tmp_path)
