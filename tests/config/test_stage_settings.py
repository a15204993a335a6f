"""Digests of settings: they differ where a stage's result may, and only there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from smartiqa.config.planned import resolve
from smartiqa.config.stage_settings import (
    added_up_settings,
    as_planned,
    collated_settings,
    counted_settings,
    floor_settings,
    needed_settings,
    predicted_settings,
    prepared_settings,
    pretrained_settings,
    settings_digest,
    stored_settings,
    synthesised_settings,
    timed_settings,
    trained_settings,
    weights_settings,
)
from smartiqa.config.study import load_catalogue, load_study
from smartiqa.core.errors import InputError

CONFIG = Path(__file__).parents[2] / "workflow" / "config"
Place = tuple[str, ...]
COUNTED = {"complexity", "timing", "cost", "collate"}  # all that read every model


@pytest.fixture
def digests(tmp_path: Path) -> Any:
    """Digests of every stage's settings after a change of one value in the demo's files."""

    def after(file: str = "", place: Place = (), value: object = None) -> dict[str, str]:
        for name in ("demo", "experiments"):
            content = yaml.safe_load((CONFIG / f"{name}.yaml").read_text())
            if name == file:
                level = content
                for key in place[:-1]:
                    level = level[key]
                assert level.get(place[-1]) != value
                level[place[-1]] = value
            text = yaml.safe_dump(content, sort_keys=False)
            (tmp_path / f"{name}.yaml").write_text(f"# a comment\n{text}")
        study = load_study(tmp_path / "demo.yaml")
        catalogue = load_catalogue(tmp_path / "experiments.yaml")
        return {
            "complexity": settings_digest(counted_settings(study, catalogue)),
            "timing": settings_digest(timed_settings(study, catalogue)),
            "cost": settings_digest(added_up_settings(study, catalogue)),
            "floors": settings_digest(floor_settings(study, catalogue)),
            "collate": settings_digest(collated_settings(study, catalogue, {})),
            "synthesise": settings_digest(synthesised_settings(study)),
            "prepare": settings_digest(prepared_settings(study, catalogue, "mixed")),
            "store": settings_digest(stored_settings(study, "mixed", "squash")),
            "weights": settings_digest(weights_settings(study, "swin_base")),
            "pretrain": settings_digest(pretrained_settings(study, "swin_base")),
            "train": settings_digest(trained_settings(study, catalogue, "C3")),
            "predict": settings_digest(predicted_settings(study, catalogue, "C3")),
        }

    return after


@pytest.mark.parametrize(
    ("file", "place", "value", "stages"),
    [
        (
            "experiments",
            ("recipes", "smart", "backbone_rate"),
            1e-3,
            {"cost", "collate", "train"},
        ),
        ("experiments", ("experiments", "C0", "title"), "baseline", {"collate"}),
        ("experiments", ("experiments", "C1", "compared_with"), None, {"collate"}),
        (
            "experiments",
            ("experiments", "C2", "model"),  # which is not timed
            {"gate": "none", "dropout": 0.1},
            COUNTED - {"timing"},
        ),
        ("experiments", ("experiments", "C0", "model"), {"dropout": 0.1}, COUNTED),
        ("experiments", ("groups", "losses"), ["C3"], {"collate"}),
        (
            "demo",
            ("crop",),
            128,
            COUNTED | {"floors", "prepare", "weights", "pretrain", "train"},
        ),
        (
            "demo",
            ("backbones", "swin_base", "crop"),
            128,
            COUNTED | {"floors", "prepare", "weights", "pretrain", "train"},
        ),
        ("demo", ("resize", "squash"), [200, 150], {"store", "collate"}),
        ("demo", ("datasets", "mixed", "problems"), "skip", {"prepare", "collate"}),
        ("demo", ("datasets", "mixed", "root"), "data/other", {"prepare", "store", "collate"}),
        ("demo", ("datasets", "mixed", "title"), "another title", {"collate"}),
        ("demo", ("synthesis", "seed"), 99, {"synthesise", "pretrain", "collate"}),
        ("demo", ("pretraining", "swin_base", "steps"), 9, {"pretrain", "collate"}),
        ("demo", ("backbones", "swin_base", "label"), "another label", {"collate"}),
        ("demo", ("testing", "crops"), 5, {"floors", "predict", "collate"}),
        (
            "experiments",
            ("experiments", "C3", "testing"),
            {"crops": 5},
            {"floors", "predict", "collate"},
        ),
        ("demo", ("experiment_seeds",), {}, {"cost", "collate"}),
        ("demo", ("compute", "threads"), 2, {"timing", "cost", "floors", "collate", "train"}),
        ("demo", ("statistics", "seed"), 8, {"floors", "collate"}),
        ("demo", ("title",), "demonstration", {"collate"}),
        ("demo", ("schedule",), {"memory_mb": 5}, set()),
    ],
)
def test_a_setting_concerns_the_stages_that_read_it(
    digests: Any, file: str, place: Place, value: object, stages: set[str]
) -> None:
    before, now = digests(), digests(file, place, value)
    changed = {stage for stage in before if before[stage] != now[stage]}
    assert changed == stages


def test_comments_layout_and_the_order_of_keys_do_not_matter(digests: Any) -> None:
    study, catalogue = load_study(CONFIG / "demo.yaml"), load_catalogue(CONFIG / "experiments.yaml")
    assert digests()["collate"] == settings_digest(collated_settings(study, catalogue, {}))
    assert settings_digest({"a": 1, "b": [1, 2]}) == settings_digest({"b": [1, 2], "a": 1})
    assert settings_digest({"b": [1, 2]}) != settings_digest({"b": [2, 1]})


def test_the_order_of_experiments_matters(digests: Any) -> None:
    study, catalogue = load_study(CONFIG / "demo.yaml"), load_catalogue(CONFIG / "experiments.yaml")
    entries = dict(reversed(catalogue.experiments.items()))
    other = catalogue.model_copy(update={"experiments": entries})
    assert digests()["collate"] != settings_digest(collated_settings(study, other, {}))


TASK = ["distortion"]  # which M-distortion learns


@pytest.mark.parametrize(
    ("dataset", "resize", "selection", "expected"),
    [
        ("synthetic", {"C0": "none"}, "validation", (["train", "validation", "test"], TASK, 112)),
        ("synthetic", {}, "validation", (["train", "validation", "test"], TASK, None)),
        ("synthetic", {}, "test_as_published", (["train", "test"], TASK, None)),
        (
            "mixed",
            {"C0": "none"},
            "validation",
            (["train", "test"], [], 112),
        ),  # M-mixed trains on it
        (
            "mixed",
            {"C1": "none"},
            "validation",
            (["train", "test"], [], None),
        ),  # C1 is not tested across
    ],
)
def test_what_is_needed_of_a_dataset(
    dataset: str,
    resize: dict[str, str],
    selection: str,
    expected: tuple[list[str], list[str], int | None],
) -> None:
    study, catalogue = load_study(CONFIG / "demo.yaml"), load_catalogue(CONFIG / "experiments.yaml")
    experiments = []
    for name in study.experiments:
        made = resolve(study, catalogue, name)
        changes = {"resize": resize.get(name, "aspect"), "selection": selection}
        recipe = made.recipe.model_copy(update=changes)
        experiments.append(made.model_copy(update={"recipe": recipe}))
    assert tuple(needed_settings(study, experiments, dataset).values()) == expected


def test_settings_are_those_that_were_planned_or_refused() -> None:
    settings = {"root": Path("data/home"), "size": [4, 3]}
    assert as_planned(settings, None) is settings
    assert as_planned(settings, settings_digest({"size": [4, 3], "root": "data/home"})) is settings
    with pytest.raises(InputError, match=r"changed after it was planned .*: run snakemake again"):
        as_planned(settings, settings_digest({**settings, "size": [3, 4]}))


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda s, c: prepared_settings(s, c, "mixd"), "unknown dataset 'mixd' (did you mean 'mix"),
        (lambda s, c: stored_settings(s, "mixd", "none"), "unknown dataset 'mixd' (did you mean"),
        (lambda s, c: weights_settings(s, "swin_bas"), "unknown backbone 'swin_bas' (did you mean"),
        (lambda s, c: pretrained_settings(s, "cnn"), "study demo: unknown pretraining of 'cnn'"),
        (lambda s, c: trained_settings(s, c, "C99"), "unknown experiment 'C99'"),
        (lambda s, c: predicted_settings(s, c, "C99"), "unknown experiment 'C99'"),
    ],
)
def test_an_unknown_name_is_told(read: Any, message: str) -> None:
    study, catalogue = load_study(CONFIG / "demo.yaml"), load_catalogue(CONFIG / "experiments.yaml")
    with pytest.raises(InputError, match=re.escape(message)):
        read(study, catalogue)


def test_a_study_without_synthesis_cannot_synthesise() -> None:
    with pytest.raises(InputError, match="study koniq distorts no photos"):
        synthesised_settings(load_study(CONFIG / "koniq.yaml"))
