from __future__ import annotations

import ast
import importlib
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

from code_digests import digests_of, forget, reached_files
from smartiqa.provenance import code_digest as provenance
from smartiqa.provenance.code_digest import SOURCE, code_digest

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
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package that code digests take for ours."""
    folder = tmp_path / "tinypackage"
    for name, content in PACKAGE.items():
        path = folder / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(content))
    monkeypatch.syspath_prepend(tmp_path)
    with digests_of(folder):
        yield folder


def digest() -> str:
    forget()
    return code_digest(["tinypackage.stage"])


def test_the_closure_has_what_is_imported_and_nothing_else(package: Path) -> None:
    found = reached_files(["tinypackage.stage"])
    assert {path.relative_to(package).as_posix() for path in found} == CLOSURE
    assert found == sorted(found)
    both = reached_files(["tinypackage.stage", "tinypackage.unrelated"])
    assert set(both) - set(found) == {package / "unrelated.py"}


def test_a_module_that_is_not_there_is_named(package: Path) -> None:
    with pytest.raises(KeyError, match=r"no module tinypackage\.stge in tinypackage"):
        reached_files(["tinypackage.stge"])


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


def edited(path: Path, addition: str) -> bool:
    """Whether an addition to a file changes the digest."""
    first = digest()
    path.write_text(path.read_text() + textwrap.dedent(addition))
    return digest() != first


@pytest.mark.parametrize("module", sorted(CLOSURE))
def test_what_an_import_runs_matters_wherever_it_is(package: Path, module: str) -> None:
    assert edited(package / module, "\nprint('imported')\n")


@pytest.mark.parametrize("module", ["transitive.py", "nested/deep.py"])
@pytest.mark.parametrize("value", ["0", "[1, 'a']", "lambda: f()", "Path('a')"])
def test_a_definition_that_nothing_mentions_does_not_matter(
    package: Path, module: str, value: str
) -> None:
    assert not edited(package / module, f"\nextra = {value}\n")


@pytest.mark.parametrize("module", ["stage.py", "direct.py", "late.py"])
def test_everything_in_a_stage_or_a_module_used_as_a_whole_matters(
    package: Path, module: str
) -> None:
    assert edited(package / module, "\nextra = 0\n")


@pytest.mark.parametrize(
    "doubtful",
    [
        "number = 1",  # bound twice: what ran last counts
        "def number(): ...",
        "extra = changed()",
        "extra: int = changed()",
        "extra = [changed() for _ in 'a']",
        "extra = (number := 7)",
        "number += 1",
        "first, second = 1, 2",
        "@changed\ndef extra(): ...",
        "@changed()\nclass Extra: ...",
        "def extra(value=changed()): ...",
        "class Extra(metaclass=Other): ...",
        "class Extra(number.base()): ...",
        "class Extra:\n    changed()",
        "class Extra:\n    value = changed()",
        "class Extra:\n    def method(self, value=changed()): ...",
        "class Extra:\n    @changed\n    def method(self): ...",
        "if number: extra = 1",
        "for extra in 'ab': ...",
        "def __getattr__(name): ...",
        "import json",
        "from json import *",
        "def extra():\n    global number",
    ],
)
def test_what_may_have_an_effect_when_it_is_made_matters(package: Path, doubtful: str) -> None:
    assert edited(package / "transitive.py", f"\n{doubtful}\n")


@pytest.mark.parametrize(
    "way",
    [
        "import tinypackage.unrelated",
        "import tinypackage.unrelated as late",
        "from tinypackage import unrelated",
        "from tinypackage.unrelated import *",
        "from tinypackage.unrelated import extra",
        "from .. import unrelated",
        "from ..unrelated import extra as value",
    ],
)
@pytest.mark.parametrize("place", ["at the top", "in a function", "under a condition"])
def test_every_way_of_importing_leads_to_the_code(package: Path, way: str, place: str) -> None:
    name = "value" if "*" in way else way.split()[-1].partition(".")[0]
    lines = {
        "at the top": f"{way}\nvalue = {name}",
        "in a function": f"def value():\n    {'pass' if '*' in way else way}\n",
        "under a condition": f"if __name__:\n    {way}\nvalue = 1",
    }
    if place == "in a function" and "*" in way:
        pytest.skip("Python does not allow it")
    (package / "nested" / "deep.py").write_text(lines[place])
    (package / "unrelated.py").write_text("extra = 3\n")
    first = digest()
    (package / "unrelated.py").write_text("extra = 4\n")
    assert digest() != first


@pytest.mark.parametrize(
    "mention",
    [
        "value = extra",
        "def value(): return extra",
        "def value(given=extra): ...",
        "def value():\n    def inner(): return [extra for _ in 'a']\n    return inner",
        "value = lambda: extra",
        "class value(extra): ...",
        "class value:\n    field: extra",
        "class value:\n    field: 'list[extra]'",
        "class value:\n    def method(self): return f'{extra}'",
        "value = {'a': [extra]}",
        "value = between\nbetween = extra",
        "value = 'extra'",
        "value = 1\nprint(extra)",
        "def value(): return globals()['ex' + 'tra']",
        "def value(): return eval('ex' 'tr' + chr(97))",
        "import sys\ndef value(): return sys.modules",
        "import importlib\ndef value(): return importlib.import_module('a')",
        "def value(): return object.__subclasses__()",
    ],
)
def test_every_way_of_mentioning_leads_to_the_code(package: Path, mention: str) -> None:
    file, digests = package / "nested" / "deep.py", set()
    for extra in ("def extra(): return 1", "def extra(): return 2"):
        file.write_text(f"{mention}\n{extra}\n")
        digests.add(digest())
    assert len(digests) == 2


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
    (package / "transitive.py").write_text("from tinypackage.unrelated import number\n")
    second = digest()
    (package / "unrelated.py").write_text("number = 5\n")
    assert len({first, second, digest()}) == 3


def test_swapping_two_imported_names_matters(package: Path) -> None:
    file = package / "direct.py"
    (package / "transitive.py").write_text("first = 1\nsecond = 2\n")
    file.write_text("from .transitive import first as a, second as b\nnumber = a - b\n")
    before = digest()
    file.write_text("from .transitive import first as b, second as a\nnumber = a - b\n")
    assert digest() != before


def test_the_closure_is_that_of_another_analysis() -> None:
    graph = grimp.build_graph("smartiqa", cache_dir=None)
    makes_digests = {f"smartiqa.{name}" for name in provenance.NEVER_COUNTS}
    # grimp does not see what is imported by its name: the adapters of datasets
    by_name = {name for name in graph.modules if name.startswith("smartiqa.data.datasets.")}
    by_name |= {upstream for name in by_name for upstream in graph.find_upstream_modules(name)}
    for stage in ("train", "predict", "collate", "synthesise", "store", "prepare", "render"):
        module = f"smartiqa.stages.{stage}"
        # without what is only reached through the modules that make digests
        for name in makes_digests & graph.modules:
            for imported in graph.find_modules_directly_imported_by(name):
                graph.remove_import(importer=name, imported=imported)
        expected = {module, *graph.find_upstream_modules(module)} - makes_digests
        found = {path.relative_to(SOURCE).with_suffix("") for path in reached_files([module])}
        found_modules = {".".join(["smartiqa", *path.parts]) for path in found}
        assert expected <= found_modules <= expected | by_name


def names(*modules: str) -> set[str]:
    return {path.relative_to(SOURCE).as_posix() for path in reached_files(modules)}


def test_what_a_training_depends_on() -> None:
    closure = names("smartiqa.training.run")
    assert {
        "training/run.py",
        "config/experiment.py",
        "training/loop.py",
        "training/losses.py",
        "training/optimisers.py",
        "training/schedules.py",
        "models/quality.py",
        "models/fusion.py",
        "models/target_network.py",
        "data/crops.py",
        "data/color_jitter.py",
        "models/inference.py",
    } <= closure
    # what makes inputs, reads results or counts may change without training anew
    assert not closure & {
        "models/published.py",
        "models/counting.py",
        "config/study.py",
        "models/pretrained.py",
        "data/synthetic/synthesis.py",
        "data/store/building.py",
        "data/checks/dataset.py",
        "evaluation/prediction.py",
        "evaluation/scoring.py",
        "provenance/code_digest.py",
        "metrics/jackknife.py",
    }
    assert not [name for name in closure if name.startswith(("paper/", "claims/", "stages/"))]


@pytest.mark.parametrize(
    "stage", ["synthesise", "store", "weights", "pretrain", "train", "predict", "score", "embed"]
)
def test_a_stage_does_not_depend_on_how_its_settings_and_options_are_read(stage: str) -> None:
    """Settings are compared as they were planned, and options with those of the rule."""
    closure = names(f"smartiqa.stages.{stage}")
    assert f"stages/{stage}.py" in closure
    reading = {"cli.py", "stages/options.py", "config/stage_settings.py", "config/study.py"}
    assert not closure & reading


def test_scoring_does_not_depend_on_models() -> None:
    assert not [
        name
        for name in names("smartiqa.evaluation.scoring")
        if name.startswith(("models/", "training/"))
    ]
    assert "models/quality.py" in names("smartiqa.evaluation.prediction")


@pytest.mark.parametrize("stage", ["train", "predict", "synthesise", "collate", "render"])
def test_the_closure_covers_what_python_really_loads(
    stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "smartiqa"]:
        monkeypatch.delitem(sys.modules, name)  # as in a fresh interpreter
    source = (SOURCE / "stages" / f"{stage}.py").read_text()
    within = {n.module for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ImportFrom)}
    never = {f"smartiqa.{name}" for name in provenance.NEVER_COUNTS}
    for module in [name for name in within - never if name and name.startswith("smartiqa.")]:
        importlib.import_module(module)  # as `main` does when it is called
    own = [module for name, module in sys.modules.items() if name.split(".")[0] == "smartiqa"]
    files = {Path(str(m.__file__)) for m in own if not hasattr(m, "__path__")}
    for name in [name for name in sys.modules if name.split(".")[0] == "smartiqa"]:
        del sys.modules[name]
    assert SOURCE / "core" / "errors.py" in files
    makes_digests = {SOURCE / f"{name.replace('.', '/')}.py" for name in provenance.NEVER_COUNTS}
    makes_digests.add(SOURCE / "data" / "fetch" / "extraction.py")  # only through these
    assert files - makes_digests <= set(reached_files([f"smartiqa.stages.{stage}"]))


def test_packages_but_for_the_public_face_are_empty() -> None:
    # Importing a module runs the __init__ of its package, which no closure contains. That of the
    # whole package only says where public names are, which tests/test_public.py looks at.
    full = [path for path in SOURCE.rglob("__init__.py") if path.stat().st_size]
    assert full == [SOURCE / "__init__.py"]


def test_parsing_the_workflow_imports_nothing_heavy() -> None:
    program = (
        "import sys, smartiqa.config.study, smartiqa.provenance.code_digest\n"
        "import smartiqa.paper.figures.needs\n"
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


def test_what_is_imported_by_name_is_part_of_the_closure() -> None:
    adapters = {
        name for name in names("smartiqa.claims.ledger") if name.startswith("data/datasets/")
    }
    assert {"data/datasets/kadid10k.py", "data/datasets/koniq10k.py"} <= adapters
    # a stage that names its adapter has this one and no other
    prepared = names("smartiqa.data.preparation", "smartiqa.data.datasets.folder")
    assert {n for n in prepared if n.startswith("data/datasets/")} == {"data/datasets/folder.py"}
    # and what neither imports by name nor uses who does has none
    assert not [
        name for name in names("smartiqa.training.run") if name.startswith("data/datasets/")
    ]


@pytest.mark.parametrize(
    ("loader", "use", "expected"),
    [
        ("return import_module(f'tinypackage.parts.{name}')", "load", {"parts/one", "parts/two"}),
        ("return import_module('tinypackage.parts.two')", "load", {"parts/two"}),
        ("return import_module(f'tinypackage.parts.{name}')", "also", {"parts/one", "parts/two"}),
        ("return import_module(f'tinypackage.parts.{name}')", "other", set()),
    ],
)
def test_loaders_are_followed(package: Path, loader: str, use: str, expected: set[str]) -> None:
    (package / "parts").mkdir()
    for name in ("__init__", "one", "two"):
        (package / f"parts/{name}.py").write_text(
            f"name = '{name}'\n" if name != "__init__" else ""
        )
    functions = f"def load(name):\n    {loader}\n\ndef also():\n    return load('one')\n"
    (package / "loading.py").write_text(
        f"from importlib import import_module\n\n{functions}\ndef other():\n    pass\n"
    )
    (package / "stage.py").write_text(f"from tinypackage.loading import {use}\n")
    found = {p.relative_to(package).as_posix() for p in reached_files(["tinypackage.stage"])}
    assert {name for name in found if name.startswith("parts/")} == {f"{n}.py" for n in expected}
    first = digest()
    (package / "parts/two.py").write_text("name = 2\n")
    assert (digest() != first) is ("parts/two" in expected)


def test_a_loader_whose_names_are_not_written_out_may_import_everything(package: Path) -> None:
    (package / "loading.py").write_text(
        "import importlib\n\ndef load(name):\n    return importlib.import_module(name)\n"
    )
    (package / "stage.py").write_text("from tinypackage import loading\n")
    found = {path.name for path in reached_files(["tinypackage.stage"])}
    assert {"unrelated.py", "transitive.py"} <= found
