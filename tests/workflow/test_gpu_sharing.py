"""How many jobs use the GPU at once, as the default profile and the command line say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from workspace import MODEL_JOBS, REPOSITORY, copy_repository, snakemake

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
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    profile = REPOSITORY / "profiles" / "default"
    command = [sys.executable, "-m", "snakemake", "--workflow-profile", str(profile)]
    subprocess.run(
        [*command, "--cores", "2", *options], cwd=tmp_path, check=True, capture_output=True
    )
    seen = [len((tmp_path / name).read_text().split()) for name in ("a", "b")]
    assert sorted(seen) == ([2, 2] if together else [1, 2])


def test_jobs_that_run_models_ask_for_the_gpu_and_their_threads(tmp_path: Path) -> None:
    folder = copy_repository(tmp_path)
    planned = snakemake(folder, "--dry-run", "--cores", "8", study="koniq").stdout
    jobs = re.findall(r"^rule (\w+):\n((?: .*\n)+)", planned, re.MULTILINE)
    on_gpu = {name for name, job in jobs if re.search(r"resources: .*\bgpu=1\b", job)}
    assert on_gpu == MODEL_JOBS
    threads = {re.findall(r"threads: (\d+)", job)[0] for name, job in jobs if name in on_gpu}
    assert threads == {"8"}
