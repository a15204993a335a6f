from __future__ import annotations

from pathlib import Path

from drawing import drawn

from made_up_results import TRAINING, read_paper, read_predictions


def test_scores_above_photos_are_those_of_both_models(results: Path) -> None:
    figure = drawn("competition", results)
    scores = {name: read_predictions(results, name, 1, TRAINING) for name in ("C0", "C3")}
    panels = iter(figure.axes)
    for entry in read_paper(results)["competition"]:
        (pair,) = entry["pairs"]
        for image in (pair["better"], pair["worse"]):
            title = next(panels).get_title()
            for player in (entry["defender"], entry["attacker"]):
                assert f"{player} {scores[player]['prediction'][image['id']]:.0f}" in title
            assert title.endswith(f"\ntrue {scores['C3']['quality'][image['id']]:.0f}")


def test_a_row_says_who_sees_no_difference(results: Path) -> None:
    labels = [axes.get_ylabel() for axes in drawn("competition", results).axes]
    assert [label for label in labels if label] == ["alike for C0", "alike for C3"]
