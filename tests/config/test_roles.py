"""Roles: who plays which, what a study may cast itself, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from smartiqa.config.catalogue import Catalogue
from smartiqa.config.planned import roles_of
from smartiqa.config.roles import Roles
from smartiqa.config.study import Study, load_catalogue, load_study
from smartiqa.core.errors import InputError

CONFIG = Path(__file__).parents[2] / "workflow" / "config"
CATALOGUE = load_catalogue(CONFIG / "experiments.yaml")


def study(tmp_path: Path, experiments: list[str], roles: Any = None) -> Study:
    """The demo, with other experiments and roles of its own."""
    content = yaml.safe_load((CONFIG / "demo.yaml").read_text(encoding="utf-8"))
    content |= {"experiments": experiments, "cross_experiments": [], "cross_datasets": []}
    content["datasets"].pop("mixed")
    content |= {"experiment_seeds": {}, "mixed_with": {}}
    if roles is not None:
        content["roles"] = roles
    path = tmp_path / "demo.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_study(path)


def catalogue(tmp_path: Path, change: Any) -> Catalogue:
    """The catalogue, with its roles changed by a function."""
    content = yaml.safe_load((CONFIG / "experiments.yaml").read_text(encoding="utf-8"))
    change(content["roles"])
    path = tmp_path / "experiments.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_catalogue(path)


@pytest.mark.parametrize("name", ["demo", "koniq"])
def test_keywords_stand_for_reference_and_baseline(name: str) -> None:
    roles = roles_of(load_study(CONFIG / f"{name}.yaml"), CATALOGUE)
    assert (roles.reference, roles.baseline) == (CATALOGUE.roles.reference, "C0")
    assert roles.timed[:4] == ("C0", "B-tiny", "B-small", "C3")
    assert (roles.embedded, roles.drawn, roles.mapped) == (("C1", "C3"), ("C3", "A-0.3"), "C3")


def test_what_follows_the_reference_follows_that_of_a_study() -> None:
    study = load_study(CONFIG / "biq2021.yaml")
    roles = roles_of(study, load_catalogue(CONFIG / "experiments.yaml", study))
    assert (roles.reference, roles.baseline, roles.mapped) == ("R3", "R0", "R3")
    assert roles.embedded == ("C1", "R3")
    run = roles.among(["R0", "R1", "R2", "R3"])
    assert (run.embedded, run.drawn, run.timed) == (("R3",), ("R3",), ("R0", "R3"))
    assert (run.ablation, run.steps) == ((), ())
    assert "ranking" not in run.quoted
    assert run.quoted["cnn_both"] == "R3"


@pytest.mark.parametrize(
    ("experiments", "reference", "baseline"),
    [
        (["B-tiny"], "B-tiny", "C0"),
        (["C0", "R0", "B-tiny"], "B-tiny", "C0"),
        (["C0"], "C0", None),
        (["C0", "C3"], "C3", "C0"),
    ],
)
def test_without_the_reference_the_first_other_one_is_it(
    tmp_path: Path, experiments: list[str], reference: str, baseline: str | None
) -> None:
    roles = roles_of(study(tmp_path, experiments), CATALOGUE)
    assert (roles.reference, roles.baseline) == (reference, baseline)


def test_quoted_are_cast_one_by_one(tmp_path: Path) -> None:
    given = {"quoted": {"ranking": "A-1"}}
    roles = roles_of(study(tmp_path, ["C3", "A-1"], given), CATALOGUE)
    assert roles.quoted == CATALOGUE.roles.quoted | {"ranking": "A-1"}


def test_what_generates_no_weights_is_not_embedded(tmp_path: Path) -> None:
    roles = roles_of(study(tmp_path, ["C1", "G-fixed"], {"reference": "G-fixed"}), CATALOGUE)
    assert roles.embedded == ("C1",)


def test_comparisons_follow_the_reference(tmp_path: Path) -> None:
    given = roles_of(study(tmp_path, ["C3", "L-l2"], {"reference": "L-l2"}), CATALOGUE)
    assert CATALOGUE.compared_with("C3", given) == "C2"
    assert CATALOGUE.compared_with("L-l2", given) is None
    assert CATALOGUE.compared_with("L-srcc", given) == "L-l2"
    assert CATALOGUE.pairs_of("losses", given) == [
        ("L-l2", "L-srcc"), ("L-l2", "L-ranking"), ("L-l2", "L-fidelity"),
    ]  # fmt: skip


def test_the_ablation_is_a_group_of_steps_and_their_total() -> None:
    roles = CATALOGUE.roles.model_copy(update={"ablation": ("R0", "R1", "R3")})
    assert next(iter(CATALOGUE.groups_with(roles))) == "ablation"
    assert CATALOGUE.pairs_of("ablation", roles) == [("R0", "R1"), ("R1", "R3"), ("R0", "R3")]
    one = roles.model_copy(update={"ablation": ("R0",)})
    assert CATALOGUE.pairs_of("ablation", one) == []


def test_a_cast_without_those_that_are_not_run_is_one_too() -> None:
    run = CATALOGUE.roles.resolved().among(["C3", "C0"])
    assert Roles.model_validate(run.model_dump(mode="json")) == run


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        ({"refrence": "C3"}, r"roles: unknown key 'refrence' \(did you mean 'reference'\?\)"),
        ({"reference": "C33"}, r"roles.reference: unknown experiment 'C33' \(did you mean 'C3"),
        ({"mapped": "L-l2"}, "roles.mapped: L-l2 is not run; add it to experiments, or cast"),
        ({"drawn": ["C3", "C3"]}, "roles.drawn: C3 is there twice"),
        ({"baseline": "C3"}, "C3 is both reference and baseline"),
        ({"quoted": {"rankin": "C3"}}, r"roles.quoted: unknown key 'rankin' \(did you mean 'rank"),
        ({"ablation": ["C0", "C3"]}, "ablation has 2 experiments, but steps has 3; give one step"),
        ({"embedded": ["G-fixed"]}, "roles.embedded: G-fixed generates no weights"),
        (
            {"ablation": ["C0", "R0"], "steps": [{"name": "other", "phrase": "another head"}]},
            "",
        ),
        (
            {"ablation": ["C3", "J-on"], "steps": [{"name": "jitter", "phrase": "jitter"}]},
            "groups ablation and augmentation both compare J-on with C3",
        ),
    ],
)
def test_a_study_that_casts_wrongly_is_refused_in_one_line(
    tmp_path: Path, roles: dict[str, Any], said: str
) -> None:
    experiments = ["C0", "C3", "R0", "G-fixed", "J-on"]
    if not said:
        assert roles_of(study(tmp_path, experiments, roles), CATALOGUE).ablation == ("C0", "R0")
        return
    with pytest.raises(InputError) as raised:
        roles_of(study(tmp_path, experiments, roles), CATALOGUE)
    assert re.search(said, str(raised.value)), raised.value
    assert "demo" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda roles: roles.pop("reference"), "roles.reference: missing; add it"),
        (lambda roles: roles.update(refrence="C3"), "roles: unknown key 'refrence'"),
        (lambda roles: roles.update(mapped="C9"), r"roles.mapped: unknown experiment 'C9' \(val"),
        (lambda roles: roles.update(reference="baseline"), "roles.reference: unknown experiment"),
        (lambda roles: roles["quoted"].update(ranking="A-9"), "roles.quoted.ranking: unknown exp"),
        (lambda roles: roles.update(embedded=["G-fixed"]), "roles.embedded: G-fixed generates no"),
        (lambda roles: roles.update(baseline="C3"), "C3 is both reference and baseline"),
        (lambda roles: roles["steps"].pop(), "ablation has 4 experiments, but steps has 2"),
    ],
)
def test_a_catalogue_that_casts_wrongly_is_refused(tmp_path: Path, change: Any, said: str) -> None:
    with pytest.raises(InputError, match=rf"{re.escape(str(tmp_path))}/experiments.yaml: .*{said}"):
        catalogue(tmp_path, change)


def test_a_role_cast_twice_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "experiments.yaml"
    text = (CONFIG / "experiments.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("  mapped: reference\n", "  mapped: reference\n  mapped: C3\n"))
    with pytest.raises(InputError, match=r"experiments.yaml, line \d+: the key 'mapped' is there"):
        load_catalogue(path)


def test_no_experiment_is_called_as_a_role_and_no_group_as_the_ablation(tmp_path: Path) -> None:
    content = yaml.safe_load((CONFIG / "experiments.yaml").read_text(encoding="utf-8"))
    path = tmp_path / "experiments.yaml"
    edited = content | {"experiments": content["experiments"] | {"baseline": {"title": "a"}}}
    path.write_text(yaml.safe_dump(edited))
    with pytest.raises(InputError, match="'baseline' is a role; give the experiment another name"):
        load_catalogue(path)
    path.write_text(yaml.safe_dump(content | {"groups": {"ablation": ["C0"]}}))
    with pytest.raises(InputError, match=r"groups: ablation is made of roles\.ablation; remove it"):
        load_catalogue(path)


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        (None, "roles.reference: a study has a reference: name one, or leave the key out"),
        ("T-centre", "roles.reference: T-centre tests the checkpoint of C3 and has no training"),
    ],
)
def test_the_reference_is_an_experiment_that_is_trained(
    tmp_path: Path, reference: str | None, said: str
) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        roles_of(study(tmp_path, ["C0", "C3", "T-centre"], {"reference": reference}), CATALOGUE)


def test_roles_without_keys_are_named_in_plain_words(tmp_path: Path) -> None:
    path = tmp_path / "demo.yaml"
    text = (CONFIG / "demo.yaml").read_text(encoding="utf-8")
    path.write_text(f"{text}\nroles:\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"roles: keys with values are needed, not None$"):
        load_study(path)
