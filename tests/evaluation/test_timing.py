"""Times are measured, not assumed: of the models that the paper shows, at their own crops."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from test_complexity import STUDY

from command_line import smartiqa
from made_up_paper import made_up_timing
from smartiqa.config.backbone import Backbone
from smartiqa.config.study import load_catalogue, load_study
from smartiqa.core.json_files import fields_of_model
from smartiqa.evaluation import timing as stage
from smartiqa.evaluation.timing import latency, measure, repeated, throughput
from smartiqa.machine import hardware
from smartiqa.machine.hardware import energy_joules, hardware_record
from smartiqa.models.inference import BATCH
from tiny_study import CROP, SETTINGS, experiment

CPU = torch.device("cpu")
EXPERIMENTS = {
    "C3": {"compared_with": None},
    "B-small": {"model": {"backbone": "swin_small"}},
    "L-l2": {"training": {"loss": {"name": "l2"}}},
}


@pytest.fixture(autouse=True)
def same_number_of_threads() -> Any:
    """The stage sets the number of threads of this process."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A study file and a catalogue."""
    entries = {
        name: {"title": name, "recipe": "quick", **entry} for name, entry in EXPERIMENTS.items()
    }
    catalogue = {"recipes": {"quick": SETTINGS}, "experiments": entries, "groups": {}}
    catalogue["roles"] = {"reference": "C3", "timed": ["B-small", "reference"]}
    study = {**STUDY, "experiments": ["C3", "L-l2"]}
    paths = tmp_path / "tiny.yaml", tmp_path / "experiments.yaml"
    for path, content in zip(paths, (study, catalogue), strict=True):
        path.write_text(yaml.safe_dump(content))
    return paths


def test_calls_are_warmed_up_and_repeated_often_and_long_enough() -> None:
    calls: list[float] = []

    def call() -> None:
        calls.append(time.perf_counter())
        time.sleep(0.002)

    durations = repeated(call, CPU, seconds=0.0)
    assert (len(durations), len(calls)) == (
        stage.LEAST_REPEATS,
        stage.LEAST_REPEATS + stage.WARM_UP,
    )
    assert min(durations) >= 0.002
    assert sum(repeated(call, CPU, seconds=0.05)) >= 0.05


def test_latency_is_that_of_one_crop_and_throughput_of_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batches: list[int] = []
    real = stage.forward_pass

    def recorded(model: Any, settings: Any, batch: int, device: Any) -> Any:
        batches.append(batch)
        assert not model.training
        return real(model, settings, batch, device)

    monkeypatch.setattr(stage, "forward_pass", recorded)
    alone = latency(experiment(), CPU, 0.0)
    assert alone["milliseconds_low"] <= alone["milliseconds"] <= alone["milliseconds_high"]
    assert (alone["crop"], alone["precision"]) == (CROP, "float32")
    many = throughput(experiment(), CPU, seconds=0.016, milliseconds=2.0)
    assert batches == [1, 8]
    assert many["batch"] == 8
    assert many["images_per_second"] > 0
    assert throughput(experiment(), CPU, 1e-9, 2.0)["batch"] == 1
    assert throughput(experiment(), CPU, 0.01, 1e-6)["batch"] == BATCH["cpu"]


def test_models_are_timed_with_folded_batch_norms(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[int] = []
    real = stage.forward_pass

    def recorded(model: Any, *arguments: Any) -> Any:
        left.append(sum(isinstance(m, torch.nn.BatchNorm2d) for m in model.backbone.modules()))
        return real(model, *arguments)

    monkeypatch.setattr(stage, "forward_pass", recorded)
    settings = experiment().model_copy(update={"backbone": Backbone(name="resnet18")})
    latency(settings, CPU, 0.0)
    throughput(settings, CPU, 1e-9, 1.0)
    assert left == [0, 0]


def test_what_the_paper_shows_is_timed(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    crops: list[int] = []

    def fake(settings: Any, *_: Any) -> dict[str, Any]:
        crops.append(settings.crop)
        return dict(alone)

    alone = made_up_timing()["published"]["SMART-Base"]
    many = {"batch": 4, "images_per_second": 2.0}
    monkeypatch.setattr(stage, "latency", fake)
    monkeypatch.setattr(stage, "throughput", lambda *_: many)
    found = measure(load_study(files[0]), load_catalogue(files[1]), 0.0)
    assert fields_of_model(found)["experiments"] == {"C3": alone | many}
    assert list(found.published) == ["HyperIQA", "SMART-Tiny", "SMART-Small", "SMART-Base"]
    assert crops == [CROP, 224, 224, 224, 224]
    assert found.threads == torch.get_num_threads() == 1
    assert found.hardware.device


def test_energy_is_measured_only_where_it_is_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert energy_joules(tmp_path) is None
    for name, count in (("intel-rapl:0", 5_000_000), ("intel-rapl:1", 1), ("intel-rapl:0:0", 7)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "energy_uj").write_text(f"{count}\n")
    assert energy_joules(tmp_path) == pytest.approx(5.000001)  # a part of a package counts once
    (tmp_path / "intel-rapl:1" / "energy_uj").unlink()
    assert energy_joules(tmp_path) is None
    readings = iter([10.0, 24.0])
    monkeypatch.setattr(stage, "energy_joules", lambda: next(readings))
    many = throughput(experiment(), CPU, 1e-9, 1.0)
    calls = stage.LEAST_REPEATS + stage.WARM_UP
    assert many["joules_per_image"] == pytest.approx(14 / calls)
    monkeypatch.setattr(stage, "energy_joules", lambda: None)
    assert "joules_per_image" not in throughput(experiment(), CPU, 1e-9, 1.0)


def test_the_machine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    record = hardware_record(CPU)
    assert json.loads(json.dumps(record)) == record
    assert record["cores"] >= 1
    assert record["memory_gb"] >= 1
    assert record["versions"]["torch"]
    assert (record["gpu"], "gpu_memory_gb" in record) == (False, False)
    monkeypatch.setattr(hardware, "device_name", lambda device: f"a {device.type}")
    assert hardware_record(CPU)["processor"] == "a cpu"


def test_the_command_line_writes_what_was_measured(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "measure", lambda study, catalogue, seconds: {"s": seconds})
    output = tmp_path / "timing.json"
    smartiqa("timing", study=files[0], catalogue=files[1], seconds=2, output=output)
    assert json.loads(output.read_text()) == {"s": 2.0}
