"""Files of tensors: safetensors, and PyTorch checkpoints of nothing but tensors."""

from __future__ import annotations

import contextlib
import pickle
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor

from smartiqa.core.errors import InputError
from smartiqa.core.files import UNPARSABLE
from smartiqa.models.backbones import read_safetensors

# Under which trainers put a state dict; `params` is that of BasicSR and IQA-PyTorch.
WRAPPERS = ("state_dict", "model_state_dict", "model", "params", "params_ema")
# What data-parallel training and torch.compile put into names.
PREFIXES = re.compile(r"^(?:module\.|_orig_mod\.)+|(?<=\.)_orig_mod\.")
# What PyTorch raises if a file is damaged or none of its own: it takes any bytes for instructions.
UNREADABLE = (*UNPARSABLE, AttributeError, RuntimeError, pickle.UnpicklingError)
PYTORCH_WRITER = "inline_container.cc"  # names itself where it cannot write


@contextlib.contextmanager
def told_if_not_written(path: Path) -> Iterator[None]:
    """Tell what writers of tensors mean by errors of their own: that the disk took no more.

    Raises:
        InputError: a file of tensors could not be written to its end.
    """
    try:
        yield
    except (RuntimeError, SafetensorError) as error:
        of_system = isinstance(error.__context__, OSError)
        if not (of_system or isinstance(error, SafetensorError) or PYTORCH_WRITER in str(error)):
            raise  # a defect, such as tensors that share memory
        # PyTorch itself only says at which byte of which of its source files it stood.
        reason = "" if PYTORCH_WRITER in str(error) else f" ({' '.join(str(error).split())})"
        if of_system:
            reason = f" ({error.__context__})"
        raise InputError(f"{path} cannot be written{reason}; make room on its disk") from error


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a ``.safetensors`` file or of a PyTorch checkpoint.

    A state dict inside of wrapping dictionaries is found, and what data-parallel training and
    torch.compile put into names (``module.``, ``_orig_mod.``) is dropped.

    Raises:
        InputError: the file is missing, damaged, or holds anything but tensors.
    """
    content = read_safetensors(path) if path.suffix == ".safetensors" else _unpickled(path)
    return {PREFIXES.sub("", str(name)): tensor for name, tensor in content.items()}


def _unpickled(path: Path) -> Mapping[str, Tensor]:
    try:
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except UNREADABLE as error:
        raise InputError(
            f"{path}: not a checkpoint of tensors only, which is all that is read from a pickle; "
            "give a .safetensors file, or a .pth file of a state_dict"
        ) from error
    content = _unwrapped(content)
    if not isinstance(content, Mapping) or not all(map(torch.is_tensor, content.values())):
        raise InputError(f"{path}: holds no state dict (a mapping of names to tensors)")
    return content


def _unwrapped(content: Any) -> Any:
    """The state dict inside of dictionaries, such as ``{"epoch": 3, "state_dict": ...}``."""
    for key in WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            return _unwrapped(content[key])
    return content


def likeness(expected: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> float:
    """Return the share of tensors of two state dicts that both have, by name and shape: 0 to 1."""
    ours, theirs = (
        {(name, tuple(tensor.shape)) for name, tensor in state.items()}
        for state in (expected, given)
    )
    return len(ours & theirs) / max(len(ours | theirs), 1)
