"""A model that trains on shares of batches as on whole ones.

Scores are put together before the loss, so that a loss which compares images sees the whole batch;
BatchNorm takes mean and variance over all crops; dropout and drop path draw for all crops and keep
the part of their own.

PyTorch's own SyncBatchNorm knows GPUs only and dropout nothing of other processes, so these layers
become ones that do, on a CPU by gloo and on GPUs by NCCL, through the same code.
"""

from __future__ import annotations

import warnings
from typing import Any, cast

import torch
import torch.distributed as dist
from timm.layers.drop import DropPath
from timm.layers.norm_act import BatchNormAct2d
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils._python_dispatch import TorchDispatchMode

from smartiqa.config.experiment import Experiment
from smartiqa.core.errors import InputError
from smartiqa.models.quality import QualityModel, QualityOutput, build_on_meta
from smartiqa.training.team import Team


def together(model: QualityModel, team: Team) -> QualityModel:
    """Return what trains a model on a team's shares of batches; the model itself when alone.

    Layers that mix or draw over a batch become ones of the whole batch. In evaluation mode they
    are what they were.
    """
    if team.size == 1:
        return model
    for module in model.modules():
        if (kind := ACROSS.get(type(module))) is not None:
            module.__class__ = kind
            cast(_OfWholeBatch, module).team = team
    return cast(QualityModel, Together(model, team))


class Together(nn.Module):
    """A model that maps a process's share of a batch to the scores of the whole batch.

    Scores of other processes carry no gradient: each process has the part of the gradient that its
    own crops contribute, and the parts are added up.
    """

    def __init__(self, model: QualityModel, team: Team) -> None:
        super().__init__()
        # Of 1x1 convolutions, whose gradients lie in memory as their maps do; they are only copied.
        warnings.filterwarnings("ignore", "Grad strides do not match bucket view strides")
        self.parallel = DistributedDataParallel(model)
        self.parallel.register_comm_hook(None, lambda _, bucket: _add_up(bucket))
        self.team = team

    def forward(self, images: Tensor) -> QualityOutput:
        """Rate the share's crops; `scores` (batch,) are those of the whole batch."""
        output: QualityOutput = self.parallel(images)
        share = self.team.share
        own = output.scores.new_zeros(share.total)
        own[share.start : share.start + share.counted] = output.scores[: share.counted]
        others = self.team.summed(own) - own.detach()  # exact: all but one process have 0 there
        return output._replace(scores=own + others)


def _add_up(bucket: Any) -> torch.futures.Future[Tensor]:
    """Add gradients up, of which `DistributedDataParallel` would take the mean."""
    work: Any = dist.all_reduce(bucket.buffer(), async_op=True)
    future: torch.futures.Future[Tensor] = work.get_future().then(lambda done: done.value()[0])
    return future


class _Sum(torch.autograd.Function):
    """The sum over processes, whose gradient is the sum of what arrives in all of them."""

    @staticmethod
    def forward(ctx: Any, team: Team, values: Tensor) -> Tensor:
        ctx.team = team
        return team.summed(values)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor]:
        return None, ctx.team.summed(gradient)


class _OfWholeBatch(nn.Module):
    """A layer that knows of the crops of other processes."""

    team: Team

    def of_own_rows(self, x: Tensor, shape: torch.Size, strides: tuple[int, ...]) -> Tensor:
        """Return the part of this process of what the layer makes of ones for the whole batch."""
        share = self.team.share
        rows = shape[0] // share.held  # of a crop, whose windows may lie one after the other
        whole = torch.empty_strided(
            (rows * share.total, *shape[1:]), strides, dtype=x.dtype, device=x.device
        ).fill_(1)
        mask: Tensor = super().forward(whole)
        return mask[rows * share.start : rows * (share.start + share.held)]


class DropoutOfWholeBatch(_OfWholeBatch, nn.Dropout):
    """Dropout that draws as it would for the whole batch."""

    def forward(self, input: Tensor) -> Tensor:
        """Drop values (rows, ...)."""
        if not self.training or self.p == 0:
            return input
        return input * self.of_own_rows(input, input.shape, input.stride())


class DropPathOfWholeBatch(_OfWholeBatch, DropPath):
    """Drop path that draws as it would for the whole batch."""

    def forward(self, x: Tensor) -> Tensor:
        """Drop the paths of whole crops (batch, ...)."""
        if not self.training or self.drop_prob == 0:
            return x
        ones = (1,) * (x.ndim - 1)
        return x * self.of_own_rows(x, torch.Size((len(x), *ones)), (1, *ones))


