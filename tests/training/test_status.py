"""What a study's files say of what is done, what runs and what is left."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from command_line import smartiqa
from made_up_paper import CATALOGUE, CONFIG
from smartiqa.config.planned import resolve
from smartiqa.config.study import load_study
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import write_json
from smartiqa.machine.presence import be_present
from smartiqa.results.run_files import FILES
from smartiqa.results.study_results import Results
from smartiqa.training.plan import planned
from smartiqa.training.status import LATELY, MOST_LISTED, duration, runs, status
from whole_files import whole_config, whole_machine, whole_manifest

PUBLISHED = yaml.safe_load((CONFIG / "published.yaml").read_text(encoding="utf-8"))
NOW = 1_800_000_000.0
COUNTS = dict.fromkeys(
    ("parameters", "backbone_parameters", "multiply_accumulates", "generated_values"), 1_000_000
)

PAPER = {"SMART-Base": COUNTS}


@pytest.fixture
def results(tmp_path: Path) -> Results:
    """Two experiments of the demo study with two seeds, of which nothing has run."""
    few = {"experiments": ("C0", "C3"), "cross_experiments": (), "seeds": (1, 2)}
    study = load_study(CONFIG / "demo.yaml").model_copy(
        update={**few, "experiment_seeds": {}, "mixed_with": {}}
    )
    return Results(tmp_path / "demo", study, CATALOGUE)


def prepare(results: Results) -> None:
    path = results.folder / "data" / "synthetic" / "manifest.parquet"
    path.parent.mkdir(parents=True)
    splits = ["train"] * 100 + ["validation"] * 10 + ["test"] * 30
    whole_manifest(pd.DataFrame({"split": splits})).to_parquet(path)
    counts = dict.fromkeys(CATALOGUE.experiments, COUNTS)
    write_json(results.folder / "complexity.json", {"experiments": counts, "published": PAPER})


def train(results: Results, name: str, seed: int, epochs: int, ago: float) -> Path:
    """Leave what a training has written after so many epochs, so many seconds ago."""
    run = results.run(name, seed)
    run.mkdir(parents=True)
    srccs = [0.5, 0.75, 0.625, 0.5][:epochs]
    history = {"epoch": range(1, epochs + 1), "train_loss": 1.0, "validation_srcc": srccs}
    pd.DataFrame(history).to_csv(run / "history.csv", index=False)
    os.utime(run / "history.csv", (NOW - ago, NOW - ago))
    return run


def finish(results: Results, name: str, seed: int, seconds: float) -> None:
    run = train(results, name, seed, 4, ago=9000)
    write_json(run / "environment.json", whole_machine(seconds=seconds))
    settings = resolve(results.study, CATALOGUE, name).model_dump(mode="json")
    write_json(run / "config.json", whole_config(settings, seed=seed, images=100))
    for name in ("best.safetensors", "last.safetensors"):
        (run / name).write_bytes(b"weights")
    write_json(run / "identity.json", {})


def finish_all(results: Results) -> None:
    """Leave a study in which everything is done but the paper."""
    prepare(results)
    for name in ("C0", "C3"):
        for seed in (1, 2):
            finish(results, name, seed, seconds=10)
    for name in ("paper.json", "claims.json"):
        write_json(results.folder / name, {})


def test_nothing_started_says_how_to_start(results: Results) -> None:
    text = status(results, PUBLISHED, NOW)
    assert "nothing was started" in text
    assert "snakemake --cores 2 --config study=demo -- paper/main.pdf" in text


def test_what_is_done_what_runs_and_what_was_stopped(results: Results) -> None:
    prepare(results)
    finish(results, "C0", 1, seconds=100)
    train(results, "C0", 2, epochs=1, ago=7200)
    train(results, "C3", 1, epochs=3, ago=30)
    text = status(results, PUBLISHED, NOW)
    assert "datasets   1 of 2 prepared" in text
    assert "trainings  1 done, 1 running, 1 stopped, 1 waiting (of 4)" in text
    running, stopped = text.index("runs now"), text.index("stopped, goes on")
    line = "C3 seed 1  epoch 3 of 4 finished, best validation SRCC 0.750, last sign 30 seconds ago"
    assert running < text.index(line) < stopped
    assert stopped < text.index("C0 seed 2  epoch 1 of 4 finished") < text.index("2.0 hours ago")


def test_the_log_is_a_sign_of_life_before_the_first_epoch_ends(results: Results) -> None:
    prepare(results)
    log = results.folder / "logs" / "train" / "C3-seed2.log"
    log.parent.mkdir(parents=True)
    log.write_text("epoch 1: 10%")
    for ago, kind in ((LATELY - 1, "1 running, 3 waiting"), (LATELY + 1, "4 waiting")):
        os.utime(log, (NOW - ago, NOW - ago))
        text = status(results, PUBLISHED, NOW)
        assert f"trainings  {kind} (of 4)" in text
        assert f"last sign  {log}, {duration(ago)} ago" in text


def test_a_training_that_failed_says_why(results: Results) -> None:
    prepare(results)
    finish(results, "C0", 1, seconds=100)
    train(results, "C3", 2, epochs=2, ago=10)
    log = results.folder / "logs" / "train" / "C3-seed2.log"
    log.parent.mkdir(parents=True)
    log.write_text("epoch 3 begins\nerror: the loss of C3 is nan; lower backbone_rate\n")
    text = status(results, PUBLISHED, NOW)
    assert "trainings  1 done, 1 failed, 2 waiting (of 4)" in text
    assert "failed; " in text
    assert "  C3 seed 2  the loss of C3 is nan; lower backbone_rate\n" in text
    log.write_text("going on after epoch 2\n")  # started again
    assert "1 running" in status(results, PUBLISHED, NOW)


def test_the_rest_is_what_finished_runs_took_less_what_is_done(results: Results) -> None:
    prepare(results)
    finish(results, "C0", 1, seconds=3600)
    train(results, "C0", 2, epochs=1, ago=30)
    rows, _, speed = planned(results, PUBLISHED)
    hours = {row.name: row.hours / row.seeds for row in rows}
    assert hours["C0"] == pytest.approx(1)
    left = 0.75 * hours["C0"] + 2 * hours["C3"]
    text = status(results, PUBLISHED, NOW)
    assert f"about {duration(3600 * left)}, one after the other" in text
    assert speed.source in text
    assert "1 finished runs" in speed.source


def test_runs_side_by_side_share_the_rest(results: Results) -> None:
    prepare(results)
    finish(results, "C0", 1, seconds=36000)
    for name, seed in (("C0", 2), ("C3", 1)):
        train(results, name, seed, epochs=2, ago=10)
    text = status(results, PUBLISHED, NOW)
    assert "with 2 side by side" in text


def test_all_done(results: Results) -> None:
    finish_all(results)
    last = status(results, PUBLISHED, NOW).splitlines()[-1]
    assert last.startswith("All trainings and results are there; figures, tables and the paper")
    assert last.endswith("study=demo -- paper/main.pdf")
    for name in ("paper.json", "claims.json"):
        finish_all_but = results.folder / name
        finish_all_but.unlink()
        text = status(results, PUBLISHED, NOW)
        assert "All trainings are done.\nTo go on: snakemake" in text
        write_json(finish_all_but, {})


def test_a_removed_run_is_made_by_what_trains_it(results: Results) -> None:
    finish_all(results)
    log = results.folder / "logs" / "train" / "C3-seed2.log"
    log.parent.mkdir(parents=True)
    log.write_text("epoch 4: 100%")
    os.utime(log, (NOW - 9000, NOW - 9000))
    shutil.rmtree(results.run("C3", 2))
    text = status(results, PUBLISHED, NOW)
    assert "trainings  3 done, 1 waiting (of 4)" in text
    assert text.endswith("study=demo -- train_all paper/main.pdf\n")


@pytest.mark.parametrize("name", FILES[:-1])
def test_a_run_is_done_when_all_its_files_are_there(results: Results, name: str) -> None:
    finish_all(results)
    (results.folder / "paper.json").unlink()
    (results.folder / "claims.json").unlink()
    (results.run("C3", 2) / name).unlink()
    text = status(results, PUBLISHED, NOW)
    assert "trainings  3 done, 1 with files missing (of 4)" in text
    assert f"C3 seed 2  {name}\n" in text
    assert text.endswith("study=demo -- train_all paper/main.pdf\n")


BUILD = """
import sys
from pathlib import Path
from smartiqa.reruns.leftovers import clear_leftovers
clear_leftovers()
lock = Path(".snakemake/locks/0.output.lock")
lock.parent.mkdir()
lock.write_text("results/demo/x.json")
print("locked", flush=True)
sys.stdin.read()
"""


def test_beside_a_build_no_command_is_given(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".snakemake").mkdir()
    be_present()  # as every stage is
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", BUILD], stdin=pipe, stdout=pipe) as build:
        assert build.stdout.readline() == b"locked\n"
        for leave in (lambda _: None, prepare, finish_all):
            shutil.rmtree(results.folder, ignore_errors=True)
            leave(results)
            text = status(results, PUBLISHED, NOW)
            assert "A build is at work here." in text
            assert "snakemake" not in text
        build.kill()
    text = status(results, PUBLISHED, NOW)  # its lock stays, and the next one removes it
    assert "at work" not in text
    assert "snakemake --cores" in text


def test_another_machine_is_no_estimate(results: Results) -> None:
    prepare(results)
    train(results, "C0", 1, epochs=2, ago=10)
    assert "No estimate of the rest before a training is done" in status(results, PUBLISHED, NOW)


def test_without_counts_there_is_no_estimate(results: Results) -> None:
    prepare(results)
    finish(results, "C0", 1, seconds=3600)
    path = results.folder / "complexity.json"
    write_json(path, {"experiments": {"C0": COUNTS}, "published": PAPER})  # C3 is new
    left = f"No estimate of the rest before {path} has all models of the study."
    assert left in status(results, PUBLISHED, NOW)
    path.unlink()
    assert left in status(results, PUBLISHED, NOW)


def test_many_trainings_fit_on_a_screen(results: Results) -> None:
    results.study = results.study.model_copy(update={"seeds": tuple(range(1, 31))})
    prepare(results)
    for seed in results.study.seeds:
        train(results, "C0", seed, epochs=1, ago=30)
        train(results, "C3", seed, epochs=1, ago=9000)
    text = status(results, PUBLISHED, NOW)
    assert len(text.splitlines()) < 40
    assert text.count(f"and {30 - MOST_LISTED} more") == 2


def test_a_damaged_history_is_named(results: Results) -> None:
    prepare(results)
    run = train(results, "C3", 1, epochs=2, ago=30)
    (run / "history.csv").write_text("no,history\n1,2\n")
    with pytest.raises(InputError, match=r"seed1/history\.csv.*stage train"):
        status(results, PUBLISHED, NOW)


def test_a_test_of_anothers_checkpoint_is_no_training(results: Results) -> None:
    few = {"experiments": ("C3", "T-centre")}
    results.study = results.study.model_copy(update=few)
    tested = Results(results.folder, results.study, CATALOGUE)
    assert {run.experiment for run in runs(tested, NOW)} == {"C3"}


def test_the_stage(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    smartiqa(
        "status",
        study=CONFIG / "demo.yaml",
        catalogue=CONFIG / "experiments.yaml",
        published=CONFIG / "published.yaml",
    )
    shown = capsys.readouterr()
    assert "nothing was started" in shown.out
    assert not shown.err


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 seconds"), (59, "59 seconds"), (90, "1.5 minutes"), (5400, "1.5 hours"),
     (129600, "1.5 days")],
)  # fmt: skip
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_runs_that_the_study_has_no_more_are_named_in_one_line(results: Results) -> None:
    finish_all(results)
    assert "any more" not in status(results, PUBLISHED, NOW)
    for name in ("X-mobile/seed1", "C0/seed9"):
        (results.folder / "runs" / name).mkdir(parents=True)
    line = (
        "not of this study any more: runs/ has C0/seed9, X-mobile/seed1; remove what nobody needs"
    )
    assert line in status(results, PUBLISHED, NOW).splitlines()
    for seed in range(MOST_LISTED):
        (results.folder / "runs" / "Y" / f"seed{seed}").mkdir(parents=True)
    assert " and 2 more; remove" in status(results, PUBLISHED, NOW)
