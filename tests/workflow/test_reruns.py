"""What a change plans: all that depends on it, and nothing that is equal already."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from changes import BY_NAME, GROUPS, OF_OWN_FILES, SOURCE, Change, Group, Jobs, edit
from workspace import OWN_TARGET, REPOSITORY, JobCounts, planned_jobs, snakemake

pytestmark = pytest.mark.study

TARGETS = {"tiny": "paper/main.pdf", "own": OWN_TARGET}


@pytest.fixture
def studies(finished: Path, finished_own: Path) -> dict[str, Path]:
    """The finished studies by name."""
    return {"tiny": finished, "own": finished_own}


def planned(changes: Sequence[Change], studies: dict[str, Path], folder: Path) -> JobCounts:
    """What is planned after all of these changes to a copy of their study."""
    study = changes[0].study
    shutil.copytree(studies[study], folder, symlinks=True)
    for change in changes:
        change.make(folder)
    return planned_jobs(folder, TARGETS[study], study)


def fit(jobs: JobCounts, expected: Jobs) -> bool:
    """Whether these rules have jobs, and as many; None stands for any number."""
    exact = {rule: count for rule, count in expected.items() if count is not None}
    return jobs.keys() == expected.keys() and {rule: jobs[rule] for rule in exact} == exact


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_changes_plan_what_depends_on_them(
    group: Group, studies: dict[str, Path], tmp_path: Path
) -> None:
    jobs = planned(group.changes, studies, tmp_path / "all")
    if fit(jobs, group.jobs):
        return
    faults = [f"together: {jobs}, not {group.jobs}"]
    for number, change in enumerate(group.changes):
        alone = planned([change], studies, tmp_path / str(number))
        if not fit(alone, change.jobs):
            faults.append(f"{change.name}, alone: {alone}, not {change.jobs}")
    pytest.fail("\n".join(faults))


def test_an_equal_manifest_stops_what_follows_it(finished_own: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(finished_own, folder, symlinks=True)
    path = folder / "src/smartiqa/data/preparation.py"
    path.write_text(path.read_text().replace("\n\n\ndef ", "\n\nCHANGED = 1\n\n\ndef ", 1))
    assert planned_jobs(folder, OWN_TARGET, "own").keys() == {
        "prepare",
        "store",
        "train",
        "predict",
        "score",
    }
    done = snakemake(folder, OWN_TARGET, study="own")
    printed = done.stdout + done.stderr
    assert re.findall(r"^Finished jobid: \d+ \(Rule: (\w+)\)$", printed, re.M) == ["prepare"]
    assert planned_jobs(folder, OWN_TARGET, "own") == {}


def flip(path: Path, places: int = 100) -> None:
    """Flip bits all over a file, in every image of a small store."""
    content = bytearray(path.read_bytes())
    for place in range(places):
        content[place * len(content) // places] ^= 1
    path.write_bytes(content)


def contents(folder: Path, names: Iterable[str]) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in names}


RUN = "results/own/runs/C0/seed1"
DAMAGED = (
    OWN_TARGET,
    f"{RUN}/predictions/own.parquet",
    f"{RUN}/best.safetensors",
    f"{RUN}/history.csv",
    "results/own/weights/cnn.safetensors",
    "results/own/data/own/store-none/index.parquet",
    "results/own/data/own/source.json",
)


def test_damaged_files_are_named_and_made_anew(finished_own: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(finished_own, folder, symlinks=True)
    sound = contents(folder, DAMAGED)
    for name in DAMAGED:
        flip(folder / name)
    done = snakemake(folder, "--", OWN_TARGET, study="own")
    assert "are not what their jobs wrote, and are made anew" in done.stdout + done.stderr
    assert contents(folder, DAMAGED) == sound
    assert planned_jobs(folder, OWN_TARGET, "own") == {}


@pytest.mark.parametrize(
    ("name", "reader", "gone"),
    [
        ("store-none/pixels.u8", OWN_TARGET, (OWN_TARGET, f"{RUN}/predictions/own.parquet")),
        ("checks/images.parquet", "results/own/data/shared_images.csv", ()),
    ],
)
def test_a_damaged_file_that_is_no_output_is_named_by_its_reader_and_then_made_anew(
    name: str, reader: str, gone: tuple[str, ...], finished_own: Path, tmp_path: Path
) -> None:
    folder, file = tmp_path / "copy", f"results/own/data/own/{name}"
    shutil.copytree(finished_own, folder, symlinks=True)
    sound = contents(folder, [file])
    flip(folder / file)
    for other in gone:
        (folder / other).unlink()
    done = snakemake(folder, "--", reader, study="own", check=False)
    logs = "".join(log.read_text() for log in folder.glob("results/own/logs/**/*.log"))
    assert done.returncode != 0
    assert f"{Path(name).name}" in logs
    assert "run snakemake again to remake it" in logs
    snakemake(folder, "--", reader, study="own")
    assert contents(folder, [file]) == sound


@pytest.mark.parametrize("hooks", [(), ("--no-hooks",)], ids=["hooks", "no hooks"])
def test_a_training_that_failed_is_not_done(
    hooks: tuple[str, ...], finished_own: Path, tmp_path: Path
) -> None:
    """Snakemake records it as finished, and what was trained before lies there."""
    folder = tmp_path / "copy"
    shutil.copytree(finished_own, folder, symlinks=True)
    before = contents(folder, DAMAGED)
    sound, broken = "    return F.l1_loss(", "    raise RuntimeError\n    return F.l1_loss("
    edit(f"{SOURCE}/training/losses.py", sound, broken)(folder)
    for _ in range(2):
        assert snakemake(folder, *hooks, "--", OWN_TARGET, study="own", check=False).returncode == 1
    assert planned_jobs(folder, OWN_TARGET, "own")["train"] == 1
    edit(f"{SOURCE}/training/losses.py", broken, sound)(folder)
    assert planned_jobs(folder, OWN_TARGET, "own") == {}
    assert contents(folder, DAMAGED) == before


def test_the_messages_say_what_was_changed_and_taken_over(
    finished_own: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(
        finished_own, folder, symlinks=True, ignore=shutil.ignore_patterns(".snakemake")
    )
    for name in OF_OWN_FILES:
        BY_NAME[name].make(folder)
    (folder / OWN_TARGET).write_text("{}")
    done = snakemake(folder, "--dry-run", "--", OWN_TARGET, study="own")
    printed = done.stdout + done.stderr
    assert re.search(r"data/own: changed since it was prepared: .*, .*, .* and 2 more", printed)
    noted = json.loads((folder / "results/own/data/own/source_changes.json").read_text())
    images = {f"texture{number}.jpg" for number in (3, 5, 7)}
    assert noted.keys() == {"labels.csv", "new.jpg", *images}
    assert f"{OWN_TARGET} are not what their jobs wrote" in printed
    assert "came with the record of how they were made" in printed


def test_touching_a_large_input_plans_nothing(tmp_path: Path) -> None:
    rule = 'rule:\n    input: "large"\n    output: "copy"\n    shell: "cp {input} {output}"\n'
    (tmp_path / "Snakefile").write_text(rule)
    shutil.copytree(REPOSITORY / "profiles", tmp_path / "profiles")
    large = tmp_path / "large"
    large.write_bytes(bytes(3_000_000))  # Snakemake by itself compares up to 1,000,000
    snakemake(tmp_path, "copy")
    os.utime(large, (time.time() + 10, time.time() + 10))
    done = snakemake(tmp_path, "--dry-run", "--", "copy")
    assert "Nothing to be done" in done.stdout + done.stderr
    large.write_bytes(bytes(2_999_999))
    os.utime(large, (time.time() + 10, time.time() + 10))
    assert "Updated input files: large" in snakemake(tmp_path, "--dry-run", "--", "copy").stdout
