"""What the hyper network reads: the deepest stage, or all stages, weighed or not.

HyperIQA reads the deepest stage. SMART-IQA averages every stage over the deepest map's 7x7 grid,
weighs the stages by a gate and concatenates them (section III-D; the text writes a sigmoid, the
published code has a softmax over the stages). At other crop sizes the grid stays 7x7: the sizes of
the generated tensors, and with them the whole head, do not depend on the crop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from smartiqa.config.experiment import Model
from smartiqa.core.choices import Choice
from smartiqa.models.backbones import mean_over_positions, pool_to_grid

GRID = 7  # positions along each axis of the hyper network's input, as published at 224 pixels
AFA_CHANNELS = 512
GATE_HIDDEN = 256
GATE_DROPOUT = 0.5  # belongs to the gate as published, whatever the dropout of the head
SQUEEZE_REDUCTION = 16  # the ratio of the Squeeze-and-Excitation paper


class ScaleGate(nn.Module):
    """One weight a stage, computed from the deepest stage.

    With a softmax the weights add up to 1 (published code); with a sigmoid each is in (0, 1) on
    its own (the paper's text).
    """

    def __init__(self, deepest: int, stages: int, activation: nn.Module) -> None:
        super().__init__()
        self.activation = activation
        self.layers = nn.Sequential(
            nn.Linear(deepest, GATE_HIDDEN),
            nn.ReLU(),
            nn.Dropout(GATE_DROPOUT),
            nn.Linear(GATE_HIDDEN, stages),
        )
        start_evenly(self.layers)

    def forward(self, maps: Sequence[Tensor], deepest: Tensor) -> tuple[Tensor, Tensor]:
        """Weigh and concatenate (batch, channels, 7, 7) maps; also return (batch, stages).

        `deepest` is the backbone's deepest map (batch, channels, height, width), not projected.
        """
        weights = self.activation(self.layers(mean_over_positions(deepest)))  # (batch, stages)
        weighed = [m * weights[:, i, None, None, None] for i, m in enumerate(maps)]
        return torch.cat(weighed, dim=1), weights


class ChannelGate(nn.Module):
    """One weight a channel in (0, 1), computed from all channels (squeeze and excitation).

    The only gate that also makes sense on the deepest stage alone.
    """

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        self.channels = list(channels)
        width = sum(channels)
        self.layers = nn.Sequential(
            nn.Linear(width, width // SQUEEZE_REDUCTION),
            nn.ReLU(),
            nn.Linear(width // SQUEEZE_REDUCTION, width),
            nn.Sigmoid(),
        )
        start_evenly(self.layers)

    def forward(self, maps: Sequence[Tensor], deepest: Tensor) -> tuple[Tensor, Tensor]:
        """Weigh the concatenated maps; also return each stage's mean weight (batch, stages)."""
        fused = torch.cat(list(maps), dim=1)  # (batch, sum of channels, 7, 7)
        weights = self.layers(mean_over_positions(fused))  # (batch, sum of channels)
        means = [stage.mean(1) for stage in weights.split(self.channels, dim=1)]
        return fused * weights[:, :, None, None], torch.stack(means, dim=1)


def softmax_gate(deepest: int, widths: Sequence[int]) -> ScaleGate:
    """Weigh stages of the given widths by weights that add up to 1."""
    return ScaleGate(deepest, len(widths), nn.Softmax(dim=1))


def sigmoid_gate(deepest: int, widths: Sequence[int]) -> ScaleGate:
    """Weigh stages of the given widths, each on its own."""
    return ScaleGate(deepest, len(widths), nn.Sigmoid())


def channel_gate(deepest: int, widths: Sequence[int]) -> ChannelGate:
    """Weigh every channel of stages of the given widths; the deepest stage's own are not read."""
    return ChannelGate(widths)


def no_gate(deepest: int, widths: Sequence[int]) -> None:
    """Weigh nothing."""


def unprojected(channels: Sequence[int]) -> tuple[nn.ModuleList, list[int]]:
    """Leave the stages as they are (the published SMART-IQA code)."""
    return nn.ModuleList(nn.Identity() for _ in channels), list(channels)


def afa_projections(channels: Sequence[int]) -> tuple[nn.ModuleList, list[int]]:
    """1x1 convolution and ReLU, every stage to 512 channels (SMART-IQA, section III-C)."""
    afa = [nn.Sequential(nn.Conv2d(width, AFA_CHANNELS, 1), nn.ReLU()) for width in channels]
    return nn.ModuleList(afa), [AFA_CHANNELS] * len(channels)


def own_width_projections(channels: Sequence[int]) -> tuple[nn.ModuleList, list[int]]:
    """1x1 convolution, BatchNorm and ReLU at each stage's own width, the deepest left as it is.

    This is the published CNN variant.
    """
    own = [
        nn.Sequential(nn.Conv2d(width, width, 1), nn.BatchNorm2d(width), nn.ReLU())
        for width in channels[:-1]
    ]
    return nn.ModuleList([*own, nn.Identity()]), list(channels)


GATES: Choice[Callable[[int, Sequence[int]], nn.Module | None]] = Choice(
    Model,
    "gate",
    {
        "none": no_gate,
        "softmax": softmax_gate,
        "sigmoid": sigmoid_gate,
        "squeeze_excitation": channel_gate,
    },
)
# One projection a stage, with the widths that they lead to.
PROJECTIONS: Choice[Callable[[Sequence[int]], tuple[nn.ModuleList, list[int]]]] = Choice(
    Model,
    "projection",
    {"none": unprojected, "afa": afa_projections, "own_width": own_width_projections},
)


class Fusion(nn.Module):
    """The hyper network's input as `Model.hyper_input`, `.projection` and `.gate` ask for it.

    Attributes:
        channels: channels of the output.
        grid: positions of the output along each axis: 7, or 1 for a super semantic vector.
    """

    def __init__(self, channels: Sequence[int], model: Model) -> None:
        super().__init__()
        self.stages = 1 if model.hyper_input == "last_stage" else len(channels)
        self.grid = 1 if model.hyper_input == "super_semantic_vector" else GRID
        self.projections, widths = PROJECTIONS.of(model)(channels[-self.stages :])
        self.gate = GATES.of(model)(channels[-1], widths)
        self.channels = sum(widths)

    def forward(self, stages: Sequence[Tensor]) -> tuple[Tensor, Tensor | None]:
        """Fuse the maps of the four stages.

        Args:
            stages: four tensors (batch, channels, height, width).

        Returns:
            The fused features (batch, channels, grid, grid) and the gate's weight of each stage
            (batch, stages), None without a gate.
        """
        maps = [pool_to_grid(stage, GRID) for stage in stages[-self.stages :]]
        maps = [project(m) for project, m in zip(self.projections, maps, strict=True)]
        weights: Tensor | None = None
        if self.gate is not None:
            fused, weights = self.gate(maps, stages[-1])
        elif len(maps) == 1:
            fused = maps[0]  # concatenating would copy it
        else:
            fused = torch.cat(maps, dim=1)  # (batch, sum of channels, 7, 7)
        return pool_to_grid(fused, self.grid), weights


class PooledProjection(nn.Module):
    """The CNN variant's target input: the fused features, projected and averaged."""

    def __init__(self, channels: int, features: int) -> None:
        super().__init__()
        self.linear = nn.Linear(channels, features)

    def forward(self, stages: Sequence[Tensor], fused: Tensor) -> Tensor:
        """Map (batch, channels, grid, grid) to (batch, features); `stages` are not read."""
        projected: Tensor = self.linear(mean_over_positions(fused))
        return projected


def start_evenly(layers: nn.Module) -> None:
    """Initialise linear layers so that a gate begins with nearly equal weights (as published)."""
    for layer in layers.modules():
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)
