"""The locked requirements and the conda environments name the same versions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from smartiqa.provenance.identity import computing_packages

ENVIRONMENTS = Path(__file__).parent.parent / "envs"
STAGES = ("synthesise", "store", "weights", "pretrain", "train", "predict", "score", "embed")


def locked(name: str, minor: int = 12) -> dict[str, str]:
    """The versions that a Python gets; the environments have 3.12."""
    python = {"python_full_version": f"3.{minor}.0", "python_version": f"3.{minor}"}
    lines = (ENVIRONMENTS / name).read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line.removesuffix("\\")) for line in lines if re.match(r"\w.*==", line)]
    kept = [pin for pin in pins if pin.marker is None or pin.marker.evaluate(python)]
    return {pin.name: str(pin.specifier).removeprefix("==") for pin in kept}


def pip_pins(name: str) -> dict[str, str]:
    environment: dict[str, Any] = yaml.safe_load((ENVIRONMENTS / name).read_text(encoding="utf-8"))
    lists = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    return dict(entry.split("==") for entries in lists for entry in entries if "==" in entry)


@pytest.mark.parametrize("name", ["training.yaml", "figures.yaml", "latex.yaml"])
def test_conda_environments_pin_the_locked_versions(name: str) -> None:
    pins, lock = pip_pins(name), locked("requirements.txt")
    assert pins
    assert pins == {package: lock.get(package) for package in pins}


@pytest.mark.parametrize("minor", [12, 13, 14])
@pytest.mark.parametrize("name", ["requirements.txt", "training.txt"])
def test_what_computes_has_one_version_on_every_python(name: str, minor: int) -> None:
    """Otherwise a run would be another one under another Python: see `provenance.identity`."""
    modules = [f"smartiqa.stages.{stage.replace('-', '_')}" for stage in STAGES]
    packages = computing_packages(modules)
    assert {"numpy", "scipy", "timm", "torch"} <= set(packages)
    lowest, other = locked(name, 11), locked(name, minor)
    assert {package: other.get(package) for package in packages} == {
        package: lowest.get(package) for package in packages
    }


@pytest.mark.parametrize("name", ["requirements.txt", "training.txt", "figures.txt", "cloud.txt"])
def test_every_locked_package_has_a_hash_and_no_host(name: str) -> None:
    text = (ENVIRONMENTS / name).read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    unhashed = [block for block in blocks if "==" in block and "--hash=sha256:" not in block]
    assert locked(name)
    assert not unhashed
    assert "://" not in text
