"""What a run says about itself."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from smartiqa.core.errors import InputError
from smartiqa.core.json_files import read_json, write_json
from smartiqa.data.store.building import ResizeRule
from smartiqa.photos.runs import margin_of_run, resize_of_run, worth_of_run
from tiny_study import Prepared

ROOT = Path(__file__).parents[2]


def on_images(images: int, srcc: float) -> dict[str, Any]:
    measures = {"srcc": {"value": srcc, "left_out": []}}
    return {"images": images, "contents": 6, "test_images": "abc", "measures": measures}


METRICS = {"mixed": on_images(24, 0.5), "synthetic": on_images(102, 0.8126)}


@pytest.fixture
def copy(run: Path, tmp_path: Path) -> Path:
    """The run in a study of its own."""
    folder = tmp_path / "results" / "demo" / "runs" / "C3" / "seed1"
    shutil.copytree(run, folder)
    return folder


def write_study(run: Path, score_name: str, metrics: Any = None) -> None:
    study = {"name": "demo", "score_name": score_name, "training_dataset": "synthetic"}
    datasets = {"synthetic": {"title": "Synthetic"}, "mixed": {"title": "Mixed"}}
    write_json(run.parents[2] / "paper.json", {"study": study, "datasets": datasets})
    if metrics is not None:
        write_json(run / "metrics.json", metrics)


def forget_resize(run: Path, kind: str) -> None:
    """As runs were written before they recorded it."""
    config = read_json(run / "config.json")
    del config["resize"]
    config["experiment"]["recipe"]["resize"] = kind
    write_json(run / "config.json", config)


@pytest.mark.parametrize(
    ("score_name", "meaning"),
    [
        ("proxy score", "predicts a proxy score, not human opinion"),
        ("MOS", "predicts MOS (human opinion)"),
        ("stars", "predicts stars;"),
    ],
)
def test_worth_is_what_was_measured_of_which_labels(
    copy: Path, score_name: str, meaning: str
) -> None:
    write_study(copy, score_name, METRICS)
    worth = worth_of_run(copy)
    assert worth.startswith("C3, seed 1, of the study demo, ")
    assert meaning in worth
    assert worth.endswith(
        "SRCC 0.813 on 102 test images of synthetic, 0.500 on 24 test images of mixed"
    )


def test_what_is_not_known_is_said(copy: Path) -> None:
    assert worth_of_run(copy) == (
        "C3, seed 1, apart from its study, so nothing here says what its scores mean; "
        "it was not measured on any test images"
    )
    write_study(copy, "MOS", {"mixed": {"srcc": 0.5}})
    assert worth_of_run(copy).endswith("is of another version and is not understood")


def test_before_the_study_is_finished_its_file_says_what_labels_are(
    copy: Path, tmp_path: Path
) -> None:
    write_json(copy / "metrics.json", METRICS)
    assert "apart from its study" in worth_of_run(copy)
    (tmp_path / "workflow").symlink_to(ROOT / "workflow")
    assert worth_of_run(copy) == (
        "C3, seed 1, of the study demo, predicts a proxy score, not human opinion; "
        "SRCC 0.813 on 102 test images of synthetic, 0.500 on 24 test images of mixed"
    )


def test_an_older_run_tells_its_resize_by_its_store(copy: Path, dataset: Prepared) -> None:
    forget_resize(copy, "aspect")
    with pytest.raises(InputError, match=r"config.json does not say to which size .* \(aspect\)"):
        resize_of_run(copy, "aspect")
    assert resize_of_run(copy, "none") == ResizeRule("none")
    data = copy.parents[2] / "data" / "single"
    data.mkdir(parents=True)
    shutil.copytree(dataset.store, data / "store-none")
    assert resize_of_run(copy, "aspect") == ResizeRule("none")  # what the store says counts
    write_json(data / "store-none" / "store.json", {"kind": "aspect", "size": [9]})
    with pytest.raises(InputError, match="does not say"):  # it is another store
        resize_of_run(copy, "aspect")


def test_a_run_anywhere_has_no_study(run: Path) -> None:
    assert "apart from its study" in worth_of_run(run)


def test_a_run_without_intervals_says_what_makes_them(copy: Path, run: Path) -> None:
    assert margin_of_run(run).said.endswith("not calibrated (`smartiqa calibrate --help`)")
    study = copy.parents[2]
    folder = study.parents[1] / "workflow" / "config"
    folder.mkdir(parents=True)
    (folder / f"{study.name}.yaml").touch()
    target = copy.relative_to(study.parents[1]) / "calibration.json"
    assert margin_of_run(copy).said.endswith(
        f"(`snakemake --cores 2 --config study={study.name} -- {target}`)"
    )
