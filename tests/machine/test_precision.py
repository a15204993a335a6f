from __future__ import annotations

from typing import Any

import pytest
import torch

from smartiqa.config.experiment import Compute, Experiment
from smartiqa.core.errors import InputError
from smartiqa.machine import precision
from smartiqa.machine.precision import (
    autocast,
    choose_device,
    choose_precision,
    float32_products,
    full_float32,
    has_bfloat16,
    set_float32_products,
)
from tiny_study import TINY_SWIN, experiment

CPU = torch.device("cpu")


def settings(study: Any, backbone: Any = None) -> Experiment:
    return experiment().model_copy(
        update={
            "compute": Compute(threads=1, precision=study),
            "backbone": TINY_SWIN.model_copy(update={"precision": backbone}),
        }
    )


@pytest.mark.parametrize("hardware", [True, False])
@pytest.mark.parametrize(
    ("study", "backbone", "expected"),
    [
        ("float32", None, "float32"),
        ("bfloat16", None, "bfloat16"),
        ("bfloat16", "float32", "float32"),  # the backbone's own choice comes first
        ("float32", "bfloat16", "bfloat16"),
        ("auto", "float32", "float32"),
        ("auto", None, "auto"),
    ],
)
def test_who_chooses_the_number_format(
    study: str, backbone: str | None, expected: str, hardware: bool, monkeypatch: Any
) -> None:
    monkeypatch.setattr(precision, "has_bfloat16", lambda _: hardware)
    automatic = "bfloat16" if hardware else "float32"
    chosen = choose_precision(settings(study, backbone), CPU)
    assert chosen == (automatic if expected == "auto" else expected)


@pytest.mark.parametrize("instructions", [True, False])
def test_a_cpu_is_asked_for_its_instructions(instructions: bool, monkeypatch: Any) -> None:
    capabilities = {"avx512_bf16": instructions}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert has_bfloat16(CPU) == instructions


@pytest.mark.parametrize("gpu", [True, False])
def test_a_gpu_is_preferred_unless_the_study_says_otherwise(gpu: bool, monkeypatch: Any) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    assert choose_device("auto").type == ("cuda" if gpu else "cpu")
    assert choose_device("cpu") == CPU
    if gpu:
        assert choose_device("cuda").type == "cuda"
    else:
        with pytest.raises(InputError, match="device cuda: PyTorch sees no GPU here"):
            choose_device("cuda")


def test_only_bfloat16_casts() -> None:
    matrix = torch.ones(2, 2)
    with autocast("bfloat16", CPU):
        assert (matrix @ matrix).dtype == torch.bfloat16
    with autocast("float32", CPU):
        assert (matrix @ matrix).dtype == torch.float32


def switches() -> tuple[bool, bool]:
    return torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32


def test_products_are_chosen_for_both_libraries(restored_products: None) -> None:
    set_float32_products("tf32")
    assert (switches(), float32_products()) == ((True, True), "tf32")
    set_float32_products("ieee")
    assert (switches(), float32_products()) == ((False, False), "ieee")


@pytest.mark.parametrize("library", ["matmul", "cudnn"])
def test_one_library_that_rounds_is_enough_for_tf32(library: str, restored_products: None) -> None:
    set_float32_products("ieee")
    torch.backends.cuda.matmul.allow_tf32 = library == "matmul"
    torch.backends.cudnn.allow_tf32 = library == "cudnn"
    assert float32_products() == "tf32"


@pytest.mark.parametrize("before", [(False, True), (True, True), (True, False), (False, False)])
def test_full_float32_lasts_as_long_as_its_block(
    before: tuple[bool, bool], restored_products: None
) -> None:
    torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before
    matrix = torch.ones(2, 2)
    with autocast("bfloat16", CPU), full_float32(CPU):
        assert switches() == (False, False)
        assert (matrix @ matrix).dtype == torch.float32
    assert switches() == before


def test_full_float32_ends_with_an_error(restored_products: None) -> None:
    set_float32_products("tf32")
    with pytest.raises(KeyboardInterrupt), full_float32(CPU):
        raise KeyboardInterrupt
    assert switches() == (True, True)
