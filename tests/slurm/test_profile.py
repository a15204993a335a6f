"""What can be known of the profile without a cluster."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from workspace import MODEL_JOBS, REPOSITORY, copy_repository

PLUGIN = "snakemake_executor_plugin_slurm"
IMAGES = {"synthesise", "prepare", "store", "pretrain_backbone", "peer_scores"}
HERE_ONLY = {"cores", "resources"}  # what one machine has


def profile(name: str) -> dict[str, Any]:
    settings = yaml.safe_load((REPOSITORY / "profiles" / name / "config.yaml").read_text())
    assert isinstance(settings, dict)
    return settings


@pytest.mark.parametrize("name", ["slurm", "kubernetes"])
def test_a_cluster_decides_as_one_machine_what_is_run_again(name: str) -> None:
    """Only one profile is read: what they have in common stands in both."""
    here, cluster = profile("default"), profile(name)
    shared = here.keys() - HERE_ONLY
    assert {"max-checksum-file-size", "rerun-triggers"} <= shared
    assert {key: cluster.get(key) for key in shared} == {key: here[key] for key in shared}
    assert not HERE_ONLY & cluster.keys()


def test_every_rule_is_either_submitted_or_small() -> None:
    texts = [path.read_text() for path in (REPOSITORY / "workflow/rules").glob("*.smk")]
    named = re.findall(r"^ *(?:rule|checkpoint) (\w+):", "".join(texts), re.MULTILINE)
    targets = {"pretrained", "train_all"}  # nothing runs for these
    snakefile = (REPOSITORY / "workflow" / "Snakefile").read_text()
    local = re.search(r"^localrules:\n((?: +\w+,\n)+)", snakefile, re.MULTILINE)
    assert local
    beside = re.findall(r"\w+", local[1])
    assert sorted([*beside, *MODEL_JOBS, *IMAGES, *targets]) == sorted(named)


@pytest.mark.skipif(importlib.util.find_spec(PLUGIN) is None, reason=f"there is no {PLUGIN}")
@pytest.mark.parametrize(
    ("added", "status"), [("", 0), ("\nslurm-logdirectory: x\n", 2), ("\nslurm-no-requeue: 1\n", 1)]
)
def test_the_plugin_understands_the_profile(added: str, status: int, tmp_path: Path) -> None:
    folder = copy_repository(tmp_path)
    with (folder / "profiles/slurm/config.yaml").open("a") as file:
        file.write(added)
    options = ["--workflow-profile", "profiles/slurm", "--dry-run", "--config", "study=koniq"]
    command = [sys.executable, "-m", "snakemake", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr[-2000:]
