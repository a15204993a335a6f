"""A folder made of a run scores photos as the run does, and says what it is worth."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from huggingface_hub import ModelCard
from PIL import Image
from safetensors.torch import load_file

from command_line import smartiqa
from made_up_paper import made_up_paper
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import read_json, write_json
from smartiqa.photos.loading import load_model
from tiny_study import texture

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("saved") / "smart"
    smartiqa("export-model", run, format="huggingface", output=output)
    return output


def test_it_loads_back_by_itself_with_equal_scores(run: Path, folder: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(folder, tmp_path / "elsewhere")
    photo = tmp_path / "photo.png"
    Image.fromarray(texture(7, 90, 130)).save(photo)
    expected, found = (load_model(source).score(photo, 6) for source in (run, moved))
    assert found.crop_scores.tolist() == expected.crop_scores.tolist()
    assert found.attention == expected.attention
    smartiqa("score-images", photo, model=moved, crops=6, json=tmp_path / "scores.json")
    assert json.loads((tmp_path / "scores.json").read_text())[0]["quality"] == expected.quality


def test_it_has_the_files_of_the_hub(run: Path, folder: Path) -> None:
    assert {file.name for file in folder.iterdir()} == {
        *("README.md", "config.json", "model.safetensors"),
    }
    saved, trained = (
        load_file(f) for f in (folder / "model.safetensors", run / "best.safetensors")
    )
    assert saved.keys() == trained.keys()
    assert json.loads((folder / "config.json").read_text())["model_type"] == "smartiqa"


def test_of_a_calibrated_run_it_has_the_crops_of_its_intervals(run: Path, tmp_path: Path) -> None:
    calibrated, output = Path(shutil.copytree(run, tmp_path / "run")), tmp_path / "smart"
    record = {"level": 0.9, "images": 99, "contents": 9, "crops": 2, "half_width": 7.5}
    write_json(calibrated / "calibration.json", record)
    assert "the mean over 2 crops of" in card_of(calibrated, output).text
    assert load_model(output).usual_crops == 2


def test_a_card_without_results_says_so(folder: Path) -> None:
    card = ModelCard.load(folder / "README.md")
    assert card.data.eval_results is None
    assert "It was not measured on any test images." in card.text
    assert "| Code | MIT |" in card.text


def in_clone(run: Path, root: Path) -> Path:
    """The run in a clone in which no study is finished."""
    for part in ("workflow", "data"):
        (root / part).symlink_to(ROOT / part)
    return shutil.copytree(run, root / "results" / "demo" / "runs" / "C3" / "seed1")


def measure(run: Path) -> None:
    names = ("srcc", "plcc", "plcc_logistic", "krcc", "rmse")
    measures = {name: {"value": 0.1 * k, "left_out": []} for k, name in enumerate(names, start=1)}
    on_images = {"images": 102, "contents": 6, "test_images": "abc", "measures": measures}
    write_json(run / "metrics.json", {"synthetic": on_images, "mixed": on_images})


def card_of(run: Path, output: Path) -> ModelCard:
    smartiqa("export-model", run, format="huggingface", output=output)
    return ModelCard.load(output / "README.md")


def test_a_card_needs_no_finished_study(run: Path, tmp_path: Path) -> None:
    copied = in_clone(run, tmp_path)
    measure(copied)
    card = card_of(copied, tmp_path / "smart")
    assert "SRCC 0.100 on 102 test images of synthetic" in card.text
    assert "| Synthetic distortions | 102 | 0.100 |" in card.text
    assert card.text.count("a proxy score, not human opinion") == 2
    assert "swin_base.safetensors, pretrained by smartiqa (distortion, severity" in card.text
    assert "on 11 photos under CC-BY-2.0" in card.text
    assert "not measured" not in card.text


def test_a_card_has_what_was_measured_with_limits_and_licences(run: Path, tmp_path: Path) -> None:
    copied = in_clone(run, tmp_path)
    paper = made_up_paper()
    write_json(tmp_path / "results" / "demo" / "paper.json", paper)
    measure(copied)
    card = card_of(copied, tmp_path / "smart")
    found = {(e.dataset_name, e.metric_type): e.metric_value for e in card.data.eval_results}
    assert found["Synthetic distortions", "srcc"] == pytest.approx(0.1)
    assert found["Mixed distortions", "rmse"] == pytest.approx(0.5)
    assert card.data.model_name == "smart"
    assert "| Synthetic distortions | 102 | 0.100 | 0.200 | 0.400 | 0.500 |\n| Mixed" in card.text
    srcc = paper["experiments"]["C3"]["results"]["synthetic"]["srcc"]
    assert f"from {srcc['low']:.3f} to {srcc['high']:.3f}" in card.text
    learnt = read_json(copied / "config.json")["images"]
    assert f"It was trained on {learnt} images and tested" in card.text
    assert "These are few images" in card.text
    assert "a proxy score, not human opinion" in card.text
    assert "| photos under CC-BY-2.0, CC-BY-4.0," in card.text
    assert "does not resize" in card.text


def test_what_is_there_is_not_written_over(run: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(InputError, match="is there already; name a folder that is new or empty"):
        smartiqa("export-model", run, format="huggingface", output=tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_another_folder_of_the_hub_is_one_line(folder: Path, tmp_path: Path) -> None:
    other = shutil.copytree(folder, tmp_path / "bert")
    (other / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(InputError, match=r"bert/config\.json: model_type: .*'smartiqa'"):
        load_model(other)
