"""Every file of YAML and every option of `--config`, wrong in many ways: refused, or argued for.

Cases are made from the valid files: each key removed and misspelt, each value replaced; and some
are written, for what YAML itself can do. A command line is run for each, in this process.
"""

from __future__ import annotations

import copy
import functools
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from workspace import write_textures

from mutations import HOSTILE, changed
from outcomes import outcome
from smartiqa.claims import facts
from smartiqa.config.given import options_given

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "workflow" / "config"
TINY = ROOT / "tests" / "workflow" / "tiny.yaml"
BUT_LIKE_OTHERS = ("datasets.mixed", "backbones.swin_", "recipes.hyperiqa", "recipes.cnn")


class Case(NamedTuple):
    """A file with other content than it should have, which is made when it is needed."""

    file: str
    what: str
    content: Callable[[], bytes]


Made = Iterator[tuple[str, Callable[[], bytes]]]


def dumped(content: Any) -> bytes:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True).encode()


def dumped_later(make: Callable[[], Any]) -> Callable[[], bytes]:
    return lambda: dumped(make())


def written(content: bytes) -> Callable[[], bytes]:
    return lambda: content


def some(tree: Any, begins: tuple[str, ...] = ("",)) -> Made:
    """Mutations below some keys; of a list, only those of its first entry."""
    for what, make in changed(tree):
        if what.startswith(begins) and not re.search(r"\.[1-9]\d*\b", what.partition(":")[0]):
            yield what, dumped_later(make)


LAUGHS = "[&l0 [x,x,x,x,x,x,x,x,x]" + "".join(
    f",&l{n} [{','.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 10)
)
MERGED = "[&l0 {a: 1}" + "".join(
    f",&l{n} {{<<: [{','.join([f'*l{n - 1}'] * 9)}]}}" for n in range(1, 10)
)
WRITTEN = {  # whole files
    "empty": b"",
    "a list": b"- a\n",
    "a text": b"text\n",
    "a tab": b"a:\n\tb: 1\n",
    "a key twice": b"name: tiny\nname: tiny\n",
    "Latin-1": b"title: caf\xe9\n",
    "UTF-16": "name: tiny\n".encode("utf-16"),
    "NUL": b"a: \x00\n",
    "two documents": b"name: tiny\n---\nname: b\n",
    "cut short": b"name: [a, b\n",
    "no such alias": b"a: *b\n",
    "a call of Python": b"a: !!python/object/apply:pathlib.Path.touch [marker]\n",
    "a tag of its own": b"a: !x 1\n",
    "a list for a key": b"? [a, b]\n: c\n",
    "nothing for a key": b"~: 1\n",
    "a merged number": b"<<: 7\n",
    "a lone surrogate": b'title: "\\ud800"\n',
}
VALUES = {  # of a key that takes anything
    "infinity": ".inf",
    "no number": "!!int x",
    "no truth value": "!!bool x",
    "no float": "!!float x",
    "a long number": "9" * 6000,
    "a list in itself": "&a [*a]",
    "a mapping in itself": "&a {b: *a}",
    "a billion laughs": LAUGHS + "]",
    "a billion merges": MERGED + "]",
    "60 lists in one another": "[" * 60 + "]" * 60,
    "5,000 lists in one another": "[" * 5000 + "]" * 5000,
}
REPLACED = (  # in the text of the study
    ("data/tiny", r'"data/ti\0ny"'),
    ("root: results/tiny/raw/single", r'root: "data/ti\0ny"'),
    ("root: results/tiny/raw/single", "root: ~nobody-at-all/a"),
    ("root: results/tiny/raw/single", "root: /"),
    ("root: results/tiny/raw/single", "root: ''"),
    ("root: results/tiny/raw/single", "root: '{a}'"),
    ("title: Synthetic", r'title: "a\0b" #'),
    ("title: Synthetic", r'title: "\e[2J" #'),
    ("note: Every", r'note: "\e[2J" #'),
    ("labels: labels.csv", r'labels: "a\0b"'),
    ("adapter: folder", "adapter: ../folder"),
    ("adapter: folder", "adapter: os"),
    ("name: tiny", f"name: '{HOSTILE}'"),
    ("seeds: [1]", "seeds: [1, 1]"),
    ("seeds: [1]", "seeds: [4294967296]"),
)


