"""Which GPU of a machine a process takes: one that no other has, or a share of one.

A process that took a GPU is bound to a socket of the machine whose name says which; no file belongs
to it, and the kernel frees the name when the process ends, however it does.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

DEVICES = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")  # NVIDIA; any in WSL; AMD
VARIABLE = "CUDA_VISIBLE_DEVICES"

_held: list[socket.socket] = []  # open for as long as this process lives


def gpu_in_sight() -> bool:
    """Whether this machine seems to have a GPU, without loading what could ask it."""
    return any(Path(device).exists() for device in DEVICES)


def share_processor(workflow: Any) -> None:
    """Let models run side by side where the default limit, one a GPU, holds them back for nothing.

    For a build on this machine, if it has no GPU; a larger limit that a person gave is left.
    """
    limits = workflow.scheduler.resources
    if limits.get("gpu") == 1 and workflow.local_exec and not gpu_in_sight():
        needs = [job.resources for job in workflow.dag.needrun_jobs() if job.resources.get("gpu")]
        largest = max((need.get("mem_mb", 1) for need in needs), default=1)
        limits["gpu"] = models_at_once(workflow.cores, largest)


def models_at_once(cores: int, memory_mb: int) -> int:
    """How many jobs that run a model fit on this machine at once if it has no GPU.

    Args:
        cores: that Snakemake may use.
        memory_mb: of the largest of these jobs.
    """
    machine_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 10**6
    return max(1, min(cores, machine_mb // memory_mb))


def take_gpu() -> None:
    """Let this process see one GPU of those that it may see; nothing happens where there is none.

    CUDA reads the variable once: this has to come before anything else asks for a GPU.
    """
    from torch import cuda

    gpus = visible_gpus(os.environ.get(VARIABLE), cuda.device_count())
    if gpus and not _held and not cuda.is_initialized():  # type: ignore[no-untyped-call]
        os.environ[VARIABLE] = gpu_of_rank(gpus, os.environ) or choose_gpu(gpus, claim_share)


def visible_gpus(listed: str | None, number: int) -> list[str]:
    """Name the GPUs that a process may see, as `CUDA_VISIBLE_DEVICES` names them.

    Args:
        listed: the variable, if a cluster or a person has set it.
        number: of GPUs that CUDA finds under it; what follows an invalid name does not count.
    """
    names = listed.split(",") if listed is not None else map(str, range(number))
    return [name.strip() for name in names][:number]


def gpu_of_rank(gpus: Sequence[str], variables: Mapping[str, str]) -> str | None:
    """Return the GPU of one process of a team that has all of these GPUs, one each.

    A cluster numbers the GPUs of every job from 0, so what others have claimed says nothing there.

    Args:
        gpus: that the process may see.
        variables: as torchrun sets them.
    """
    if len(gpus) < 2 or variables.get("WORLD_SIZE") != str(len(gpus)):
        return None
    return gpus[int(variables["LOCAL_RANK"])]


def choose_gpu(gpus: Sequence[str], claim: Callable[[str], bool]) -> str:
    """Return the first GPU of which a share can be claimed.

    Nobody waits: how many run at once is Snakemake's to say. Where they are more than GPUs, each
    gets a second share before any gets a third.

    Args:
        gpus: to choose from, at least one.
        claim: takes a share by its name, and says whether it was free.
    """
    return next(gpu for share in count() for gpu in gpus if claim(f"{gpu}, share {share}"))


def claim_share(share: str) -> bool:
    """Take a share of a GPU until this process ends; False if another process has it."""
    held = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        held.bind(f"\0smartiqa: GPU {share}")  # NUL: a name without a file
    except OSError as error:
        held.close()
        if error.errno == errno.EADDRINUSE:
            return False
        raise
    _held.append(held)
    return True
