"""What stops a study hours later is told before: all of it, each in a line."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from PIL import Image
from workspace import REPOSITORY, add_own_images, write_textures

from smartiqa.cli import call
from smartiqa.core.errors import InputError
from smartiqa.preflight import device, disk, duration, programs
from smartiqa.preflight.check import check_study
from smartiqa.preflight.findings import Findings
from tiny_study import synthesis

CONFIG = Path("workflow/config")
CATALOGUE = CONFIG / "experiments.yaml"
OWN = CONFIG / "own.yaml"


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the study own: 10 validation and 10 test images of 120 x 90 pixels."""
    (tmp_path / CONFIG).mkdir(parents=True)
    for name in ("experiments", "published", "claims"):
        shutil.copy(REPOSITORY / CONFIG / f"{name}.yaml", tmp_path / CONFIG)
    shutil.copy(REPOSITORY / "tests/workflow/tiny.yaml", tmp_path / CONFIG)
    (tmp_path / "paper").symlink_to(REPOSITORY / "paper")
    write_textures(tmp_path / "data/tiny", 5)
    add_own_images(tmp_path, count=40)
    monkeypatch.chdir(tmp_path)
    study = change()
    study["datasets"]["own"]["options"]["high"] = 400
    change(datasets=study["datasets"])


def change(path: Path = OWN, **keys: Any) -> dict[str, Any]:
    study: dict[str, Any] = yaml.safe_load(path.read_text()) | keys
    path.write_text(yaml.safe_dump(study, sort_keys=False))
    return study


def checked(*jobs: str, study: Path = OWN) -> Findings:
    return check_study(study, CATALOGUE, jobs or None)


def told(found: Findings, level: str = "error") -> list[str]:
    return [str(finding) for finding in found if finding.level == level]


def add_cross_dataset() -> None:
    """A second dataset with three broken images, each in its own way, among eight."""
    folder = Path("data/other")
    write_textures(folder, 8)
    Image.new("RGB", (94, 30)).save(folder / "texture3.jpg")
    (folder / "texture4.jpg").unlink()
    (folder / "texture5.jpg").write_text("<html>")
    labels = pd.DataFrame({"image": [f"texture{n}.jpg" for n in range(1, 9)]})
    labels.assign(score=range(8)).to_csv(folder / "labels.csv", index=False)
    other = {"title": "Other", "adapter": "folder", "root": "data/other"}
    other |= {"options": {"low": 0, "high": 10}, "split": {"kind": "all_test"}}
    study = change()
    study["datasets"]["other"] = other
    change(datasets=study["datasets"], cross_datasets=["other"], cross_experiments=["C0"])


def test_a_sound_study_has_no_errors_and_tells_its_splits() -> None:
    found = checked()
    assert told(found) == []
    notes = told(found, "note")
    assert "note: study own: 1 training(s) ahead, of 1 experiment(s)" in notes
    assert "note: datasets.own: 20 training, 10 validation, 10 test images" in notes


def test_what_no_table_compares_is_told() -> None:
    catalogue = yaml.safe_load(CATALOGUE.read_text())
    catalogue["experiments"]["C0-mine"] = {"title": "mine", "recipe": "hyperiqa"}
    catalogue["experiments"]["C0-mine"]["training"] = {"loss": {"name": "l2"}}
    catalogue["experiments"]["C0-mine"]["model"] = catalogue["experiments"]["C0"]["model"]
    CATALOGUE.write_text(yaml.safe_dump(catalogue, sort_keys=False))
    tiny = CONFIG / "tiny.yaml"
    assert told(checked("train C0 1", study=tiny), "warning") == []
    change(tiny, experiments=[*change(tiny)["experiments"], "C0-mine"])
    (warning,) = told(checked("train C0 1", study=tiny), "warning")
    assert warning.startswith("warning: C0-mine is in no group of workflow/config/experiments.yaml")


def test_images_without_a_reference_beside_others_with_one_are_told() -> None:
    labels = pd.read_csv("data/own/labels.csv")
    labels["reference"] = [f"photo {row}" for row in range(len(labels))]
    labels.to_csv("data/own/labels.csv", index=False)
    assert told(checked(), "warning") == []
    labels.loc[:2, "reference"] = ""
    labels.to_csv("data/own/labels.csv", index=False)
    (warning,) = told(checked(), "warning")
    assert "3 of 40 images have no reference, so each counts as a content of its own" in warning


def test_splits_that_depend_on_what_looks_alike_are_told_roughly() -> None:
    study = change()
    study["datasets"]["own"]["split"] = {"kind": "official", "keep_series": True}
    change(datasets=study["datasets"])
    exact = "note: datasets.own: 20 training, 10 validation, 10 test images"
    assert exact in told(checked(), "note")  # the labels say who validates
    labels = pd.read_csv("data/own/labels.csv")
    labels.assign(split=labels["split"].replace("validation", "train")).to_csv(
        "data/own/labels.csv", index=False
    )
    (note,) = [line for line in told(checked(), "note") if "datasets.own" in line]
    assert note.startswith("note: datasets.own: about 26 training, 4 validation, 10 test images; ")


