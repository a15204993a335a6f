"""Variants: experiments that are written as what differs from the reference, whichever that is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from smartiqa.config import planned as plans
from smartiqa.config.experiment import Experiment
from smartiqa.config.inheritance import with_inherited
from smartiqa.config.planned import planned_experiments, resolve
from smartiqa.config.study import Study, load_catalogue, load_study
from smartiqa.core.errors import InputError
from smartiqa.core.yaml_files import read_yaml

CONFIG = Path(__file__).parents[2] / "workflow" / "config"
CATALOGUE = CONFIG / "experiments.yaml"
SWIN = {"name": "swin_base", "label": "Swin", "weights": {"source": "random"}}


def written(folder: Path, name: str, **changes: Any) -> Study:
    """A shipped study with some of its keys changed."""
    source = CONFIG / f"{name}.yaml"
    content = with_inherited(read_yaml(source), source, Study.model_fields) | changes
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content | {"inherits": None}), encoding="utf-8")
    return load_study(path)


def resolved(study: Study, name: str) -> Experiment:
    return resolve(study, load_catalogue(CATALOGUE, study), name)


@pytest.mark.parametrize(("name", "reference"), [("demo", "C3"), ("biq2021", "R3")])
def test_a_variant_is_the_studys_reference_but_for_what_it_says(name: str, reference: str) -> None:
    study = load_study(CONFIG / f"{name}.yaml")
    whole, loss, fixed = (resolved(study, key) for key in (reference, "L-l2", "G-fixed"))
    assert loss.recipe.loss.name != whole.recipe.loss.name
    assert loss.recipe.model_copy(update={"loss": whole.recipe.loss}) == whole.recipe
    assert (loss.model, loss.backbone, fixed.recipe) == (whole.model, whole.backbone, whole.recipe)
    assert fixed.model == whole.model.model_copy(update={"regressor": "fixed"})


@pytest.mark.parametrize(("name", "reference"), [("demo", "C3"), ("biq2021", "R3")])
def test_what_is_only_tested_otherwise_has_the_checkpoint_of_the_reference(
    name: str, reference: str
) -> None:
    study = load_study(CONFIG / f"{name}.yaml")
    catalogue = load_catalogue(CATALOGUE, study)
    assert catalogue.experiments["T-centre"].checkpoint_of == reference
    assert plans.testing_of(study, catalogue, "T-centre").positions == "centre"
    assert catalogue.groups["losses"][:2] == (reference, "L-l2")


def test_without_a_study_variants_are_of_the_catalogues_own_reference() -> None:
    catalogue = load_catalogue(CATALOGUE)
    whole = catalogue.experiments[catalogue.roles.reference]
    assert catalogue.experiments["L-l2"].recipe == whole.recipe
    assert catalogue.experiments["T-centre"].checkpoint_of == catalogue.roles.reference


def test_a_variant_that_is_the_reference_itself_is_one_of_the_catalogues(tmp_path: Path) -> None:
    study = written(
        tmp_path,
        "biq2021",
        experiments=["L-l2", "L-srcc"],
        backbones={"swin_base": SWIN},
        roles={"reference": "L-l2", "baseline": None},
    )
    catalogue = load_catalogue(CATALOGUE, study)
    assert catalogue.experiments["L-srcc"].recipe == catalogue.experiments["C3"].recipe
    assert catalogue.groups["losses"] == ("L-l2", "L-srcc", "L-ranking", "L-fidelity")


def test_a_variant_that_does_not_go_with_the_reference_is_named(tmp_path: Path) -> None:
    roles = {"reference": "R0", "baseline": None}
    study = written(tmp_path, "biq2021-part", experiments=["R0", "G-sigmoid"], roles=roles)
    with pytest.raises(
        InputError, match=r"biq2021-part: experiment G-sigmoid, a variant of R0: .*gate 'sigmoid'"
    ):
        load_catalogue(CATALOGUE, study)


def test_a_variant_that_is_not_run_need_not_go_with_the_reference(tmp_path: Path) -> None:
    roles = {"reference": "R0", "baseline": None}
    study = written(tmp_path, "biq2021-part", experiments=["R0", "R3"], roles=roles)
    entry = load_catalogue(CATALOGUE, study).experiments["G-sigmoid"]
    assert (entry.model.backbone, entry.model.gate) == ("swin_base", "sigmoid")


def test_only_a_variant_tests_the_checkpoint_of_the_reference(tmp_path: Path) -> None:
    content = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    content["experiments"]["T-centre"]["recipe"] = "smart"
    path = tmp_path / "experiments.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    with pytest.raises(InputError, match=r"T-centre: .* its recipe must be reference too"):
        load_catalogue(path)


def test_an_unknown_reference_is_left_to_the_check_of_the_plan(tmp_path: Path) -> None:
    study = written(tmp_path, "biq2021-part", roles={"reference": "R9"})
    catalogue = load_catalogue(CATALOGUE, study)
    with pytest.raises(InputError, match=r"roles.reference: unknown experiment 'R9'"):
        planned_experiments(study, catalogue)
