"""Every quantity that the ledger can ask for is in the files that the real stages wrote."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from smartiqa.claims.ledger import check_claims
from smartiqa.claims.measured_times import MeasuredTimes
from smartiqa.claims.quantities import Quantity, exact
from smartiqa.claims.run_results import RunResults
from smartiqa.claims.schema import Ledger, load_ledger
from smartiqa.core.json_files import read_json
from smartiqa.core.yaml_files import read_yaml
from smartiqa.results.paper_results import PaperResults
from smartiqa.results.records import Complexity, Cost, Timing, read_record

pytestmark = pytest.mark.study

# What the ledger asks for and the tiny study does not run, and what it ran in the same way.
STAND_INS = {
    **dict.fromkeys(("B-small",), "B-tiny"),
    **dict.fromkeys(("L-fidelity", "L-srcc", "L-ranking", "J-on", "G-fixed"), "L-l2"),
    **dict.fromkeys(("W-1e-4", "W-5e-4", "E-3e-7", "E-1e-5"), "E-1e-6"),
    **dict.fromkeys(("spaq", "kadid10k", "agiqa3k"), "mixed"),
}
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "attention_trend": (exact(3),),
    "attention_weight": ("low", exact(1)),
    "difference": ("C1", "C2"),
    "gain_share": ("attention",),
    "latency": ("SMART-Base",),
    "metric": ("C3", "plcc"),
    "silhouette": ("C3",),
    "slowdown": ("C3", "L-l2"),
    "train_srcc": ("C3",),
    "training_hours": ("C3", exact(10)),
}
NULL_IN_A_TINY_STUDY = {"attention_trend", "gain_share"}  # a constant weight, no clear gain


def written(finished: Path, gpu: bool) -> MeasuredTimes:
    """The study's own files; `gpu` changes nothing but what says whether a GPU was there."""
    folder = finished / "results" / "tiny"
    values, timing, cost = (
        read_json(folder / f"{name}.json") for name in ("paper", "timing", "cost")
    )
    assert (timing["hardware"]["gpu"], cost["gpu"]) == (False, False)
    timing["hardware"]["gpu"] = cost["gpu"] = gpu
    return MeasuredTimes(
        RunResults(PaperResults.model_validate(values)),
        Timing.model_validate(timing),
        Cost.model_validate(cost),
    )


def ledger_of(finished: Path) -> Ledger:
    """The shipped ledger, asking for what the tiny study ran and decided by it."""
    config = finished / "workflow" / "config"
    ledger = load_ledger(config / "claims.yaml")
    names = re.compile("|".join(rf"(?<=['\"]){re.escape(n)}(?=['\"])" for n in STAND_INS))
    claims = [
        c.model_copy(update={"ours": names.sub(lambda found: STAND_INS[found[0]], c.ours)})
        for c in ledger.claims
        if c.needs != "nothing"
    ]
    rule = {"adapter": "folder", "images": 1, "crop": 64, "pretraining": ""}
    decided_by = ledger.decided_by.model_copy(update=rule)
    return ledger.model_copy(update={"claims": tuple(claims), "decided_by": decided_by})


def judged(finished: Path, gpu: bool) -> dict[str, dict[str, str]]:
    content = check_claims(
        ledger_of(finished),
        read_yaml(finished / "workflow" / "config" / "published.yaml"),
        read_record(Complexity, finished / "results" / "tiny" / "complexity.json").published,
        written(finished, gpu),
    )
    return {entry.id: entry.model_dump() for entry in content.claims}


def test_every_function_finds_its_quantity(finished: Path) -> None:
    times = written(finished, gpu=True)
    functions = times.results.functions() | times.functions()
    assert set(ARGUMENTS) == set(functions)
    for name in set(functions) - NULL_IN_A_TINY_STUDY:
        assert isinstance(functions[name](*ARGUMENTS[name]), Quantity), name


def test_every_claim_finds_its_quantities(finished: Path) -> None:
    entries = judged(finished, gpu=True)
    assert {entry["id"] for entry in entries.values() if not entry["verdict"]} == set()
    reasons = {name: entry["reason"] for name, entry in entries.items() if not entry["ours"]}
    allowed = ("missing: a weight of stage", "missing: a clear gain to be shared out")
    assert {n: reason for n, reason in reasons.items() if not reason.startswith(allowed)} == {}
    assert all(entries[name]["ours"] for name in ("lat-01", "lat-02", "lat-05", "lat-07"))


def test_without_a_gpu_the_reason_is_the_gpu(finished: Path) -> None:
    entries = judged(finished, gpu=False)
    for name in ("lat-01", "lat-02", "lat-05", "lat-07"):
        assert entries[name]["verdict"] == "not testable here"
        assert entries[name]["reason"].startswith("no GPU timed it: the models were t")
