"""Processes that train together do what one does: real ones, started by the real launcher."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from together import CASES, steps

from command_line import command, smartiqa_apart, study_files, variables
from smartiqa.config.experiment import Model
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import read_json
from smartiqa.training.launch import what_failed
from smartiqa.training.run import FILES, train_run
from smartiqa.training.team import Share, Team
from smartiqa.training.whole_batch import check_together
from tiny_study import Prepared, experiment

ATTENTION_DROPOUT = {"attn_drop_rate": 0.1}  # by a fused kernel, not by a layer


@given(st.integers(1, 40), st.integers(1, 300))
def test_shares_are_the_batch_and_none_grows_with_a_smaller_batch(size: int, total: int) -> None:
    shares = [Share.of(rank, size, total) for rank in range(size)]
    counted = [range(s.start, s.start + s.counted) for s in shares]
    assert [crop for part in counted for crop in part] == list(range(total))
    assert max(s.counted for s in shares) - min(s.counted for s in shares) <= 1
    assert all(s.held >= 1 and s.start + s.held <= total for s in shares)
    smaller = [Share.of(rank, size, max(total - 1, 1)) for rank in range(size)]
    assert all(a.held >= b.held for a, b in zip(shares, smaller, strict=True))


@pytest.fixture(scope="module")
def by_two(dataset: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes that `torchrun` started computed."""
    output = tmp_path_factory.mktemp("two")
    script = Path(__file__).with_name("together.py")
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    given = [script, output, dataset.manifest, dataset.store]
    subprocess.run(
        [sys.executable, *torchrun, *map(str, given)],
        env=variables(OMP_NUM_THREADS="1", TQDM_DISABLE="1"),
        check=True,
        capture_output=True,
    )
    return output


@pytest.mark.parametrize("case", CASES)
def test_two_processes_compute_what_one_does(case: str, by_two: Path, dataset: Prepared) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    one = steps(case, Team(), dataset.manifest, dataset.store)
    torch.set_num_threads(threads)
    first, second = (torch.load(by_two / f"{case}-{rank}.pt") for rank in (0, 1))
    assert first["records"] == second["records"]
    assert all(map(torch.equal, first["gradients"], second["gradients"]))
    assert torch.equal(one["drawn"], first["drawn"])
    # In float64, too, the target network computes in float32.
    bound = 1e-6 if CASES[case][1] == torch.float64 else 1e-5
    whole = _norm(one["gradients"])
    apart = [a - b for a, b in zip(one["gradients"], first["gradients"], strict=True)]
    assert _norm(apart) <= bound * whole
    for difference, gradient in zip(apart, one["gradients"], strict=True):
        assert difference.norm() <= bound * (10 * gradient.norm() + 0.01 * whole)
    for name, buffer in one["buffers"].items():
        torch.testing.assert_close(first["buffers"][name], buffer, rtol=1e-9, atol=1e-12)
    for ours, theirs in zip(first["records"], one["records"], strict=True):
        losses = {name for name in ours if name.endswith(("loss", "plcc"))}
        assert {n: ours[n] for n in losses} == pytest.approx(
            {n: theirs[n] for n in losses}, rel=1e-5
        )


def _norm(tensors: list[torch.Tensor]) -> float:
    return float(torch.cat([tensor.flatten() for tensor in tensors]).double().norm())


