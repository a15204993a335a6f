"""The tiny study on a real Slurm, whose jobs are cancelled, preempted, too slow and too large.

`make test-slurm` runs this, with a table of all jobs. One cluster answers questions about jobs by
`squeue` alone, the other has a database and `sacct`.
"""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from cluster import Slurm, missing_programs, running_slurm
from workspace import MODEL_JOBS, copy_repository, result_files, snakemake

PLUGIN = "snakemake_executor_plugin_slurm"
MISSING = missing_programs(accounting=True)
pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec(PLUGIN) is None, reason=f"there is no {PLUGIN}"),
    pytest.mark.skipif(bool(MISSING), reason=f"Debian's packages are not installed: {MISSING}"),
]

SECONDS = 3600  # within which a study must end, on a machine with much else to do
EPOCHS = 10  # of a training that is caught between two of them
RESTART, OUTAGE = 2, 20  # seconds without a controller, and without the database of jobs
FIELDS = ":|,".join(
    ("jobid:8,", "comment:60,", "state:14,", "tres-per-job:20,", "minmemory:12,", "timeused:12")
)
TARGET = "paper/main.pdf"
TRAININGS = ("C1", "C2", "C3", "B-tiny")
LOG = "results/tiny/logs/train/{}-seed1.log"


@dataclass
class Job:
    """What Slurm has said of a job."""

    name: str
    states: list[str] = field(default_factory=list)
    gpus: bool = False
    memory: str = ""
    elapsed: str = ""


@dataclass
class Watch:
    """Follows a study on a cluster, and lets something happen to its jobs.

    Attributes:
        together: how many jobs with a GPU ran at the same time, each time that somebody looked.
        happened: which training each event happened to, by the event's name.
    """

    slurm: Slurm
    folder: Path
    jobs: dict[str, Job] = field(default_factory=dict)
    together: list[int] = field(default_factory=list)
    happened: dict[str, str] = field(default_factory=dict)

    def look(self) -> None:
        """Ask for the states of all jobs."""
        told = self.slurm.ask("squeue", "-h", "--states=all", f"--Format={FIELDS}", check=False)
        running = 0
        for line in told.splitlines():
            number, comment, state, gpus, memory, elapsed = map(str.strip, line.split("|"))
            job = self.jobs.setdefault(number, Job(comment.replace("_wildcards_", " ")))
            job.gpus, job.memory, job.elapsed = "gpu" in gpus, memory, elapsed
            if job.states[-1:] != [state]:
                job.states.append(state)
            running += job.gpus and state == "RUNNING" and job.name.startswith("rule")
        self.together.append(running)

    def running(self, training: str) -> str:
        """The number of the job of a training that is running; empty if it is not."""
        for number, job in self.jobs.items():
            if job.name == f"rule_train {training}_1" and job.states[-1] == "RUNNING":
                return number
        return ""

    def processes(self, training: str) -> list[int]:
        """The processes of a training of this study."""
        pattern = f"smartiqa train .*--experiment {training} "
        found = subprocess.run(["pgrep", "-f", pattern], capture_output=True, text=True)
        return [
            process
            for process in map(int, found.stdout.split())
            if os.readlink(f"/proc/{process}/cwd") == str(self.folder)
        ]

    def caught(self) -> str | None:
        """A training, of those that nothing has happened to, which has a checkpoint and works."""
        for training in TRAININGS:
            checkpoint = self.folder / f"results/tiny/runs/{training}/seed1/unfinished.pt"
            if training in self.happened.values() or not checkpoint.is_file():
                continue
            if self.running(training) and self.processes(training):
                return training
        return None

    def table(self) -> str:
        """All jobs with the states that they went through."""
        rows = [("job", "rule and wildcards", "GPU", "memory", "elapsed", "states")]
        rows += [
            (n, j.name, "1" if j.gpus else "", j.memory, j.elapsed, " ".join(j.states))
            for n, j in self.jobs.items()
        ]
        return "\n".join("{:>4}  {:40}  {:3}  {:>6}  {:>7}  {}".format(*row) for row in rows)


def cancel(watch: Watch, training: str) -> None:
    watch.slurm.ask("scancel", watch.running(training))


