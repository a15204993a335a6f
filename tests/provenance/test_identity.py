from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from smartiqa.config.experiment import Experiment, Schedule
from smartiqa.core.errors import InputError
from smartiqa.machine.device_kind import device_kind, number_format
from smartiqa.machine.precision import set_float32_products
from smartiqa.provenance.identity import (
    Identity,
    computing_packages,
    differences,
    identity_of_training,
    planned_training,
    read_identity,
    versions_of,
)
from tiny_study import experiment

TWO_THREADS = experiment().compute.model_copy(update={"threads": 2})
DATA = {"manifest": "a" * 64, "store": "b" * 64, "weights": "c" * 64}


def identity(settings: Experiment | None = None, seed: int = 1, **changes: Any) -> Identity:
    given = {"data": DATA, "device": "cpu x86_64 AVX2", "number_format": "float32"} | changes
    return identity_of_training(settings or experiment(), seed, **given)


def test_equal_runs_have_equal_text() -> None:
    reversed_data = dict(reversed(DATA.items()))
    assert identity().text == identity(data=reversed_data).text
    assert identity().digest == identity(data=reversed_data).digest
    assert json.loads(identity().text) == identity().model_dump(mode="json")


@pytest.mark.parametrize(
    "other",
    [
        identity(seed=2),
        identity(experiment(epochs=3)),
        identity(experiment().model_copy(update={"compute": TWO_THREADS})),
        *(identity(data=DATA | {name: "d" * 64}) for name in DATA),
        identity(device="cpu x86_64 AVX512"),
        identity(number_format="bfloat16"),
        identity().model_copy(update={"code": "0123"}),
        identity().model_copy(update={"versions": identity().versions | {"torch": "2.1.0"}}),
    ],
)
def test_all_that_can_change_a_result_changes_the_digest(other: Identity) -> None:
    assert other.digest != identity().digest
    assert len(list(differences(identity(), other.model_dump(mode="json")))) == 1


def test_the_name_of_an_experiment_is_a_label() -> None:
    assert identity(experiment(name="other")).text == identity(experiment(name="C3")).text


def test_what_a_scheduler_needs_is_no_part_of_an_experiment() -> None:
    keys = {key for settings in experiment().model_dump().values() if isinstance(settings, dict)
            for key in settings}  # fmt: skip
    assert not set(Schedule.model_fields) & keys


def test_what_is_planned_is_what_is_recorded() -> None:
    planned = planned_training(experiment(), 1).model_dump()
    assert planned.items() <= identity().model_dump().items()


def test_the_packages_that_compute_are_found_in_the_code() -> None:
    assert computing_packages(["smartiqa.training.run"], experiment()) == ["numpy", "timm", "torch"]
    assert {"pillow", "numpy"} <= set(computing_packages(["smartiqa.stages.store"]))
    assert {"piq", "scikit-image", "torch"} <= set(
        computing_packages(["smartiqa.data.synthetic.synthesis"])
    )


def test_versions_have_no_label_of_a_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "2.15.0+cu132")
    assert versions_of(["labelled"]) == {"labelled": "2.15.0"}


def test_a_package_that_is_not_installed_has_no_version() -> None:
    assert versions_of(["smartiqa-nowhere"]) == {"smartiqa-nowhere": "none"}


def test_an_identity_comes_back_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "identity.json"
    file.write_text(identity().text)
    assert read_identity(file) == identity()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda content: content.pop("device"), r"identity\.json: device: missing; add it"),
        (lambda content: content.update(devise="cpu"), r"unknown key 'devise' \(did you mean"),
        (lambda content: content.update(code=3), r"identity\.json: code: 3 is a number"),
    ],
)
def test_an_identity_that_is_not_whole_is_refused(tmp_path: Path, spoil: Any, message: str) -> None:
    content = identity().model_dump(mode="json")
    spoil(content)
    (tmp_path / "identity.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=message):
        read_identity(tmp_path / "identity.json")


def test_what_is_no_identity_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"identity\.json does not exist; the stage train"):
        read_identity(tmp_path / "identity.json")
    (tmp_path / "identity.json").write_text("{")
    with pytest.raises(InputError, match=r"identity\.json is no JSON file"):
        read_identity(tmp_path / "identity.json")


def test_a_processor_is_known_by_its_instructions(monkeypatch: pytest.MonkeyPatch) -> None:
    here = device_kind(torch.device("cpu"))
    assert here.split()[:3] == [
        "cpu",
        torch.cpu.get_capabilities()["architecture"],
        torch.backends.cpu.get_cpu_capability(),
    ]
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "OTHER")
    assert device_kind(torch.device("cpu")) != here


def test_products_rounded_on_a_gpu_are_part_of_the_number_format() -> None:
    cpu, gpu = torch.device("cpu"), torch.device("cuda")
    set_float32_products("tf32")
    try:
        assert number_format("float32", gpu) == "float32 with TF32 products"
        assert number_format("float32", cpu) == "float32"
    finally:
        set_float32_products("ieee")
    assert number_format("bfloat16", gpu) == "bfloat16"


def test_planning_imports_nothing_heavy() -> None:
    program = (
        "import sys; sys.path[:] = " + repr(sys.path) + "\n"
        "from smartiqa.provenance.identity import planned_training\n"
        "from smartiqa.config.experiment import Experiment\n"
        f"planned_training(Experiment.model_validate_json({experiment().model_dump_json()!r}), 1)\n"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert not {"torch", "timm", "scipy", "pandas", "numpy"} & set(done.stdout.split())
