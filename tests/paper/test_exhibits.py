"""Conditions of exhibits name what there is, and templates ask for what has a condition."""

from __future__ import annotations

import re

import pytest

from made_up_paper import CATALOGUE, CONFIG, ROOT
from smartiqa.config.study import load_study
from smartiqa.paper.exhibits import CONDITIONS, FOUND, planned
from smartiqa.paper.lineage import exhibits

PAPER = ROOT / "paper"


def test_every_condition_is_of_an_exhibit_of_the_paper() -> None:
    there = {f"{exhibit.kind}/{exhibit.name}" for exhibit in exhibits(PAPER)}
    assert {*CONDITIONS, *FOUND} <= there
    assert not {*CONDITIONS} & {*FOUND}


def test_templates_ask_only_for_exhibits_that_have_a_condition() -> None:
    asked = {
        name
        for template in PAPER.rglob("*.j2")
        for name in re.findall(r'shown\("([^"]+)"\)', template.read_text(encoding="utf-8"))
    }
    assert asked
    assert asked <= {*CONDITIONS, *FOUND}


@pytest.mark.parametrize("exhibit", sorted(CONDITIONS))
def test_the_papers_own_study_has_every_exhibit(exhibit: str) -> None:
    assert planned(exhibit, load_study(CONFIG / "koniq.yaml"), CATALOGUE)


def test_a_study_of_one_size_has_nothing_that_compares() -> None:
    study = load_study(CONFIG / "demo.yaml")
    alone = study.model_copy(
        update={"experiments": ("B-tiny",), "experiment_seeds": {}, "mixed_with": {}}
    )
    alone = alone.model_copy(update={"cross_datasets": (), "cross_experiments": ()})
    left = {exhibit for exhibit in CONDITIONS if planned(exhibit, alone, CATALOGUE)}
    assert left == {"figures/pca_weights", "figures/predictions", "figures/feature_maps"}