def preempt(watch: Watch, training: str) -> None:
    """Let a job come that needs all GPUs, and may take them; wait until it has ended."""
    wanted = ("--gpus=2", "--partition=urgent", "--mem=100", "--output=/dev/null")
    watch.slurm.ask("sbatch", "--wait", *wanted, "--comment=urgent", "--wrap=sleep 5")


def hang(watch: Watch, training: str) -> None:
    """Let a training stand still until its time has run out; it has a minute."""
    for process in watch.processes(training):
        os.kill(process, signal.SIGSTOP)
    watch.slurm.ask("scontrol", "update", f"JobId={watch.running(training)}", "TimeLimit=1")


def restart(watch: Watch, training: str) -> None:
    """Start the controller anew, and then the daemon that `sacct` asks, if there is one."""
    watch.slurm.stop("slurmctld")
    time.sleep(RESTART)
    watch.slurm.start_controller()
    if watch.slurm.accounting:
        watch.slurm.stop("slurmdbd")
        time.sleep(OUTAGE)
        watch.slurm.start_accounting()


# One after the other, each to another training that is between two epochs.
EVENTS: tuple[Callable[[Watch, str], None], ...] = (cancel, preempt, restart, hang)


def study(folder: Path) -> Path:
    """The tiny study with fewer trainings, which take long enough to be interrupted."""
    copy_repository(folder)
    file = folder / "workflow/config/tiny.yaml"
    settings = yaml.safe_load(file.read_text())
    settings |= {"experiments": ["C0", *TRAININGS], "cross_experiments": ["C0", "C3"]}
    settings["recipes"]["smart"]["settings"]["epochs"] = EPOCHS
    file.write_text(yaml.safe_dump(settings, sort_keys=False))
    return folder


