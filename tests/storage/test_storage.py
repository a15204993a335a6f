"""The tiny study with its results in a bucket, through Snakemake's storage plugin for S3.

`make test-storage` runs this: it needs the packages of envs/cloud.txt.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from workspace import copy_repository, result_files, snakemake

from shared_places import BUCKET, bucket_of, s3_server

PLUGINS = ("snakemake_storage_plugin_s3", "snakemake_executor_plugin_kubernetes")
MISSING = [name for name in PLUGINS if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {MISSING}")

PLACE = f"{BUCKET}/study"
STORED = ["--default-storage-provider", "s3", "--default-storage-prefix", f"s3://{PLACE}"]
RENDERED = {"figure", "table", "text", "paper", "all"}  # in the clone, within seconds each


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with s3_server(tmp_path_factory.mktemp("s3"), volumes=64) as given:
        endpoint = {"SNAKEMAKE_STORAGE_S3_ENDPOINT_URL": given["AWS_ENDPOINT_URL"]}
        yield {**os.environ, **given, **endpoint}


@pytest.fixture(scope="module")
def stored(variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone that has built the paper, with its results in the bucket."""
    folder = copy_repository(tmp_path_factory.mktemp("first"))
    snakemake(folder, *STORED, "--", "all", variables=variables)
    return folder


@pytest.fixture(scope="module")
def second(stored: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone on another machine, which has computed nothing."""
    return copy_repository(tmp_path_factory.mktemp("second"))


def in_bucket(variables: dict[str, str]) -> dict[str, bytes]:
    """What is computed, by its place in a clone."""
    from pyarrow import fs

    files = bucket_of(variables)
    found = files.get_file_info(fs.FileSelector(f"{PLACE}/results", recursive=True))
    contents = {}
    for entry in found:
        if entry.type == fs.FileType.File:
            with files.open_input_stream(entry.path) as stream:
                contents[entry.path.removeprefix(f"{PLACE}/")] = stream.read()
    return contents


def planned(folder: Path, variables: dict[str, str], *target: str) -> set[str]:
    done = snakemake(
        folder, *STORED, "--dry-run", "--quiet", "host", "--", *target, variables=variables
    )
    return {rule for rule, _ in re.findall(r"^(\w+) +(\d+)$", done.stdout, re.M)} - {"total"}


def test_what_is_in_the_bucket_has_the_bytes_of_a_local_run(
    stored: Path, variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = copy_repository(tmp_path_factory.mktemp("local"))
    snakemake(folder, "all")
    local = result_files(folder)
    bucket = in_bucket(variables)
    common = {name for name in local if name in bucket}
    rendered = result_files(stored)
    assert [name for name in common if local[name] != bucket[name]] == []
    assert {n for n in local if n.endswith((".json", ".parquet", ".safetensors", ".csv"))} - {
        n for n in local if {"data", "checks", ".digests"} & {*Path(n).parts}
    } <= bucket.keys()
    outside = {name for name in local if not name.startswith("results/")}
    assert [name for name in outside if local[name] != rendered[name]] == []
    assert (stored / "paper/main.pdf").read_bytes()[:5] == b"%PDF-"
    print(f"\n{len(common)} files of {len(bucket)} in the bucket are those of the local run")


def test_nothing_is_computed_twice(second: Path, variables: dict[str, str]) -> None:
    assert planned(second, variables, "claims") == set()
    assert planned(second, variables, "all") <= RENDERED


def test_another_machine_makes_what_is_missing_from_the_bucket_alone(
    second: Path, variables: dict[str, str]
) -> None:
    """Whatever a job reads is declared: here it has nothing else."""
    before = in_bucket(variables)
    runs = "results/tiny/runs/C3/seed1"
    gone = [f"{runs}/predictions/mixed.parquet", f"{runs}/feature_maps.npz"]
    gone += [f"{runs}/best.safetensors", "results/tiny/data/mixed/manifest.parquet"]
    gone += ["results/tiny/data/synthetic/store-none/store.json", "results/tiny/floors.json"]
    for name in gone:
        bucket_of(variables).delete_file(f"{PLACE}/{name}")
    rules = ("train_all", "floors", "claims", f"{runs}/feature_maps.npz")
    snakemake(second, *STORED, "--", *rules, variables=variables)
    after = in_bucket(variables)
    assert [name for name in gone if after.get(name) != before[name]] == []


def test_results_of_this_machine_are_not_mixed_with_those_of_a_bucket(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    folder = copy_repository(tmp_path)
    (folder / "results/tiny").mkdir(parents=True)
    done = snakemake(folder, *STORED, "-n", "--", "all", variables=variables, check=False)
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert "has results of this machine" in line


@pytest.mark.parametrize(
    ("added", "status"),
    [("", 0), ("\nkubernetes-namespaces: x\n", 2), ("\nexecutor: kubernete\n", 2)],
)
def test_the_plugin_understands_the_profile(
    added: str, status: int, tmp_path: Path, variables: dict[str, str]
) -> None:
    folder = copy_repository(tmp_path)
    file = folder / "profiles/kubernetes/config.yaml"
    text = file.read_text()
    if "executor" in added:
        text = text.replace("executor: kubernetes\n", "")
    file.write_text(text + added)
    command = [sys.executable, "-m", "snakemake", "--workflow-profile", "profiles/kubernetes"]
    command += ["--default-storage-prefix", f"s3://{BUCKET}/pods", "--dry-run"]
    command += ["--config", "study=tiny", "--", "train_all"]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)
    assert done.returncode == status, done.stderr[-2000:]
