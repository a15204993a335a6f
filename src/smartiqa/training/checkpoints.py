"""Checkpoints: weights as safetensors, the history, the state from which a killed run goes on."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from safetensors.torch import save_file
from torch import nn

from smartiqa.core.errors import InputError, is_out_of_memory
from smartiqa.core.files import damage_of, discard, replace_atomically
from smartiqa.core.json_files import missing_key
from smartiqa.models.tensor_files import UNREADABLE, told_if_not_written
from smartiqa.provenance.identity import Identity, differences

logger = logging.getLogger(__name__)

Weights = dict[str, torch.Tensor]
PLACE = {"device", "number_format"}  # keys of an identity that say where a run computes
STATE_KEYS = ("spent", "progress", "steps", "optimiser", "model", "objective")


def copy_weights(model: nn.Module) -> Weights:
    """Return a detached copy of the model's state on the CPU."""
    return {name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}


def save_weights(path: Path, weights: Weights) -> None:
    """Write weights as safetensors, whole or not at all.

    Raises:
        InputError: the disk is full.
    """
    with told_if_not_written(path), replace_atomically(path) as temporary:
        save_file({name: tensor.contiguous() for name, tensor in weights.items()}, temporary)


def save_history(path: Path, history: Sequence[Mapping[str, float]]) -> None:
    """Write one row an epoch as CSV, whole or not at all."""
    with replace_atomically(path) as temporary:
        pd.DataFrame(history).to_csv(temporary, index=False)


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Write the state of a run, whole or not at all.

    Raises:
        InputError: the disk is full.
    """
    with told_if_not_written(path), replace_atomically(path) as temporary:
        torch.save(state, temporary)


def _gpu_is_gone(identity: Identity, state: Mapping[str, Any]) -> bool:
    return state["identity"]["device"].startswith("cuda") and identity.device.startswith("cpu")


def load_state(path: Path, identity: Identity) -> dict[str, Any] | None:
    """Read the state of a killed run, or None if there is none that has this identity.

    A state of another run, or one that cannot be read, is of no use and is ignored; what makes it
    another run is logged. A damaged one is named and removed. One that the system does not let us
    read is an error, and stays.
    """
    if problem := damage_of(path):
        logger.warning("%s is damaged: %s; it is discarded", path, problem)
        discard(path)
    try:
        state: Any = torch.load(path, map_location="cpu", weights_only=True)
    except UNREADABLE as error:
        of_system = isinstance(error, OSError) and not isinstance(error, FileNotFoundError)
        if of_system or is_out_of_memory(error):  # hours of training are no reason to begin anew
            raise
        return None
    if not isinstance(state, dict) or not isinstance(state.get("identity"), dict):
        logger.warning("%s is no state of a run and is not used: training starts anew", path)
        return None
    if differing := list(differences(identity, state["identity"])):
        reason = "; ".join(differing)
        if {one.split()[0] for one in differing} <= PLACE and _gpu_is_gone(identity, state):
            raise InputError(
                f"{path} is of a training on {state['identity']['device']}, and PyTorch sees no "
                "GPU here: mend that, or remove the file to begin anew on the processor"
            )
        logger.warning("%s is of another run and is not used: %s", path, reason)
        return None
    if (missing := missing_key(state, STATE_KEYS)) is not None:
        logger.warning("%s lacks '%s' and is not used: training starts anew", path, missing)
        return None
    return dict(state)