class BatchNormOfWholeBatch(_OfWholeBatch, nn.BatchNorm2d):
    """BatchNorm over the crops of all processes."""

    def forward(self, input: Tensor) -> Tensor:
        """Normalise maps (batch, channels, height, width)."""
        return _normalised(self, input) if self.training else super().forward(input)


class BatchNormActOfWholeBatch(_OfWholeBatch, BatchNormAct2d):
    """timm's BatchNorm with an activation, over the crops of all processes."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise and activate maps (batch, channels, height, width)."""
        if not self.training:
            return cast(Tensor, super().forward(x))  # type: ignore[no-untyped-call]
        return cast(Tensor, self.act(self.drop(_normalised(self, x))))


ACROSS: dict[type[nn.Module], type[_OfWholeBatch]] = {
    nn.Dropout: DropoutOfWholeBatch,
    DropPath: DropPathOfWholeBatch,
    nn.BatchNorm2d: BatchNormOfWholeBatch,
    BatchNormAct2d: BatchNormActOfWholeBatch,
}


def _normalised(layer: Any, x: Tensor) -> Tensor:
    """Normalise by mean and variance of all processes' crops, and note them as BatchNorm does."""
    team: Team = layer.team
    maps = x.to(torch.promote_types(x.dtype, torch.float32))
    counted, number = maps[: team.share.counted], team.share.total * maps[0, 0].numel()
    mean = cast(Tensor, _Sum.apply(team, counted.sum((0, 2, 3)))) / number
    centred = maps - mean[:, None, None]
    squares = centred[: team.share.counted].square().sum((0, 2, 3))
    variance = cast(Tensor, _Sum.apply(team, squares)) / number
    if layer.track_running_stats:
        with torch.no_grad():
            layer.num_batches_tracked.add_(1)
            seen = layer.num_batches_tracked
            part = 1 / float(seen) if layer.momentum is None else layer.momentum
            layer.running_mean.lerp_(mean.to(layer.running_mean.dtype), part)
            unbiased = variance * (number / max(number - 1, 1))
            layer.running_var.lerp_(unbiased.to(layer.running_var.dtype), part)
    scale = torch.rsqrt(variance + layer.eps)
    if layer.affine:
        scale = scale * layer.weight
        shift = layer.bias[:, None, None]
    else:
        shift = torch.zeros_like(mean)[:, None, None]
    return torch.addcmul(shift, centred, scale[:, None, None]).to(x.dtype)


def check_together(experiment: Experiment, size: int, gpus: int) -> None:
    """Check before anything starts that so many processes can train an experiment together.

    Args:
        experiment: that is trained.
        size: how many processes.
        gpus: that this process may use; 0 if it computes on a CPU.

    Raises:
        InputError: there are fewer GPUs or crops than processes, or the model has something that
            cannot be divided among processes.
    """
    if size == 1:
        return
    if gpus and size > gpus:
        raise InputError(f"{size} processes need a GPU each, but there are {gpus}; take fewer")
    if size > (batch := experiment.recipe.batch_size):
        raise InputError(f"{size} processes are more than the batch_size of {batch}; take fewer")
    if experiment.compute.compile:
        raise InputError(f"compute.compile is for one process, not {size}; set it to false")
    if experiment.recipe.auxiliary is not None:
        raise InputError(
            f"experiment {experiment.id} names classes by features that processes do not "
            "exchange: train it by one, or without auxiliary"
        )
    distillation = experiment.recipe.distillation
    if distillation is not None and distillation.weights:
        raise InputError(
            f"experiment {experiment.id} compares generated weights, which processes do not "
            "exchange: train it by one, or set distillation.weights to 0"
        )
    model = build_on_meta(experiment.model, experiment.backbone, experiment.crop).train()
    if problem := indivisible(model, experiment.crop):
        raise InputError(
            f"experiment {experiment.id} cannot be trained by {size} processes: {problem}; train "
            "it by one"
        )


def indivisible(model: QualityModel, crop: int) -> str | None:
    """Say what in a model, on the device `meta`, has no counterpart for the whole batch.

    Other kinds of BatchNorm, and whatever draws at random beside the known layers.
    """
    for name, module in model.named_modules():
        known = type(module) in ACROSS
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and not known:
            return f"{name} is a {type(module).__name__}, which is not known to see whole batches"
        if known:
            module.eval()  # the rate stays, for a network may read it and draw by itself
    with _Draws() as draws:
        model(torch.empty(2, 3, crop, crop, device="meta"))
    if draws.seen:
        return f"it draws at random by {', '.join(sorted(draws.seen))} outside of dropout layers"
    return None


class _Draws(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes which operations draw at random."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.seen: set[str] = set()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if torch.Tag.nondeterministic_seeded in func.tags:
            self.seen.add(str(func))
        return func(*args, **(kwargs or {}))
