from __future__ import annotations

import re

import pytest

from smartiqa.metrics.verdicts import size_of_gain
from smartiqa.paper.latex import wording
from smartiqa.paper.latex.values import Branch
from smartiqa.results.comparison_results import Comparison


def comparison(
    difference: float, half: float = 0.01, *, significant: bool | None = None, p: float = 0.01
) -> Comparison:
    if significant is None:
        significant = abs(difference) > half
    ends = (difference - half, difference + half)
    return compared(difference, ends, p, significant, (3, 3), 6, 3)


def untested(difference: float = 0.03, seeds: tuple[int, int] = (1, 3)) -> Comparison:
    ends = (difference - 0.01, difference + 0.01) if min(seeds) > 1 else (None, None)
    contents = 6 if min(seeds) < 3 else 4
    return compared(difference, ends, None, False, seeds, contents, 0)


def compared(
    difference: float,
    ends: tuple[float | None, float | None],
    p: float | None,
    significant: bool,
    seeds: tuple[int, int],
    contents: int,
    tests: int,
) -> Comparison:
    return Comparison(
        first="R0",
        second="R3",
        dataset="synthetic",
        metric="srcc",
        difference=difference,
        low=ends[0],
        high=ends[1],
        p_holm=p,
        significant=significant,
        seeds=seeds,
        contents=contents,
        tests=tests,
    )


@pytest.mark.parametrize(
    ("difference", "significant", "phrase"),
    [
        (0.03, True, "clearly better than"),
        (0.03, False, "not clearly different from"),
        (0.003, False, "not distinguishable from"),
        (-0.03, False, "not clearly different from"),
        (-0.03, True, "clearly worse than"),
    ],
)
def test_relations_follow_the_verdict(difference: float, significant: bool, phrase: str) -> None:
    assert wording.relation(comparison(difference, significant=significant)) == phrase


def test_effects_follow_the_verdict() -> None:
    assert wording.effect(comparison(0.03)) == (
        r"raises SRCC by 0.030 (95\,\% interval 0.020 to 0.040; corrected $p=0.010$)"
    )
    assert wording.effect(comparison(-0.03)).startswith("lowers SRCC by 0.030 (")
    assert wording.effect(comparison(0.003, p=0.4)) == (
        r"changes SRCC by $+$0.003 (95\,\% interval $-$0.007 to 0.013; corrected $p=0.40$), "
        "which is not distinguishable from zero"
    )
    assert wording.effect(comparison(0.03, significant=False, p=0.08)) == (
        r"changes SRCC by $+$0.030 (95\,\% interval 0.020 to 0.040; corrected $p=0.080$): the "
        "interval by itself excludes zero, but the test corrected for three comparisons does not "
        "confirm that"
    )


WORDS_OF_VERDICTS = re.compile(r"raises|lowers|better|worse|clear|help|harm|distinguish|likely")


@pytest.mark.parametrize(
    ("seeds", "words"),
    [
        ((1, 3), "with one against three seeds, which cannot tell it from the chance of training"),
        ((1, 1), "with one seed each, which cannot"),
        ((2, 2), "with two seeds each, which cannot"),
        ((3, 3), "on four contents, too few"),
    ],
)
def test_what_was_not_tested_is_told_without_a_verdict(seeds: tuple[int, int], words: str) -> None:
    found = untested(0.03, seeds)
    for text in (wording.effect(found), wording.cnn_conclusion(found)):
        assert words in text
        assert "$+$0.030" in text
        assert ("interval" in text) == (min(seeds) > 1)
        assert not WORDS_OF_VERDICTS.search(text)
    assert size_of_gain(found.verdict, found.difference) == "untested"


def test_the_effect_of_what_was_not_run_says_so() -> None:
    values = Branch(
        {
            "study": {"training_dataset": "synthetic"},
            "experiments": {"C3": {"status": "run"}, "J-on": {"status": "not run"}},
            "comparisons": {},
        }
    )
    assert wording.effect_of(values, "C3", "J-on", "augmentation") == "was not run in this study"
    values["experiments"]["J-on"]["status"] = "run"
    assert "not compared" in wording.effect_of(values, "C3", "J-on", "augmentation")


