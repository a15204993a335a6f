from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from made_up_paper import BASICS, made_up_paper
from smartiqa.core.errors import InputError
from smartiqa.metrics.inference import expected_half_width
from smartiqa.paper.latex import comparisons
from smartiqa.paper.latex.values import Branch


def entry(first: str, second: str, difference: float, **changes: object) -> dict[str, object]:
    return {
        "first": first, "second": second, "dataset": "synthetic", "metric": "srcc",
        "difference": difference, "low": difference - 0.01, "high": difference + 0.01,
        "p_value": 0.001, "p_holm": 0.002, "significant": True,
        "seeds": [3, 4], "contents": 6, "tests": 2,
    } | changes  # fmt: skip


def study(means: dict[str, float], tests: list[dict[str, object]]) -> Branch:
    return Branch(
        {
            "study": {"training_dataset": "synthetic"},
            "experiments": {
                name: {"status": "run", "results": {"synthetic": {"srcc": {"mean": mean}}}}
                for name, mean in means.items()
            },
            "comparisons": {"losses": tests},
        }
    )


@pytest.fixture
def demo() -> Branch:
    return Branch(made_up_paper("demo", BASICS))


def test_what_was_run(demo: Branch) -> None:
    assert comparisons.ran(demo, "C0", "C3")
    assert not comparisons.ran(demo, "C0", "L-l2")
    assert not comparisons.ran(demo, "no-such-experiment")
    assert comparisons.those_run(demo, ["R3", "R1", "R0"]) == ["R3", "R0"]


def test_runs_come_in_the_order_of_the_text(demo: Branch) -> None:
    assert comparisons.all_run(demo) == ["C0", "C1", "C2", "C3", "B-tiny", "B-small", "R0", "R3"]
    assert comparisons.all_run(demo, ["C3", "L-l2", "B-tiny"]) == ["C3", "B-tiny"]


def test_experiments_are_grouped_by_seeds(demo: Branch) -> None:
    assert comparisons.by_seeds(demo, ["R0", "C3", "R3", "C1"]) == [
        (["1", "2", "3"], ["C1", "C3"]),
        (["1"], ["R0", "R3"]),
    ]
    assert comparisons.most_seeds(demo) == 3
    nothing = Branch(made_up_paper("demo", ()))
    assert (comparisons.by_seeds(nothing), comparisons.most_seeds(nothing)) == ([], 0)


def test_measurements(demo: Branch) -> None:
    statistic = comparisons.measured(demo, "C3", "srcc")
    assert statistic == demo["experiments"]["C3"]["results"]["synthetic"]["srcc"]
    assert comparisons.measured(demo, "L-l2", "srcc") is None
    assert comparisons.measured(demo, "C1", "srcc", "mixed") is None


def test_a_metric_that_a_run_lacks_is_named(demo: Branch) -> None:
    del demo["experiments"]["C3"]["results"]["synthetic"]["krcc"]
    with pytest.raises(InputError, match=r"experiments\.C3\.results\.synthetic\.krcc is missing"):
        comparisons.measured(demo, "C3", "krcc")


def test_a_comparison_can_be_read_both_ways() -> None:
    values = study({"C3": 0.8, "L-l2": 0.83}, [entry("C3", "L-l2", 0.03)])
    forward = comparisons.compared(values, "C3", "L-l2", "losses")
    backward = comparisons.compared(values, "L-l2", "C3", "losses")
    assert forward is not None
    assert backward is not None
    assert (backward.difference, backward.low, backward.high) == pytest.approx(
        (-0.03, -0.04, -0.02)
    )
    assert (forward.verdict, backward.verdict) == ("better", "worse")
    assert (forward.seeds, backward.seeds) == ((3, 4), (4, 3))
    assert backward.turned() == forward
    assert comparisons.compared(values, "C3", "L-srcc", "losses") is None
    assert comparisons.compared(values, "C3", "L-l2", "losses", "srcc", "mixed") is None


@pytest.mark.parametrize(
    ("difference", "significant", "metric", "verdict"),
    [
        (0.03, True, "srcc", "better"),
        (-0.03, True, "srcc", "worse"),
        (0.03, False, "srcc", "unconfirmed"),
        (-0.03, False, "srcc", "unconfirmed"),
        (0.005, False, "srcc", "undecided"),
        (-0.3, True, "rmse", "better"),
        (0.3, True, "rmse", "worse"),
        (0.0, True, "srcc", "undecided"),
    ],
)
def test_verdicts(difference: float, significant: bool, metric: str, verdict: str) -> None:
    values = study({}, [entry("a", "b", difference, significant=significant, metric=metric)])
    comparison = comparisons.compared(values, "a", "b", "losses", metric)
    assert comparison is not None
    assert comparison.verdict == verdict


@pytest.mark.parametrize("ends", [{}, {"low": None, "high": None}])
def test_what_was_not_tested_has_no_verdict_and_no_bold(ends: dict[str, None]) -> None:
    rows = [entry("C3", "L-l2", -0.03, p_value=None, p_holm=None, significant=False, **ends)]
    values = study({"C3": 0.85, "L-l2": 0.82}, rows)
    comparison = comparisons.compared(values, "L-l2", "C3", "losses")
    assert comparison is not None
    assert comparison.verdict == "untested"
    assert ("low" in comparison.statistic()) == (not ends)
    assert comparisons.clear_best(values, ["C3", "L-l2"], "losses", "srcc") is None


def test_only_a_significantly_best_row_is_clear() -> None:
    means = {"C3": 0.85, "L-l2": 0.82, "L-srcc": 0.7}
    tests = [entry("C3", "L-l2", -0.03), entry("C3", "L-srcc", -0.15)]
    assert comparisons.clear_best(study(means, tests), list(means), "losses", "srcc") == "C3"
    unsure = [entry("C3", "L-l2", -0.03, significant=False)]
    assert comparisons.clear_best(study(means, unsure), list(means), "losses", "srcc") is None
    assert comparisons.clear_best(study(means, []), list(means), "losses", "srcc") is None
    assert comparisons.clear_best(study({"C3": 0.8}, []), ["C3"], "losses", "srcc") is None


def test_lower_errors_are_better() -> None:
    values = Branch(made_up_paper("demo", BASICS))
    for name, mean in (("C0", 9.0), ("C3", 8.0)):
        values["experiments"][name]["results"]["synthetic"]["rmse"]["mean"] = mean
    assert comparisons.best(values, ["C0", "C3"], "rmse") == "C3"


def test_the_best_seed_is_chosen_on_validation_images(demo: Branch) -> None:
    training = demo["experiments"]["C3"]["training"]
    training["1"]["validation_srcc"], training["2"]["validation_srcc"] = 0.7, 0.8
    assert comparisons.best_seed(demo, "C3") == "2"
    assert comparisons.best_seed(demo, "L-l2") == ""


def test_datasets_are_found_by_their_adapter() -> None:
    koniq = Branch(made_up_paper("koniq"))
    assert comparisons.cross_dataset_of(koniq, "spaq") == "spaq"
    assert comparisons.cross_dataset_of(koniq, "live") == ""


def test_the_expected_half_width_agrees_with_simulation() -> None:
    rng = np.random.default_rng(3)
    pairs = rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], size=(2000, 150))
    found = [spearmanr(sample).statistic for sample in pairs]
    low, high = np.quantile(found, [0.025, 0.975])
    expected = expected_half_width(float(np.median(found)), 150)
    assert expected == pytest.approx((high - low) / 2, rel=0.1)
