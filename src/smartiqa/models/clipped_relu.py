"""ReLU6 that keeps one map for its gradient instead of two."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

LOW, HIGH = 0.0, 6.0


class ClippedReLU(nn.ReLU6):
    """ReLU6 whose gradient is computed from its result, which the next layer keeps anyway.

    PyTorch keeps the input, and in place a copy of it, so a network of convolution, BatchNorm and
    ReLU6 holds three maps a layer until its backward pass. Where the result lies strictly between 0
    and 6 the input does, so two are enough, and the gradient is the same to the last bit.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Clip a tensor of any shape to 0 to 6."""
        return clip(input)


@fx.wrap
def clip(input: Tensor) -> Tensor:
    """Clip as `ClippedReLU` does; a network that is traced keeps this function whole."""
    if torch.is_grad_enabled() and input.requires_grad:
        return _Clip.apply(input)  # type: ignore[no-any-return]
    return F.relu6(input)


class _Clip(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, input: Tensor) -> Tensor:
        result = input.clamp(LOW, HIGH)
        context.save_for_backward(result)
        return result

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:
        (result,) = context.saved_tensors
        passed: Tensor = torch.ops.aten.hardtanh_backward(gradients[0], result, LOW, HIGH)
        return passed


def keep_results_only(network: nn.Module) -> None:
    """Let every ReLU6 of a network be a `ClippedReLU`."""
    for module in network.modules():
        if type(module) is nn.ReLU6:
            module.__class__ = ClippedReLU