@pytest.mark.parametrize(
    ("measured", "outcome", "words"),
    [
        (comparison(0.015, 0.004), "clear", "carry over to the CNN"),
        (comparison(0.0099, 0.004), "modest", "help the CNN a little"),
        (comparison(0.002, 0.004), "none", "No gain of the modules can be shown"),
        (comparison(0.015, 0.02), "none", "No gain of the modules can be shown"),
        (comparison(-0.02, 0.004), "harmful", "harm the CNN"),
    ],
)
def test_the_outcomes_of_the_cnn_study(measured: Comparison, outcome: str, words: str) -> None:
    assert size_of_gain(measured.verdict, measured.difference) == outcome
    assert words in wording.cnn_conclusion(measured)


def test_of_a_cnn_that_was_not_run_nothing_is_said() -> None:
    assert wording.cnn_conclusion(None) == ""


def test_no_gain_says_whether_a_clear_one_is_excluded() -> None:
    excluded = wording.cnn_conclusion(comparison(0.001, 0.004))
    admitted = wording.cnn_conclusion(comparison(0.001, 0.02))
    assert "excludes a gain of 0.01 in SRCC" in excluded
    assert "still admits a gain of 0.01 in SRCC" in admitted


def test_a_gain_says_whether_its_size_is_sure() -> None:
    for measured, admitted in (
        (comparison(0.015, 0.004), ""),
        (comparison(0.015, 0.008), "still admits a gain of less than 0.01 in SRCC"),
        (comparison(0.008, 0.004), "still admits a gain of 0.01 in SRCC"),
        (comparison(0.005, 0.004), ""),
    ):
        said = wording.cnn_conclusion(measured, with_digits=False)
        assert admitted in said
        assert ("interval" in said) == bool(admitted)


def test_digits_can_be_left_out() -> None:
    assert "interval 0.0110 to 0.0190" in wording.cnn_conclusion(comparison(0.015, 0.004))
    assert "interval" not in wording.cnn_conclusion(comparison(0.015, 0.004), False)


def gain(
    difference: float, *, p_holm: float | None = 0.01, half: float = 0.012, seeds: int = 3
) -> Branch:
    def interval(value: float, width: float) -> dict[str, float]:
        return {"value": value, "low": value - width, "high": value + width}

    significant = p_holm is not None and p_holm < 0.05
    shares = {
        "backbone": {"value": 0.87, "low": 0.71, "high": 1.02},
        "multi_scale": interval(0.05, 0.1),
        "attention": interval(0.08, 0.1),
    }
    total = {
        "first": "C0", "second": "C3", "dataset": "synthetic", "metric": "srcc",
        "difference": difference, "low": difference - half, "high": difference + half,
        "p_value": p_holm, "p_holm": p_holm, "significant": significant,
        "seeds": [seeds, seeds], "contents": 6, "tests": 4,
    }  # fmt: skip
    return Branch(
        {
            "study": {"training_dataset": "synthetic"},
            "roles": {
                "reference": "C3",
                "baseline": "C0",
                "ablation": ["C0", "C1", "C2", "C3"],
                "steps": [
                    {"name": "backbone", "phrase": "the backbone"},
                    {"name": "multi_scale", "phrase": "multi-scale input"},
                    {"name": "attention", "phrase": "the gate"},
                ],
            },
            "comparisons": {"ablation": [total]},
            "gain": {"shares": shares if significant and difference > 0 else None},
        }
    )


