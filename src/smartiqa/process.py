"""What a process that runs models sets for itself before it starts."""

from __future__ import annotations

import ctypes
import platform
from typing import Literal

import torch

from smartiqa.precision import choose_device

MALLOPT = {"M_TRIM_THRESHOLD": -1, "M_MMAP_MAX": -4}  # numbers of glibc's malloc.h


def set_up_process(threads: int, device: Literal["auto", "cpu", "cuda"]) -> torch.device:
    """Set threads, memory and number formats for the models of this process.

    Args:
        threads: of the model; part of the result, because they fix the order of summation.
        device: see `smartiqa.precision.choose_device`.

    Returns:
        The device.
    """
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = False
    torch.backends.cuda.matmul.allow_tf32 = True
    keep_freed_memory()
    return choose_device(device)


def keep_freed_memory() -> None:
    """Let the C library keep the memory of freed tensors for the next ones.

    By default glibc hands every block above 32 MB back to the system and gets it anew, filled with
    zeros page by page, in every step. Does nothing under another C library.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(MALLOPT["M_MMAP_MAX"], 0)  # no block apart from the heap
        libc.mallopt(MALLOPT["M_TRIM_THRESHOLD"], -1)  # the heap never shrinks
