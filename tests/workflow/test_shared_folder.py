"""A folder that others write, too: files that are seen late, and two builds at one time."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from workspace import copy_repository, snakemake

from smartiqa.reruns.leftovers import ANOTHER

END = "--role {wildcards.role:q} --output {output.weights} 2> {log}"  # of the rule's command
RECORD = "results/tiny/weights/cnn.json"
ELSEWHERE = "results/tiny/complexity.json"


def with_more(folder: Path, commands: str) -> Path:
    """A clone in which the job of the weights goes on with these commands."""
    rules = copy_repository(folder / "clone") / "workflow" / "rules" / "train.smk"
    text = rules.read_text()
    assert END in text
    rules.write_text(text.replace(END, f"{END} && {commands}", 1))
    return folder / "clone"


@pytest.mark.parametrize(("patience", "status"), [(60, 0), (1, 1)])
def test_a_file_that_is_seen_late_is_waited_for(patience: int, status: int, tmp_path: Path) -> None:
    """As on a network file system: the job has ended, and its file gets its name afterwards."""
    late = "(sleep 3; mv late.json {output.record}) > /dev/null 2>&1 &"
    clone = with_more(tmp_path, f"mv {{output.record}} late.json && {{{{ {late} }}}}")
    done = snakemake(clone, f"--latency-wait={patience}", "--", RECORD, check=False)
    assert done.returncode == status, done.stderr[-2000:]
    if status:
        assert f"{RECORD} (missing locally)" in done.stderr
        assert "--latency-wait" in done.stderr


def test_of_two_builds_of_one_file_the_first_goes_on(tmp_path: Path) -> None:
    clone = with_more(tmp_path, "touch waits && while [ ! -e go ]; do sleep 0.1; done")
    command = [sys.executable, "-m", "snakemake", "--cores=1", "--config", "study=tiny"]
    first = subprocess.Popen([*command, "--", RECORD], cwd=clone, stderr=subprocess.DEVNULL)
    try:
        while not (clone / "waits").exists():
            assert first.poll() is None
            time.sleep(0.1)
        second = snakemake(clone, RECORD, check=False)
        snakemake(clone, ELSEWHERE)  # at its end Snakemake forgets what the first one makes
        third = snakemake(clone, RECORD, check=False)
        assert first.poll() is None
    finally:
        (clone / "go").touch()
    assert second.returncode == 1
    assert ANOTHER in second.stderr
    assert third.returncode == 2
    assert ANOTHER in third.stderr
    assert f"{RECORD} is at work in another build here" in third.stderr
    assert "Traceback" not in second.stderr + third.stderr
    assert first.wait() == 0
    assert (clone / RECORD).is_file()
    assert (clone / ELSEWHERE).is_file()
    assert not list((clone / ".snakemake" / "locks").glob("*"))
