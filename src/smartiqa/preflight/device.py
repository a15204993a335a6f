"""Has this machine the device, the cores and the memory that jobs which run a model ask for?"""

from __future__ import annotations

import os
from functools import partial

from smartiqa.machine.precision import choose_device
from smartiqa.preflight.findings import Findings
from smartiqa.preflight.work import Work

CROWDED = 4  # times as many threads as cores: then they mostly wait for each other


def check_device(work: Work, found: Findings) -> bool:
    """Check device, threads and memory; return whether models run on a GPU."""
    compute, schedule = work.study.compute, work.study.schedule
    device = found.attempt("compute", partial(choose_device, compute.device))
    if device is not None:
        found.note(f"compute.device: models run on {device.type}")
    cores = len(os.sched_getaffinity(0))
    if compute.threads > CROWDED * cores:
        found.error(f"compute.threads: {compute.threads} threads hang {cores} cores; take fewer")
    elif compute.threads > cores:
        found.warn(f"compute.threads: {compute.threads} threads share {cores} cores; it is slower")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if schedule.memory_mb * 10**6 > memory:
        found.warn(
            f"schedule.memory_mb: a job may take {schedule.memory_mb:,} MB, and this machine has "
            f"{memory // 10**6:,}"
        )
    return device is not None and device.type == "cuda"