def test_shares_of_a_clear_gain_are_quoted() -> None:
    total = (
        r"The total gain in SRCC is $+$0.031 (95\,\% interval 0.019 to 0.043; "
        "corrected $p=0.010$)"
    )
    shares = (
        r"the backbone accounts for 87\,\% (71 to 102\,\%), multi-scale input accounts for "
        r"5\,\% ($-$5 to 15\,\%) and the gate accounts for 8\,\% ($-$2 to 18\,\%)"
    )
    rest = "; most of the gain is the backbone's."
    assert wording.gain_conclusion(gain(0.031)) == f"{total}. Of it, {shares}{rest}"
    assert wording.gain_conclusion(gain(0.031), False) == total + rest


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (
            gain(0.005, p_holm=0.4),
            r"The total change in SRCC, $+$0.005 (95\,\% interval $-$0.007 to 0.017; corrected "
            "$p=0.40$), cannot be told from zero, so shares of it are not quoted.",
        ),
        (
            gain(-0.03),
            "The full model is worse than the baseline: the total change in SRCC is $-$0.030 "
            r"(95\,\% interval $-$0.042 to $-$0.018; corrected $p=0.010$), so there is no gain "
            "whose shares could be quoted.",
        ),
        (
            gain(0.03, p_holm=0.07),
            r"Of the total change in SRCC, $+$0.030 (95\,\% interval 0.018 to 0.042; corrected "
            "$p=0.070$), the interval by itself excludes zero, but the test corrected for four "
            "comparisons does not confirm that, so shares of it are not quoted.",
        ),
        (
            gain(0.03, p_holm=None, seeds=2),
            r"From the baseline to the full model SRCC changes by $+$0.030 (95\,\% interval 0.018 "
            "to 0.042, not tested), with two seeds each, which cannot tell it from the chance of "
            "training; shares of it are not quoted.",
        ),
    ],
)
def test_no_clear_gain_has_no_shares(values: Branch, text: str) -> None:
    assert wording.gain_conclusion(values) == text


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.6, 0.9, "most of the gain is the backbone's"),
        (0.1, 0.4, "less than half of the gain is the backbone's"),
        (0.3, 0.8, "does not tell"),
    ],
)
def test_dominance_follows_the_interval(low: float, high: float, words: str) -> None:
    assert words in wording.dominance(
        "the backbone", {"value": (low + high) / 2, "low": low, "high": high}
    )


def family(*differences: float) -> Branch:
    names = [f"L-{number}" for number in range(len(differences))]
    return Branch(
        {
            "study": {"training_dataset": "synthetic"},
            "experiments": {name: {"status": "run"} for name in ["C3", *names]},
            "comparisons": {
                "losses": [
                    {
                        "first": "C3", "second": name, "dataset": "synthetic", "metric": "srcc",
                        "difference": d, "low": d - 0.01, "high": d + 0.01,
                        "p_value": 0.5, "p_holm": 0.5, "significant": abs(d) > 0.01,
                        "seeds": [3, 3], "contents": 6, "tests": len(differences),
                    }
                    for name, d in zip(names, differences, strict=True)
                ]
            },
        }
    )  # fmt: skip


def test_a_family_of_experiments_is_summed_up() -> None:
    def summary(*differences: float) -> str:
        names = ["C3", *(f"L-{number}" for number in range(5))]
        return str(wording.differing(family(*differences), "C3", names, "losses", "the loss"))

    assert summary() == ""
    assert "L-0, is clearly worse than C3" in summary(-0.02)
    assert "none differs clearly from C3" in summary(0.001, -0.003)
    assert (
        r"that of L-1, $-$0.003 (95\,\% interval $-$0.013 to 0.007; corrected $p=0.50$)"
        in summary(0.001, -0.003)
    )
    assert "Of the two variants of the loss that were tested, one differs clearly" in summary(
        0, 0.05
    )
    assert "three differ clearly in SRCC from C3: L-0" in summary(0.02, 0.03, -0.04)


def test_of_a_family_only_what_was_tested_is_judged() -> None:
    values = family(0.02, -0.05)
    values["comparisons"]["losses"][1] |= {
        "p_value": None, "p_holm": None, "significant": False, "low": None, "high": None,
        "seeds": [3, 1],
    }  # fmt: skip
    text = wording.differing(values, "C3", ["C3", "L-0", "L-1"], "losses", "the loss")
    assert "The one variant of the loss that was tested, L-0, is clearly better than C3" in text
    assert (
        r"the difference seen in SRCC from C3 is $-$0.050 for L-1, with one against three" in text
    )
