"""What a really trained study says: one statistic for one difference, no verdict from one run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from made_up_paper import ROOT, made_up_claims, made_up_cost, made_up_paper, made_up_timing
from smartiqa.claims.ledger import NOT_TESTABLE
from smartiqa.core.json_files import read_json
from smartiqa.metrics.verdicts import enough_for_a_verdict
from smartiqa.paper.rendering import render_part
from walked import repeated, uncertain_records

pytestmark = pytest.mark.study

# Sections that say what was found, and what they say only of what was tested.
FINDINGS = ("abstract", "results", "published", "conclusion")
VERDICTS = {
    "bold": r"\\textbf\{",
    "better or worse": r"\bis clearly (better|worse)|differs? clearly|\bnot clearly different",
    "an effect": r"\b(raises|lowers) (SRCC|PLCC) by",
    "nothing": r"not distinguishable|cannot be told from zero|(itself|interval) excludes zero",
    "shares": r"accounts for|of the gain is the backbone|total gain in SRCC",
    "the CNN": r"modules (carry over to the CNN:|help the CNN|harm the CNN)|No gain of the modules",
    "trends": r"(rises|falls) with quality|no monotone relation",
    "placed": r"lies (above|below|inside) our interval",
    "p values": r"\$p[=<]",
    "ledger": r"& (agrees|unclear|disagrees) &",
}


@pytest.fixture(scope="module")
def values(finished: Path) -> dict[str, Any]:
    return dict(read_json(finished / "results/tiny/paper.json"))


def said(paper: Path) -> str:
    """All that a rendered paper says about what was found."""
    sections = [paper / "sections" / f"{name}.tex" for name in FINDINGS]
    texts = [path.read_text() for path in [*sections, *sorted(paper.glob("tables/*.tex"))]]
    return " ".join(" ".join(texts).split())


def test_every_difference_has_one_interval_and_one_test(values: dict[str, Any]) -> None:
    records = dict(uncertain_records(values))
    assert {("C0", "C3", "synthetic", "srcc"), ("C0", "C3", "mixed", "srcc")} <= set(records)
    assert repeated(values) == set()
    # Were there a second one, it would be found wherever it stood.
    copy = {"difference": 0.1, "low": 0.0, "high": 0.2}
    for place in ({"gain": values["gain"] | {"steps": {"attention": copy}}},
                  {"other": [copy | {"first": "C3", "second": "C2"}]}):  # fmt: skip
        assert repeated(values | place) == {("C2", "C3", "synthetic", "srcc")}


def test_one_seed_gives_no_test_and_no_interval_of_a_difference(values: dict[str, Any]) -> None:
    found = [entry for group in values["comparisons"].values() for entry in group]
    assert len(found) > 5
    for entry in found:
        assert not enough_for_a_verdict(entry["seeds"], entry["contents"])
        assert not entry["significant"]
        assert {entry[key] for key in ("low", "high", "p_value", "p_holm")} == {None}
    assert values["gain"] == {"shares": None}
    trends = [entry for entry in values["attention"]["rank_correlation"] if entry]
    assert not any(entry["tested"] for entry in trends)


def test_no_verdict_is_printed_where_one_run_stands_behind_it(finished: Path) -> None:
    text = said(finished / "paper")
    assert "cannot tell it from the chance of training" in text
    assert {name for name, words in VERDICTS.items() if re.search(words, text)} == set()


def test_the_ledger_concludes_nothing_from_one_run(finished: Path) -> None:
    claims = read_json(finished / "results/tiny/claims.json")["claims"]
    studied = [claim for claim in claims if claim["needs"] in ("data", "training")]
    assert any(claim["ours"] for claim in studied)
    assert {(claim["verdict"], claim["indication"]) for claim in studied} == {(NOT_TESTABLE, "")}


def test_the_words_are_those_of_a_study_with_seeds(tmp_path: Path) -> None:
    values = made_up_paper("koniq") | {"ledger": made_up_claims()}
    values |= {"timing": made_up_timing(), "cost": made_up_cost()}
    for entry in values["comparisons"]["sizes"]:  # C3 is clearly the best
        entry |= {"difference": -0.05, "low": -0.06, "high": -0.04, "significant": True}
    values["experiments"]["C3"]["results"]["koniq10k"]["srcc"]["mean"] = 0.99
    names = [f"sections/{name}.tex" for name in FINDINGS]
    names += [str(p.relative_to(ROOT / "paper"))[:-3] for p in (ROOT / "paper").glob("tables/*.j2")]
    for name in names:
        render_part(ROOT / "paper" / f"{name}.j2", values, tmp_path / name)
    text = said(tmp_path)
    assert {name for name, words in VERDICTS.items() if not re.search(words, text)} == set()