def test_all_kinds_of_unusable_images_are_told_at_once() -> None:
    add_cross_dataset()
    errors = told(checked())
    assert len(errors) == 3
    for kind, name in (
        ("smaller than a crop of 64 pixels", "texture3.jpg"),
        ("missing file", "texture4.jpg"),
        ("not an image", "texture5.jpg"),
    ):
        assert any(f"1 x {kind}: {name}" in error for error in errors)
    assert any("94 x 30 pixels; resize it, or take smaller crops" in error for error in errors)


def test_images_that_are_left_out_are_warned_of_and_do_not_count() -> None:
    add_cross_dataset()
    study = change()
    study["datasets"]["other"]["problems"] = "skip"
    change(datasets=study["datasets"])
    found = checked()
    assert len(told(found, "warning")) == 3
    assert "of at least 6 test images there are 5" in "\n".join(told(found))


def test_splits_that_are_too_small_are_told() -> None:
    labels = pd.read_csv("data/own/labels.csv").head(12)
    labels.to_csv("data/own/labels.csv", index=False)
    (error,) = told(checked())
    assert "of at least 5 validation images there are 3; of at least 6 test images" in error


def with_scenes() -> dict[str, Any]:
    """Keys of a study that names scenes, too."""
    swin = yaml.safe_load(Path("workflow/config/tiny.yaml").read_text())["backbones"]["swin_tiny"]
    backbones = {"cnn": swin, "swin_tiny": swin | {"label": "Tiny"}}
    return {"experiments": ["C0", "B-tiny", "M-scene"], "backbones": backbones}


def test_classes_that_labels_lack_are_told() -> None:
    change(**with_scenes())
    (error,) = told(checked())
    assert "as scene its training images name nothing, which a second task learns" in error


def test_a_label_file_that_a_download_may_lack_is_told() -> None:
    spaq = {"title": "SPAQ", "adapter": "spaq", "root": "data/spaq"}
    change(datasets={"spaq": spaq}, training_dataset="spaq", recipes={}, **with_scenes())
    warnings = "\n".join(told(checked(), "warning"))
    assert "the scene of each image, which 'Scene category labels.xlsx' names" in warnings
    change(experiments=["C0", "B-tiny"])
    assert "Scene category" not in "\n".join(told(checked(), "warning"))


def test_a_folder_of_ones_own_that_is_not_there_is_told() -> None:
    shutil.rmtree("data/own")
    (error,) = told(checked())
    assert "datasets.own: own images cannot be downloaded: put the images and labels.csv" in error


@pytest.mark.parametrize(
    ("adapter", "options", "images"), [("spaq", {}, 11_125), ("biq2021", {"part": True}, 3_000)]
)
def test_what_will_be_downloaded_is_told_and_its_store_is_counted(
    adapter: str, options: dict[str, Any], images: int
) -> None:
    study = change()
    dataset = {
        "title": "Published",
        "adapter": adapter,
        "root": f"data/{adapter}",
        "options": options,
        "split": {"kind": "all_test"},
    }
    change(
        datasets=study["datasets"] | {adapter: dataset},
        cross_datasets=[adapter],
        cross_experiments=["C0"],
        recipes={},
        resize={"aspect": 200},
    )
    notes = "\n".join(told(checked(), "note"))
    assert f"will be downloaded into data/{adapter}" in notes
    # at 267 x 200 pixels; our own 40 are less than a twentieth of what is told
    assert f"pixel stores of {images * 267 * 200 * 3 / 1e9:.1f} GB" in notes


@pytest.mark.parametrize("kept", [True, False])
def test_photos_that_a_study_distorts_are_looked_at(kept: bool) -> None:
    if not kept:
        Path("data/tiny/texture2.jpg").unlink()
    errors = told(check_study(CONFIG / "tiny.yaml", CATALOGUE))
    assert ("data/tiny/texture2.jpg does not exist" in "\n".join(errors)) is not kept
    assert len(errors) == (not kept)


@pytest.mark.parametrize("part", ["single", "mixed"])
def test_the_splits_of_a_dataset_are_known_before_it_is_made(
    part: str, raw: Path, photos: Path
) -> None:
    from smartiqa.data.synthetic.synthesis import images_by_split

    made = Counter(pd.read_csv(raw / part / "labels.csv")["split"])
    assert images_by_split(synthesis(photos), part) == made


def test_weights_that_are_missing_or_do_not_fit_are_told() -> None:
    fitting = REPOSITORY / "data/demo/weights/swin_tiny.safetensors"
    study = change(experiments=["C0", "C3"])
    study["backbones"]["cnn"]["weights"] = {"source": "file", "path": "no.pt", "pretraining": "x"}
    given = {"source": "file", "path": str(fitting), "pretraining": "x"}
    study["backbones"]["swin_base"]["weights"] = given
    change(backbones=study["backbones"])
    missing, other = told(checked())
    assert "backbones.cnn: weights: no.pt does not exist; put the file there" in missing
    assert f"backbones.swin_base: {fitting} does not fit swin_tiny" in other


