"""The benchmarks measure what they say; how fast anything is, no test asks."""

from __future__ import annotations

import importlib
import json
import mmap
import multiprocessing
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from timm.layers.drop import DropPath

from benchmarks import gpu, materials, projection, workflow
from benchmarks.__main__ import save
from benchmarks.integrity import watched
from benchmarks.materials import (
    SQUASH,
    bare_backbone,
    experiment_of,
    fixed_batch,
    koniq,
    manifest_of,
    new_model,
    noise_store,
    photo,
)
from benchmarks.measurements import MEASUREMENTS, measure, measure_apart
from benchmarks.memory import PeakMemory, anonymous_megabytes
from benchmarks.options import Options
from benchmarks.published_way import published_crop
from benchmarks.report import Goal, Line, Report, pipe_table, short
from benchmarks.timing import Spread, elsewhere, quotient, spread, take_turns
from benchmarks.training import bare_step, our_step, published_step
from smartiqa.config.backbone import IMAGENET_MEAN, IMAGENET_STD
from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_atomically, verified
from smartiqa.core.yaml_files import read_yaml
from smartiqa.data.crops import CropPlan, cut_crops, normalise
from smartiqa.data.store.building import build_store
from smartiqa.data.store.pixel_store import PixelStore
from tiny_study import experiment

CPU = torch.device("cpu")


# Timing


def test_ways_take_turns_back_and_forth_and_the_warm_up_does_not_count() -> None:
    calls: list[str] = []
    seconds = take_turns(
        {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=3, warm_up=2
    )
    assert "".join(calls) == "abbaabbaab"
    assert {name: len(values) for name, values in seconds.items()} == {"a": 3, "b": 3}


def test_a_way_runs_elsewhere_again_and_again() -> None:
    with elsewhere(growing_list, 7) as way:
        way()
        way()
        with pytest.raises(RuntimeError, match=r"\[7, 7, 7\] in another process: True"):
            way()


def growing_list(value: int) -> Callable[[], None]:
    """Return what fails at its third call, and says where and with what it ran."""
    values: list[int] = []

    def way() -> None:
        values.append(value)
        if len(values) == 3:
            elsewhere = multiprocessing.parent_process() is not None
            raise RuntimeError(f"{values} in another process: {elsewhere}")

    return way


def test_quotients_are_taken_within_a_round() -> None:
    assert quotient([2, 40, 6], [1, 10, 2]) == Spread(3, 2.5, 3.5)
    assert spread([1, 2, 3, 4, 100]) == Spread(3, 2, 4)
    assert spread([7.0]) == Spread(7, 7, 7)


# The published way


@pytest.mark.parametrize("flip", [False, True])
def test_the_published_way_gives_the_crop_that_we_cut(tmp_path: Path, flip: bool) -> None:
    file = tmp_path / "photo0.jpg"
    Image.fromarray(photo(0)).save(file, quality=92)
    build_store(manifest_of([file], 2), tmp_path, tmp_path / "store", SQUASH, workers=1)
    store = PixelStore.open(tmp_path / "store")
    place = (np.array([value]) for value in (1, 117, 30, flip))
    ours = normalise(
        torch.from_numpy(cut_crops(store, CropPlan(*place, 224))), IMAGENET_MEAN, IMAGENET_STD, CPU
    )
    published = published_crop(file, 117, 30, flip, 224, IMAGENET_MEAN, IMAGENET_STD)
    assert published.is_contiguous()
    torch.testing.assert_close(ours[0], published, atol=1e-5, rtol=1e-5)


# What is compared is alike


def test_our_way_and_the_published_one_take_the_same_steps() -> None:
    settings = experiment()
    images, labels = fixed_batch(settings, 2)
    ours = our_step(settings, images, labels, "float32")
    published = published_step(settings, 2, torch.get_num_threads())
    for _ in range(2):
        losses = []
        for way in (ours, published):
            torch.manual_seed(3)  # dropout
            losses.append(float(way()))
        assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    bare = bare_step(settings, images, labels, "float32")
    assert float(bare()) != float(bare())


@pytest.mark.parametrize("name", ["HyperIQA-ResNet-50", "SMART-Tiny"])
def test_the_bare_backbone_is_that_of_the_model(name: str) -> None:
    settings = experiment_of(name)
    with torch.device("meta"):
        bare, model = bare_backbone(settings), new_model(settings)
    shapes = sorted(tuple(p.shape) for p in bare.parameters())
    for parameter in model.backbone.parameters():
        shapes.remove(tuple(parameter.shape))
    assert sum(np.prod(shape) for shape in shapes) < 5000  # the last norm and the one output
    drops = [m.drop_prob for m in model.modules() if isinstance(m, DropPath)]
    assert drops == [m.drop_prob for m in bare.modules() if isinstance(m, DropPath)]


def test_a_store_of_noise_has_images_of_the_published_size(tmp_path: Path) -> None:
    store = noise_store(3, tmp_path)
    assert len(store) == 3
    assert store.image(2).shape == (512, 384, 3)
    assert store.image(2).std() > 70


def test_peak_memory_sees_what_is_gone_again() -> None:
    before, size = anonymous_megabytes(), 80_000_000
    # Pages of its own: NumPy might take memory that was freed before and is counted already.
    with PeakMemory() as peak, mmap.mmap(-1, size, mmap.MAP_PRIVATE) as block:
        block.write(b"1" * size)
        peak.look()
    assert peak.megabytes > before + 70


# The table


def test_a_line_says_whether_its_goal_is_reached() -> None:
    line = Line("a", Spread(1.03, 1, 1.06), 5, goal=Goal("<=", 1.04))
    assert line.cells() == ("a", "1.03 x", "1 to 1.06", "<= 1.04", "yes", "")
    assert not Goal(">=", 1.04).reached(1.03)
    assert line.record()["reached"]
    assert [short(value) for value in (0.01234, 12.34, 123.4, 12345)] == [
        "0.0123",
        "12.3",
        "123",
        "12,345",
    ]
    assert pipe_table(("x", "y"), [("1", "a|b")])[2] == "| 1 | a\\|b |"


def test_results_are_saved_as_json_and_as_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reports = {
        "data": Report((Line("crops", Spread(120, 110, 130), 5, goal=Goal(">=", 100)),), 2.4, 300),
        "accuracy": Report((), 0.1, 200, "the demo has not been run"),
    }
    save(reports, Options(cores=1), tmp_path / "all")
    content = json.loads((tmp_path / "all.json").read_text())
    assert content["measurements"]["data"]["lines"][0]["value"]["median"] == 120
    assert content["machine"]["versions"]["torch"] == torch.__version__.split("+")[0]
    page = (tmp_path / "all.md").read_text()
    assert "| crops" in page
    assert "- accuracy: 0 s, peak memory 200 MB; the demo has not been run" in page
    assert str(tmp_path) in capsys.readouterr().out


def test_a_measurement_that_lacks_its_input_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(_: Options) -> list[Line]:
        raise InputError("run the demo")

    monkeypatch.setattr(workflow, "measure_demo", lacking)
    report = measure("edits", Options(cores=torch.get_num_threads()))
    assert (report.lines, report.missing) == ((), "run the demo")
    assert report.peak_memory_mb > 50


def test_a_measurement_has_a_process_of_its_own() -> None:
    with pytest.raises(KeyError):  # raised there and brought here
        measure_apart("nothing", Options(cores=1))


def test_the_time_of_every_digest_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "results/demo/large"
    with watched() as seconds:
        with replace_atomically(file) as temporary:
            temporary.write_bytes(bytes(20_000_000))
        verified(file)
    assert len(seconds) == 2  # as it is written and as it is read
    assert min(seconds) > 0.001


def test_every_measurement_exists() -> None:
    for place in MEASUREMENTS.values():
        module, function = place.split(":")
        assert callable(getattr(importlib.import_module(f"benchmarks.{module}"), function))


# The projection


def test_the_operations_of_a_crop_are_two_for_each_multiply_accumulate() -> None:
    operations = projection.forward_operations(experiment_of("HyperIQA-ResNet-50"))
    assert operations == pytest.approx(2 * 4.29e9, rel=0.01)


def test_the_work_of_the_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "forward_operations", lambda experiment: experiment.crop)
    work = projection.planned_work(*koniq(), read_yaml(materials.CONFIG / "published.yaml"))
    base = work["C3"]
    assert base.trained == 7058 * 20 * 10
    assert base.scored == 1000 * 20 * 10 + 20 * (2015 + 11125 + 10125 + 2982)
    assert (base.role, base.forward) == ("swin_base", 224)
    assert work["C0"].trained == 7058 * 25 * 16
    assert (work["T-centre"].trained, work["T-centre"].scored) == (0, 2015)
    assert work["P-test-selection"].scored == 2015 * 20 * 10 + 2015 * 20


