"""Check every claim of the published paper: what holds, what does not, what cannot be tested here.

The stage evaluates the ledger `claims.yaml` against the published numbers, our counting, timm, and
a study's results, and writes `claims.json` and, for people, `claims.md`. How a verdict follows:
`smartiqa.claims.verdicts`. Without `--values` the claims that need runs are not testable, without
`--timing` and `--cost` those about speed; all others are decided in every study. Where a GPU timed
the models, the ledger quotes its times, which no two builds have alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from smartiqa.claims.facts import static_facts
from smartiqa.claims.measured_times import MeasuredTimes
from smartiqa.claims.run_results import RunResults
from smartiqa.claims.schema import Ledger
from smartiqa.claims.verdicts import NOT_TESTABLE, VERDICTS, Entry, Judge
from smartiqa.core.errors import InputError
from smartiqa.core.files import read_json, replace_atomically, write_json

COLUMNS = ("id", "claim", "source", "published", "ours", "verdict", "reason")


def check_claims(
    ledger: Ledger,
    published: Mapping[str, Any],
    complexity: Mapping[str, Any],
    times: MeasuredTimes,
    place: str = "claims.yaml",
) -> dict[str, Any]:
    """Judge all claims of a ledger.

    Args:
        ledger: the claims.
        published: the content of `published.yaml`.
        complexity: counts of the published models, by name.
        times: measured times, with the run results of the same study.
        place: the ledger's file name, for messages.

    Returns:
        The content of `claims.json`.

    Raises:
        InputError: a claim cannot be evaluated; it is named.
    """
    namespaces = {
        "published": {key: part for key, part in published.items() if key != "literature"},
        "literature": published["literature"],
        "complexity": complexity,
        **static_facts(published),
    }
    judge = Judge(ledger, namespaces, times, place)
    return summary([judge.judge(claim) for claim in ledger.claims])


def summary(entries: Sequence[Entry]) -> dict[str, Any]:
    """Entries with their counts, as `claims.json` has them."""
    static = [entry for entry in entries if entry.needs == "nothing"]
    kinds = sorted({entry.kind for entry in entries})
    return {
        "claims": [asdict(entry) for entry in entries],
        "total": len(entries),
        "by_verdict": _verdict_counts(entries),
        "by_kind": {k: _verdict_counts([e for e in entries if e.kind == k]) for k in kinds},
        "decided_without_data": sum(entry.verdict != NOT_TESTABLE for entry in static),
        "measured_here": sum(bool(entry.indication) for entry in entries),
    }


def write_ledger(
    ledger: Ledger,
    published: Mapping[str, Any],
    complexity: Path,
    measured: tuple[Path | None, Path | None, Path | None],
    place: str,
    output: Path,
) -> None:
    """Judge all claims and write `output`, and the ledger for people (.md) beside it.

    Args:
        ledger: the claims.
        published: the content of `published.yaml`.
        complexity: `complexity.json`.
        measured: `paper.json`, `timing.json` and `cost.json`, as far as they are there.
        place: the ledger's file name, for messages.
        output: `claims.json`.

    Raises:
        InputError: a file is missing or damaged, or a claim cannot be evaluated.
    """
    values, timing, cost = (_read_results(path) if path else None for path in measured)
    counts = _read_results(complexity)["published"]
    times = MeasuredTimes(RunResults(values), timing, cost)
    content = check_claims(ledger, published, counts, times, place)
    with replace_atomically(output.with_suffix(".md")) as temporary:
        temporary.write_text(as_markdown(content), encoding="utf-8")
    write_json(output, content)


def as_markdown(content: Mapping[str, Any]) -> str:
    """The ledger for people: counts by kind and verdict, then every claim."""
    kinds = [
        [kind, *(str(counts[verdict]) for verdict in VERDICTS)]
        for kind, counts in content["by_kind"].items()
    ]
    total = ["all", *(str(content["by_verdict"][verdict]) for verdict in VERDICTS)]
    claims = [[entry[column] for column in COLUMNS] for entry in content["claims"]]
    return "\n".join(
        [
            "# Claims of the published paper",
            "",
            f"{content['total']} claims, {content['decided_without_data']} decided without data.",
            "",
            *_table(["kind", *VERDICTS], [*kinds, total]),
            "",
            *_table(COLUMNS, claims),
            "",
        ]
    )


def _verdict_counts(entries: Sequence[Entry]) -> dict[str, int]:
    counts = Counter(entry.verdict for entry in entries)
    return {verdict: counts[verdict] for verdict in VERDICTS}


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    cells = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells]


def _read_results(path: Path) -> Mapping[str, Any]:
    try:
        content: Mapping[str, Any] = read_json(path)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist") from None
    return content
