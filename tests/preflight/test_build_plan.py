"""How long a build takes on so much, against bounds and small plans by hand."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_line import smartiqa
from made_up_paper import CATALOGUE
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import write_json
from smartiqa.preflight.build_plan import (
    Course,
    Machine,
    Place,
    costs,
    counts,
    course,
    longest_chain,
    plan_text,
    read_machine_file,
    recorded_seconds,
    seconds_of,
)
from smartiqa.preflight.job_graph import Job, jobs_of, planned_jobs
from smartiqa.results.study_results import Results

PRINTED = """
[Sat Nov 28 18:48:01 2026]
rule score:
    input: runs/C3/predictions.parquet
    output: runs/C3/metrics.json
    wildcards: experiment=C3
    resources: tmpdir=/tmp
Shell command: python -m smartiqa score

rule train:
    input: manifest.parquet, weights.safetensors
    output: runs/C3/best.safetensors (update), runs/C3/last.safetensors (update)
    wildcards: experiment=C3, seed=1
    threads: 8
    resources: tmpdir=/tmp, gpu=2, mem_mb=2100

checkpoint weights:
    output: weights.safetensors
    resources: tmpdir=/tmp

localrule all:
    input: runs/C3/metrics.json
    resources: tmpdir=/tmp

rule predict:
    input: runs/C3/best.safetensors
    output: runs/C3/predictions.parquet
    resources: tmpdir=/tmp, gpu=1
