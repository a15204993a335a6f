"""Every file that a stage is given, in every damaged form: one line that names it, nothing written.

The files beside the damaged one are real: those of the tiny study, or made up as stages write them.
"""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from typer import TyperException

from command_line import options_of, smartiqa_apart, study_files
from made_up_paper import (
    PUBLISHED_MODELS,
    complexity,
    made_up_claims,
    made_up_cost,
    made_up_paper,
    made_up_timing,
)
from smartiqa.cli import call, told
from smartiqa.core.errors import InputError
from smartiqa.provenance.code_digest import SOURCE
from tiny_study import Prepared, experiment

TEMPLATE = SOURCE.parents[1] / "paper" / "tables" / "ablation.tex.j2"
RESNETS = ("", ", multi-scale", ", multi-scale, attention")
MODELS = (  # of the claims
    *PUBLISHED_MODELS,
    "SMART-Base, single scale",
    *(f"ResNet-50 variant{added}" for added in RESNETS),
)
JSON = {"values": "paper", "complexity": "complexity", "timing": "timing", "cost": "cost"}


class Case(NamedTuple):
    """A stage, the options that it needs, and those files among them that are damaged in turn."""

    stage: str
    options: tuple[str, ...]
    damaged: tuple[str, ...]
    output: str | None


OF_STUDY = ("study", "catalogue")
OF_RUN = ("run", "manifest", "store")
IN_RUN = ("run/config.json", "run/best.safetensors")
IN_STORE = ("store/store.json", "store/index.parquet")
CASES = (
    Case("score", ("predictions", "replicates", "seed"), ("predictions",), "o.json"),
    Case("shared-images", ("images",), ("images",), "o.csv"),
    Case("prepare", (*OF_STUDY, "dataset", "training"), (*OF_STUDY, "training"), "o.parquet"),
    Case("store", (*OF_STUDY, "dataset", "resize", "manifest"), ("manifest",), "o"),
    Case(
        "predict",
        (*OF_STUDY, "experiment", *OF_RUN),
        ("manifest", *IN_RUN, *IN_STORE),
        "o.parquet",
    ),
    Case(
        "calibrate",
        (*OF_STUDY, "experiment", *OF_RUN),
        ("manifest", *IN_RUN, *IN_STORE),
        "o",
    ),
    Case(
        "teach",
        (*OF_STUDY, "experiment", *OF_RUN),
        ("manifest", "checks/images.parquet", *IN_RUN, *IN_STORE),
        "o.safetensors",
    ),
    Case("embed", (*OF_RUN, "weights"), ("manifest", "weights", *IN_RUN, *IN_STORE), "o.parquet"),
    Case("robustness", OF_RUN, ("manifest", *IN_RUN, *IN_STORE), "o.json"),
    Case("masking", OF_RUN, ("manifest", *IN_RUN, *IN_STORE), "o.json"),
    Case("attack", OF_RUN, ("manifest", *IN_RUN, *IN_STORE), "o.json"),
    Case("feature-maps", OF_RUN, ("manifest", *IN_RUN, *IN_STORE), "o.npz"),
    Case(
        "train",
        (*OF_STUDY, "experiment", "seed", "manifest", "store", "weights"),
        ("manifest", "weights", *IN_STORE),
        "o",
    ),
    Case(
        "floors",
        (*OF_STUDY, "manifest", "store", "weights"),
        ("manifest", "checks/images.parquet", "checks/near_duplicates.csv", "weights"),
        "o.json",
    ),
    Case("claims", ("complexity", "values", "timing", "cost"), tuple(JSON), "o.json"),
    Case("collate", (*OF_STUDY, "results", "complexity"), ("complexity",), "o.json"),
    Case(
        "render",
        ("template", "values", "ledger", "timing", "cost"),
        ("values", "ledger", "timing", "cost"),
        "o.tex",
    ),
    Case("trainings", ("measured",), ("measured",), None),
    Case("complexity", OF_STUDY, OF_STUDY, "o.json"),
    Case("score-images", ("photo", "model"), ("model", *IN_RUN), None),
    Case("import-results", ("archive",), ("archive",), None),
)
DAMAGED = [
    pytest.param(case, name, id=f"{case.stage}-{name}") for case in CASES for name in case.damaged
]
ARGUMENTS = ("predictions", "images", "archive", "photo")  # are given without a name


