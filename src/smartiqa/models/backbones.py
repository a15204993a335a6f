"""Backbones: four maps of any timm ``features_only`` network."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import timm
import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from timm.layers.drop import DropPath
from timm.layers.format import Format
from timm.models._features import FeatureGetterNet
from torch import Tensor, fx, nn

from smartiqa.config.backbone import Backbone
from smartiqa.core.errors import InputError, first_named
from smartiqa.core.files import verified
from smartiqa.core.strict import nearest_name
from smartiqa.machine.precision import full_float32, has_autocast
from smartiqa.models.clipped_relu import keep_results_only
from smartiqa.models.depthwise import learn_few_columns_at_a_time
from smartiqa.models.pyramid import LEVELS, Level, pyramid, resample

STAGES = LEVELS
WORKING = (
    "choose a timm model with stages of rising strides, or a plain vision transformer, such as "
    "resnet50, swin_tiny_patch4_window7_224 or vit_small_patch14_reg4_dinov2"
)
# Rebuilt from the configuration or without influence on inference; older timm versions save them.
CONSTANT_BUFFERS = ("num_batches_tracked", "relative_position_index", "attn_mask")
MOST_NAMES_SHOWN = 6
# What `timm.create_model` takes for itself: which weights are loaded, in which form.
OF_CREATE_MODEL = {
    name
    for name, parameter in inspect.signature(timm.create_model).parameters.items()
    if parameter.kind is not inspect.Parameter.VAR_KEYWORD
} | {"features_only"}
# What networks of timm raise for options that they cannot use.
UNBUILDABLE = (
    *(AssertionError, ArithmeticError, AttributeError, LookupError),
    *(RuntimeError, TypeError, ValueError),
)


class FeatureBackbone(nn.Module):
    """Four maps of a timm network, shallow to deep, each coarser than the one before.

    Of a network whose maps do not get coarser, such as a plain vision transformer, and of one with
    three maps, they are made by `smartiqa.models.pyramid`. timm leaves class and register tokens
    out of maps, and applies no final norm to them, whatever the network.

    Attributes:
        network: the timm network; its state-dict names are those of timm's ``features_only``.
        levels: which of the network's maps make the four, and how.
        channels: channels of the four maps.
        reductions: pixels of the image per map position, along one axis, of the four maps.
        step: pixels that the side of an image has to be a multiple of.
    """

    def __init__(self, backbone: Backbone, crop: int, drop_path: float = 0.0) -> None:
        super().__init__()
        self.network = create_network(backbone, crop, drop_path)
        see_pixels_exactly(self.network)
        keep_results_only(self.network)
        learn_few_columns_at_a_time(self.network)
        given = given_stages(self.network, backbone)
        info: Any = self.network.feature_info
        stages = [info.info[index] for index in given]
        strides = [stage["reduction"] for stage in stages]
        try:
            levels = pyramid(strides)
        except InputError as problem:
            raise InputError(f"backbone '{backbone.name}': {problem}; {WORKING}") from problem
        self.channels: tuple[int, ...] = tuple(stages[x.source]["num_chs"] for x in levels)
        self.reductions: tuple[float, ...] = tuple(level.stride for level in levels)
        self.step: int = min(strides[level.source] for level in levels)
        self.levels = take_only(self.network, given, levels)
        self.returns_nhwc = getattr(self.network, "output_fmt", Format.NCHW) == Format.NHWC

    def forward(self, images: Tensor) -> list[Tensor]:
        """Map normalised images (batch, 3, crop, crop) to four (batch, channels, height, width)."""
        maps: list[Tensor] = self.network(images)
        if self.returns_nhwc:
            maps = [m.permute(0, 3, 1, 2) for m in maps]  # (batch, h, w, c) -> (batch, c, h, w)
        return [resample(maps[level.source], level.factor) for level in self.levels]


def given_stages(network: nn.Module, backbone: Backbone) -> list[int]:
    """Return which of a network's stages, in timm's numbering, can give a map.

    Of a plain vision transformer timm takes the last three blocks, but every block has a map.
    """
    info: Any = network.feature_info
    if isinstance(network, FeatureGetterNet) and "out_indices" not in backbone.options:
        return list(range(len(info.info)))
    return list(info.out_indices)


def take_only(network: nn.Module, given: Sequence[int], levels: Sequence[Level]) -> list[Level]:
    """Let a network that can choose its maps give what the levels are made of, and no more.

    Returns:
        The levels, with sources among the maps that the network gives now.
    """
    if not isinstance(network, FeatureGetterNet):
        return list(levels)
    used = sorted({level.source for level in levels})
    network.out_indices = tuple(given[source] for source in used)
    return [level._replace(source=used.index(level.source)) for level in levels]


class PatchConv2d(nn.Conv2d):
    """A convolution over patches of an image that sees its pixels exactly in every number format.

    bfloat16 rounds a normalised pixel by up to a quarter of a grey level, as much as a faint
    distortion changes it. So pixels and weights are multiplied in full float32; only the result is
    rounded, to the format that autocast asks for.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Map (batch, 3, height, width) to (batch, channels, patches down, patches across)."""
        geometry = (self.stride, self.padding, self.dilation, self.groups)
        return exact_convolution(input, self.weight, self.bias, *geometry)


@fx.wrap
def exact_convolution(
    pixels: Tensor, weight: Tensor, bias: Tensor | None, *geometry: Any
) -> Tensor:
    """Convolve in full float32; stride, padding, dilation and groups are PyTorch's.

    A network that is traced keeps this function whole, so that the number format is that of the
    time when it runs.
    """
    device = pixels.device
    if not (has_autocast(device) and torch.is_autocast_enabled(device.type)):
        with full_float32(device):
            return F.conv2d(pixels, weight, bias, *geometry)
    with full_float32(device):
        patches = F.conv2d(pixels.float(), weight, bias, *geometry)
    return patches.to(torch.get_autocast_dtype(device.type))


def see_pixels_exactly(network: nn.Module) -> None:
    """Let the convolution that cuts images into patches be a `PatchConv2d`.

    Patches do not overlap, so this costs nothing. Networks whose first windows overlap stay as they
    are: a ResNet-50 would take up to 8 % longer, and deeper CNN layers round no less.
    """
    for module in network.modules():
        of_pixels = type(module) is nn.Conv2d and module.in_channels == 3
        if of_pixels and module.kernel_size == module.stride:
            module.__class__ = PatchConv2d  # the parameters keep their names


def create_network(backbone: Backbone, crop: int, drop_path: float) -> nn.Module:
    """Create the timm network of a configuration, with random weights.

    Raises:
        InputError: timm does not know the model, has no features for it, or refuses an option.
    """
    options = network_options(backbone, crop)
    if drop_path > 0:
        options["drop_path_rate"] = drop_path
    try:
        network = timm.create_model(backbone.name, features_only=True, **options)
    except UNBUILDABLE as error:
        raise InputError(
            f"backbone '{backbone.name}' cannot be built with options {options}: {error}"
        ) from error
    if drop_path == 0:
        for module in network.modules():
            if isinstance(module, DropPath):
                module.drop_prob = 0.0  # not every network's default: Swin's is 0.1
    return network


def require_known(name: str) -> None:
    """Raise an `InputError` with the nearest name if timm has no model of this one, or no tag."""
    if not timm.is_model(name):  # which looks at no tag
        nearest = nearest_name(name, timm.list_models() + timm.list_pretrained())
        hint = f", did you mean '{nearest}'?" if nearest else ""
        raise InputError(f"backbone '{name}' is not a timm model{hint}")
    architecture, point, tag = name.partition(".")
    try:
        known = not point or (tag and timm.models.get_pretrained_cfg(name) is not None)
    except RuntimeError:
        known = False
    if not known:
        tagged = timm.list_pretrained(f"{architecture}.*")
        tags = ", ".join(each.partition(".")[2] for each in tagged) or "none"
        raise InputError(
            f"backbone '{name}': timm has no weights '{tag}' of {architecture}, it has {tags}"
        )


def network_options(backbone: Backbone, crop: int) -> dict[str, Any]:
    """Return the arguments with which timm builds the network of a configuration.

    Networks built for one input size (such as Swin) are built for `crop`.

    Raises:
        InputError: timm does not know the model, or it is asked for another size than the crop.
    """
    require_known(backbone.name)
    options = dict(backbone.options)
    if taken := sorted(OF_CREATE_MODEL & options.keys()):
        raise InputError(
            f"backbone '{backbone.name}': options.{taken[0]} would load or build another network "
            "than the study says; remove it (weights are named by the backbone's weights)"
        )
    pretrained = timm.get_pretrained_cfg(backbone.name)
    if pretrained is not None and pretrained.fixed_input_size:
        options.setdefault("img_size", crop)
    if options.get("img_size", crop) != crop:
        raise InputError(
            f"backbone '{backbone.name}' has options.img_size {options['img_size']} but the crop "
            f"is {crop}: remove img_size or make both equal"
        )
    return options


def usual_crop(backbone: Backbone) -> int:
    """Return the side in pixels of the images that timm's weights of a model were trained on."""
    pretrained = timm.get_pretrained_cfg(backbone.name)
    return 224 if pretrained is None else int(pretrained.input_size[-1])