def test_a_backbone_that_cannot_be_built_names_what_is_trained_with_it() -> None:
    study = change(experiments=["C0", "R3"])
    study["backbones"]["cnn"] |= {
        "name": "resnet51",
        "options": {},
        "weights": {"source": "random"},
    }
    change(backbones=study["backbones"])
    (error,) = told(checked())
    assert "C0, R3: backbone 'resnet51' is not a timm model, did you mean 'resnet51q'?" in error


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("crossvit_tiny_240", "C0: backbone 'crossvit_tiny_240': maps at strides of 12, 17 pixels"),
        ("halonet_h1", "C0: backbone 'halonet_h1' fails on a crop of 64 pixels"),
        ("vit_base_patch14_dinov2", "C0: crop 64 does not fit backbone 'vit_base_patch14_dinov2'"),
    ],
)
def test_a_backbone_without_usable_maps_is_named(name: str, said: str) -> None:
    study = change()
    study["backbones"]["cnn"] |= {
        "name": name,
        "options": {},
        "weights": {"source": "random"},
    }
    change(backbones=study["backbones"], experiments=["C0"])
    (error,) = told(checked())
    assert said in error


def test_a_gpu_that_is_not_there_and_too_many_threads_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr(device.os, "sched_getaffinity", lambda _: range(2))
    compute = {"threads": 1000, "device": "cuda", "precision": "float32"}
    change(compute=compute, schedule={"memory_mb": 10**9})
    found = checked()
    assert told(found) == [
        "error: compute: device cuda: PyTorch sees no GPU here; take device: auto or cpu",
        "error: compute.threads: 1000 threads hang 2 cores; take fewer",
    ]
    assert "a job may take 1,000,000,000 MB" in told(found, "warning")[0]


def test_days_without_a_gpu_are_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(checked(), "warning") == []
    monkeypatch.setattr(duration, "FASTEST", 1.0)
    (warning,) = told(checked(), "warning")
    assert re.search(r"without a GPU 1 training\(s\) take [\d,]+ days or more on \d+ core", warning)
    monkeypatch.setattr(device, "check_device", lambda *_: True)
    assert told(checked(), "warning") == []


def test_threads_that_no_machine_has_are_refused() -> None:
    change(compute={"threads": 10_000, "device": "cpu"})
    with pytest.raises(InputError, match=r"compute\.threads: .* less than or equal to"):
        checked()


def test_a_disk_that_is_too_small_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(".")._replace(free=10**6)
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: usage)
    (error,) = told(checked())
    assert "0.0 GB are free; make room, or let results be a link to a larger disk" in error


def test_checkpoints_of_jobs_elsewhere_are_not_counted_and_it_is_told() -> None:
    (note,) = [each for each in told(checked(), "note") if "disk: " in each]
    assert re.search(r"and checkpoints of \d+\.\d GB are to be written", note)
    found = check_study(OWN, CATALOGUE, elsewhere=True)
    (note,) = [each for each in told(found, "note") if "disk: " in each]
    assert "and checkpoints, which are not counted here, are to be written" in note


def test_results_that_cannot_be_written_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk.os, "access", lambda *_: False)
    expected = "cannot be written; ask for the right to it, or build elsewhere"
    assert any(expected in error for error in told(checked()))


def test_only_what_the_jobs_of_a_build_need_is_looked_at() -> None:
    shutil.rmtree("data/own")
    assert told(checked("train C0 1", "predict C0 1 own", "score C0 1")) == []
    assert len(told(checked("prepare own"))) == 1


def test_a_tex_without_a_package_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if shutil.which("kpsewhich") is None:
        pytest.skip("there is no TeX here")
    main = tmp_path / "main.tex.j2"
    main.write_text("\\documentclass[a]{IEEEtran}\n\\usepackage{nobody,amsmath}\n")
    found = Findings()
    programs.check_programs(main, found)
    assert "TeX: nobody.sty not found: install latexmk with texlive" in told(found)[0]
    assert len(found) == 1
    monkeypatch.setenv("PATH", str(tmp_path))
    programs.check_programs(main, found := Findings())
    assert "no TeX was found: install latexmk" in told(found)[0]


def test_the_command_counts_errors_and_ends_with_status_2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for study in (["own"], ["--study", "own"]):
        call("check", *study, "--job", "prepare own")
        assert "note: datasets.own: 20 training" in capsys.readouterr().out
    call("check", "own", "--job", "prepare own", "--quiet")
    assert capsys.readouterr().out == ""
    shutil.rmtree("data/own")
    with pytest.raises(InputError, match="the study own has an error, listed above"):
        call("check", "own", "--job", "prepare own", "--quiet")
    assert capsys.readouterr().out.startswith("error: datasets.own: ")
