"""Where and in which number format a model computes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Literal

import torch

from smartiqa.config.experiment import Experiment
from smartiqa.core.errors import InputError

Precision = Literal["float32", "bfloat16"]
Float32Products = Literal["ieee", "tf32"]


def choose_device(wanted: Literal["auto", "cpu", "cuda"]) -> torch.device:
    """Return the device; `auto` prefers a GPU.

    Raises:
        InputError: a GPU is asked for where PyTorch sees none.
    """
    if wanted == "cuda" and not torch.cuda.is_available():
        raise InputError("device cuda: PyTorch sees no GPU here; take device: auto or cpu")
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(wanted)


def choose_precision(experiment: Experiment, device: torch.device) -> Precision:
    """Return the number format of an experiment on a device.

    The backbone's own choice comes first, because some networks lose speed in bfloat16 on a CPU
    (depthwise convolutions do); `auto` takes bfloat16 where the hardware has it.
    """
    wanted = experiment.backbone.precision or experiment.compute.precision
    if wanted == "auto":
        return "bfloat16" if has_bfloat16(device) else "float32"
    return wanted


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device has instructions for bfloat16 products."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu.get_capabilities().get("avx512_bf16", False))


def autocast(precision: Precision, device: torch.device) -> contextlib.AbstractContextManager[None]:
    """Return the context in which a model computes in `precision`."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bfloat16")


def set_float32_products(kind: Float32Products) -> None:
    """Choose how a GPU multiplies float32 numbers in this process, in cuBLAS and cuDNN alike.

    By default PyTorch rounds the factors of convolutions to TF32 and leaves other products alone.
    """
    # The older of PyTorch's two interfaces: torch.compile reads no other.
    torch.backends.cuda.matmul.allow_tf32 = kind == "tf32"
    torch.backends.cudnn.allow_tf32 = kind == "tf32"


def float32_products() -> Float32Products:
    """Return how a GPU multiplies float32 numbers now: "ieee" only if no product is rounded."""
    rounded = torch.backends.cuda.matmul.allow_tf32 or torch.backends.cudnn.allow_tf32
    return "tf32" if rounded else "ieee"


@contextlib.contextmanager
def full_float32(device: torch.device) -> Iterator[None]:
    """Compute in full float32: neither mixed precision nor products rounded to TF32.

    The gradients of what is computed here are products of their own: they come out as the process
    multiplies when they are taken.
    """
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    with _without_autocast(device):
        if any(before):
            set_float32_products("ieee")
        try:
            yield
        finally:
            if any(before):
                torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before


def has_autocast(device: torch.device) -> bool:
    """Whether mixed precision exists on a device; on "meta", where models are counted, it does not.

    PyTorch 2.11, the oldest that is allowed, cannot compile its own `is_autocast_available`.
    """
    return device.type != "meta"


def _without_autocast(device: torch.device) -> contextlib.AbstractContextManager[object]:
    if has_autocast(device):
        return torch.autocast(device.type, enabled=False)
    return contextlib.nullcontext()
