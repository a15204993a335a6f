from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smartiqa.config.files import CATALOGUE
from smartiqa.config.planned import resolve
from smartiqa.config.study import load_catalogue, load_study
from smartiqa.config.sweeps import candidates_of, read_losses, read_rates
from smartiqa.core.errors import InputError

ROOT = Path(__file__).parents[2]
STUDY = load_study(ROOT / "workflow" / "config" / "demo.yaml")
KNOWN = load_catalogue(ROOT / CATALOGUE, STUDY)


def swept(name: str, rates: str = "", losses: str = "") -> Any:
    return candidates_of(STUDY, KNOWN, name, read_rates(rates), read_losses(losses))


def test_a_candidate_is_the_experiment_but_for_its_rates_and_loss() -> None:
    own = resolve(STUDY, KNOWN, "C3")
    found = swept("C3", "2e-7,4e-6", "l1,srcc,l1_ranking:0.5")
    assert [(one.id, one.recipe.loss.name, one.recipe.loss.alpha) for one in found] == [
        (f"C3-rate-{rate}-{loss}", name, alpha)
        for rate in ("2e-07", "4e-06")
        for loss, name, alpha in (
            ("l1", "l1", 0),
            ("srcc", "srcc", 0),
            ("l1_ranking-0.5", "l1_ranking", 0.5),
        )
    ]
    # As the study scales them: by 100, and by 800 ten times as much.
    rates = [(one.recipe.backbone_rate, one.recipe.head_rate) for one in found[::3]]
    assert rates == [pytest.approx((2e-5, 1.6e-3)), pytest.approx((4e-4, 3.2e-2))]
    changed = {"backbone_rate", "head_rate", "loss"}
    for one in found:
        kept = one.recipe.model_dump(exclude=changed)
        assert kept == own.recipe.model_dump(exclude=changed)
        assert one.model_copy(update={"id": own.id, "recipe": own.recipe}) == own


@pytest.mark.parametrize(
    ("name", "rates", "losses", "row"),
    [
        ("C3", "5e-7,2e-7", "", "C3-rate-5e-07 is C3, which"),
        ("C3", "2e-7,1e-6", "", "C3-rate-1e-06 is E-1e-6, which"),
        ("C3", "2e-7,5e-7", "srcc", "C3-rate-5e-07-srcc is L-srcc, which"),
        ("C3", "", "srcc,l2", "C3-srcc is L-srcc, which"),
        ("C3", "", "l1_ranking:0.3,pairwise_fidelity", "C3-l1_ranking-0.3 is A-0.3, which"),
        ("E-1e-5", "1e-6,2e-7", "", "E-1e-5-rate-1e-06 is E-1e-6, which"),
    ],
)
def test_a_row_of_the_paper_is_refused_by_name(
    name: str, rates: str, losses: str, row: str
) -> None:
    with pytest.raises(InputError) as caught:
        swept(name, rates, losses)
    assert str(caught.value) == (
        f"{row} the paper of study demo compares with others that are trained to the end; leave it "
        "out of the sweep, or out of the study"
    )


def test_a_row_that_the_study_leaves_out_may_be_a_candidate() -> None:
    assert [one.id for one in swept("C3", "3e-6, 5e-6")] == ["C3-rate-3e-06", "C3-rate-5e-06"]


def test_what_is_nearly_a_row_of_the_paper_is_not_called_like_it() -> None:
    found = swept("C3", "5.0000001e-7,2e-7", "l1, l1_ranking:0.3000001")
    assert [one.id for one in found[:2]] == [
        "C3-rate-5.0000001e-07-l1",
        "C3-rate-5.0000001e-07-l1_ranking-0.3000001",
    ]


@pytest.mark.parametrize(
    ("name", "rates", "losses", "problem"),
    [
        ("C9", "1e-7,2e-7", "", "unknown experiment 'C9'"),
        ("T-centre", "1e-7,2e-7", "", "T-centre is not trained, it tests C3: sweep that one"),
        ("P-test-selection", "1e-7,2e-7", "", "chooses its epoch on the test images"),
        ("D-scores", "1e-7,2e-7", "", "D-scores learns of a teacher or of several datasets"),
        ("M-mixed", "1e-7,2e-7", "", "M-mixed learns of a teacher or of several datasets"),
        ("C3", "", "", "a sweep of C3 takes two candidates or more"),
        ("C3", "2e-7", "", "a sweep of C3 takes two candidates or more"),
        ("C3", "2e-7,4e-7,2.0e-7", "", "each of them once"),
        ("C3", "2e-7,-1", "", "--rates: '2e-7,-1' is no list of numbers above 0"),
        ("C3", "2e-7,nan", "", "--rates: "),
        ("C3", "2e-7,,4e-7", "", "--rates: "),
        ("C3", "2e-7\n4e-7", "", r"--rates: '2e-7\\n4e-7' is no list"),
        ("C3", "", "srcc,l3", "--losses: name: "),
        ("C3", "", "l1,srcc:0.3", "--losses: .*alpha"),
        ("C3", "", "srcc,l1_ranking", "--losses: 'l1_ranking' needs a weight above 0"),
        ("C3", "", "srcc,l1_ranking:0.0", "--losses: 'l1_ranking:0.0' needs a weight above 0"),
        ("C3", "", "l1_ranking:much", "--losses: 'l1_ranking:much': 'much' is no number"),
    ],
)
def test_what_cannot_be_swept_is_one_line(name: str, rates: str, losses: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        swept(name, rates, losses)
    assert "\n" not in str(caught.value)
