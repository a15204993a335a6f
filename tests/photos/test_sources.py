"""Which model is meant."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from smartiqa.core.errors import InputError
from smartiqa.core.json_files import write_json
from smartiqa.photos.sources import default_run, find_source
from smartiqa.results.study_results import Results


def test_the_default_is_the_finished_run_of_the_lowest_seed(tmp_path: Path) -> None:
    runs = tmp_path / "runs" / "full"
    for seed in (10, 9, 2, 1):
        (runs / f"seed{seed}").mkdir(parents=True)
    for seed in (9, 10):
        (runs / f"seed{seed}" / "identity.json").touch()
    os.utime(runs / "seed10")
    write_json(tmp_path / "paper.json", {"roles": {"reference": "full"}})
    assert default_run(tmp_path) == runs / "seed9"


def test_before_there_are_results_the_default_is_what_the_settings_call_the_reference(
    tmp_path: Path,
) -> None:
    reference = Results.of("demo").roles.reference
    finished = tmp_path / "demo" / "runs" / reference / "seed3"
    finished.mkdir(parents=True)
    (finished / "identity.json").touch()
    assert default_run(tmp_path / "demo") == finished


def test_without_a_run_the_message_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match=r"no finished run: `snakemake .*best.safetensors` trains"):
        default_run(tmp_path / "demo")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="results/demo holds no results: `make paper`"):
        default_run()


def finish(*runs: str) -> None:
    for run in runs:
        Path(run).mkdir(parents=True)
        Path(run, "identity.json").touch()
        Path(run, "config.json").touch()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("results/demo/runs/C3", "holds no finished run; there is {C3}/seed1, {C3}/seed10$"),
        ("results/demo", "no finished run; there is results/demo/runs/C0/seed2, {C3}/seed1, "),
        ("results", "no finished run; there is results/demo/runs/C0/seed2, {C3}/seed1, "),
        ("results/demo/runs/C3/seed7", "does not exist; there is {C3}/seed1, {C3}/seed10$"),
        ("results/demo/runs/C9/seed1", "does not exist; there is results/demo/runs/C0/seed2, "),
        ("C3", "C3 does not exist; there is {C3}/seed1, {C3}/seed10$"),
        ("elsewhere", "does not exist; give a run"),
        ("smart.onnx", "is for ONNX Runtime; give the run"),
    ],
)
def test_the_nearest_runs_are_named(
    given: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    third = "results/demo/runs/C3"
    finish(f"{third}/seed10", f"{third}/seed1", "results/demo/runs/C0/seed2")
    Path(third, "seed3").mkdir()  # a training that goes on
    with pytest.raises(InputError, match=said.replace("{C3}", third)):
        find_source(Path(given))
    assert find_source(Path(third, "seed10")) == Path(third, "seed10")


@pytest.mark.parametrize("study", ["demo", "own"])
def test_a_run_that_was_not_trained_is_one_command_away(
    study: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = f"results/{study}/runs/C3/seed1"
    command = f"snakemake --cores 2 --config study={study} -- {run}/best.safetensors"
    with pytest.raises(InputError, match=f"{run} does not exist: `{command}` trains"):
        find_source(Path(run))