def test_hours_are_operations_by_rates() -> None:
    work = {
        "a": projection.Work("small", forward=10, trained=1000, scored=500),
        "b": projection.Work("unmeasured", forward=10, trained=1000, scored=0),
    }
    rates = {"small": projection.Rates(2.0, 5.0), "large": projection.Rates(1.0, 7.0)}
    found = projection.hours(work, rates, seeds=3)
    assert found["a"] == pytest.approx(3 * (3 * 10 * 1000 / 2 + 10 * 500 / 5) / 3600)
    assert found["b"] == pytest.approx(3 * 3 * 10 * 1000 / 1 / 3600)


# The script for GPUs


def test_the_gpu_script_runs_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "MODELS", {"SMART-Tiny": "smart_tiny"})
    work = {"one": projection.Work("swin_tiny", forward=7, trained=11, scored=13)}
    monkeypatch.setattr(gpu, "planned_work", lambda *_: work)
    lines: list[str] = []
    found = gpu.measure(CPU, gpu.TINY, tell=lines.append)
    entry = found["models"]["SMART-Tiny"]
    training, prediction = gpu.rates_of(entry)
    assert found["hours"]["one"] == pytest.approx(
        3 * (3 * 7 * 11 / training + 7 * 13 / prediction) / 3600
    )
    forward = prediction / entry["prediction"]["crops"]["median"]
    assert training == pytest.approx(3 * forward * entry["training"]["crops"]["median"])
    assert json.loads(json.dumps(found)) == found
    ways = ["published way", "bare backbone", "step by step"]
    assert list(entry["ways"]) == [*(f"training, {way}" for way in ways), "prediction"]
    assert entry["training"] == entry["ways"]["training, step by step"]
    _, header, rule, *rows = lines
    assert len({len(line) for line in (header, rule, *rows)}) == 1  # a table in plain text, too
    assert [row.split(" | ")[1].strip() for row in rows] == list(entry["ways"])
    assert "with 3 seeds, 1 experiments" in gpu.conclusion(found)


@pytest.mark.parametrize(
    ("cuda", "message"), [(None, "built without CUDA"), ("13.0", "finds no GPU or driver")]
)
def test_a_missing_gpu_is_said_in_one_line(
    cuda: str | None, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", cuda)
    with pytest.raises(InputError, match=f"{message}.*--device cpu --tiny"):
        gpu.device_called("cuda")
