"""Which runs an edit of the real code concerns: those whose settings can reach it."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from code_digests import digests_of, forget
from smartiqa.config import experiment as settings_of
from smartiqa.config.experiment import ColorJitter, Experiment, Loss, Model
from smartiqa.config.planned import resolve
from smartiqa.config.study import load_catalogue, load_study
from smartiqa.evaluation.embedding import embed
from smartiqa.evaluation.feature_maps import write_feature_maps
from smartiqa.evaluation.prediction import predict_run
from smartiqa.provenance import code_digest as provenance
from smartiqa.provenance.code_digest import SOURCE, code_digest, reach
from smartiqa.training.run import train_run
from tiny_study import Prepared, experiment

CONFIG = SOURCE.parents[1] / "workflow" / "config"
STUDY = load_study(CONFIG / "demo.yaml")
CATALOGUE = load_catalogue(CONFIG / "experiments.yaml")
# Without and with a gate, CNN and Swin, another loss, gate, regressor, design, schedule.
RUNS = {
    name: resolve(STUDY, CATALOGUE, name)
    for name in ("C0", "C2", "C3", "G-sigmoid", "G-se", "G-fixed", "G-afa", "R0", "R3", "L-l2")
}
ALL = set(RUNS)
SCALE_GATE = {"C3", "G-sigmoid", "G-fixed", "G-afa", "R3", "L-l2"}
SCHEDULE = {name for name in RUNS if RUNS[name].recipe.schedule == "cosine"}


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Path]:
    """A copy of the package, which digests are made from."""
    folder = tmp_path / "smartiqa"
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    with digests_of(folder):
        yield folder


def digests(module: str) -> dict[str, str]:
    forget()
    return {name: code_digest([f"smartiqa.{module}"], run) for name, run in RUNS.items()}


def concerned(
    source: Path, file: str, old: str, new: str, module: str = "training.run"
) -> set[str]:
    """The runs whose digest an edit changes."""
    before, path = digests(module), source / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    after = digests(module)
    return {name for name in RUNS if before[name] != after[name]}


@pytest.mark.parametrize(
    ("file", "old", "new", "runs"),
    [
        ("models/fusion.py", "GATE_HIDDEN = 256", "GATE_HIDDEN = 128", SCALE_GATE),
        ("models/fusion.py", "SQUEEZE_REDUCTION = 16", "SQUEEZE_REDUCTION = 8", {"G-se"}),
        ("models/fusion.py", "std=0.01", "std=0.02", SCALE_GATE | {"G-se"}),
        ("models/fusion.py", "AFA_CHANNELS = 512", "AFA_CHANNELS = 256", {"G-afa"}),
        ("models/fusion.py", "nn.Sigmoid())", "nn.Tanh())", {"G-sigmoid"}),
        ("models/fusion.py", "GRID = 7", "GRID = 8", ALL),
        ("models/fusion.py", '"softmax": softmax_gate', '"softmax": sigmoid_gate', "softmax"),
        ("models/fusion.py", "class Fusion(", "# why\n\n\nclass Fusion(", set()),
        ("models/quality.py", "CONTENT_CHANNELS = 112", "CONTENT_CHANNELS = 96", "hyperiqa"),
        ("models/quality.py", "CNN_VARIANT_TRUNK = (512,)", "CNN_VARIANT_TRUNK = (9,)", "variant"),
        ("training/losses.py", "F.mse_loss(predictions", "2 * F.mse_loss(predictions", {"L-l2"}),
        (
            "training/losses.py",
            "F.l1_loss(predictions",
            "2 * F.l1_loss(predictions",
            ALL - {"L-l2"},
        ),
        ("training/losses.py", "PUBLISHED_SIGMA = 0.1", "PUBLISHED_SIGMA = 0.2", set()),
        ("training/losses.py", "margin - q.sign()", "margin + q.sign()", set()),
        ("training/schedules.py", "math.pi", "math.tau", SCHEDULE),
        ("training/loop.py", "mean = float", "mean = 2 * float", ALL),
        ("training/optimisers.py", "for group, rate in", "for group, _ in", ALL),
        ("core/choices.py", "return self._table", "return dict(self._table)", ALL),
        ("config/experiment.py", "hue: Annotated[Number, Field(ge=0, le=0.5)]", "hue: float", ALL),
        # another value of a setting is nothing to those that have this one; another default is
        ("config/experiment.py", '"l1_ranking"] = "l1"', '"l1_ranking", "new"] = "l1"', set()),
        ("config/experiment.py", '"l1_ranking"] = "l1"', '"l1_ranking"] = "l2"', ALL),
        ("config/experiment.py", "square: Count", "square: int", set()),  # pretraining only
        ("__init__.py", '"InputError": "core.errors"', '"InputError": "other"', set()),
        ("metrics/correlation.py", "ROWS_AT_ONCE = ", "ROWS_AT_ONCE = 2 * ", set()),
        ("data/splits.py", "def assign_splits(", "def assign_them(", set()),
        ("training/loop.py", "import logging", "import json\nimport logging", ALL),
    ],
)
def test_an_edit_concerns_the_runs_that_reach_it(
    source: Path, file: str, old: str, new: str, runs: set[str] | str
) -> None:
    kinds = {
        "softmax": {name for name in RUNS if RUNS[name].model.gate == "softmax"},
        "hyperiqa": {name for name in RUNS if RUNS[name].model.design == "hyperiqa"},
        "variant": {name for name in RUNS if RUNS[name].model.design == "cnn_variant"},
    }
    expected = kinds[runs] if isinstance(runs, str) else runs
    assert concerned(source, file, old, new) == expected


@pytest.mark.parametrize(
    "stage",
    ["predict", "calibrate", "teach", "embed", "feature_maps", "robustness", "masking", "attack"],
)
def test_what_a_stage_does_with_a_run_is_that_run_s_code(source: Path, stage: str) -> None:
    edit = ("models/fusion.py", "GATE_HIDDEN = 256", "GATE_HIDDEN = 128")
    assert concerned(source, *edit, f"stages.{stage}") == SCALE_GATE
    edit = ("models/fusion.py", "AFA_CHANNELS = 512", "AFA_CHANNELS = 256")
    assert concerned(source, *edit, f"stages.{stage}") == {"G-afa"}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        # a table that is not written out counts whole
        ("models/fusion.py", '{"none": unprojected, "afa"', '{**{}, "none": unprojected, "afa"'),
        (
            "models/fusion.py",
            '"own_width": own_width_projections',
            'str("own_width"): own_width_projections',
        ),
        # code that makes settings of its own may choose anything
        (
            "training/loop.py",
            "recipe = experiment.recipe",
            "recipe, _ = experiment.recipe, Model()",
        ),
        (
            "training/loop.py",
            "recipe = experiment.recipe",
            "recipe = experiment.recipe.model_copy()",
        ),
        # code that reaches what it does not mention
        ("training/loop.py", "mean = float", "mean = eval('1') * float"),
        ("training/loop.py", "mean = float", "mean = globals() and float"),
    ],
)
def test_in_doubt_all_code_counts(source: Path, file: str, old: str, new: str) -> None:
    path = source / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    changed = concerned(source, "models/fusion.py", "AFA_CHANNELS = 512", "AFA_CHANNELS = 256")
    assert changed == ALL


@pytest.mark.parametrize("stage", ["collate", "cost", "floors", "peers", "timing"])
def test_stages_that_resolve_experiments_have_no_code_but_theirs(source: Path, stage: str) -> None:
    """To make settings from others chooses among entries of tables, and reaches nothing else."""
    modules = [f"smartiqa.stages.{stage}"]
    forget()
    before, path = code_digest(modules), source / "metrics" / "correlation.py"
    path.write_text(f"{path.read_text()}\n\ndef unused() -> int:\n    return 1\n")
    forget()
    assert code_digest(modules) == before


def test_a_value_that_the_table_lacks_counts_whole(source: Path) -> None:
    path = source / "models" / "fusion.py"
    path.write_text(path.read_text().replace('"none": no_gate,', '"nothing": no_gate,'))
    changed = concerned(source, "models/fusion.py", "GATE_HIDDEN = 256", "GATE_HIDDEN = 128")
    assert {"C0", "C2", "R0"} <= changed


@pytest.mark.parametrize("name", RUNS)
def test_the_gates_in_a_digest_are_those_of_the_model(name: str) -> None:
    code, gate = reach(["smartiqa.training.run"], RUNS[name]).code, RUNS[name].model.gate
    fusion = "smartiqa.models.fusion"
    assert ((fusion, "ScaleGate") in code) == (gate in ("softmax", "sigmoid"))
    assert ((fusion, "ChannelGate") in code) == (gate == "squeeze_excitation")
    assert (fusion, "Fusion") in code


WATCHED = {
    "gate": experiment(batch_size=51, epochs=1),
    "no gate": experiment(
        Model(hyper_input="last_stage", gate="none"),
        batch_size=51, epochs=2, schedule="step", patience=1, selection="test_as_published",
    ),
    "cnn variant": experiment(
        Model(design="cnn_variant", gate="none", projection="own_width"),
        batch_size=51, epochs=2, optimizer_lifetime="rebuilt_as_published",
    ),
    "channels": experiment(
        Model(gate="squeeze_excitation", regressor="fixed", projection="afa"),
        batch_size=51, epochs=1, color_jitter=ColorJitter(), gradient_clipping=1.0,
        loss=Loss(name="l1_ranking", alpha=0.3),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WATCHED)
def test_all_code_that_a_run_executes_is_in_its_digests(
    name: str, dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    settings, run, (_, *data) = WATCHED[name], tmp_path / "run", dataset
    with executed() as trained:
        train_run(settings, 1, *data, weights, run)
    assert ("smartiqa.training.loop", "train_epoch") in trained
    assert_foreseen(trained, "training.run", settings)
    with executed() as predicted:
        predict_run(
            run, settings.id, settings_of.Testing(crops=1), *data, tmp_path / "predicted.parquet"
        )
    assert_foreseen(predicted, "stages.predict", settings)
    with executed() as shown:
        write_feature_maps(run, *data, tmp_path / "maps.npz")
    assert_foreseen(shown, "stages.feature_maps", settings)
    if settings.model.regressor == "hyper_network":  # a fixed one generates nothing to embed
        with executed() as embedded:
            embed(run, *data, weights, tmp_path / "embedded.parquet")
        assert_foreseen(embedded, "stages.embed", settings)


@contextmanager
def executed() -> Iterator[set[tuple[str, str]]]:
    """What of the package is called, by module and name."""
    found: set[tuple[str, str]] = set()

    def watch(frame: FrameType, event: str, _: object) -> None:
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith("smartiqa."):
            found.add((module, frame.f_code.co_qualname.partition(".")[0]))

    forget()
    threading.setprofile(watch)
    sys.setprofile(watch)
    try:
        yield found
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def assert_foreseen(found: set[tuple[str, str]], stage: str, settings: Experiment) -> None:
    """All that was called is in the digest of the stage under these settings."""
    makes_digests = {f"smartiqa.{module}" for module in provenance.NEVER_COUNTS}
    generated = ("<module>", "<lambda>", "__create_fn__")  # the last is what dataclasses generate
    called = {(m, n) for m, n in found if m not in makes_digests and n not in generated}
    assert len(called) > 40
    code = reach([f"smartiqa.{stage}"], settings).code
    missing = called - code.keys()
    assert {(m, n) for m, n in missing if f" name='{n}'" not in code[m, ""]} == set()


def test_without_settings_everything_can_be_chosen() -> None:
    whole = set(reach(["smartiqa.training.run"]).code)
    for run in RUNS.values():
        assert set(reach(["smartiqa.training.run"], run).code) < whole


def test_labels_and_numbers_do_not_choose_code() -> None:
    changed = Experiment.model_validate({**RUNS["C3"].model_dump(), "id": "other", "crop": 99})
    assert code_digest(["smartiqa.training.run"], changed) == code_digest(
        ["smartiqa.training.run"], RUNS["C3"]
    )
