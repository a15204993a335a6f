"""What a process that runs models sets for itself before it starts."""

from __future__ import annotations

import ctypes
import os
import platform
import threading
from multiprocessing import parent_process
from typing import Literal

import torch

from smartiqa.config.experiment import Compute
from smartiqa.machine.gpus import take_gpu
from smartiqa.machine.precision import Float32Products, choose_device, set_float32_products

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # numbers of glibc's malloc.h
LARGEST_ON_HEAP = 32 * 2**20  # bytes; the most that glibc itself comes to by and by


def set_up_process(
    threads: int,
    device: Literal["auto", "cpu", "cuda"],
    float32_products: Float32Products = "ieee",
) -> torch.device:
    """Set threads, memory, GPU and number formats for the models of this process.

    Args:
        threads: of the model; part of the result, because they fix the order of summation.
        device: see `smartiqa.machine.precision.choose_device`.
        float32_products: how a GPU multiplies; a CPU always multiplies in full.

    Returns:
        The device.
    """
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = False  # which algorithm is the fastest is chance
    torch.backends.cudnn.deterministic = True  # or cuDNN may take one that adds up in any order
    keep_freed_memory()
    if device != "cpu":
        take_gpu()
    chosen = choose_device(device)
    set_float32_products(float32_products if chosen.type == "cuda" else "ieee")
    return chosen


def set_up_for(compute: Compute) -> torch.device:
    """Set this process up as settings say; returns the device."""
    return set_up_process(compute.threads, compute.device, compute.float32_products)


def keep_freed_memory() -> None:
    """Let the C library keep the memory of freed tensors of up to 32 MB for the next ones.

    By default glibc soon hands it back to the system and gets it anew, filled with zeros page by
    page, in every step. Larger blocks still come and go: kept on the heap they would break it up,
    because an aligned block does not fit into the place of one of its own size. Does nothing under
    another C library.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(MMAP_THRESHOLD, LARGEST_ON_HEAP)
        libc.mallopt(TRIM_THRESHOLD, -1)  # never


def end_with_parent() -> None:
    """Let this process of a pool end when the one that made the pool is gone, however it went.

    Without it the processes of a pool whose parent is killed wait for work for ever.
    """
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)