def start(slurm: Slurm, folder: Path, *options: str) -> subprocess.Popen[str]:
    """Run the workflow through the profile; what it prints goes to a file."""
    command = [sys.executable, "-m", "snakemake", "--workflow-profile", "profiles/slurm"]
    command += ["--config", "study=tiny", "--slurm-init-seconds-before-status-checks", "3"]
    command += ["--slurm-status-command", "sacct" if slurm.accounting else "squeue"]
    variables = slurm.variables
    variables["PATH"] = f"{Path(sys.executable).parent}:{variables['PATH']}"
    with (folder / "printed").open("w") as printed:
        return subprocess.Popen(
            [*command, *options], cwd=folder, env=variables, stdout=printed, stderr=printed
        )


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the study computes without Slurm."""
    folder = study(tmp_path_factory.mktemp("local"))
    snakemake(folder, TARGET)
    return result_files(folder)


@pytest.fixture(scope="module", params=[False, True], ids=["squeue", "sacct"])
def slurm(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Slurm]:
    folder = tmp_path_factory.mktemp("slurm") / "cluster"
    with running_slurm(folder, accounting=request.param) as started:
        yield started


@pytest.fixture(scope="module")
def ended(slurm: Slurm, tmp_path_factory: pytest.TempPathFactory) -> Watch:
    """The study after all that happened to it."""
    watch = Watch(slurm, study(tmp_path_factory.mktemp("study")))
    # The processor computes; the GPUs are there to be counted. One job has too little memory.
    resources = ("train:gpu=1", "predict:gpu=1", "floors:mem_mb=700 * attempt")
    build = start(slurm, watch.folder, "--set-resources", *resources, "--", TARGET)
    waiting = list(EVENTS)
    try:
        deadline = time.monotonic() + SECONDS
        while build.poll() is None:
            assert time.monotonic() < deadline, watch.table()
            watch.look()
            if waiting and (training := watch.caught()):
                event = waiting.pop(0)
                watch.happened[event.__name__] = training
                event(watch, training)
            time.sleep(0.2)
        watch.look()
    finally:
        build.kill()
        print(f"\n{watch.table()}\nmost jobs with a GPU at once: {max(watch.together)}")
        if slurm.accounting:
            shown = "JobID%8,Comment%45,State%20,Elapsed,MaxRSS,ReqMem"
            print(slurm.ask("sacct", "--duplicates", "--noconvert", f"--format={shown}"))
    assert build.returncode == 0, (watch.folder / "printed").read_text()[-6000:]
    assert not waiting, f"no training was caught between two epochs for {waiting}"
    return watch


def states(watch: Watch, name: str) -> list[str]:
    """The last states of all jobs of a name, in order."""
    return [job.states[-1] for job in watch.jobs.values() if job.name == name]


def test_the_results_are_those_of_a_local_run(ended: Watch, local: dict[str, bytes]) -> None:
    found = result_files(ended.folder)
    found = {name: content for name, content in found.items() if "slurm-logs" not in name}
    assert found.keys() == local.keys()
    assert [name for name in found if found[name] != local[name]] == []


def test_what_was_interrupted_went_on_from_its_last_epoch(ended: Watch) -> None:
    names = {event: f"rule_train {training}_1" for event, training in ended.happened.items()}
    cancelled = [job for job in ended.jobs.values() if job.name == names["cancel"]]
    assert [job.states[-1] for job in cancelled] == ["CANCELLED", "COMPLETED"]
    assert [job.memory for job in cancelled] == ["2100M", "3600M"]
    assert states(ended, names["hang"]) == ["TIMEOUT", "COMPLETED"]
    (preempted,) = (job for job in ended.jobs.values() if job.name == names["preempt"])
    assert preempted.states.count("RUNNING") == 2
    assert states(ended, names["restart"]) == ["COMPLETED"]
    for event in ("cancel", "preempt", "hang"):
        log = (ended.folder / LOG.format(ended.happened[event])).read_text()
        assert "going on after epoch" in log


def test_a_job_with_too_little_memory_gets_more(ended: Watch) -> None:
    found = states(ended, "rule_floors")
    assert len(found) > 1
    assert "COMPLETED" not in found[:-1]
    assert found[-1] == "COMPLETED"


def test_no_more_jobs_have_a_gpu_than_there_are(ended: Watch) -> None:
    assert max(ended.together) == ended.slurm.gpus


def test_small_jobs_and_downloads_are_not_submitted(ended: Watch) -> None:
    submitted = {job.name.split()[0] for job in ended.jobs.values()} - {"urgent"}
    jobs = MODEL_JOBS - {"teach"}  # nobody learns from a teacher in this study
    assert submitted == {f"rule_{name}" for name in (*jobs, "synthesise", "prepare", "store")}


def test_the_user_is_told_what_slurm_said(ended: Watch) -> None:
    printed = (ended.folder / "printed").read_text()
    for state in ("CANCELLED", "TIMEOUT"):
        assert re.search(rf"SLURM-job '\d+' failed, SLURM status is: '{state}'", printed)
    kept = {path.parent.parent.name for path in ended.folder.glob("results/slurm-logs/*/*/*.log")}
    assert kept >= {"rule_train"}


@pytest.mark.parametrize(
    ("resources", "told"),
    [
        (("slurm_partition=nowhere",), "invalid partition specified: nowhere"),
        (("gpu=3",), "Requested node configuration is not available"),
        (("gpu=1", "gpu_model=nothing"), "Requested node configuration is not available"),
        (("mem_mb=999999",), "Memory specification can not be satisfied"),
    ],
    ids=["partition", "GPUs", "kind of GPU", "memory"],
)
def test_what_cannot_be_is_told_by_slurm(
    resources: tuple[str, ...], told: str, slurm: Slurm, tmp_path: Path
) -> None:
    folder = copy_repository(tmp_path)
    wanted = [f"synthesise:{resource}" for resource in resources]
    build = start(slurm, folder, "--set-resources", *wanted, "--", "results/tiny/raw/single")
    assert build.wait(timeout=SECONDS) == 1
    printed = (folder / "printed").read_text()
    assert told in printed
    assert not (folder / "results/tiny/raw").exists()


def test_a_job_that_asks_for_too_much_time_waits(slurm: Slurm) -> None:
    """Until somebody looks: Slurm refuses it only if EnforcePartLimits says so."""
    number = slurm.ask("sbatch", "--parsable", "--time=99:00:00", "--wrap=true").strip()
    slurm.wait_until(
        lambda: "PartitionTimeLimit" in slurm.ask("squeue", "-h", "-o", "%r", "-j", number)
    )
    slurm.ask("scancel", number)
