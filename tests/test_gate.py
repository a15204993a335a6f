"""What `make check` runs: the same as a commit does, and imports that go downwards only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]


def test_a_commit_runs_what_make_check_runs() -> None:
    listed = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "--assume-old=.venv/installed", "check"],
        cwd=ROOT, capture_output=True, text=True, check=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
    )  # fmt: skip
    settings = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook for repository in settings["repos"] for hook in repository["hooks"]]
    assert {repository["repo"] for repository in settings["repos"]} == {"local"}
    assert [hook["entry"] for hook in hooks] == listed.stdout.splitlines()
    for hook in hooks:
        assert (hook["language"], hook["always_run"], hook["pass_filenames"]) == (
            "system", True, False,
        ), hook["id"]  # fmt: skip


def test_ruff_looks_at_every_module() -> None:
    """An exclusion of a folder by its name alone also leaves out a package of that name."""
    listed = subprocess.run(
        [Path(sys.executable).with_name("ruff"), "check", "--show-files"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    modules = {str(path) for path in (ROOT / "src").rglob("*.py")}
    assert modules
    assert modules <= set(listed)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package and of the contract."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    ignored = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(ROOT / "src/smartiqa", tmp_path / "src/smartiqa", ignore=ignored))


def lint_imports(package: Path) -> tuple[int, str]:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=package.parents[1], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(package.parent)},
    )  # fmt: skip
    return done.returncode, done.stdout


def add_import(package: Path, module: str, imported: str) -> None:
    with (package / module).open("a", encoding="utf-8") as file:
        file.write(f"\nimport {imported}\n")


def test_imports_go_downwards(package: Path) -> None:
    status, report = lint_imports(package)
    assert status == 0, report


@pytest.mark.parametrize(
    ("module", "imported", "named"),
    [
        ("core/errors.py", "smartiqa.config.study", "smartiqa.core.errors -> smartiqa.config"),
        ("metrics/decimals.py", "smartiqa.stages.train", "metrics.decimals -> smartiqa.stages"),
        ("data/crops.py", "smartiqa.models.quality", "data.crops -> smartiqa.models.quality"),
        ("evaluation/mixtures.py", "smartiqa.claims.facts", "mixtures -> smartiqa.claims.facts"),
    ],
)
def test_an_import_upwards_is_named(package: Path, module: str, imported: str, named: str) -> None:
    add_import(package, module, imported)
    status, report = lint_imports(package)
    assert status == 1
    assert named in report


def test_a_circle_inside_a_package_is_named(package: Path) -> None:
    add_import(package, "core/errors.py", "smartiqa.core.files")
    status, report = lint_imports(package)
    assert status == 1
    assert "No cycles are allowed in smartiqa.core" in report
    assert ".files -> .errors" in report


def test_a_package_without_a_place_is_named(package: Path) -> None:
    (package / "visualisation").mkdir()
    (package / "visualisation/__init__.py").touch()
    status, report = lint_imports(package)
    assert status == 1
    assert "smartiqa.visualisation" in report
