"""The public face: what it offers, how fast it is there, and that its examples are true."""

from __future__ import annotations

import doctest
import importlib
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import smartiqa
from made_up_paper import made_up_paper
from smartiqa.core.json_files import write_json
from tiny_study import texture

EXAMPLES = {
    "smartiqa": 1,
    "smartiqa.public": 3,
    "smartiqa.photos.loading": 1,
    "smartiqa.photos.model": 2,
}


ROOT = Path(__file__).parents[1]


def fresh(program: str, **more: Any) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, **more
    )
    return done.stdout


def test_importing_it_takes_no_time_and_imports_nothing() -> None:
    program = """
import sys, time
before = set(sys.modules)
start = time.perf_counter()
import smartiqa
spent = time.perf_counter() - start
print(spent)
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
print(*sorted(name for name in sys.modules if name.startswith("smartiqa.")))
"""
    spent, loaded, own = fresh(program).splitlines()
    assert float(spent) < 0.3
    assert own == ""
    assert not set(loaded.split()) & {"numpy", "pandas", "pydantic", "torch", "PIL"}


def test_looking_at_it_imports_nothing() -> None:
    program = (
        "import sys, smartiqa; print(*dir(smartiqa));"
        "print(hasattr(smartiqa, 'nothing'), 'torch' in sys.modules)"
    )
    names, rest = fresh(program).splitlines()
    assert sorted(smartiqa.__all__) == names.split()
    assert rest == "False False"


def test_the_version_is_that_of_the_package() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        written = tomllib.load(file)["project"]["version"]
    assert smartiqa.__version__ == written
    told = subprocess.run(
        [sys.executable, "-m", "smartiqa", "--version"], capture_output=True, text=True
    )
    assert (told.stdout, told.stderr, told.returncode) == (f"smartiqa {written}\n", "", 0)


def test_a_package_that_is_not_installed_has_no_version(tmp_path: Path) -> None:
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    program = (
        "import sys; sys.path = [p for p in sys.path if 'site-packages' not in p];"
        "sys.meta_path = [f for f in sys.meta_path if 'ditable' not in str(f)];"
        "import smartiqa; print(smartiqa.__version__)"
    )
    (tmp_path / "smartiqa").symlink_to(ROOT / "src" / "smartiqa")
    variables["PYTHONPATH"] = str(tmp_path)
    assert fresh(program, cwd=tmp_path, env=variables) == "unknown\n"


