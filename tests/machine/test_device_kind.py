from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.backends import cuda

from smartiqa.machine.device_kind import repeatable_attention
from smartiqa.models.gradients import pixel_gradients
from smartiqa.training.loop import train_step
from tiny_study import TINY_SWIN


def fused() -> list[bool]:
    """Which fused kernels attention may take."""
    return [cuda.flash_sdp_enabled(), cuda.mem_efficient_sdp_enabled(), cuda.cudnn_sdp_enabled()]


class Seen(BaseException):
    """A model was called."""


class Model(torch.nn.Linear):
    """Says which kernels it may take."""

    def forward(self, images: torch.Tensor) -> Any:
        raise Seen(any(fused()))


def test_a_gpu_takes_no_fused_attention_and_a_processor_what_it_took() -> None:
    before = fused()
    with repeatable_attention(torch.device("cpu")):
        assert fused() == before
    with repeatable_attention(torch.device("cuda", 0)):
        assert not any(fused())
        assert cuda.math_sdp_enabled()
    assert fused() == before


@pytest.mark.parametrize(("device", "allowed"), [("cuda", False), ("cpu", True)])
def test_whatever_has_gradients_repeats_its_attention(device: str, allowed: bool) -> None:
    assert any(fused())
    model: Any
    backbone: Any = SimpleNamespace(mean=TINY_SWIN.mean, std=TINY_SWIN.std)
    with FakeTensorMode():
        model, crops = Model(1, 1, device=device), torch.empty(1, 2, 2, 3, device=device)
        nothing: Any = None
        for call in (
            lambda: train_step(model, nothing, nothing, crops, nothing, "float32"),
            lambda: pixel_gradients(model, backbone, crops, "float32"),
        ):
            with pytest.raises(Seen) as seen:
                call()
            assert seen.value.args == (allowed,)
