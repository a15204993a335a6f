"""Records of a small workflow that really ran, taken to another folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from smartiqa.reruns import job_records
from smartiqa.reruns.job_records import LEDGER, Adopted, adopt, ask_for_unrecorded, mirror
from vouching import record_digest

RESULTS = Path("results/toy")
OUTPUTS = {"results/toy/copy.txt", "results/toy/folder", "paper/joined.txt"}
WORKFLOW = """
    rule all:
        input: "paper/joined.txt"
    rule copy:
        input: "data/first.txt"
        output: "results/toy/copy.txt"
        log: "results/toy/logs/copy.log"
        params: width=3
        shell: "cp {input} {output}"
    rule folder:
        input: "data/second.txt"
        output: directory("results/toy/folder")
        log: "results/toy/logs/folder.log"
        shell: "mkdir {output}; cp {input} {output}/file.txt"
    rule joined:
        input: rules.copy.output, rules.folder.output
        output: "paper/joined.txt"
        log: "results/toy/logs/joined.log"
        shell: "cat {input[0]} {input[1]}/file.txt > {output}"
"""


def snakemake(*options: str) -> str:
    settings = ["--max-checksum-file-size", "1000000000", "--rerun-triggers", "mtime", "params"]
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *settings, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def planned() -> set[str]:
    """The rules that Snakemake would run."""
    printed = snakemake("--dry-run")
    return {rule for rule in ("copy", "folder", "joined") if f"rule {rule}:" in printed}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished workflow with its mirrored records."""
    folder = tmp_path_factory.mktemp("made") / "repository"
    (folder / "data").mkdir(parents=True)
    (folder / "Snakefile").write_text(textwrap.dedent(WORKFLOW))
    (folder / "data/first.txt").write_text("first\n")
    (folder / "data/second.txt").write_text("second\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        snakemake()
        mirror(RESULTS)
    return folder


@pytest.fixture
def clone(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it without times and without Snakemake's records; the work goes on in it."""
    folder = tmp_path / "clone"
    ignored = shutil.ignore_patterns(".snakemake")
    shutil.copytree(made, folder, ignore=ignored, copy_function=shutil.copy)
    for path in folder.rglob("*"):  # older than what was checked out after they were copied
        if "data" not in path.parts:
            os.utime(path, (time.time() - 100, time.time() - 100))
    monkeypatch.chdir(folder)
    return folder


def replace(name: str, content: str) -> None:
    """Write other content and leave the time as it was."""
    times = Path(name).stat()
    Path(name).write_text(content)
    os.utime(name, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.usefixtures("clone")
def test_results_of_another_folder_are_believed_if_everything_is_equal() -> None:
    assert planned()  # by their times they are outdated
    shutil.rmtree(".snakemake")
    assert set(adopt(RESULTS).taken) == OUTPUTS
    assert planned() == set()
    assert adopt(RESULTS) == Adopted()


@pytest.mark.usefixtures("clone")
def test_another_input_runs_what_reads_it_whatever_its_time() -> None:
    adopt(RESULTS)
    replace("data/second.txt", "SECOND\n")
    adopted = adopt(RESULTS)
    assert adopted.outdated == ["results/toy/folder"]
    assert planned() == {"folder", "joined"}
    replace("data/second.txt", "second\n")
    assert adopt(RESULTS).outdated == []
    assert planned() == set()


@pytest.mark.usefixtures("clone")
def test_results_without_their_intermediates_follow_code_and_inputs() -> None:
    """Such as a study that travelled without its pixel stores."""
    Path("results/toy/copy.txt").unlink()
    adopt(RESULTS)
    assert planned() == set()
    workflow = Path("Snakefile").read_text()
    Path("Snakefile").write_text(workflow.replace("width=3", "width=4"))
    adopt(RESULTS)
    assert planned() == {"copy", "joined"}
    Path("Snakefile").write_text(workflow)
    replace("data/first.txt", "FIRST\n")
    adopt(RESULTS)
    assert planned() == {"copy", "joined"}
    replace("data/first.txt", "first\n")
    adopt(RESULTS)
    assert planned() == set()


@pytest.mark.parametrize("name", ["results/toy/copy.txt", "results/toy/folder/file.txt"])
@pytest.mark.usefixtures("clone")
def test_a_damaged_output_is_made_anew_and_a_mended_one_is_not(name: str) -> None:
    content = Path(name).read_text()
    replace(name, "damaged")
    (altered,) = adopt(RESULTS).altered
    assert name.startswith(altered)
    assert planned() == {Path(altered).stem, "joined"}
    assert "its content is not what its job wrote" in snakemake("--dry-run")
    mirror(RESULTS)  # must not take the damage for a result
    assert adopt(RESULTS).altered == [altered]
    replace(name, content)
    assert adopt(RESULTS).altered == []
    assert planned() == set()


@pytest.mark.usefixtures("clone")
def test_other_parameters_run_again() -> None:
    path = Path("Snakefile")
    path.write_text(path.read_text().replace("width=3", "width=4"))
    adopt(RESULTS)
    assert planned() == {"copy", "joined"}


@pytest.mark.usefixtures("clone")
def test_a_new_run_replaces_the_record() -> None:
    adopt(RESULTS)
    replace("data/second.txt", "SECOND\n")
    adopt(RESULTS)
    snakemake()
    assert adopt(RESULTS) == Adopted()  # not altered: its record is newer than the mirrored one
    mirror(RESULTS)
    assert adopt(RESULTS) == Adopted()
    assert planned() == set()


def test_results_put_over_those_of_a_clone_bring_their_own_records(made: Path, clone: Path) -> None:
    """The records of the clone tell of files that are gone."""
    path = Path("Snakefile")
    path.write_text(path.read_text().replace("width=3", "width=4"))
    snakemake("--forceall")
    mirror(RESULTS)
    adopt(RESULTS)
    assert planned() == set()
    shutil.copytree(made / RESULTS, clone / RESULTS, dirs_exist_ok=True)  # made with width=3
    mirror(RESULTS)
    assert "results/toy/copy.txt" in adopt(RESULTS).taken
    assert planned() == {"copy", "joined"}
    mirror(RESULTS)
    assert planned() == {"copy", "joined"}


@pytest.mark.usefixtures("clone")
def test_without_the_mirror_what_was_replaced_is_still_noticed() -> None:
    snakemake("--forceall")
    mirror(RESULTS)
    (RESULTS / LEDGER).unlink()
    replace("results/toy/copy.txt", "of another clone")
    mirror(RESULTS)
    assert adopt(RESULTS).altered == ["results/toy/copy.txt"]


@pytest.mark.usefixtures("clone")
def test_records_of_a_newer_snakemake_are_left_alone() -> None:
    ledger = json.loads((RESULTS / LEDGER).read_text())
    for entry in ledger.values():
        entry["record"]["record_format_version"] += 1
    (RESULTS / LEDGER).write_text(json.dumps(ledger))
    record_digest(RESULTS / LEDGER)
    adopted = adopt(RESULTS)
    assert set(adopted.unreadable) == OUTPUTS
    assert adopted.taken == []
    assert not any(Path(".snakemake/metadata").iterdir())


@pytest.mark.usefixtures("clone")
def test_what_nothing_is_recorded_of_is_made_anew() -> None:
    adopt(RESULTS)
    assert ask_for_unrecorded(RESULTS, OUTPUTS.__contains__) == []
    shutil.rmtree(".snakemake")
    (RESULTS / LEDGER).unlink()
    for path in (*RESULTS.rglob("*"), Path("paper/joined.txt")):
        os.utime(path)  # so that times say nothing
    assert planned() == set()
    assert set(ask_for_unrecorded(RESULTS, OUTPUTS.__contains__)) == OUTPUTS
    assert planned() == {"copy", "folder", "joined"}
    mirror(RESULTS)  # must not take it for a record
    assert not (RESULTS / LEDGER).exists()
    snakemake()
    mirror(RESULTS)
    assert ask_for_unrecorded(RESULTS, OUTPUTS.__contains__) == []
    assert planned() == set()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is no JSON file"),
        ("[]", "top level"),
        ('{"results/toy/copy.txt": {}}', r"copy\.txt\.sha256: missing"),
        (f'{{"/etc/passwd": {{"sha256": "{"a" * 64}"}}}}', "'/etc/passwd' leads outside"),
    ],
)
@pytest.mark.usefixtures("clone")
def test_records_of_another_form_are_named_and_not_used(content: str, message: str) -> None:
    (RESULTS / LEDGER).write_text(content)
    record_digest(RESULTS / LEDGER)
    assert re.search(message, mirror(RESULTS))
    assert adopt(RESULTS) == Adopted()
    assert not any(Path(".snakemake/metadata").iterdir())


@pytest.mark.usefixtures("clone")
def test_what_is_being_made_is_not_touched() -> None:
    adopt(RESULTS)
    persistence = job_records._persistence(Path(".snakemake"))
    persistence._mark_incomplete("results/toy/copy.txt", None)
    replace("results/toy/copy.txt", "half")
    assert adopt(RESULTS).altered == []
    persistence._unmark_incomplete("results/toy/copy.txt")
    assert adopt(RESULTS).altered == ["results/toy/copy.txt"]


@pytest.mark.usefixtures("clone")
def test_a_process_that_was_killed_in_between_is_made_good(monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(path: Path, nanoseconds: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(job_records, "_set_time", killed)
        with pytest.raises(KeyboardInterrupt):
            adopt(RESULTS)
    adopt(RESULTS)
    assert planned() == set()


@pytest.mark.usefixtures("clone")
def test_records_of_other_studies_are_not_mirrored() -> None:
    adopt(RESULTS)
    Path("results/other").mkdir()
    mirror(Path("results/other"))
    assert not Path("results/other", LEDGER).exists()


def test_without_results_there_is_nothing_to_adopt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert adopt(RESULTS) == Adopted()
    assert list(tmp_path.iterdir()) == []


def test_no_rule_of_ours_has_a_benchmark() -> None:
    """Snakemake would measure the client that waits for the worker: 19 MB and 0.04 s a training."""
    for file in (Path(__file__).parents[2] / "workflow" / "rules").glob("*.smk"):
        assert "benchmark:" not in file.read_text(), file
