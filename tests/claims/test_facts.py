"""Facts of the ledger, against what the networks' and datasets' own papers and timm print."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from smartiqa.claims.facts import (
    BACKBONES,
    backbone_facts,
    dataset_facts,
    model_facts,
    pretraining_of,
    recipe_facts,
    static_facts,
)

PUBLISHED = Path(__file__).parents[2] / "workflow" / "config" / "published.yaml"


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    return yaml.safe_load(PUBLISHED.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        # Liu et al., ICCV 2021, sections 3.1 and 3.3; parameters as timm's table has them.
        (
            "swin_tiny_patch4_window7_224",
            {
                "widths": [96, 192, 384, 768],
                "maps": [56, 28, 14, 7],
                "depths": [2, 2, 6, 2],
                "heads": [3, 6, 12, 24],
                "window": 7,
                "pretraining": "ImageNet-1k",
                "parameters_with_classifier": 28_288_354,
            },
        ),
        # He et al., CVPR 2016, table 1.
        (
            "resnet50",
            {
                "widths": [256, 512, 1024, 2048],
                "maps": [56, 28, 14, 7],
                "pretraining": "ImageNet-1k",
                "parameters_with_classifier": 25_557_032,
                "parameters": 25_557_032 - 2048 * 1000 - 1000,
            },
        ),
    ],
)
def test_a_backbone_has_the_sizes_that_its_paper_prints(name: str, facts: dict[str, Any]) -> None:
    found = backbone_facts(name)
    assert {key: found[key] for key in facts} == facts
    assert ("window" in found) == name.startswith("swin")


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("ms_in22k_ft_in1k", "ImageNet-22k"),
        ("augreg_in21k", "ImageNet-22k"),
        ("a1_in1k", "ImageNet-1k"),
        ("", "ImageNet-1k"),
    ],
)
def test_the_first_pretraining_is_read_from_the_tag(tag: str, name: str) -> None:
    assert pretraining_of(tag) == name


def test_heads_have_the_sizes_of_the_published_code(published: dict[str, Any]) -> None:
    found = model_facts()
    assert found["target_widths"] == [224, 112, 56, 28, 14, 1]
    printed = published["architecture"][
        "target_widths"
    ]  # in the paper's table, of the other design
    assert found["cnn_variant"]["target_widths"][:4] == printed
    assert found["gate_width"] == 256
    assert 89e6 < found["smart_base_with_projections"]["parameters"] < 93e6


def test_a_recipe_does_what_its_code_does(published: dict[str, Any]) -> None:
    smart = recipe_facts(published["recipes"]["smart"])
    # half a cosine over ten epochs, from 5e-7 up to the floor of 1e-6
    assert smart["backbone_rate"][:6:5] == pytest.approx([5e-7, 7.5e-7])
    assert smart["backbone_rate"] == sorted(smart["backbone_rate"])
    assert len(smart["backbone_rate"]) == 10
    assert smart["trains_head"] == [True] + [False] * 9
    hyperiqa = recipe_facts(published["recipes"]["hyperiqa"])
    assert hyperiqa == {"backbone_rate": [2e-5] * 16, "trains_head": [True] + [False] * 15}


def test_datasets_have_the_sizes_that_their_papers_print() -> None:
    found = dataset_facts()
    assert found["koniq10k"] == {"images": 10_073, "image_sizes": [[1024, 768], [512, 384]]}
    images = {name: fact["images"] for name, fact in found.items()}
    assert images == images | {"spaq": 11_125, "kadid10k": 10_125, "agiqa3k": 2_982}
    assert "folder" not in found


def test_the_namespaces_of_the_ledger(published: dict[str, Any]) -> None:
    found = static_facts(published)
    assert found.keys() == {"backbones", "models", "configs", "datasets"}
    assert found["backbones"].keys() == BACKBONES.keys()
    pretraining = {role: facts["pretraining"] for role, facts in found["backbones"].items()}
    assert pretraining["swin_base"] == "ImageNet-22k"
    assert found["backbones"]["swin_small"]["depths"] == [2, 2, 18, 2]
    assert found["configs"]["hyperiqa"] == recipe_facts(published["recipes"]["hyperiqa"])
    assert found["configs"]["smart"] == recipe_facts(published["recipes"]["smart"])
    assert found["models"] == model_facts()
    assert found["datasets"] == dataset_facts()
