from __future__ import annotations

import importlib
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from smartiqa import provenance
from smartiqa.provenance import SOURCE, code_closure, code_digest

PACKAGE = {
    "__init__": "",
    "stage": """
        '''A stage.'''
        from tinypackage import direct
        from tinypackage.nested.deep import value

        def main():
            '''Run.'''
            from tinypackage import late  # imported when called
            return direct.number + value + late.number  # a sum
        """,
    "direct": "from .transitive import number",
    "transitive": "number = 1",
    "late": "number = 2",
    "nested/__init__": "",
    "nested/deep": "value = 3",
    "other": "from tinypackage.stage import main",
    "unrelated": "number = 4",
}
CLOSURE = {"stage.py", "direct.py", "transitive.py", "late.py", "nested/deep.py"}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that `code_closure` and `code_digest` take for ours."""
    folder = tmp_path / "tinypackage"
    for name, content in PACKAGE.items():
        path = folder / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(content))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(provenance, "PACKAGE", "tinypackage")
    monkeypatch.setattr(provenance, "SOURCE", folder)
    # not the cached graph of the real package, and none of a former test
    monkeypatch.setattr(provenance, "_import_graph", provenance._import_graph.__wrapped__)
    return folder


def digest() -> str:
    return code_digest(["tinypackage.stage"])


def test_the_closure_has_what_is_imported_and_nothing_else(package: Path) -> None:
    found = code_closure(["tinypackage.stage"])
    assert {path.relative_to(package).as_posix() for path in found} == CLOSURE
    assert found == sorted(found)
    both = code_closure(["tinypackage.stage", "tinypackage.unrelated"])
    assert set(both) - set(found) == {package / "unrelated.py"}


def test_a_module_that_is_not_there_is_named(package: Path) -> None:
    with pytest.raises(KeyError, match=r"no module tinypackage\.stge in tinypackage"):
        code_closure(["tinypackage.stge"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  # a sum", ""),
        ("# imported when called", "# another comment"),
        ("'''Run.'''", '"""Run it, over\n\n    several lines."""'),
        ("'''A stage.'''\n", ""),
        ("    '''Run.'''\n", ""),
        ("def main():", "\n\n\ndef main( ) :"),
        ("direct.number + value", "(direct.number\n            + value)"),
    ],
)
def test_comments_docstrings_and_layout_do_not_matter(
    package: Path, before: str, after: str
) -> None:
    file, first = package / "stage.py", digest()
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))
    assert digest() == first


@pytest.mark.parametrize("module", sorted(CLOSURE))
def test_code_matters_wherever_it_is_imported_from(package: Path, module: str) -> None:
    first = digest()
    with (package / module).open("a") as file:
        file.write("\nextra = 0\n")
    assert digest() != first


@pytest.mark.parametrize("module", ["unrelated.py", "other.py"])
def test_code_that_is_not_imported_does_not_matter(package: Path, module: str) -> None:
    first = digest()
    (package / module).write_text("import json\n")
    assert digest() == first


@pytest.mark.parametrize(
    ("before", "after"),
    [("number = 1", "number = 1.0"), ("number = 1", "numbers = 1"), ("number = 1", "number = -1")],
)
def test_small_changes_of_code_matter(package: Path, before: str, after: str) -> None:
    first = digest()
    file = package / "transitive.py"
    file.write_text(file.read_text().replace(before, after))
    assert digest() != first


def test_a_new_import_brings_its_module_in(package: Path) -> None:
    first = digest()
    (package / "transitive.py").write_text("number = 1\nfrom tinypackage import unrelated\n")
    second = digest()
    (package / "unrelated.py").write_text("number = 5\n")
    assert len({first, second, digest()}) == 3


def names(*modules: str) -> set[str]:
    return {path.relative_to(SOURCE).as_posix() for path in code_closure(modules)}


def test_what_a_training_depends_on() -> None:
    closure = names("smartiqa.train")
    assert {
        "train.py",
        "config.py",
        "training/loop.py",
        "training/losses.py",
        "training/optimisers.py",
        "training/schedules.py",
        "models/quality.py",
        "models/fusion.py",
        "models/target_network.py",
        "data/crops.py",
        "data/color_jitter.py",
        "inference.py",
    } <= closure
    # what makes inputs, reads results or counts may change without training anew
    assert not closure & {
        "models/published.py",
        "models/counting.py",
        "studies.py",
        "weights.py",
        "synthesise.py",
        "data/store_building.py",
        "data/checks.py",
        "predict.py",
        "score.py",
        "provenance.py",
        "metrics/jackknife.py",
    }
    assert not [name for name in closure if name.startswith(("figures/", "latex/", "ledger/"))]


def test_scoring_does_not_depend_on_models() -> None:
    assert not [name for name in names("smartiqa.score") if name.startswith(("models/", "train"))]
    assert "models/quality.py" in names("smartiqa.predict")


@pytest.mark.parametrize("stage", ["train", "predict", "synthesise", "collate", "render"])
def test_the_closure_covers_what_python_really_loads(
    stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "smartiqa"]:
        monkeypatch.delitem(sys.modules, name)  # as in a fresh interpreter
    importlib.import_module(f"smartiqa.{stage}")
    own = [module for name, module in sys.modules.items() if name.split(".")[0] == "smartiqa"]
    files = {Path(str(m.__file__)) for m in own if not hasattr(m, "__path__")}
    for name in [name for name in sys.modules if name.split(".")[0] == "smartiqa"]:
        del sys.modules[name]
    assert SOURCE / "errors.py" in files
    assert files <= set(code_closure([f"smartiqa.{stage}"]))


def test_packages_are_empty() -> None:
    # Importing a module runs the __init__ of its package, which no closure contains.
    assert [path for path in SOURCE.rglob("__init__.py") if path.stat().st_size] == []


def test_parsing_the_workflow_imports_nothing_heavy() -> None:
    program = (
        "import sys, smartiqa.studies, smartiqa.provenance, smartiqa.figures.needs\n"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert "smartiqa" in done.stdout.split()
    heavy = {"torch", "timm", "matplotlib", "scipy", "skimage", "pandas"}
    assert heavy & set(done.stdout.split()) == set()
