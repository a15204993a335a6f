"""The claims ledger: every verdict is reached by values, and bad ledgers are named."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from command_line import smartiqa
from made_up_paper import METRICS, made_up_cost, made_up_paper, made_up_timing
from smartiqa.claims import ledger as stage
from smartiqa.claims.expressions import Vocabulary, evaluate
from smartiqa.claims.facts import static_facts
from smartiqa.claims.functions import FUNCTIONS
from smartiqa.claims.measured_times import MeasuredTimes
from smartiqa.claims.quantities import Quantity, exact
from smartiqa.claims.run_results import MissingResultError, RunResults
from smartiqa.claims.schema import load_ledger
from smartiqa.claims.verdicts import NOT_TESTABLE, VERDICTS, Judge
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import write_json
from smartiqa.results.paper_results import PaperResults
from smartiqa.results.records import Cost, Counts, Timing

CONFIG = Path(__file__).parents[2] / "workflow" / "config"
LISTED = {  # the claims that the ledger must have, by prefix and number of the last
    "arch": 26, "par": 14, "flop": 11, "lat": 7, "gain": 15, "cons": 17, "cfg": 12, "res": 17,
    "x": 3, "int": 5,
}  # fmt: skip
# Counted with an independent script: parameters, G multiply-accumulates.
COUNTS = {
    "HyperIQA": (27_375_369, 4.29),
    "ResNet-50 variant": (25_624_337, 4.17),
    "ResNet-50 variant, multi-scale": (28_124_177, 4.28),
    "ResNet-50 variant, multi-scale, attention": (28_649_749, 4.28),
    "SMART-Tiny": (29_521_479, 4.58),
    "SMART-Small": (50_839_383, 8.83),
    "SMART-Base": (89_111_941, 15.54),
    "SMART-Base, single scale": (88_389_761, 15.52),
}
DATASETS = ("koniq10k", "spaq", "kadid10k", "agiqa3k")
UNPUBLISHED = ["res-18", "res-19", "res-20"]  # only predictions that were not published decide
TIMED = ("lat-01", "lat-02", "lat-05", "lat-07")


def complexity() -> dict[str, Counts]:
    return {
        name: Counts(
            parameters=parameters,
            backbone_parameters=1,
            multiply_accumulates=round(giga * 1e9),
            generated_values=33_545,
        )
        for name, (parameters, giga) in COUNTS.items()
    }


def estimate(value: float, half_width: float, key: str = "value") -> dict[str, float]:
    return {key: value, "low": value - half_width, "high": value + half_width}


def paper(step: float = 0.01, half_width: float = 0.004) -> dict[str, Any]:
    """Made-up results of a whole KonIQ-10k study: each row is `step` better than the one before."""
    values = made_up_paper("koniq")
    names = list(values["experiments"])
    for entry in values["experiments"].values():
        statistic = estimate(0.93, half_width, "mean") | {"spread": None, "seeds": {"1": 0.93}}
        measures = dict.fromkeys(METRICS, statistic)
        entry |= {"results": dict.fromkeys(DATASETS, measures), "seeds": [1, 2, 3]}
        entry["pretraining"] = "ImageNet-22k, fine-tuned on 1k"
        for training in entry["training"].values():
            training["history"][-1]["train_srcc"] = 0.931
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    difference = {
        "metric": "srcc", "p_value": 0.01, "p_holm": 0.02, "significant": True, "tests": 2,
        "seeds": [3, 3], "contents": 2015, **estimate(step, half_width, "difference"),
    }  # fmt: skip
    values["comparisons"] = {
        "all": [
            {"first": a, "second": b, "dataset": dataset} | difference
            for a, b in pairs
            for dataset in DATASETS
        ]
    }
    values["gain"] = {
        "shares": {
            "backbone": estimate(0.8, 0.1),
            "multi_scale": estimate(0.1, 0.04),
            "attention": estimate(0.1, 0.04),
        }
    }
    values["attention"]["by_quality"] |= {
        "low": [estimate(weight, 0.02) for weight in (0.28, 0.17, 0.29, 0.26)],
        "high": [estimate(weight, 0.01) for weight in (0.0, 0.0, 0.99, 0.01)],
    }
    values["attention"]["rank_correlation"] = [
        estimate(value, 0.05) | {"tested": True} for value in (-0.7, -0.6, 0.8, 0.51)
    ]
    for name, separation in (("C1", 0.1), ("C3", 0.3)):
        values["embedding"][name]["silhouette_content"] = separation
    for entry in values["datasets"].values():
        entry |= {"title": "KonIQ-10k", "images": 10073, "test_contents": 2015}
    return values


def timing() -> dict[str, Any]:
    """Made-up times of the published models on a GPU."""
    values = made_up_timing()
    milliseconds = {"HyperIQA": 3, "SMART-Tiny": 6, "SMART-Small": 10, "SMART-Base": 12}
    for name, ms in milliseconds.items():
        times = {"milliseconds_low": 0.99 * ms, "milliseconds_high": 1.01 * ms}
        values["published"][name] |= {"milliseconds": ms} | times
    values["hardware"] |= {"gpu": True, "device": "A GPU"}
    return values


def cost() -> dict[str, Any]:
    """Made-up times of trainings on a GPU: two seeds each of C3 and J-on."""
    trainings = {
        "C3": {"1": {"seconds": 900, "epochs": 10}, "2": {"seconds": 220, "epochs": 2}},
        "J-on": {"1": {"seconds": 720, "epochs": 9}, "2": {"seconds": 960, "epochs": 8}},
    }
    return made_up_cost() | {"gpu": True, "devices": ["A GPU"], "experiments": trainings}


def results_of(values: dict[str, Any] | None) -> RunResults:
    return RunResults(None if values is None else PaperResults.model_validate(values))


def measured(values: dict[str, Any] | None, gpu: bool = True) -> MeasuredTimes:
    """Results and times of one study, on a GPU or on none; no times where there are no results."""
    if values is None:
        return MeasuredTimes(RunResults(None))
    timed, spent = timing(), cost()
    if not gpu:
        timed["hardware"] |= {"gpu": False, "device": "A CPU"}
        spent |= {"gpu": False, "devices": ["A CPU", "another"]}
    times = Timing.model_validate(timed), Cost.model_validate(spent)
    return MeasuredTimes(results_of(values), *times)


def not_run(values: dict[str, Any], name: str) -> dict[str, Any]:
    """An experiment of the same catalogue without its results."""
    results = ("seeds", "results", "without_near_duplicates", "training", "provenance")
    entry = values["experiments"][name]
    return {key: value for key, value in entry.items() if key not in results} | {
        "status": "not run"
    }


def demo() -> dict[str, Any]:
    """The same, as if made by a small study on another dataset."""
    values = paper()
    values["study"] |= {"name": "demo", "score_name": "proxy score"}
    values["datasets"]["koniq10k"] |= {"title": "Synthetic distortions", "adapter": "folder"}
    return values


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    return yaml.safe_load((CONFIG / "published.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def facts(published: dict[str, Any]) -> dict[str, Any]:
    return static_facts(published)


@pytest.fixture
def checked(published: dict[str, Any], facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch):
    """A function that judges the shipped ledger by results, as entries by id."""
    monkeypatch.setattr(stage, "static_facts", lambda _: facts)
    ledger = load_ledger(CONFIG / "claims.yaml")

    def check(values: dict[str, Any] | None, gpu: bool = True) -> dict[str, dict[str, str]]:
        content = stage.check_claims(ledger, published, complexity(), measured(values, gpu))
        return {entry.id: entry.model_dump() for entry in content.claims}

    return check


# ------------------------------------------------------------------- the shipped ledger


def test_every_listed_claim_is_there() -> None:
    ids = {claim.id for claim in load_ledger(CONFIG / "claims.yaml").claims}
    listed = {f"{key}-{n:02d}" for key, last in LISTED.items() for n in range(1, last + 1)}
    assert len(listed) == 127
    assert listed <= ids


@pytest.mark.parametrize(
    ("claim", "verdict", "ours"),
    [
        ("arch-06", "confirmed", "1920"),
        ("arch-08", "confirmed", "56, 28, 14, 7"),
        ("arch-17", "inconsistent within the paper", "softmax"),
        ("arch-18", "contradicted", "256"),
        ("arch-21", "contradicted", "33545"),
        ("arch-25", "contradicted", "224, 112, 56, 28, 14, 1"),
        ("par-05", "confirmed", "89.11 M"),
        ("par-10", "confirmed", "7.8 %"),
        ("flop-09", "inconsistent within the paper", "0.4"),
        ("lat-04", "inconsistent within the paper", "3"),
        ("gain-02", "inconsistent within the paper", "3.51 %"),
        ("gain-07", "confirmed", "87 %"),
        ("cons-02", "inconsistent within the paper", "no"),
        ("cons-03", "inconsistent within the paper", "11.6403"),
        ("cons-09", "confirmed", "0.6865"),
        ("cons-13", "confirmed", "0.929, 0.924"),
        ("cons-17", "contradicted", "0.9410"),
        ("cons-23", "contradicted", "0.919, 0.908"),
        ("cons-25", "contradicted", "ResNet-34"),
        ("cons-26", "contradicted", "VGG-16 and S-CNN"),
        ("cons-28", "confirmed", "ResNet-50, ResNet-50, ResNet-50"),
        ("cfg-02", "confirmed", "yes"),
        ("cfg-06", "contradicted", "ImageNet-1k, ImageNet-22k, ImageNet-22k"),
        ("cfg-10", "confirmed", "yes"),
        ("res-19", NOT_TESTABLE, "0.0015"),
        ("res-21", "confirmed", "0.027 [0.011, 0.043]"),
    ],
)
def test_static_verdicts(checked, claim: str, verdict: str, ours: str) -> None:
    entry = checked(None)[claim]
    assert (entry["verdict"], entry["ours"], entry["scope"]) == (verdict, ours, "static")


def test_claims_that_need_nothing_are_decided_in_every_study(checked) -> None:
    for values in (None, demo(), paper()):
        entries = [entry for entry in checked(values).values() if entry["needs"] == "nothing"]
        assert len(entries) >= 80
        undecided = [entry for entry in entries if entry["verdict"] == NOT_TESTABLE]
        assert [entry["id"] for entry in undecided] == UNPUBLISHED
        assert all("predictions were not published" in entry["reason"] for entry in undecided)


def test_another_reading_that_fits_is_named(checked) -> None:
    entries = checked(None)
    assert entries["gain-02"]["reason"].endswith("the difference in points gives 3.18 %")
    assert "100 SRCC / GFLOPs gives 22.1" in entries["flop-09"]["reason"]
    assert "its row for KADID-10k gives 0.930, 0.931" in entries["cons-23"]["reason"]
    assert "gives" not in entries["gain-15"]["reason"]


def test_what_the_comparison_quotes_is_confirmed_where_a_source_prints_it(checked, published):
    rows = [row for t in published["literature"]["tables"].values() for row in t["rows"].values()]
    quoting = {
        tuple(re.findall(r"comparison\.methods\.(\w+)\.plcc", str(claim.published))): claim.id
        for claim in load_ledger(CONFIG / "claims.yaml").claims
    }
    found = checked(None)
    for methods, claim in quoting.items():
        for method in map(published["comparison"]["methods"].get, methods):
            value = {"srcc": method["srcc"], "plcc": method["plcc"]}
            own = [row["results"] for row in rows if row["label"] == method["label"]]
            agrees = value in [results.get("koniq10k") for results in own]
            assert (found[claim]["verdict"] == "confirmed") == agrees, (claim, method["label"])


def test_backbones_are_the_same_in_the_ledger_and_in_the_tables(published) -> None:
    methods, own = published["comparison"]["methods"], published["literature"]["backbones"]
    of_label = {methods[key]["label"]: backbone for key, backbone in own.items()}
    told = {
        row["label"]: row.get("backbone")
        for table in published["literature"]["tables"].values()
        for row in table["rows"].values()
        if row["label"] in of_label
    }
    assert told.items() <= of_label.items()


def test_a_reason_says_how_the_two_values_lie_and_why_the_bound_is_right(checked) -> None:
    claims = {claim.id: claim for claim in load_ledger(CONFIG / "claims.yaml").claims}
    phrases = {"confirmed": "agrees with", "contradicted": "differs from"}
    compared = 0
    for name, entry in checked(None).items():
        claim = claims[name]
        plain = claim.relation == "equals" and claim.bound is None and not claim.readings
        if plain and entry["verdict"] in phrases and entry["ours"] not in ("yes", "no"):
            values = f"{entry['ours']} {phrases[entry['verdict']]} {entry['published']}"
            assert entry["reason"] == f"{values} ({claim.why})"
            compared += 1
    assert compared >= 20


def test_without_results_the_reason_says_what_is_missing(checked) -> None:
    entries = checked(None)
    assert entries["res-01"]["reason"].endswith("there are no run results")
    assert entries["res-07"]["reason"] == "missing: a run of C2"
    assert entries["lat-01"]["reason"] == "nothing was timed"
    assert entries["lat-05"]["reason"] == "no training was timed"


def test_a_whole_study_of_koniq_decides_every_claim(checked) -> None:
    entries = checked(paper())
    undecided = [entry["id"] for entry in entries.values() if entry["verdict"] == NOT_TESTABLE]
    assert undecided == [*UNPUBLISHED, "int-04"]  # its silhouettes are those of one run each
    assert entries["int-04"]["reason"] == (
        "one run of each model is embedded, where a verdict takes 3: two runs of one model may "
        "differ as much"
    )
    assert not any(entry["indication"] for entry in entries.values())
    assert entries["res-01"]["scope"] == "koniq"


@pytest.mark.parametrize(
    ("step", "verdict"), [(0.01, "confirmed"), (0.002, "within noise"), (-0.01, "contradicted")]
)
def test_a_difference_is_judged_by_its_interval(checked, step: float, verdict: str) -> None:
    entries = checked(paper(step=step))
    assert entries["res-07"]["verdict"] == verdict  # attention helps: C3 over C2
    assert entries["x-01"]["verdict"] == verdict  # and C3 over C0 on SPAQ


def numbers_of(text: str) -> list[str]:
    """The values of a cell without their intervals."""
    return re.split("[,;] ", re.sub(r" \[.*?\]", "", text))


def test_ours_answers_in_the_kind_and_digits_of_the_published_value(checked) -> None:
    compared = 0
    for entry in checked(paper()).values():
        if entry["published"] in ("yes", "no"):
            assert entry["ours"].split(" (")[0] in ("yes", "no", "undecided"), entry["id"]
            continue
        published, ours = numbers_of(entry["published"]), numbers_of(entry["ours"])
        assert (len(ours) == 1) == (len(published) == 1), entry["id"]
        if entry["unit"] == "name":
            continue
        suffixes = {re.sub(r"^-?[\d.]+", "", text) for text in published + ours}
        assert len(suffixes) == 1, entry["id"]
        decimals = {len(text.split()[0].partition(".")[2]) for text in published + ours}
        measured = "[" in entry["ours"]  # an interval may bear fewer
        assert len(decimals) == 1 or measured, entry
        compared += 1
    assert compared > 80


def test_values_that_differ_do_not_look_equal(checked) -> None:
    for entry in checked(None).values():
        if entry["verdict"] in ("contradicted", "inconsistent within the paper"):
            assert entry["ours"] != entry["published"], entry["id"]


def without_seeds(values: dict[str, Any]) -> dict[str, Any]:
    for entry in values["experiments"].values():
        entry["seeds"] = [1]
    return values


def without_contents(values: dict[str, Any]) -> dict[str, Any]:
    for entry in values["datasets"].values():
        entry["test_contents"] = 5
    return values


@pytest.mark.parametrize("spoilt", [without_seeds, without_contents])
def test_too_little_decides_and_indicates_nothing_whatever_is_asked_for(checked, spoilt) -> None:
    gains = ("int-06", "int-07", "int-08")  # there are no shares of a gain that was not tested
    for values in (paper(), demo()):
        for entry in checked(spoilt(values)).values():
            if entry["needs"] == "data" and entry["id"] not in gains:
                assert (entry["verdict"], entry["indication"]) == (NOT_TESTABLE, ""), entry["id"]
                assert "[" not in entry["ours"]
                if entry["ours"]:
                    assert "a verdict takes 3 seeds of each model and 6" in entry["reason"] or (
                        entry["id"] == "int-04"
                    )
    assert checked(spoilt(paper()))["res-01"]["ours"] == "0.930, 0.930"
    assert checked(spoilt(paper()))["int-05"]["ours"] == "undecided (0.450)"


def ends(found: Quantity) -> tuple[float, float, float, str | None]:
    return found.value, found.low, found.high, found.unit


def test_each_function_reads_its_own_place_of_the_results() -> None:
    values = paper()
    c3 = values["experiments"]["C3"]
    measures = c3["results"]["koniq10k"]
    c3["results"] = {
        "koniq10k": measures | {"plcc": measures["plcc"] | estimate(0.8, 0.01, "mean")},
        "spaq": measures | {"srcc": measures["srcc"] | estimate(0.7, 0, "mean")},
    }
    (seed, first), *_ = c3["training"].items()
    last = first["history"][-1] | {"train_srcc": 0.951}
    c3["training"] = {seed: first, "99": first | {"history": [*first["history"], last]}}
    compared = values["comparisons"]["all"]
    values["comparisons"] = {"before": [], "all": compared}
    for entry in compared:
        if (entry["first"], entry["second"], entry["dataset"]) == ("C2", "C3", "koniq10k"):
            compared.insert(0, entry | {"metric": "plcc", "difference": 9.0})
            entry |= {"difference": 0.02, "low": None, "high": None}
            break
    results = results_of(values)
    assert ends(results.metric("C3", "plcc")) == pytest.approx((0.8, 0.79, 0.81, "correlation"))
    assert ends(results.metric("C3", "srcc", "spaq")) == (0.7, 0.7, 0.7, "correlation")
    assert ends(results.difference("C2", "C3")) == (0.02, 0.02, 0.02, "correlation")
    assert ends(results.difference("C3", "C2")) == (-0.02, -0.02, -0.02, "correlation")
    margin = stats.t.ppf(0.975, 1) * 0.01 / (1 - 0.941**2)  # of two seeds, on Fisher's scale
    low, high = (np.tanh(np.arctanh(0.941) + sign * margin) for sign in (-1, 1))
    assert ends(results.train_srcc("C3")) == pytest.approx((0.941, low, high, "correlation"))
    weight = pytest.approx((0.99, 0.98, 1.0, "weight"))
    assert ends(results.attention_weight("high", exact(3))) == weight
    trend = pytest.approx((0.51, 0.46, 0.56, "correlation"))
    assert ends(results.attention_trend(exact(4))) == trend
    assert ends(results.silhouette("C3")) == (0.3, 0.3, 0.3, "silhouette")
    assert ends(results.gain_share("attention")) == pytest.approx((10, 6, 14, "%"))
    assert (results.study, results.score_name) == ("koniq", "MOS")


def test_what_was_not_computed_is_told_from_what_does_not_exist() -> None:
    values = paper()
    results = values["experiments"]["C3"]["results"]
    values["experiments"]["C3"]["results"] = {"koniq10k": results["koniq10k"]}
    values["comparisons"]["all"] = []
    values["attention"]["rank_correlation"][1] = None
    del values["attention"]["by_quality"]["middle"]
    results, empty = results_of(values), RunResults(None)
    for call, message in (
        (lambda: results.metric("C3", "srcc", "spaq"), "a test of C3 on spaq"),
        (lambda: results.difference("C2", "C3"), "a comparison of C2 and C3 on koniq10k"),
        (lambda: results.difference("C2", "C3", "spaq"), "a comparison of C2 and C3 on spaq"),
        (lambda: results.attention_weight("middle", exact(1)), "images of middle quality"),
        (lambda: results.attention_trend(exact(2)), "a weight of stage 2 that varies"),
        (lambda: empty.metric("C3", "srcc"), "a run of C3"),
        (lambda: empty.attention_weight("low", exact(1)), "attention weights"),
        (lambda: empty.attention_trend(exact(1)), "attention weights"),
        (lambda: empty.gain_share("attention"), "the decomposition of the gain"),
    ):
        with pytest.raises(MissingResultError) as caught:
            call()
        assert str(caught.value) == message
    assert (empty.study, empty.score_name) == ("", "")


@pytest.mark.parametrize(
    ("seeds", "contents", "lacking"),
    [
        ({"C2": 3, "C3": 3}, 6, ""),
        ({"C2": 3, "C3": 2}, 6, "here are 2 and 6"),
        ({"C2": 2, "C3": 4}, 6, "here are 2 and 6"),
        ({"C2": 4, "C3": 3}, 5, "here are 3 and 5"),
    ],
)
def test_seeds_and_contents_of_what_is_asked_for_decide(
    seeds: dict[str, int], contents: int, lacking: str
) -> None:
    values = paper()
    for name, count in seeds.items():
        values["experiments"][name]["seeds"] = list(range(count))
    values["datasets"]["spaq"]["test_contents"] = contents
    results = results_of(values)
    found = results.difference("C2", "C3", "spaq")
    assert (found.too_little.endswith(lacking), bool(found.too_little)) == (True, bool(lacking))
    single = results.metric("C3", "srcc", "spaq").too_little
    assert bool(single) == (contents < 6 or seeds["C3"] < 3)
    of_gate = results.attention_trend(exact(1)), results.attention_weight("low", exact(1))
    for home in (*of_gate, results.train_srcc("C3"), results.metric("C3", "srcc")):
        assert bool(home.too_little) == (seeds["C3"] < 3)
    assert results.silhouette("C3").too_little


def test_a_difference_is_found_in_either_direction(checked) -> None:
    entries = checked(paper(step=0.01))
    assert entries["x-01"]["ours"] == "0.0100 [0.0060, 0.0140]"
    turned = results_of(paper()).difference("C3", "C0", "spaq")
    assert (turned.value, turned.low, turned.high) == pytest.approx((-0.01, -0.014, -0.006))


@pytest.mark.parametrize(
    ("mean", "verdict"), [(0.9375, "confirmed"), (0.935, "within noise"), (0.92, "contradicted")]
)
def test_a_published_result_is_judged_by_tolerance_and_interval(
    checked, mean: float, verdict: str
) -> None:
    values = paper()
    results = values["experiments"]["C3"]["results"]["koniq10k"]
    for measure, value in (("srcc", mean), ("plcc", 0.9485)):
        results[measure] = results[measure] | estimate(value, 0.005, "mean")
    assert checked(values)["res-01"]["verdict"] == verdict


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("datasets", "koniq10k", "adapter", "folder"), "it trains on KonIQ-10k, not on koniq10k"),
        (("datasets", "koniq10k", "images", 90), "it has 90 images of koniq10k"),
        (("experiments", "C3", "crop", 112), "the crops of C3 have 112 pixels, not 224"),
        (("experiments", "C3", "pretraining", "none"),
         "the pretraining of C3 is none, not ImageNet"),
    ],
)  # fmt: skip
def test_no_other_study_decides_published_results(checked, change, reason: str) -> None:
    values = paper()
    *path, key, content = change
    part = values
    for name in path:
        part = part[name]
    part[key] = content
    entry = checked(values)["res-01"]
    assert (entry["verdict"], entry["ours"]) == (NOT_TESTABLE, "")
    assert entry["reason"] == f"a study of koniq10k decides, but {reason}"


def test_another_study_measures_claims_about_the_method_without_deciding_them(checked) -> None:
    values = demo()
    values["attention"]["by_quality"]["high"] = [estimate(w, 0.02) for w in (0.3, 0.3, 0.2, 0.2)]
    entries = checked(values)
    for claim, indication in (("int-01", "disagrees"), ("int-03", "unclear"), ("int-02", "agrees")):
        assert entries[claim]["verdict"] == NOT_TESTABLE
        assert entries[claim]["ours"]
        assert entries[claim]["scope"] == "demo-scale measurement"
        assert entries[claim]["indication"] == indication
        assert "proxy scores" in entries[claim]["reason"]


def test_a_study_of_other_people_measures_without_deciding(checked) -> None:
    values = demo()
    values["study"] |= {"name": "other", "score_name": "MOS"}
    values["datasets"]["koniq10k"] |= {"title": "Others", "adapter": "biq2021"}
    entry = checked(values)["res-09"]
    assert (entry["verdict"], entry["indication"]) == (NOT_TESTABLE, "disagrees")
    assert entry["scope"] == "on other human data (Others)"


def test_variants_of_another_full_model_are_measured_without_deciding(checked) -> None:
    """Only the published model decides what is claimed of its variants."""
    decided = checked(paper())
    values = paper()
    values["roles"]["reference"] = "C2"  # the first of all pairs that the made-up paper compares
    entries = checked(values)
    for claim in ("res-09", "res-10", "res-14", "res-15"):
        assert decided[claim]["verdict"] != NOT_TESTABLE
        assert entries[claim]["verdict"] == NOT_TESTABLE
        assert entries[claim]["indication"]
        assert entries[claim]["reason"].endswith("its full model is C2, not C3")
    for claim in ("res-01", "res-17"):  # which speak of no variant
        assert entries[claim]["verdict"] == decided[claim]["verdict"] != NOT_TESTABLE


def test_times_on_a_cpu_decide_nothing_about_a_gpu(checked) -> None:
    entries = checked(paper(), gpu=False)
    for claim, doing in (("lat-01", "timed on A CPU"), ("lat-02", "timed on A CPU"),
                         ("lat-05", "trained on A CPU and another"),
                         ("lat-07", "trained on A CPU and another")):  # fmt: skip
        assert (entries[claim]["verdict"], entries[claim]["ours"]) == (NOT_TESTABLE, "")
        assert entries[claim]["reason"] == f"no GPU timed it: the models were {doing}"
    assert MeasuredTimes(RunResults(None)).timed_on == ""


def test_times_on_a_gpu_decide(checked) -> None:
    entries = checked(paper())
    shown = {claim: (entries[claim]["verdict"], entries[claim]["scope"]) for claim in TIMED}
    assert shown == {
        "lat-01": ("contradicted", "timed on A GPU"),
        "lat-02": ("confirmed", "timed on A GPU"),
        "lat-05": ("confirmed", "koniq"),
        "lat-07": ("contradicted", "koniq"),
    }


def test_functions_go_by_their_own_names() -> None:
    times = measured(paper())
    assert times.functions().keys() == times.NEEDS.keys()
    for functions in (times.functions(), times.results.functions()):
        assert [function.__name__ for function in functions.values()] == list(functions)


def test_times_have_units_and_ranges() -> None:
    times = measured(paper())
    assert ends(times.latency("SMART-Small")) == (10, 9.9, 10.1, "ms")
    hours = times.training_hours("C3", exact(10))
    assert ends(hours) == pytest.approx((1000 / 3600, 0.25, 1100 / 3600, "h"))
    assert ends(times.slowdown("C3", "J-on")) == pytest.approx((1, 80 / 110, 120 / 90, None))


def test_a_plain_bound_has_the_unit_of_its_claim(checked) -> None:
    reason = "2.00 ms [1.78, 2.22] is more than 0 ms (the sign of the difference)"
    assert checked(paper())["lat-01"]["reason"] == reason


def test_a_gpu_in_another_study_times_models_but_no_published_training(checked) -> None:
    entries = checked(demo())
    assert entries["lat-01"]["verdict"] == "contradicted"
    for claim in ("lat-05", "lat-07"):
        assert entries[claim]["verdict"] == NOT_TESTABLE
        assert "it trains on Synthetic distortions" in entries[claim]["reason"]


def test_a_training_that_was_not_run_is_missing_and_an_unknown_one_an_error() -> None:
    values = paper()
    values["experiments"]["J-on"] = not_run(values, "J-on")
    times = measured(values)
    with pytest.raises(MissingResultError, match="a run of J-on"):
        times.slowdown("C3", "J-on")
    with pytest.raises(MissingResultError, match="a training of T-centre by itself"):
        times.training_hours("T-centre", exact(10))
    with pytest.raises(InputError, match=r"unknown experiment 'J-onn' .*'J-on'"):
        times.slowdown("C3", "J-onn")
    with pytest.raises(InputError, match=r"unknown timed model 'SMART-Smal' .*'SMART-Small'"):
        times.latency("SMART-Smal")


@pytest.mark.parametrize(
    ("path", "claim", "missing"),
    [
        (("attention",), "int-01", "attention weights"),
        (("gain",), "int-06", "the decomposition of the gain"),
        (("gain", "shares"), "int-06", "a clear gain to be shared out, C0 to C3"),
    ],
)
def test_an_absent_result_is_named(checked, path, claim: str, missing: str) -> None:
    values = paper()
    *above, last = path
    part = values
    for key in above:
        part = part[key]
    part[last] = None
    entry = checked(values)[claim]
    assert (entry["verdict"], entry["reason"]) == (NOT_TESTABLE, f"missing: {missing}")


def test_the_gate_and_the_gain_of_other_models_decide_nothing(checked) -> None:
    """A study may have another reference and ablation; claims are about the published ones."""
    values = paper()
    values["attention"]["experiment"] = values["roles"]["reference"] = "B-tiny"
    values["roles"]["ablation"][0] = "R0"
    entries = checked(values)
    assert entries["int-01"]["reason"] == "missing: attention weights of C3"
    assert entries["int-06"]["reason"] == "missing: the decomposition of the gain from C0 to C3"


def test_a_run_that_was_not_embedded_or_compared_is_named(checked) -> None:
    values = paper()
    del values["embedding"]["C1"]
    values["comparisons"] = {}
    entries = checked(values)
    assert entries["int-04"]["reason"] == "missing: the generated weights of C1"
    assert entries["res-07"]["reason"].startswith("missing: a comparison of ")


@pytest.mark.parametrize(
    ("ask", "named"),
    [
        (lambda results: results.metric("C3", "scrr"), "unknown measure 'scrr' .*'srcc'"),
        (lambda results: results.gain_share("multiscale"), "unknown step .*'multi_scale'"),
        (lambda results: results.attention_weight("hihg", exact(1)), "unknown third .*'high'"),
        (lambda results: results.silhouette("C33"), "unknown experiment 'C33' .*'C3'"),
    ],
)
def test_a_name_that_does_not_exist_is_an_error(ask, named: str) -> None:
    with pytest.raises(InputError, match=named):
        ask(results_of(paper()))


def test_an_experiment_that_is_not_run_is_named(checked) -> None:
    values = paper()
    values["experiments"]["A-0.3"] = not_run(values, "A-0.3")
    assert checked(values)["res-09"]["reason"] == "missing: a run of A-0.3"


# ------------------------------------------------------------------- made-up ledgers

LEDGER = """
decided_by: {adapter: koniq10k, images: 9900, crop: 224, pretraining: ImageNet}
units:
  number: {keys: [count]}
  correlation: {change: 0.01, keys: [srcc]}
  kg: {change: 5 %, keys: [mass]}
