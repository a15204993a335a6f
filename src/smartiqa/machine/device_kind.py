"""What decides, beside code and data, which bits a model computes."""

from __future__ import annotations

import contextlib

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from smartiqa.machine.precision import Precision, float32_products

# Extensions for which the libraries below PyTorch have code of their own.
MATRIX_EXTENSIONS = ("avx512_bf16", "avx512_fp16", "amx_bf16")


def device_kind(device: torch.device) -> str:
    """Return the kind of a device: devices of one kind compute the same bits.

    A GPU's is its product. A processor's is its architecture with the vector instructions that
    PyTorch and oneDNN choose their code by, not its name: the order in which numbers are added
    depends on these.
    """
    if device.type == "cuda":
        return f"cuda {torch.cuda.get_device_name(device)}"
    found = torch.cpu.get_capabilities()
    extensions = [name for name in MATRIX_EXTENSIONS if found.get(name, False)]
    level = torch.backends.cpu.get_cpu_capability()
    return " ".join(["cpu", str(found.get("architecture", "unknown")), level, *extensions])


def number_format(precision: Precision, device: torch.device) -> str:
    """Name what a model computes in, products rounded to TF32 on a GPU included."""
    rounded = device.type == "cuda" and float32_products() == "tf32"
    return f"{precision} with TF32 products" if rounded else precision


def repeatable_attention(device: torch.device) -> contextlib.AbstractContextManager[None]:
    """Return the context in which attention has the same gradients whenever they are computed.

    By default a GPU takes a fused kernel, whose blocks add to a gradient in the order in which they
    happen to end. Without gradients these kernels repeat their bits, too.
    """
    if device.type == "cuda":
        return sdpa_kernel(SDPBackend.MATH)
    return contextlib.nullcontext()
