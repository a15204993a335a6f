"""What is not installed is named with the command that installs it."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from smartiqa.cli import DEFECT, WRONG, conclude
from smartiqa.provenance.code_digest import SOURCE
from smartiqa.provenance.requirements import how_to_install

ELSEWHERE = {"pyiqa", "tensorboard"}  # their users have a message of their own


def imported() -> set[str]:
    """All packages that the code imports."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - {"smartiqa"} - ELSEWHERE


def test_every_library_is_found_in_our_requirements() -> None:
    packages = imported()
    assert {"PIL", "torch", "yaml", "onnxruntime", "matplotlib"} <= packages
    missing = {name: how_to_install(ModuleNotFoundError(name=name)) for name in packages}
    assert [name for name, said in missing.items() if said is None] == []
    assert missing["huggingface_hub"] == (
        "the package huggingface-hub is not installed; pip install 'smartiqa[training]'"
    )
    assert str(missing["numpy"]).endswith("pip install 'smartiqa'")
    assert str(missing["onnxruntime"]).endswith("'smartiqa[export]'")


@pytest.mark.parametrize(("name", "status"), [("PIL", WRONG), ("smartiqa.gone", DEFECT)])
def test_the_front_door_tells_what_is_missing_from_what_is_broken(
    name: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def run() -> None:
        raise ModuleNotFoundError(f"No module named '{name}'", name=name)

    assert conclude(run) == status
    lines = capsys.readouterr().err.splitlines()
    assert (len(lines) == 1) == (status == WRONG)


def test_the_public_face_says_it_as_well() -> None:
    code = "import sys; sys.modules['huggingface_hub'] = None\nfrom smartiqa import load_model"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: the package huggingface-hub is not installed; "
        "pip install 'smartiqa[training]'"
    )