claims: []
"""
NUMBERS = {"best": {"srcc": 0.9}, "next": {"srcc": 0.895}, "apple": {"mass": 0.2, "count": 3}}
CLAIM = {
    "id": "made-01", "source": "here", "claim": "made up", "kind": "arithmetic",
    "needs": "nothing", "unit": "correlation", "published": "published.best.srcc",
    "ours": "published.best.srcc", "why": "exact",
}  # fmt: skip


def judged(tmp_path: Path, *claims: dict[str, Any], values: dict[str, Any] | None = None):
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(LEDGER) | {"claims": list(claims)}))
    ledger = load_ledger(path)
    namespaces = {"published": NUMBERS, "counted": NUMBERS}
    judge = Judge(ledger, namespaces, measured(values), "claims.yaml")
    return [judge.judge(claim) for claim in ledger.claims]


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "confirmed"),
        ({"ours": "published.next.srcc"}, "inconsistent within the paper"),
        ({"ours": "sum([published.next.srcc])"}, "inconsistent within the paper"),
        ({"ours": "counted.next.srcc"}, "contradicted"),
        ({"ours": "published.next.srcc", "tolerance": 0.006}, "confirmed"),
        ({"ours": "published.next.srcc", "tolerance": 0.004}, "inconsistent within the paper"),
        ({"ours": "published.next.srcc", "tolerance": "1 %"}, "confirmed"),
        ({"ours": "published.next.srcc", "relation": "at_most"}, "confirmed"),
        ({"ours": "counted.next.srcc", "relation": "at_least"}, "contradicted"),
        ({"ours": "counted.next.srcc", "relation": "at_least", "bound": 0.8}, "confirmed"),
        ({"ours": "[counted.best.srcc, counted.next.srcc]"}, "contradicted"),
        ({"published": "[published.best.srcc]", "ours": "[0.9, 0.9]"},
         "inconsistent within the paper"),
        ({"ours": "srcc_step(0, published.best.srcc, 2000)", "bound": 0.905}, "within noise"),
        ({"needs": "data", "ours": "metric('C0', 'srcc')"}, "not testable here"),
    ],
)  # fmt: skip
def test_each_verdict_follows_from_values(tmp_path: Path, changes, verdict: str) -> None:
    (entry,) = judged(tmp_path, CLAIM | changes)
    assert entry.verdict == verdict


def test_other_readings_are_named_only_where_the_claim_fails(tmp_path: Path) -> None:
    readings = {"one": "published.next.srcc", "two": "published.best.srcc", "three": "0.9 + 0"}
    for ours, reason in (
        (
            "counted.next.srcc",
            "0.895 differs from 0.900 (exact); three gives 0.9 and two gives 0.9",
        ),
        ("counted.best.srcc", "0.9 agrees with 0.9 (exact)"),
    ):
        (entry,) = judged(tmp_path, CLAIM | {"ours": ours, "readings": readings})
        assert entry.reason == reason


def test_what_decides_nothing_says_what_was_seen_and_why(tmp_path: Path) -> None:
    method = {"needs": "data", "subject": "method", "ours": "metric('C0', 'srcc')"}
    elsewhere = "it trains on Synthetic distortions, not on koniq10k"
    lacking = "a verdict takes 3 seeds of each model and 6 test contents, and here are 1 and 2015"
    for claim, values, ours, scope, reason in (
        (method, demo(), "0.930 [0.926, 0.934]", "demo-scale measurement",
         "demo-scale measurement (labels are proxy scores) disagrees: 0.930 [0.926, 0.934] differs "
         f"from 0.9 (exact); {elsewhere}"),
        (method, without_seeds(demo()), "0.9", "seen in demo", lacking),
        (method | {"subject": "publication"}, demo(), "", "",
         f"a study of koniq10k decides, but {elsewhere}"),
        (method, None, "", "", "missing: a run of C0"),
    ):  # fmt: skip
        (entry,) = judged(tmp_path, CLAIM | claim, values=values)
        assert (entry.ours, entry.scope, entry.reason) == (ours, scope, reason)
        assert (entry.published, entry.verdict) == ("0.9", NOT_TESTABLE)


def test_all_verdicts_are_reached_by_the_shipped_ledger(checked) -> None:
    entries = [*checked(None).values(), *checked(paper(step=0.002)).values()]
    assert {entry["verdict"] for entry in entries} == set(VERDICTS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tolerance": 0.02}, "made-01: tolerance 0.02 would accept"),
        ({"tolerance": "50 %"}, "would accept"),
        ({"relation": "at_most", "tolerance": 0.5}, "would accept"),
        ({"relation": "at_least", "tolerance": 0.5}, "would accept"),
        ({"published": "[published.best.srcc]", "tolerance": 1}, "would accept"),
        ({"unit": "kg", "published": "published.apple.mass - published.apple.mass",
          "ours": "published.apple.mass"}, "would accept"),
    ],
)  # fmt: skip
def test_a_tolerance_that_would_accept_too_much_is_refused(tmp_path, changes, message) -> None:
    with pytest.raises(InputError, match=message):
        judged(tmp_path, CLAIM | changes)


def test_no_shipped_claim_may_have_a_tolerance_that_accepts_a_notable_change(
    published: dict[str, Any], facts: dict[str, Any]
) -> None:
    ledger = load_ledger(CONFIG / "claims.yaml")
    literature = {"literature": published["literature"], "complexity": complexity()}
    namespaces = {"published": published} | literature | facts
    judge = Judge(ledger, namespaces, measured(paper()), "x")
    words = {"name", "yes or no"}
    for claim in (claim for claim in ledger.claims if claim.unit not in words):
        with pytest.raises(InputError, match=f"claim {claim.id}: tolerance .* would accept"):
            judge.judge(claim.model_copy(update={"tolerance": 1e8}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ours": "published.bets.srcc"}, "made-01: unknown name below published 'bets' .*'best'"),
        ({"ours": "publisched.best.srcc"}, "unknown name 'publisched' .*'published'"),
        ({"ours": "summ([1])"}, "unknown function 'summ' .*'sum'"),
        ({"ours": "sum(1, 2)"}, "sum.. does not take these arguments"),
        ({"ours": "published.best"}, "'published.best' is a dict, not a value"),
        ({"ours": "published.best.srcc +"}, "is not an expression"),
        ({"ours": "published.best.srcc / 0"}, "divided by zero"),
        ({"ours": "published.best.srcc[0]"}, "is not there"),
        ({"ours": "published.best.srcc - published.apple.mass"},
         "units do not match: correlation and kg"),
        ({"ours": "published.apple.mass"},
         "units do not match: 'published.apple.mass' is in kg, but the claim in correlation"),
        ({"published": "published.apple.mass"}, "units do not match"),
        ({"ours": "'high'"}, "units do not match: .* is in name"),
        ({"needs": "data"}, "needs is 'data', but .* needs nothing"),
        ({"ours": "metric('C0', 'srcc')"}, "needs is 'nothing', but .* needs data"),
        ({"needs": "gpu", "ours": "metric('C0', 'srcc')"}, "needs is 'gpu', but .* needs data"),
        ({"needs": "data", "ours": "metric('C0', 'srcc') * latency('HyperIQA')"},
         "needs is 'data', but .* needs data and gpu"),
        ({"unit": "stone"}, "claim made-01: 'stone' is not one of its units"),
        ({"source": ""}, "claim made-01: source"),
        ({"kind": "opinion"}, "claim made-01: kind"),
        ({"verdict": "confirmed"}, "claim made-01: .*unknown key 'verdict'"),
    ],
)  # fmt: skip
def test_bad_claims_are_named(tmp_path: Path, changes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        judged(tmp_path, CLAIM | changes)


@pytest.mark.parametrize("key", ["source", "ours", "why", "unit"])
def test_a_claim_without_a_key_is_named(tmp_path: Path, key: str) -> None:
    claim = {name: content for name, content in CLAIM.items() if name != key}
    with pytest.raises(InputError, match=f"claim made-01: {key}"):
        judged(tmp_path, claim)


def test_duplicate_ids_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="claim made-01 is there more than once"):
        judged(tmp_path, CLAIM, CLAIM)


def test_an_unknown_experiment_is_named(tmp_path: Path) -> None:
    claim = CLAIM | {"needs": "data", "ours": "metric('C33', 'srcc')"}
    with pytest.raises(InputError, match=r"made-01: unknown experiment 'C33' .*'C3'"):
        judged(tmp_path, claim, values=paper())


@pytest.mark.parametrize("content", [None, "claims: [", "- a list"])
def test_a_ledger_that_cannot_be_read_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ledger.yaml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=r"ledger\.yaml"):
        load_ledger(path)


# ------------------------------------------------------------------- expressions and quantities

SCOPE = Vocabulary(
    {"a": {"b": 2, "list": [1, 2, 3], "yes": True}}, FUNCTIONS, {"b": None, "list": "kg"}
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * a.b", 5.0),
        ("-a['b'] // 3", -1.0),
        ("sum(a.list) / number(mean(a.list))", 3.0),
        ("a.list[-1]", 3.0),
        ("count(a.list[1:])", 2.0),
        ("1 if a.yes and not 2 < 1 else 0", 1.0),
        ("0 if a.list == [1, 2, 4] or a.b != 2 else 1", 1.0),
        ("spread(a.list)", 2.0),
        ("more(3, 2)", 50.0),
        ("points(0.9378, 0.906)", 3.18),
        ("distinct(['x', 'y', 'x'])", 2.0),
        ("ratios([1, 2, 8])[1]", None),
    ],
)
def test_expressions(text: str, value: float | None) -> None:
    if value is None:
        with pytest.raises(InputError, match="does not name anything"):
            evaluate(text, SCOPE)
        return
    assert evaluate(text, SCOPE).value == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "a.__class__",
        "a.list.append(1)",
        "(lambda: 1)()",
        "[x for x in a.list]",
        "open('secret')",
        "2 ** 9",
        "a.b if 1 else 2",
        "'x' * 9",
        "'a' < 'b'",
        "sum(values=a.list)",
        "{1: 2}",
        "1 < 2 < 3",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        evaluate(text, SCOPE)


interval = st.tuples(*[st.floats(-10, 10) for _ in range(3)]).map(
    lambda ends: Quantity(sorted(ends)[1], sorted(ends)[0], sorted(ends)[2])
)


@given(interval, interval, st.floats(0, 1), st.floats(0, 1))
def test_intervals_contain_what_their_members_give(a: Quantity, b: Quantity, s: float, t: float):
    x, y = (q.low + part * (q.high - q.low) for q, part in ((a, s), (b, t)))
    for both, single in (
        (a + b, x + y),
        (a - b, x - y),
        (a * b, x * y),
        (abs(a), abs(x)),
        (-a, -x),
    ):
        assert both.low - 1e-9 <= single <= both.high + 1e-9
        assert both.low <= both.value <= both.high


# ------------------------------------------------------------------- the stage


def test_the_stage_writes_both_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, facts
) -> None:
    monkeypatch.setattr(stage, "static_facts", lambda _: facts)
    write_json(tmp_path / "complexity.json", {"experiments": {}, "published": complexity()})
    (tmp_path / "values.json").write_text(json.dumps(demo()))
    (tmp_path / "timing.json").write_text(json.dumps(timing()))
    (tmp_path / "cost.json").write_text(json.dumps(cost()))
    arguments = {
        "claims": CONFIG / "claims.yaml",
        "published": CONFIG / "published.yaml",
        "complexity": tmp_path / "complexity.json",
        "values": tmp_path / "values.json",
        "timing": tmp_path / "timing.json",
        "cost": tmp_path / "cost.json",
        "output": tmp_path / "claims.json",
    }
    smartiqa("claims", **arguments)
    content = json.loads((tmp_path / "claims.json").read_text())
    assert content["total"] == len(content["claims"]) == sum(content["by_verdict"].values())
    assert content["total"] == sum(n for row in content["by_kind"].values() for n in row.values())
    assert content["decided_without_data"] >= 80
    reasons = {claim["id"]: claim["reason"] for claim in content["claims"]}
    assert "2.00 ms [1.78, 2.22] is more than 0" in reasons["lat-01"]
    assert "it trains on" in reasons["lat-05"]  # not that no training was timed
    assert content["measured_here"] == sum(bool(c["indication"]) for c in content["claims"]) > 10
    markdown = (tmp_path / "claims.md").read_text()
    rows = [row for row in markdown.splitlines() if row.count("|") == 8]
    assert len(rows) == content["total"] + 2  # a header and a rule


def test_a_missing_file_of_results_is_named(tmp_path: Path) -> None:
    output = tmp_path / "claims.json"
    with pytest.raises(InputError, match="complexity does not exist"):
        stage.write_ledger(
            LEDGER, {}, tmp_path / "complexity", (None, None, None), "claims.yaml", output
        )
    assert not output.exists()