def text(path: Path) -> None:
    path.write_text("# Not what is meant\n\n- a: [text\n")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut_short(path: Path) -> None:
    content = path.read_bytes() or b"{\n"
    path.write_bytes(content[: len(content) // 2])


def binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 9)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def of_another_kind(path: Path) -> None:
    """The same format with other content."""
    if path.suffix == ".parquet":
        pd.DataFrame({"x": [1.5]}).to_parquet(path)
    else:
        path.write_text('{"x": 1}')  # is YAML as well


def no_keys(path: Path) -> None:
    path.write_text("[]")


FORMS = (text, empty, cut_short, binary, folder, of_another_kind, no_keys)


@functools.cache
def made_up_files() -> dict[str, str]:
    """Result files that no fixture makes, by name."""
    counts = {model: complexity(model) for model in MODELS}
    contents = {
        "paper": made_up_paper("demo", ["C0", "C3"]),
        "complexity": {"experiments": {}, "published": counts},
        "timing": made_up_timing(),
        "cost": made_up_cost(),
        "claims": made_up_claims(),
        "measured": {},
    }
    return {name: json.dumps(content) for name, content in contents.items()}


@pytest.fixture
def files(
    tmp_path: Path, dataset: Prepared, weights: Path, run: Path, photos: Path
) -> dict[str, object]:
    """Everything that any stage can be given, by the name of its option."""
    given = tmp_path / "given"
    shutil.copytree(run, given / "run")
    shutil.copytree(dataset.store, given / "store")
    shutil.copy(dataset.manifest, given / "manifest.parquet")
    shutil.copytree(dataset.manifest.parent / "checks", given / "checks")
    shutil.copy(weights, given / "weights.safetensors")
    (given / "results").mkdir()
    (given / "home").symlink_to(dataset.root)
    names = list("abcdefgh")
    frame = pd.DataFrame({"id": names, "quality": np.arange(8.0), "content": names})
    frame.assign(prediction=[1.0, 0, 3, 2, 5, 4, 7, 6]).to_parquet(given / "predictions.parquet")
    for name, content in made_up_files().items():
        (given / f"{name}.json").write_text(content)
    home = {"adapter": "folder", "root": str(given / "home"), "title": "Home"}
    home |= {"options": {"low": 0, "high": 100}}
    (given / "archive.zip").write_bytes(b"PK")
    (given / "model.safetensors").write_bytes(b"made up")
    return {
        **study_files(given, experiment(), datasets={"home": home}),
        **{name: given / f"{file}.json" for name, file in JSON.items()},
        "ledger": given / "claims.json",
        "measured": given / "measured.json",
        "archive": given / "archive.zip",
        "model": given / "model.safetensors",
        "predictions": given / "predictions.parquet",
        "images": given / "checks" / "images.parquet",
        "training": given / "checks" / "images.parquet",
        "manifest": given / "manifest.parquet",
        "weights": given / "weights.safetensors",
        "checks": given / "checks",
        "store": given / "store",
        "run": given / "run",
        "results": given / "results",
        "photo": next(iter(sorted(photos.glob("*.jpg")))),
        "template": TEMPLATE,
        "dataset": "home",
        "experiment": "C3",
        "resize": "none",
        "replicates": 9,
        "seed": 1,
    }


def damaged_file(files: dict[str, object], case: Case, name: str) -> Path:
    """The file to damage; a model may be a run, one of whose files is damaged."""
    place, _, inside = name.partition("/")
    if case.stage == "score-images" and inside:
        files["model"] = files["run"]
    return Path(str(files[place]), inside)


def command(case: Case, files: dict[str, object], output: Path) -> list[str]:
    named = {name: files[name] for name in case.options if name not in ARGUMENTS}
    if case.output is not None:
        named["output"] = output / case.output
    arguments = [str(files[name]) for name in case.options if name in ARGUMENTS]
    return [case.stage, *arguments, *options_of(named)]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
@pytest.mark.parametrize(("case", "name"), DAMAGED)
def test_a_damaged_file_is_named_in_one_line_and_nothing_is_written(
    files: dict[str, object],
    case: Case,
    name: str,
    form: Callable[[Path], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(SOURCE.parents[1])
    path = damaged_file(files, case, name)
    form(path)
    output = tmp_path / "output"
    output.mkdir()
    with pytest.raises((InputError, TyperException)) as caught:
        call(*command(case, files, output))
    said = told(caught.value)
    assert "\n" not in said
    assert path.name in said or str(files[name.partition("/")[0]]) in said
    assert list(output.iterdir()) == []


def test_all_stages_that_read_what_others_wrote_are_tried() -> None:
    untried = {"check-templates", "cost", "explain", "export-results", "figure", "typeset"}
    untried |= {"error-rates", "fetch", "pretrain", "schema", "synthesise", "timing", "weights"}
    untried |= {"check", "new-study"}  # what a person wrote
    untried |= {
        "report",
        "status",
        "track",
        "plan",
        "peers",
        "peer-scores",
    }  # by tests of their own
    untried |= {"compare", "export-model", "sweep"}  # read as collate, score-images and train do
    stages = {path.stem.replace("_", "-") for path in (SOURCE / "stages").glob("*.py")}
    assert {case.stage for case in CASES} == stages - untried - {"--init--", "options"}


def test_a_process_ends_with_the_line_and_status_2(files: dict[str, object]) -> None:
    path = Path(str(files["predictions"]))
    text(path)
    done = smartiqa_apart("score", path, replicates=9, seed=1, output=path.with_name("o.json"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"error: {path} is no Parquet file, or a damaged one; give one that the stage predict "
        "wrote, or run it anew\n"
    )