"""


def job(*after: int, threads: int = 1, gpus: int = 0, rule: str = "table") -> Job:
    return Job(rule, {"name": "x"}, (f"{rule}.txt",), after, threads, gpus)


def test_jobs_are_read_with_what_they_wait_for() -> None:
    jobs = jobs_of(PRINTED)
    assert [job.rule for job in jobs] == ["weights", "train", "predict", "score"]
    assert [job.after for job in jobs] == [(), (0,), (1,), (2,)]
    assert jobs[1].outputs == ("runs/C3/best.safetensors", "runs/C3/last.safetensors")
    assert (jobs[1].threads, jobs[1].gpus, jobs[1].name) == (8, 2, "train C3 1")
    assert (jobs[3].threads, jobs[3].gpus, jobs[3].name) == (1, 0, "score C3")


@given(st.lists(st.floats(0.01, 100), min_size=1), st.integers(1, 20))
def test_work_is_spread_over_gpus(seconds: list[float], gpus: int) -> None:
    jobs = [job(gpus=1) for _ in seconds]
    found = course(jobs, seconds, Place(gpus, None))
    assert found.seconds <= sum(seconds) / gpus + max(seconds) + 1e-6  # Graham's bound
    assert found.seconds >= max(*seconds, sum(seconds) / gpus) - 1e-6
    assert course(jobs, seconds, Place(1, None)).seconds == pytest.approx(sum(seconds))
    assert found.busy(Place(gpus, None)) == pytest.approx(sum(seconds) / gpus / found.seconds)


@given(st.data())
def test_a_build_takes_no_less_than_its_longest_chain_and_ends(data: Any) -> None:
    count = data.draw(st.integers(1, 12))
    before = [data.draw(st.sets(st.integers(0, n - 1))) if n else set() for n in range(count)]
    jobs = [job(*sorted(after), threads=data.draw(st.integers(1, 9))) for after in before]
    seconds = data.draw(st.lists(st.floats(0, 10), min_size=count, max_size=count))
    least, chain = longest_chain(jobs, seconds)
    assert sum(seconds[number] for number in chain) == pytest.approx(least)
    assert all(a in jobs[b].after for a, b in pairwise(chain))
    free = course(jobs, seconds, Place(None, None))
    assert free.seconds == pytest.approx(least)
    narrow = course(jobs, seconds, Place(None, 4))
    assert least - 1e-9 <= narrow.seconds <= sum(seconds) + 1e-9


def test_jobs_wait_for_gpus_cores_and_each_other() -> None:
    jobs = [job(gpus=1), job(gpus=1), job(gpus=2), job(0, threads=8)]
    assert course(jobs, [3, 2, 2, 1], Place(2, 9)).seconds == 5
    assert course(jobs, [3, 2, 2, 4], Place(2, 9)).seconds == 7
    assert course(jobs, [3, 2, 2, 1], Place(1, 9)).seconds == 7  # two GPUs: all there are
    assert course([], [], Place(2, 2)) == Course(0, 0, 0)


def test_gpus_are_paid_for_as_long_as_they_are_reserved() -> None:
    machine = Machine(price=2.0, currency="EUR", watts=400, idle_watts=50)
    found = Course(seconds=7200, gpu_seconds=3 * 3600, core_seconds=0)
    assert costs(found, Place(2, None), machine) == ["8.00 EUR", "1.25"]  # 3 h at 400, 1 h at 50 W


def test_what_ran_takes_as_long_again_and_what_did_not_its_rules_median(tmp_path: Path) -> None:
    def entry(rule: str, start: float, end: float) -> dict[str, Any]:
        record = {"input": [], "log": [], "input_checksums": {}, "params": None}
        record |= {"record_format_version": 9, "rule": rule, "starttime": start, "endtime": end}
        return {"sha256": "0" * 64, "folders": {}, "record": record}

    content = {
        "score.a": entry("score", 10, 14),
        "score.b": entry("score", 20, 30),
        "score.b2": entry("score", 20, 30),  # of the same job
        "score.c": entry("score", 40, 45),
    }
    write_json(tmp_path / "jobs.json", content)
    recorded, by_rule = recorded_seconds(tmp_path / "jobs.json")
    assert (recorded["score.b2"], by_rule) == (10, {"score": 5})
    assert recorded_seconds(tmp_path / "nothing.json") == ({}, {})
    train = Job("train", {"experiment": "C3", "seed": "1"}, ("best",), (), 1, 1)
    jobs = [Job("score", {}, ("score.b",), (), 1, 0), job(rule="score"), train, job(rule="text")]
    found = seconds_of(jobs, recorded, by_rule, {"C3": 70.0})
    assert found == ([10, 5, 70, 0], ["text"])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("price: -1\n", "price"),
        ("cores: 0\n", "cores"),
        ("prices: 2\n", "did you mean 'price'"),
        ("watts: yes\n", "watts"),
        ("- 1\n", "machine.yaml"),
    ],
)
def test_a_wrong_machine_file_is_one_line(text: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "machine.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=problem):
        read_machine_file(path)


@pytest.mark.parametrize("text", ["0", "1,0", "-1", "two", "1,,2"])
def test_a_number_of_gpus_that_is_none_is_refused(text: str) -> None:
    assert counts("1,8,64", "--gpus") == [1, 8, 64]
    with pytest.raises(InputError, match=r"^--gpus: "):
        smartiqa("plan", study="koniq", gpus=text)


def test_outside_of_the_repository_it_is_said_where_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="in the folder of the repository"):
        planned_jobs("demo", "paper/main.pdf", everything=False)


def test_the_plan_of_a_real_study_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from workspace import copy_repository

    monkeypatch.chdir(copy_repository(tmp_path))
    one_size = {"multiply_accumulates": 10**9, "parameters": 1}
    one_size |= {"backbone_parameters": 1, "generated_values": 1}
    counts = {"experiments": dict.fromkeys(CATALOGUE.experiments, one_size)}
    counts["published"] = {"SMART-Base": one_size}
    write_json(tmp_path / "results" / "koniq" / "complexity.json", counts)
    machine = tmp_path / "machine.yaml"
    machine.write_text("price: 2\nwatts: 400\n")
    smartiqa("plan", study="koniq", gpus="1,8", machine=machine, target="train_all")
    printed = capsys.readouterr().out
    assert "194 jobs" in printed
    rows = {
        line.split(" GPU")[0]: line.split() for line in printed.splitlines() if "GPU(s)" in line
    }
    one, eight = rows["1"], rows["8"]
    assert one[4] == "100%"
    assert float(eight[5]) > 7  # times as fast
    assert one[6:8] != ["0.00", "USD"]
    smartiqa("plan", study="koniq", target="train_all")
    alone = capsys.readouterr().out
    assert "on its A100; nothing was measured here." in alone
    assert re.findall(r"^\d+ (?:GPU|core)\(s\) +\S+ h", alone, re.M) == [f"1 GPU(s)  {one[2]} h"]
    with pytest.raises(InputError, match=r"^--cores: .* on its A100; .*give --gpus, or let one"):
        smartiqa("plan", study="koniq", cores="2", target="train_all")
    smartiqa("plan", study="koniq", cores="2", target="results/koniq/complexity.json")
    assert "2 core(s)" in capsys.readouterr().out  # without trainings, of which alone that is said
    assert plan_text(Results.of("koniq"), {}, [], []) == (
        "Nothing is to be done; everything is up to date.\n"
    )
    with pytest.raises(InputError, match="Snakemake cannot plan nowhere"):
        planned_jobs("koniq", "nowhere", everything=False)
