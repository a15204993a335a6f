"""What trainings and their inputs depend on: data, weights, model, recipe, resources; typed.

Everything here is frozen and validated, and an unknown key is an error that names the nearest valid
one. `smartiqa.config.planned` makes these objects of a study and the catalogue of experiments; the
split keeps the code that a training depends on small.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from smartiqa.config.backbone import Backbone
from smartiqa.config.limits import MOST_CROPS
from smartiqa.core.strict import (
    Count,
    Flag,
    Location,
    NonNegative,
    Number,
    Positive,
    PositiveShare,
    Rate,
    Strict,
    WholeNumber,
    all_different,
    not_empty,
    refuse_unused,
)

Crops = Annotated[Count, Field(le=MOST_CROPS)]
ORDER_LOSSES = ("srcc", "pairwise_ranking", "pairwise_fidelity", "l1_ranking")
LEAST_MINUTES = 5  # a start, and what lies between two states (`smartiqa.training.steps`)


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
    def _no_key_asks_for_what_another_excludes(self) -> Self:
        for key, purpose in self._of_several_stages().items():
            if self.hyper_input == "last_stage":
                raise ValueError(
                    f"{key} '{getattr(self, key)}' {purpose} several stages, but hyper_input is "
                    f"'last_stage': set {key} to 'none' or hyper_input to 'all_stages'"
                )
        for key, value in (("regressor", "fixed"), ("hyper_input", "super_semantic_vector")):
            if self.design == "cnn_variant" and getattr(self, key) == value:
                raise ValueError(
                    f"{key} '{value}' belongs to design 'hyperiqa', but design is 'cnn_variant': "
                    f"change {key} or design"
                )
        return self

    def _of_several_stages(self) -> dict[str, str]:
        """The keys whose values need several stages, and what they do with them."""
        needs = {"gate": "weighs"} if self.weighs_stages else {}
        return needs | ({"projection": "joins"} if self.projection != "none" else {})

    @property
    def weighs_stages(self) -> bool:
        """Whether the gate gives each stage a weight; `squeeze_excitation` weighs channels.

        Other gates are not named, so that one more changes no code of a training that has another.
        """
        return self.gate not in ("none", "squeeze_excitation")


class Loss(Strict):
    """The training loss; `alpha` and `margin` belong to the ranking term of `l1_ranking`."""

    name: Literal["l1", "l2", "srcc", "pairwise_ranking", "pairwise_fidelity", "l1_ranking"] = "l1"
    alpha: NonNegative = 0.0
    margin: NonNegative = 0.1

    @model_validator(mode="after")
    def _only_the_ranking_term_has_settings(self) -> Self:
        if self.name != "l1_ranking":
            refuse_unused(self, ("alpha", "margin"), f"the loss {self.name}", "name: l1_ranking")
        return self


class Distillation(Strict):
    """What a student learns of its teacher beside the labels; each term's weight in the loss.

    `scores` weighs the mean absolute difference to the teacher's scores, in points of quality;
    `weights` the squared difference to the generated weights of the teacher's target network, as a
    share of their mean square. The teacher is the experiment's `teacher`.
    """

    scores: NonNegative = 0.0
    weights: NonNegative = 0.0

    @model_validator(mode="after")
    def _teaches_something(self) -> Self:
        if self.scores == self.weights == 0:
            raise ValueError("distillation teaches nothing: give scores or weights above 0")
        return self


class Auxiliary(Strict):
    """A second task, which shapes the features that quality is read from; no prediction uses it.

    A linear layer names what the manifest says of each image in the column `labels`: its distortion
    or the categories of its scene. `weight` is that of its cross-entropy in the loss.
    """

    labels: Literal["distortion", "scene"]
    weight: Positive


class Mixed(Strict):
    """Training on further datasets at once, which the study's `mixed_with` names.

    Labels of another dataset are compared with an affine map of the scores, learnt beside the
    model; `scale_rate` is about how far a step moves the logarithm of its slope, and its shift in
    hundreds of points, at the start of the schedule. With 0 all labels count as on one scale.
    """

    scale_rate: NonNegative = 0.005


class ColorJitter(Strict):
    """Strengths of torchvision's ColorJitter."""

    brightness: NonNegative = 0.1
    contrast: NonNegative = 0.1
    saturation: NonNegative = 0.1
    hue: Annotated[Number, Field(ge=0, le=0.5)] = 0.05


