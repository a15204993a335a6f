from __future__ import annotations

import json
import platform
import resource
from importlib.metadata import version

import pytest
import torch

from smartiqa.machine.environment import device_name, environment_record
from smartiqa.machine.isolation import RECORDED
from smartiqa.machine.precision import set_float32_products

CPU = torch.device("cpu")


def test_the_record_names_machine_versions_and_duration(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in RECORDED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    record = environment_record(CPU, "bfloat16", 12.3456)
    assert json.loads(json.dumps(record)) == record
    assert (record["precision"], record["seconds"]) == ("bfloat16", 12.35)
    assert record["versions"]["torch"] == version("torch")
    assert record["versions"]["timm"] == version("timm")
    assert record["variables"] == {"OPENBLAS_CORETYPE": "Haswell"}
    assert record["python"] == platform.python_version()
    assert record["threads"] == torch.get_num_threads()
    assert 50 < record["peak_host_memory_mb"] < 100_000
    assert record["peak_gpu_memory_mb"] is None


def test_the_memory_of_host_and_gpu_are_two_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = torch.device("cuda", 1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "A GPU")
    taken = {gpu: 7_654_321_000}
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: taken[device])
    record = environment_record(gpu, "bfloat16", 1.0)
    assert record["peak_gpu_memory_mb"] == 7654
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    assert record["peak_host_memory_mb"] == pytest.approx(peak, rel=0.05)


def test_the_record_says_how_float32_was_multiplied(restored_products: None) -> None:
    for kind in ("ieee", "tf32"):
        set_float32_products(kind)
        assert environment_record(CPU, "float32", 1.0)["float32_products"] == kind


def test_names_of_processors_and_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"cpu_name": "A CPU"})
    assert device_name(CPU) == "A CPU"
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    assert device_name(CPU) == platform.processor()
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"GPU {device.index}")
    assert device_name(torch.device("cuda", 1)) == "GPU 1"
