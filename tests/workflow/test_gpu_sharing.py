"""How many jobs use the GPU at once, as the default profile and the command line say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from workspace import MODEL_JOBS, REPOSITORY, copy_repository, snakemake

from smartiqa.machine.gpus import gpu_in_sight

# Each job waits for the other to start, but not for ever.
SNAKEFILE = """
rule all:
    input: "a", "b"

rule use_gpu:
    output: "{name}"
    wildcard_constraints: name="[ab]"
    resources: gpu=1
    shell:
        "touch {wildcards.name}.started; "
        "for i in $(seq 50); do "
        "if [ -e a.started ] && [ -e b.started ]; then break; fi; sleep 0.1; done; "
        "ls *.started > {output}"
"""


@pytest.mark.parametrize(
    ("options", "together"), [((), False), (("--resources", "gpu=2"), True)], ids=["one", "two"]
)
def test_jobs_share_the_gpu_only_if_told_to(
    options: tuple[str, ...], together: bool, tmp_path: Path
) -> None:
    assert run_both(SNAKEFILE, tmp_path, *options) == ([2, 2] if together else [1, 2])


def run_both(rules: str, folder: Path, *options: str) -> list[int]:
    """Run two jobs that use the GPU; return how many of them each saw at work or done."""
    (folder / "Snakefile").write_text(rules)
    profile = REPOSITORY / "profiles" / "default"
    command = [sys.executable, "-m", "snakemake", "--workflow-profile", str(profile)]
    subprocess.run(
        [*command, "--cores", "2", *options], cwd=folder, check=True, capture_output=True
    )
    return sorted(len((folder / name).read_text().split()) for name in ("a", "b"))


SHARING = """
from smartiqa.machine.gpus import share_processor
onstart: share_processor(workflow)
"""


@pytest.mark.skipif(gpu_in_sight(), reason="this machine has a GPU")
@pytest.mark.parametrize(("memory_mb", "together"), [(1, True), (10**9, False)])
def test_without_a_gpu_models_run_side_by_side_as_memory_allows(
    memory_mb: int, together: bool, tmp_path: Path
) -> None:
    needs = SNAKEFILE.replace("gpu=1", f"gpu=1, mem_mb={memory_mb}")
    assert run_both(SHARING + needs, tmp_path) == ([2, 2] if together else [1, 2])


def test_jobs_that_run_models_ask_for_the_gpu_and_their_threads(tmp_path: Path) -> None:
    folder = copy_repository(tmp_path)
    study = folder / "workflow" / "config" / "koniq.yaml"
    old = "schedule: {memory_mb: 16000, minutes: 300}"
    text = study.read_text()
    assert old in text
    study.write_text(text.replace(old, "schedule: {memory_mb: 16000, processes: 4}"))
    options = ("--dry-run", "--printshellcmds", "--cores", "32", "--resources", "gpu=8")
    planned = snakemake(folder, *options, study="koniq").stdout
    jobs = re.findall(r"^rule (\w+):\n((?: .*\n)+)", planned, re.MULTILINE)
    gpus = {name: re.findall(r"resources: .*\bgpu=(\d)\b", job) for name, job in jobs}
    assert {name for name, number in gpus.items() if number and number != ["0"]} == MODEL_JOBS
    threads = {name: re.findall(r"threads: (\d+)", job) for name, job in jobs}
    for name in MODEL_JOBS:
        assert gpus[name] == (["4"] if name == "train" else ["1"])
        everything = name in ("train", "timing")  # four processes of eight threads; all cores
        assert threads[name] == (["32"] if everything else ["8"])
    assert "--processes 4 " in planned