def test_every_public_name_is_there_and_documented() -> None:
    for name in smartiqa.__all__:
        assert getattr(smartiqa, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'load_models'"):
        smartiqa.load_models  # type: ignore[attr-defined]  # noqa: B018


def test_lists_need_no_pytorch() -> None:
    program = (
        "import sys, smartiqa; print(len(smartiqa.list_datasets()));"
        "print(sorted(smartiqa.list_backbones('demo')), 'torch' in sys.modules)"
    )
    count, backbones = fresh(program).splitlines()
    assert int(count) == len(smartiqa.list_datasets()) > 8
    assert (
        backbones == "['cnn', 'convnext', 'dinov2', 'swin_base', 'swin_small', 'swin_tiny'] False"
    )


def test_an_installed_package_lists_the_backbones_without_a_clone(tmp_path: Path) -> None:
    source, site = tmp_path / "source", tmp_path / "site"
    ignored = shutil.ignore_patterns("*.egg-info", "__pycache__")
    for name in ("src", "workflow/config"):
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    built = "from setuptools import build_meta; build_meta.build_wheel('.')"
    fresh(built, cwd=source)
    with zipfile.ZipFile(*source.glob("*.whl")) as wheel:
        wheel.extractall(site)
    (data,) = site.glob("*.data/data")
    program = (
        f"import sys; sys.path.insert(0, {str(site)!r}); sys.prefix = {str(data)!r}\n"
        "import smartiqa; print(smartiqa.__file__)\n"
        "print(*smartiqa.list_backbones(), *smartiqa.list_backbones('biq2021-part'))"
    )
    variables = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    file, names = fresh(program, cwd=tmp_path, env=variables).splitlines()
    assert Path(file).is_relative_to(site)
    assert names.split() == [*smartiqa.list_backbones(), "cnn", "cnn_medium", "cnn_large"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_true(
    name: str, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(run, tmp_path / "results" / "demo" / "runs" / "C3" / "seed1")
    write_json(tmp_path / "results" / "demo" / "paper.json", made_up_paper())
    Image.fromarray(texture(1)).save(tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    found = [test for test in doctest.DocTestFinder().find(module) if test.examples]
    assert len(found) == EXAMPLES[name]
    for test in found:
        assert doctest.DocTestRunner().run(test).failed == 0


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with the results of a study, elsewhere than the present folder."""
    shutil.copytree(ROOT / "workflow" / "config", tmp_path / "clone" / "workflow" / "config")
    write_json(tmp_path / "clone" / "results" / "demo" / "paper.json", made_up_paper())
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path / "clone"


def ways_to(clone: Path) -> list[str | Path]:
    """How the demo can be given to every function that takes a study."""
    return ["demo", clone / "workflow/config/demo.yaml", clone / "results/demo"]


def test_a_study_is_given_by_its_name_its_file_or_its_results(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(clone)
    for study in [*ways_to(clone), Path("results/demo"), "results/../results/demo/"]:
        assert str(smartiqa.read_results(study)).startswith("study='demo'")
        assert smartiqa.list_backbones(study) == smartiqa.list_backbones("demo")
        with pytest.raises(smartiqa.InputError, match="demo/runs/C0/seed1 holds no finished run"):
            smartiqa.compare("C0", "C3", study)
    monkeypatch.chdir(clone / "results")
    assert str(smartiqa.read_results("demo")) == str(smartiqa.read_results())
    assert smartiqa.list_backbones("demo") != smartiqa.list_backbones("koniq")


def test_a_file_of_another_clone_means_that_clone(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nearer = made_up_paper()
    nearer["study"]["title"] = "nearer"
    write_json(Path("results", "demo", "paper.json"), nearer)
    config = Path("workflow", "config")
    config.mkdir(parents=True)
    (config / "experiments.yaml").write_text("no: catalogue", encoding="utf-8")
    for study in ways_to(clone)[1:]:
        assert smartiqa.read_results(study).study.title != "nearer"
        with pytest.raises(smartiqa.InputError, match=f"^{clone}/results/demo/runs/C0/seed1 holds"):
            smartiqa.compare("C0", "C3", study)
    assert smartiqa.read_results("demo").study.title == "nearer"
    monkeypatch.chdir(clone / "workflow" / "config")
    assert smartiqa.read_results("demo.yaml").study.title != "nearer"


def test_a_name_is_looked_for_where_the_package_is(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartiqa.public.CLONE", clone)
    assert str(smartiqa.read_results("demo")).startswith("study='demo'")
    with pytest.raises(smartiqa.InputError, match=f"^{clone}/results/demo/runs/C0/seed1 holds"):
        smartiqa.compare("C0", "C3")
    for function in (smartiqa.read_results, smartiqa.list_backbones):
        with pytest.raises(smartiqa.InputError, match=r"study 'dmeo' \(did you mean 'demo'"):
            function("dmeo")
    with pytest.raises(smartiqa.InputError, match=r"koniq/paper\.json does not exist; the"):
        smartiqa.read_results("koniq")
    own = made_up_paper()
    own["study"]["title"] = "nearer"
    write_json(Path("results", "demo", "paper.json"), own)
    assert smartiqa.read_results("demo").study.title == "nearer"


def test_results_of_an_unfinished_study_say_what_makes_them(tmp_path: Path) -> None:
    with pytest.raises(smartiqa.InputError, match=r"paper.json does not exist; the stage collate"):
        smartiqa.read_results(tmp_path)


def test_what_is_printed_of_a_model_or_of_results_is_short(run: Path, tmp_path: Path) -> None:
    write_json(tmp_path / "paper.json", made_up_paper())
    results, model = smartiqa.read_results(tmp_path), smartiqa.load_model(run)
    assert str(results).startswith("study='demo' experiments=['")
    assert repr(results).endswith(f"datasets={[*results.datasets]})")
    assert len(repr(results)) < 1000
    assert "C3, seed 1" in str(model)
    assert len(str(model)) < 2000
