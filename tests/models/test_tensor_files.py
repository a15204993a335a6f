"""Checkpoints of others come in many wrappings; what is inside is found, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from smartiqa.core.errors import InputError
from smartiqa.models.tensor_files import likeness, read_tensors

STATE = {"stem.weight": torch.arange(6.0).view(2, 3), "modules.bias": torch.ones(2)}


def prefixed(prefix: str) -> dict[str, Any]:
    return {f"{prefix}{name}": tensor for name, tensor in STATE.items()}


@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.", "module._orig_mod."])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_what_training_puts_into_names_is_dropped(prefix: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"checkpoint{suffix}"
    (save_file if suffix == ".safetensors" else torch.save)(prefixed(prefix), path)
    found = read_tensors(path)
    assert found.keys() == STATE.keys()
    assert all(found[name].equal(STATE[name]) for name in STATE)


def test_a_part_that_was_compiled_has_its_plain_name(tmp_path: Path) -> None:
    torch.save({"backbone._orig_mod.stem.weight": torch.ones(1)}, tmp_path / "a.pt")
    assert [*read_tensors(tmp_path / "a.pt")] == ["backbone.stem.weight"]


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda state: {"params": state},
        lambda state: {"params_ema": state, "epoch": 3},
        lambda state: {"state_dict": state, "optimizer": {"lr": 0.1}},
        lambda state: {"epoch": 3, "model": {"state_dict": state}},
    ],
)
def test_a_state_dict_is_found_in_its_wrappers(
    wrapped: Callable[[Any], Any], tmp_path: Path
) -> None:
    torch.save(wrapped(prefixed("module.")), tmp_path / "a.pth")
    assert read_tensors(tmp_path / "a.pth").keys() == STATE.keys()


@pytest.mark.parametrize("content", [{"epoch": 3}, [1, 2], {"params": {"a": "text"}}])
def test_a_file_without_tensors_is_one_line(content: object, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "a.pth")
    with pytest.raises(InputError, match=r"a\.pth: holds no state dict"):
        read_tensors(tmp_path / "a.pth")


def test_likeness_counts_names_and_shapes() -> None:
    assert likeness(STATE, STATE) == 1
    assert likeness(STATE, {**STATE, "modules.bias": torch.ones(3)}) == pytest.approx(1 / 3)
    assert likeness(STATE, {}) == 0


@pytest.mark.parametrize(
    "content", [b"hello", b"(", b"cos\nsystem\n", b"\x80\x02N.", b"PK\x03\x04"]
)
def test_any_bytes_are_one_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.pth: (not a checkpoint|holds no state dict)"):
        read_tensors(tmp_path / "a.pth")