class Recipe(Strict):
    """How a model is trained and selected.

    `cosine_floor` is an absolute rate, so it may lie above the backbone's own (as published).
    `optimizer_lifetime: rebuilt_as_published` and `selection: test_as_published` reproduce what
    the published code does; the defaults are the mended ways. `train_share` of the training images
    are learnt from, the same by seed: at least so many, as whole contents are taken.
    """

    optimizer: Literal["adam", "adamw"]
    backbone_rate: Positive
    head_rate: Positive
    weight_decay: NonNegative
    schedule: Literal["constant", "cosine", "step"]
    epochs: Count
    batch_size: Count
    train_crops: Crops
    validation_crops: Crops
    train_share: PositiveShare = 1.0
    cosine_floor: NonNegative = 0.0
    resize: Literal["none", "squash", "aspect"] = "aspect"
    flip: Flag = True
    color_jitter: ColorJitter | None = None
    loss: Loss = Loss()
    distillation: Distillation | None = None
    auxiliary: Auxiliary | None = None
    mixed: Mixed | None = None
    gradient_clipping: Positive | None = None
    patience: Count | None = None
    selection: Literal["validation", "test_as_published"] = "validation"
    optimizer_lifetime: Literal["whole_run", "rebuilt_as_published"] = "whole_run"

    @model_validator(mode="after")
    def _every_setting_has_an_effect(self) -> Self:
        if self.schedule != "cosine":
            user = f"the schedule {self.schedule}"
            refuse_unused(self, ("cosine_floor",), user, "schedule: cosine")
        if self.batch_size == 1 and self.loss.name in ORDER_LOSSES:
            raise ValueError(
                f"the loss {self.loss.name} compares the images of a batch, but batch_size is 1: "
                "take a larger batch or another loss"
            )
        return self

    @model_validator(mode="after")
    def _mixed_labels_stand_alone(self) -> Self:
        if self.mixed is None:
            return self
        if self.loss.name in ORDER_LOSSES:
            raise ValueError(
                f"the loss {self.loss.name} compares the images of a batch, but those of mixed "
                "datasets have labels on different scales: take the loss l1 or l2"
            )
        for key in ("distillation", "auxiliary"):
            if getattr(self, key) is not None:
                raise ValueError(
                    f"{key} is about images of the training dataset alone, but mixed adds others: "
                    f"remove {key} or mixed"
                )
        if self.train_share < 1:
            raise ValueError(
                "train_share is of the training dataset alone, but mixed adds others: "
                "remove train_share or mixed"
            )
        return self


class Testing(Strict):
    """How predictions are made: the number of crops an image and where they lie."""

    crops: Crops = 20
    positions: Literal["random", "centre", "grid"] = "random"

    @model_validator(mode="after")
    def _one_crop_lies_in_the_centre(self) -> Self:
        if self.positions == "centre" and self.crops > 1:
            raise ValueError(
                f"{self.crops} crops in the centre are one and the same: set crops to 1 or "
                "positions to random or grid"
            )
        return self


class Compute(Strict):
    """What a process may use. `threads` is part of the result: it fixes the order of summation.

    `compile` trains with `torch.compile`, which takes minutes before the first step: see
    docs/explanation/benchmarks.md for where it pays.

    `float32_products` says how a GPU multiplies float32 numbers: in full, or with factors rounded
    to TF32 (10 bits of mantissa, as float16 has), which is faster.

    `capture` lets a GPU replay a recorded training step where that gives the same bits; nothing
    changes without one.
    """

    threads: Annotated[Count, Field(le=1024)]  # more hang the largest machines
    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    float32_products: Literal["ieee", "tf32"] = "ieee"
    compile: Flag = False
    capture: Flag = True

    @model_validator(mode="after")
    def _products_fit_the_rest(self) -> Self:
        if self.device == "cpu":
            refuse_unused(
                self, ("capture", "float32_products"), "the device cpu", "device: cuda or auto"
            )
        if self.compile and self.float32_products == "tf32":
            raise ValueError(
                "float32_products: tf32 cannot be compiled, because a compiled step has one kind "
                "of product and some layers need the full one; choose ieee or compile: false"
            )
        return self


class Schedule(Strict):
    """What a scheduler has to know of a job that runs a model; no result depends on it.

    Attributes:
        memory_mb: the most memory that such a job takes, in MB (10^6 bytes); of a training, each of
            its processes.
        minutes: that it is given; a training that takes longer goes on in a further attempt.
        processes: that train one model together, each with a GPU if there are any. They compute
            what one does but for rounding, see docs/how-to/clusters.md.
    """

    memory_mb: Count = 3000
    minutes: Count = 240
    processes: Annotated[Count, Field(le=1024)] = 1

    @model_validator(mode="after")
    def _a_job_gets_further_than_the_one_before(self) -> Self:
        if self.minutes < LEAST_MINUTES:
            raise ValueError(
                f"minutes {self.minutes}: such a job may end before a training has saved its "
                f"state, and every further one, too; give at least {LEAST_MINUTES}"
            )
        return self


Photos = Annotated[tuple[str, ...], AfterValidator(not_empty), AfterValidator(all_different)]


class Synthesis(Strict):
    """The photos that `smartiqa.data.synthetic` distorts, and how they are divided.

    `mixtures` are chains of distortions of each test photo, `training_mixtures` of each that
    trains.
    """

    photos: Location
    long_side: Count
    seed: WholeNumber
    validation_photos: Photos
    test_photos: Photos
    mixtures: Count
    training_mixtures: WholeNumber = 0

    @model_validator(mode="after")
    def _photos_have_one_role(self) -> Self:
        for photo in self.validation_photos:
            if photo in self.test_photos:
                raise ValueError(
                    f"the photo {photo} is in validation_photos and in test_photos; choose one"
                )
        return self


class Pretraining(Strict):
    """How `smartiqa.training.pretraining` teaches a backbone what distortions look like.

    `square` is the side in pixels of the pieces of photos that are distorted; crops lie anywhere
    within them, so that the blocks of JPEG start anywhere.
    """

    steps: Count
    batch_size: Count
    squares_per_photo: Count
    square: Count
    rate: Positive
    weight_decay: NonNegative
    seed: WholeNumber


class Experiment(Strict):
    """All that a training depends on, seed and data apart."""

    id: str
    model: Model
    backbone: Backbone
    recipe: Recipe
    crop: Count
    compute: Compute