def test_a_killed_process_ends_all_and_one_goes_on(
    dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    settings = experiment(batch_size=17, epochs=6)
    output = tmp_path / "run"
    given: dict[str, Any] = {
        **study_files(tmp_path / "study", settings),
        **{"experiment": settings.id, "seed": 1, "processes": 2, "output": output},
        **{"manifest": dataset.manifest, "store": dataset.store, "weights": weights},
    }
    launcher = subprocess.Popen(
        command("train", **given),
        env=variables(OMP_NUM_THREADS="1", TQDM_DISABLE="1"),
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not (output / "unfinished.pt").exists():
        assert launcher.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    first, second = sorted(_children(launcher.pid))
    os.kill(second, signal.SIGKILL)
    said = launcher.communicate(timeout=60)[1].splitlines()
    assert launcher.returncode == 2
    assert [line for line in said if not line.startswith("epoch ")] == [
        "error: process 1 of the 2 that train together was ended by SIGKILL; the others were "
        "ended, and the training goes on from its last saved state when it is started again"
    ]
    assert not Path(f"/proc/{first}").exists()
    assert {path.name for path in output.iterdir()} <= {"unfinished.pt", "history.csv", ".digests"}
    train_run(settings, 1, dataset.manifest, dataset.store, weights, output)
    record = read_json(output / "environment.json")
    assert (record["processes"], record["world_size"]) == (2, 1)
    alone = tmp_path / "alone"
    train_run(settings, 1, dataset.manifest, dataset.store, weights, alone)
    assert (output / "identity.json").read_bytes() == (alone / "identity.json").read_bytes()
    losses = [pd.read_csv(folder / "history.csv")["train_loss"] for folder in (output, alone)]
    np.testing.assert_allclose(*losses, rtol=1e-3)
    ours, theirs = (load_file(folder / "last.safetensors") for folder in (output, alone))
    assert ours.keys() == theirs.keys()


def test_two_go_on_from_one_and_do_the_same_each_time(
    dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    settings = experiment(batch_size=17, epochs=3)
    inputs = {"manifest": dataset.manifest, "store": dataset.store, "weights": weights}
    given: dict[str, Any] = {
        **study_files(tmp_path / "study", settings),
        **{"experiment": settings.id, "seed": 1, "processes": 2, **inputs},
    }
    first, second = (tmp_path / name for name in ("first", "second"))
    train_run(settings, 1, **inputs, output=first, until=1)
    alone = pd.read_csv(first / "history.csv")
    shutil.copytree(first, second)
    for output in (first, second):
        done = smartiqa_apart("train", **given, output=output)
        assert done.returncode == 0, done.stderr
        assert "going on after epoch 1" in done.stderr
        record = read_json(output / "environment.json")
        assert (record["processes"], record["world_size"]) == (2, 2)
    assert pd.read_csv(first / "history.csv")[:1].equals(alone)
    for name in set(FILES) - {"environment.json"}:
        assert (first / name).read_bytes() == (second / name).read_bytes()


def _children(process: int) -> list[int]:
    threads = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for thread in threads for child in thread.read_text().split()]


def test_the_process_that_failed_first_is_named(tmp_path: Path) -> None:
    log = tmp_path / "run" / "attempt_0" / "1" / "stderr.log"
    log.parent.mkdir(parents=True)
    log.write_text("loading\nerror: the disk is full\n")
    lost, ended = 70, -signal.SIGTERM
    assert "process 1 of the 2 that train together: the disk is full;" in what_failed(
        {0: lost, 1: 2}, 2, tmp_path
    )
    assert "process 3 of the 4 that train together was ended by SIGKILL;" in what_failed(
        {0: ended, 2: lost, 3: -signal.SIGKILL}, 4, tmp_path
    )
    assert "process 2 of the 4 that train together ended with status 9;" in what_failed(
        {2: 9}, 4, tmp_path
    )


@pytest.mark.parametrize(
    ("size", "gpus", "changes", "problem"),
    [
        (3, 2, {}, "3 processes need a GPU each, but there are 2"),
        (9, 0, {}, "9 processes are more than the batch_size of 8"),
        (2, 0, {"compute": {"compile": True}}, "compute.compile is for one process, not 2"),
        (
            *(2, 0, {"backbone": {"name": "vit_tiny_patch16_224", "options": ATTENTION_DROPOUT}}),
            "C3 cannot be trained by 2 processes: it draws at random by aten.bernoulli_.float",
        ),
        (
            *(2, 0, {"backbone": {"name": "levit_128s", "options": {}}}),
            r"attn\.qkv\.bn is a BatchNorm1d, which is not known to see whole batches; train it",
        ),
    ],
)
def test_what_cannot_train_together_is_refused(
    size: int, gpus: int, changes: dict[str, dict[str, Any]], problem: str
) -> None:
    settings = experiment(Model(hyper_input="last_stage", gate="none"))
    settings = settings.model_copy(update={"crop": 224})
    for key, change in changes.items():
        part = getattr(settings, key)
        settings = settings.model_copy(update={key: part.model_copy(update=change)})
    with pytest.raises(InputError, match=problem):
        check_together(settings, size, gpus)
    check_together(settings, 1, gpus)
