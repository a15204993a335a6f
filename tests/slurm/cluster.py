"""A real Slurm on this machine: one node, made-up GPUs, everything in one folder.

Needs Debian's packages slurm-wlm and munge, for accounting slurmdbd and mariadb-server; no rights
of root, and nothing of a Slurm that may be installed here is touched.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from shared_places import HOST, free_ports

SECONDS = 60  # within which a daemon must answer
DAEMONS = {"slurm-wlm": ("sbatch", "slurmctld", "slurmd"), "munge": ("munged",)}
ACCOUNTING = {"slurmdbd": ("slurmdbd",), "mariadb-server": ("mariadbd", "mariadb-install-db")}
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"

# More processors and memory than there are may be promised (config_overrides): jobs are small. A
# job of the partition `urgent` takes the place of others, which are queued again.
SLURM_CONF = """
ClusterName=laboratory
SlurmctldHost={host}({address})
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
GresTypes=gpu
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
MinJobAge=3600
KillWait=5
ReturnToService=2
MailProg=/bin/true
{accounting}
NodeName={host} NodeAddr={address} CPUs={cpus} RealMemory={memory_mb} Gres=gpu:{gpus}
PartitionName=normal Nodes={host} Default=YES PriorityTier=1 MaxTime=08:00:00
PartitionName=urgent Nodes={host} PriorityTier=10
"""
SLURMDBD_CONF = """
DbdHost={host}
DbdAddr={address}
DbdPort={dbd}
SlurmUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
LogFile={folder}/slurmdbd.log
PidFile={folder}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost={address}
StoragePort={database}
StorageUser=slurm
StoragePass=slurm
"""
ACCOUNTING_CONF = """
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost={address}
AccountingStoragePort={dbd}
AccountingStoragePass={folder}/munge.socket
AccountingStorageTRES=gres/gpu
AccountingStoreFlags=job_comment
"""


@dataclass
class Slurm:
    """A cluster of one node.

    Attributes:
        folder: of all its files.
        accounting: whether jobs are kept in a database.
        gpus: made up; jobs get their numbers and nothing else.
    """

    folder: Path
    accounting: bool
    gpus: int = 2
    cpus: int = 8
    memory_mb: int = 16_000
    daemons: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        """The variables with which programs of Slurm find this cluster."""
        path = f"{self.folder / 'bin'}:{PATH}"
        return {**os.environ, "PATH": path, "SLURM_CONF": str(self.folder / "slurm.conf")}

    def ask(self, *command: str, check: bool = True) -> str:
        """Run a program of Slurm; return what it prints."""
        done = subprocess.run(
            command, env=self.variables, capture_output=True, text=True, check=False
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: {done.stderr}")
        return done.stdout

    def start(self, name: str, *command: str) -> None:
        """Start a daemon that stays a child of this process."""
        with (self.folder / f"{name}.out").open("ab") as output:
            self.daemons[name] = subprocess.Popen(
                command, env=self.variables, stdout=output, stderr=output
            )

    def stop(self, name: str) -> None:
        """End a daemon as `systemctl stop` does, and wait for it."""
        daemon = self.daemons.pop(name)
        daemon.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            daemon.wait(timeout=SECONDS)
            return
        daemon.kill()
        daemon.wait()

    def start_controller(self) -> None:
        """Start the controller, and wait until it answers."""
        self.start("slurmctld", "slurmctld", "-D")
        self.wait_until(lambda: "is UP" in self.ask("scontrol", "ping", check=False))

    def start_accounting(self) -> None:
        """Start the daemon of the database of jobs, and wait until it answers."""
        self.start("slurmdbd", "slurmdbd", "-D")
        port = int(re.findall(r"DbdPort=(\d+)", (self.folder / "slurmdbd.conf").read_text())[0])
        self.wait_until(lambda: _listens(port))

    def wait_until(self, answers: object) -> None:
        """Wait until a function returns something true."""
        assert callable(answers)
        deadline = time.monotonic() + SECONDS
        while not answers():
            ended = [name for name, daemon in self.daemons.items() if daemon.poll() is not None]
            assert not ended, f"ended: {ended}; see {self.folder}"
            assert time.monotonic() < deadline, f"no answer; see {self.folder}"
            time.sleep(0.2)


def missing_programs(accounting: bool) -> list[str]:
    """Name the Debian packages whose programs are not installed."""
    packages = DAEMONS | (ACCOUNTING if accounting else {})
    return [
        package
        for package, programs in packages.items()
        if not all(shutil.which(program, path=PATH) for program in programs)
    ]


@contextlib.contextmanager
def running_slurm(folder: Path, *, accounting: bool) -> Iterator[Slurm]:
    """Run a cluster; its daemons and jobs end with it."""
    folder.mkdir(parents=True)
    slurm = Slurm(folder, accounting)
    try:
        _configure(slurm)
        yield slurm
    finally:
        slurm.ask("scancel", "--state=PENDING", check=False)
        slurm.ask("scancel", "--user", getpass.getuser(), check=False)
        for name in reversed(list(slurm.daemons)):
            slurm.stop(name)


def _configure(slurm: Slurm) -> None:
    """Write all settings and start all daemons, each when those below it answer."""
    folder = slurm.folder
    controller, node, dbd, database = free_ports(4)
    facts = {
        **{"controller": controller, "node": node, "dbd": dbd, "database": database},
        **{"host": socket.gethostname().split(".")[0], "address": HOST, "folder": folder},
        **{"user": getpass.getuser(), "gpus": slurm.gpus, "cpus": slurm.cpus},
        "memory_mb": slurm.memory_mb,
    }
    for name in ("state", "spool", "bin"):
        (folder / name).mkdir()
    # The plugin's steps lose SLURM_CONF; on a real cluster the file is where srun looks for it.
    srun = (
        f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {shutil.which("srun", path=PATH)} "$@"\n'
    )
    (folder / "bin" / "srun").write_text(srun)
    (folder / "bin" / "srun").chmod(0o755)
    accounting = ACCOUNTING_CONF.format(**facts) if slurm.accounting else ""
    (folder / "slurm.conf").write_text(SLURM_CONF.format(**facts, accounting=accounting))
    files = [folder / f"gpu{number}" for number in range(slurm.gpus)]
    for file in files:  # a device that does nothing
        file.symlink_to("/dev/null")
    (folder / "gres.conf").write_text(f"Name=gpu File={folder}/gpu[0-{slurm.gpus - 1}]\n")
    _start_munge(slurm)
    if slurm.accounting:
        _start_database(slurm, database)
        (folder / "slurmdbd.conf").write_text(SLURMDBD_CONF.format(**facts))
        (folder / "slurmdbd.conf").chmod(0o600)
        slurm.start_accounting()
    slurm.start_controller()
    slurm.start("slurmd", "slurmd", "-D", "-N", str(facts["host"]))
    slurm.wait_until(lambda: "idle" in slurm.ask("sinfo", "--noheader", "--format=%T"))


def _start_munge(slurm: Slurm) -> None:
    key, made = slurm.folder / "munge.key", slurm.folder / "munge.socket"
    key.write_bytes(secrets.token_bytes(128))
    key.chmod(0o400)
    options = {
        "key-file": key,
        "log-file": slurm.folder / "munge.log",
        "pid-file": slurm.folder / "munge.pid",
        "seed-file": slurm.folder / "munge.seed",
        "socket": made,
    }
    given = [f"--{name}={value}" for name, value in options.items()]
    slurm.start("munged", "munged", "--foreground", "--force", *given)
    slurm.wait_until(made.exists)


def _start_database(slurm: Slurm, port: int) -> None:
    data, made = slurm.folder / "database", slurm.folder / "database.socket"
    user = f"--user={getpass.getuser()}"
    options = ["--no-defaults", f"--datadir={data}", user]
    slurm.ask("mariadb-install-db", *options, "--auth-root-authentication-method=normal")
    network = [f"--port={port}", f"--bind-address={HOST}", f"--socket={made}"]
    slurm.start(
        "mariadbd", "mariadbd", *options, *network, f"--pid-file={slurm.folder}/database.pid"
    )
    slurm.wait_until(made.exists)
    user = f"slurm@'{HOST}'"
    grant = f"CREATE USER {user} IDENTIFIED BY 'slurm'; GRANT ALL ON *.* TO {user}"
    slurm.ask("mariadb", "--no-defaults", f"--socket={made}", "--user=root", f"--execute={grant}")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