def studies() -> Made:
    text = TINY.read_text()
    content = yaml.safe_load(text)
    for what, mutated in some(content):
        if not what.startswith((*BUT_LIKE_OTHERS, "backbones.cnn.options.")):
            yield what, mutated
    place = "options: {labels: labels.csv,"
    for what, value in VALUES.items():
        yield what, written(text.replace(place, f"{place} x: {value},", 1).encode())
    for old, new in REPLACED:
        assert old in text
        yield f"{old} to {new}", written(text.replace(old, new, 1).encode())


def networks() -> Made:
    content = yaml.safe_load(TINY.read_text())
    yield from some(content, ("backbones.cnn.options.", "backbones.cnn.name"))


def catalogues() -> Made:
    content = yaml.safe_load((CONFIG / "experiments.yaml").read_text())
    yield from some(content, ("recipes.smart.", "experiments.C3", "experiments.R0", "roles"))


def ledgers() -> Made:
    content = yaml.safe_load((CONFIG / "claims.yaml").read_text())
    content["claims"] = content["claims"][:1]
    yield from some(copy.deepcopy(content), ("decided_by", "units.number", "claims"))
    for expression in (
        "1 / 0",
        "1e308 // 1e-308",
        " * ".join(["1e15"] * 25),
        "-" * 900 + "1",
        "(" * 300 + "1" + ")" * 300,
        "9" * 900 + " * 1.5",
        "1 + " * 1000 + "1",
        "__import__('os')",
        "(lambda: 1)()",
        "[x for x in [1]]",
        "published.__class__",
        "2 ** 2 ** 99",
        "[1] * 9",
    ):
        content["claims"][0]["ours"] = expression
        yield f"ours: {expression[:30]} ({len(expression)})", written(dumped(content))


def published() -> Made:
    content = yaml.safe_load((CONFIG / "published.yaml").read_text())
    yield from some(content, ("recipes.hyperiqa",))


