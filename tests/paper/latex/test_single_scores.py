"""What the text says of maps, attacks, pairs and groups follows from what was measured."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from made_up_paper import ROOT, made_up_paper
from smartiqa.paper.exhibits import shown
from smartiqa.paper.latex.environment import rendered

SECTIONS, TABLES = ROOT / "paper" / "sections", ROOT / "paper" / "tables"
PAPER = made_up_paper("koniq", ["C0", "C3"])
ALONE = made_up_paper("koniq", ["C3"])


def text(section: str, paper: dict[str, Any] = PAPER) -> str:
    return " ".join(rendered(SECTIONS / f"{section}.tex.j2", paper).split())


def bounded(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 1, "high": value + 1}


@pytest.mark.parametrize(
    ("deletion", "insertion", "said"),
    [
        (3, 3, "changes it less, for the gate"),
        (3, 0, "insertion shows no difference, for the gate"),
        (0, 3, "deletion shows no difference, for the gate"),
        (0, 0, "tells the places pointed at from random ones for the gate"),
        (-3, 0, "For the gate, the places pointed at count for less than random ones"),
        (3, -3, "For the gate, the places pointed at count for less than random ones"),
    ],
)
def test_a_map_is_judged_by_both_areas(deletion: float, insertion: float, said: str) -> None:
    paper = copy.deepcopy(PAPER)
    areas = {"deletion": bounded(deletion), "insertion": bounded(insertion)}
    paper["masking"]["maps"] = [{"name": "gate", **areas}]
    assert said in text("masking", paper)


def test_maps_of_one_verdict_share_a_sentence() -> None:
    paper = copy.deepcopy(PAPER)
    areas = {"deletion": bounded(0), "insertion": bounded(0)}
    names = ("stage 1", "stage 4", "gradient")
    paper["masking"]["maps"] = [{"name": name, **areas} for name in names]
    said = text("masking", paper)
    assert r"for stage~1, stage~4 and the gradient." in said
    assert "The map of the gate" not in said


def test_damage_that_raises_scores_is_told() -> None:
    paper = copy.deepcopy(PAPER)
    for name, rise in (("C3", 2.5), ("C0", -4.0)):
        kinds = {"JPEG": -1.0, "noise": rise, "blur": 0.9, "flip": 30.0}
        paper["robustness"][name] = copy.deepcopy(paper["robustness"]["C3"])
        paper["robustness"][name]["changes"] = [
            {"kind": kind, "setting": "strong", "mean": mean, "distance": 31.0, "farthest": 40.0}
            for kind, mean in kinds.items()
        ]
    said = text("robustness", paper)
    assert "but one of the three kinds and strengths of it that were tried raised" in said
    assert r"noise (strong), by 2.5; the change of C0 is $-$4.0." in said
    assert "Damage should" not in text("robustness")  # where everything lowers them


def test_recipes_that_differ_are_told_with_what_they_go_with() -> None:
    paper = made_up_paper("demo", ["C0", "C1", "C2", "C3", "R0"])
    table = rendered(TABLES / "hyperparameters.tex.j2", paper)
    assert "This study, C0 & This study, C3" in table.replace("This study, R0 & ", "")
    assert r"$4\times 10^{-4}$" in table  # the demo's rates of C0 and C3
    assert r"$5\times 10^{-5}$" in table
    assert "as run, 80 times for C3 and 2.5 times for C0." in text("method", paper)
    said = text("results", paper)
    assert said.count("(C0 to C1, and with it the recipe of training") == 1
    assert said.count("and with it the recipe of training") == 1  # C1 to C2 have one recipe
    assert "C0 and C1 were trained by different recipes" in said
    assert "C0 and C3 differ in architecture, pretraining and the recipe" in text("setup", paper)
    for name in ("C1", "C2", "C3"):
        paper["experiments"][name]["recipe"] = paper["experiments"]["C0"]["recipe"]
    assert "recipe of training" not in text("results", paper) + text("setup", paper)


def test_what_the_recipe_alone_changes_is_told_where_it_was_run() -> None:
    said = text("results", made_up_paper("koniq", ["C0", "C0-smart", "C1", "C2", "C3"]))
    assert said.count("The recipe by itself, with the backbone of C0 (C0-smart), ") == 1
    assert "The recipe by itself" not in text("results", made_up_paper("koniq", ["C0", "C1"]))


def test_rates_are_called_published_only_if_they_are() -> None:
    assert "Rates are those of the published recipes and" in text("limitations")
    assert "Rates are this study's own" in text("limitations", made_up_paper("demo", ["C0", "C3"]))


def test_attacks_on_two_models_are_set_side_by_side() -> None:
    paper = copy.deepcopy(PAPER)
    attacked = paper["attacks"]["experiments"]
    attacked["C3"] = copy.deepcopy(attacked["C0"])
    first, second = attacked["C3"]["strengths"]
    first["change"], second["change"] = bounded(1.2), bounded(6.2)
    said = text("attack", paper)
    assert r"of C0 that was seen is $-$4.0 at 1/255 and $+$1.0 at 2/255." in said


def test_an_attack_on_one_model_is_compared_with_nothing() -> None:
    assert "less that of" not in text("attack", ALONE)
    assert "C0" not in rendered(TABLES / "attack.tex.j2", ALONE)


def test_who_was_right_is_counted() -> None:
    said = text("competition")
    # Of two pairs the better one for the attacker is worse by 1 once and better by 2 once.
    assert said.count("higher true quality in one of two pairs") == 2
    paper = copy.deepcopy(PAPER)
    for entry in paper["competition"]:
        entry["pairs"][0]["better"]["quality"] = 99.0
    assert text("competition", paper).count("higher true quality in two of two pairs") == 2
    assert "When C3 attacks C0" in said
    assert "the mean difference that C3 sees is $+$15, that C0 sees 0, and the true one 0." in said


def test_without_a_baseline_nobody_competes() -> None:
    assert not shown(ALONE, "figures/competition")
    assert text("competition", ALONE) == ""


def test_extremes_of_groups_are_named() -> None:
    said = text("group_errors")
    assert "is lowest for bridge (5.0; 4.0 to 9.0) and highest for cat (6.0; 4.0 to 9.0)." in said
    assert "lowest for 0.1 megapixels (7.0" in said
    assert "By scene, the mean absolute error of C3 is lowest for night (11.0; " in said
    assert "within cameras (mean quality 44.0) one of 0.540~[" in said  # phones are not ranked
    sizes = {**PAPER, "group_errors": PAPER["group_errors"][2:4]}
    assert "within" not in text("group_errors", sizes)
    assert "By content" not in text("group_errors", sizes)
    counted = "An image that shows several scenes counts in each."
    assert counted in rendered(TABLES / "group_errors.tex.j2", PAPER)
    assert counted not in rendered(TABLES / "group_errors.tex.j2", sizes)


def test_images_of_one_group_have_no_table() -> None:
    none = {**PAPER, "group_errors": []}
    assert not shown(none, "tables/group_errors")
    assert text("group_errors", none) == ""
    assert "tabular" not in rendered(TABLES / "group_errors.tex.j2", none)