def pool_to_grid(features: Tensor, size: int) -> Tensor:
    """Average (batch, channels, height, width) over a regular grid: (batch, channels, size, size).

    Where the grid divides the map this is plain average pooling with equal windows (as published;
    the identity for a map of that size already). Elsewhere windows follow adaptive pooling: they
    overlap by at most one position, and a map smaller than the grid repeats positions.
    """
    height, width = features.shape[-2:]
    if (height, width) == (size, size):
        return features
    if size == 1:
        return mean_over_positions(features)[:, :, None, None]
    if height % size == 0 and width % size == 0:
        return F.avg_pool2d(features, (height // size, width // size))
    if features.device.type == "cuda":  # its gradient is deterministic there in this order alone
        features = features.contiguous(memory_format=torch.channels_last)
    return F.adaptive_avg_pool2d(features, size)


def mean_over_positions(features: Tensor) -> Tensor:
    """Average (batch, channels, height, width) over height and width: (batch, channels).

    The mean is taken with channels last, so that its gradient lies in memory as the maps do and is
    added to theirs in a third of the time.
    """
    return features.permute(0, 2, 3, 1).mean((1, 2))


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a safetensors file.

    Raises:
        InputError: there is no such file, or it is no safetensors file.
    """
    try:
        return load_file(path)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, SafetensorError) as error:
        raise InputError(
            f"{path}: not a readable safetensors file ({error}); give one that the stage weights "
            "or train wrote"
        ) from error


def load_weights(module: nn.Module, path: Path) -> None:
    """Load a safetensors file into a module; that of a backbone has timm's ``features_only`` names.

    Raises:
        InputError: the file is damaged or not readable, or its tensors do not fit; they are named.
    """
    load_strictly(module, read_safetensors(verified(path)), str(path))


def load_strictly(module: nn.Module, state: Mapping[str, Tensor], source: str) -> None:
    """Copy `state` into `module`; every parameter and running statistic must fit exactly.

    Raises:
        InputError: a tensor is missing, unexpected or of another shape; the message begins with
            `source` and names the tensors.
    """
    problems = mismatches(module.state_dict(), state)
    if problems:
        raise InputError(f"{source} does not fit: {problems}")
    module.load_state_dict(dict(_without_constants(state)), strict=False)


def mismatches(expected: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> str:
    """Describe how `given` differs from `expected` in names and shapes; empty if it does not."""
    expected, given = _without_constants(expected), _without_constants(given)
    shapes = [
        f"{name} {list(given[name].shape)} instead of {list(expected[name].shape)}"
        for name in expected
        if name in given and given[name].shape != expected[name].shape
    ]
    groups = {
        "missing": [name for name in expected if name not in given],
        "unexpected": [name for name in given if name not in expected],
        "of another shape": shapes,
    }
    return "; ".join(
        f"{what} {first_named(names, MOST_NAMES_SHOWN)}" for what, names in groups.items() if names
    )


def _without_constants(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: t for name, t in state.items() if not name.endswith(CONSTANT_BUFFERS)}
