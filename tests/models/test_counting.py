from __future__ import annotations

import pytest
from model_configurations import CROP, SMALL_SWIN

from smartiqa.config.backbone import Backbone
from smartiqa.config.experiment import Model
from smartiqa.models.counting import (
    complexity_of,
    count_multiply_accumulates,
    count_parameters,
    published_configurations,
)
from smartiqa.models.quality import build_model, build_on_meta

# Counted in the published code.
PARAMETERS = {
    "HyperIQA": 27_375_369,
    "SMART-Tiny": 29_521_479,
    "SMART-Small": 50_839_383,
    "SMART-Base": 89_111_941,
    "SMART-Tiny, multi-scale": 29_323_587,
    "SMART-Small, multi-scale": 50_641_491,
    "SMART-Base, multi-scale": 88_848_513,
    "SMART-Tiny, single scale": 28_979_523,
    "SMART-Small, single scale": 50_297_427,
    "SMART-Base, single scale": 88_389_761,
    "ResNet-50 variant": 25_624_337,
    "ResNet-50 variant, multi-scale": 28_124_177,
    "ResNet-50 variant, multi-scale, attention": 28_649_749,
}
GIGA_MACS = {"HyperIQA": 4.29, "SMART-Tiny": 4.58, "SMART-Small": 8.83, "SMART-Base": 15.54}


@pytest.mark.parametrize("name", PARAMETERS)
def test_published_counts(name):
    model, backbone = published_configurations()[name]
    counts = complexity_of(model, backbone, crop=224)
    assert counts["parameters"] == PARAMETERS[name]
    assert counts["generated_values"] == (58_465 if "variant" in name else 33_545)
    if name in GIGA_MACS:
        assert round(counts["multiply_accumulates"] / 1e9, 2) == GIGA_MACS[name]


def test_every_published_configuration_has_a_count():
    assert set(published_configurations()) == set(PARAMETERS)


def test_backbone_parameters_are_timms_own():
    model, backbone = published_configurations()["HyperIQA"]
    # torchvision's documented 25,557,032 less the classifier's 2048 x 1000 + 1000
    assert complexity_of(model, backbone, 224)["backbone_parameters"] == 25_557_032 - 2_049_000


def test_multiply_accumulates_of_a_head_counted_by_hand():
    backbone = Backbone(name="resnet50")
    with_gate, without = (
        count_multiply_accumulates(build_on_meta(Model(gate=gate), backbone, 224), 224)
        for gate in ("softmax", "none")
    )
    assert with_gate - without == 2048 * 256 + 256 * 4
    fixed = build_on_meta(Model(gate="none", regressor="fixed"), backbone, 224)
    layers = [(336, 112), (112, 56), (56, 28), (28, 14), (14, 1)]
    target = [(224, 112), *layers[1:]]
    generating = sum(out * fan // 49 * 112 * 9 * 49 for fan, out in target[:-1])
    generating += 112 * 14 + sum(112 * out for _, out in target)
    difference = generating + sum(a * b for a, b in target) - sum(a * b for a, b in layers)
    assert without - count_multiply_accumulates(fixed, 224) == difference


def test_attention_products_are_counted():
    """A window of n tokens of width c costs 2 n² c beside its projections."""

    def swin(depth: int) -> Backbone:
        options = SMALL_SWIN.options | {"depths": [depth, 2, 2, 2]}
        return SMALL_SWIN.model_copy(update={"options": options})

    deeper, shallower = (
        complexity_of(Model(), swin(depth), CROP)["multiply_accumulates"] for depth in (4, 2)
    )
    width, tokens = 24, 16 * 16
    windows = (21 // 7) ** 2  # 16 positions along each axis are padded to 21
    projections = (tokens * 8 + windows * 49 * 4) * width**2
    products = windows * 2 * 49**2 * width
    assert deeper - shallower == 2 * (projections + products)


def test_counts_do_not_depend_on_weights_and_leave_the_model_alone():
    real = build_model(Model(), SMALL_SWIN, CROP).train()
    meta = build_on_meta(Model(), SMALL_SWIN, CROP)
    assert count_parameters(real) == count_parameters(meta)
    assert count_multiply_accumulates(real, CROP) == count_multiply_accumulates(meta, CROP)
    assert real.training


def test_a_fixed_regressor_generates_nothing():
    assert complexity_of(Model(regressor="fixed"), SMALL_SWIN, CROP)["generated_values"] == 0