COMMANDS = {
    "tiny.yaml": ["check", "given/tiny.yaml", "--elsewhere"],
    "network/tiny.yaml": ["check", "given/network/tiny.yaml", "--job=train R0 1"],
    "experiments.yaml": [
        *("check", "workflow/config/tiny.yaml", "--elsewhere"),
        "--catalogue=given/experiments.yaml",
    ],
    "claims.yaml": [
        *("claims", "--complexity=complexity.json", "--output=o.json"),
        "--claims=given/claims.yaml",
    ],
    "published.yaml": [
        *("claims", "--complexity=complexity.json", "--output=o.json"),
        *("--claims=claim.yaml", "--published=given/published.yaml"),
    ],
}
MADE = {
    "tiny.yaml": studies,
    "network/tiny.yaml": networks,
    "experiments.yaml": catalogues,
    "claims.yaml": ledgers,
    "published.yaml": published,
}
CASES = [Case(file, *case) for file, make in MADE.items() for case in make()]
CASES += [
    Case(file, what, written(content))
    for file in MADE
    if "/" not in file
    for what, content in WRITTEN.items()
]
# What is taken, and why: file and change, as regular expressions.
NAMES = r"'x;touch marker'|'\.\./x'"
ACCEPTED: list[tuple[str, str, str]] = [
    (
        "tiny.yaml",
        rf"^(title|note|score_name|.*\.(title|score_name|label)): ({NAMES}|'')",
        "text that is printed: LaTeX and HTML escape it, no shell sees it",
    ),
    ("tiny.yaml", rf"options\.labels: ({NAMES})", "one's own label file, which is only read"),
    ("tiny.yaml", r"rate_scale: \d", "a rate that is too large is told when the loss is no number"),
    ("experiments.yaml", r"rate: 1e\+300", "is told when the loss is no number"),
    (
        "tiny.yaml",
        r"^(resize|testing|schedule|statistics|recipes|compute\.(device|precision)|backbones\.\w+\."
        r"(options|weights\.seed)|datasets\.\w+\.options\.(labels|score_name))(\.[a-z_]+)* removed",
        "what is not given has a default, which the files of a run show",
    ),
    (
        "tiny.yaml",
        r"^(resize|testing|schedule|statistics|recipes.*|.*cnn\.options): \{\}",
        "as if it were not given",
    ),
    ("tiny.yaml", r"(test_photos|cross_experiments)\.0 removed", "one name fewer is a choice"),
    (
        "network/tiny.yaml",
        r"options\.(\w+|depths\.0) removed|(embed_dim|num_heads): None|embed_dim: 2\.5",
        "a network of other sizes, which timm can build; its own, where one is not given",
    ),
    (
        "experiments.yaml",
        r"(patience|compared_with|model(\.(backbone|hyper_input))?|(embedded|timed|drawn)\.0|"
        r"roles\.(baseline|steps|embedded|timed|drawn|mapped|quoted(\.\w+)?)) removed",
        "has a default, or nobody plays that role; check-templates tells one that the paper needs",
    ),
    (
        "experiments.yaml",
        r"roles\.quoted\.\w+ misspelt",
        "any name may be quoted; check-templates tells one that templates do not find",
    ),
    (
        "experiments.yaml",
        r"(patience|baseline|mapped): None|(timed|drawn|steps): \[\]|R0\.model: \{\}",
        "there is none",
    ),
    ("experiments.yaml", rf"\.(title|name|phrase): ({NAMES})", "text that is printed"),
    (
        "claims.yaml",
        r"units\.number( removed| misspelt|: \{\}|\.change(: 7| removed)"
        r"|\.keys removed|\.keys\.0( |: \'))",
        "a unit that the claim does not have",
    ),
    (
        "claims.yaml",
        rf"(pretraining|claim|source|why): ({NAMES})",
        "printed, or compared with a name",
    ),
    (
        "published.yaml",
        r"hyperiqa\.(head_rate|backbone_rate|weight_decay): 1e|hyperiqa\.(loss|color_jitter)",
        "may have been published; what templates read of it, check-templates tries",
    ),
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("yaml")
    shutil.copytree(CONFIG, folder / "workflow" / "config")
    shutil.copy(TINY, folder / "workflow" / "config")
    write_textures(folder / "data" / "tiny", count=5)
    (folder / "given" / "network").mkdir(parents=True)
    (folder / "complexity.json").write_text(json.dumps({"experiments": {}, "published": {}}))
    ledger = yaml.safe_load((CONFIG / "claims.yaml").read_text())
    ledger["claims"] = ledger["claims"][:1]
    (folder / "claim.yaml").write_text(yaml.safe_dump(ledger))
    return folder


@pytest.fixture
def here(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(workspace)
    return workspace


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """Networks of timm, which no file changes, are built once."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("backbone_facts", "model_facts"):
            patch.setattr(facts, name, functools.cache(getattr(facts, name)))
        yield


def why_accepted(case: Case) -> str:
    return next(
        (
            why
            for file, what, why in ACCEPTED
            if re.fullmatch(file, case.file) and re.search(what, case.what)
        ),
        "",
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}: {case.what[:60]}")
def test_wrong_yaml_is_refused_in_one_line_or_argued_for(case: Case, here: Path) -> None:
    (here / "given" / case.file).write_bytes(case.content())
    ended = outcome(*COMMANDS[case.file])
    assert ended.problem == ""
    assert (ended.status == 0) == bool(why_accepted(case)), ended.said
    assert not list(here.rglob("*marker*"))


@pytest.mark.parametrize("file", COMMANDS)
def test_the_files_that_cases_are_made_from_are_accepted(file: str, here: Path) -> None:
    sources = {"tiny.yaml": TINY, "network/tiny.yaml": TINY, "claims.yaml": here / "claim.yaml"}
    shutil.copy(sources.get(file, CONFIG / file), here / "given" / file)
    assert outcome(*COMMANDS[file]).status == 0


def test_there_are_many_cases_and_no_argument_is_idle() -> None:
    assert len(CASES) > 400
    for file, what, why in ACCEPTED:
        assert why
        assert any(re.fullmatch(file, c.file) and re.search(what, c.what) for c in CASES), what


@pytest.mark.parametrize(
    ("given", "files", "said"),
    [
        ({"stduy": "demo"}, [], "unknown key 'stduy' (did you mean 'study'?)"),
        ({"": "demo"}, [], "unknown key ''"),
        ({"study ": "demo"}, [], "unknown key 'study '"),
        ({"study": "demo"}, [Path("a.yaml")], "--configfile a.yaml: a study is chosen by its name"),
    ],
)
def test_wrong_options_of_config_are_refused(
    given: dict[str, str], files: list[Path], said: str
) -> None:
    from smartiqa.core.errors import InputError

    with pytest.raises(InputError, match=re.escape(said)):
        options_given(given, [f"{key}={value}" for key, value in given.items()], files)
