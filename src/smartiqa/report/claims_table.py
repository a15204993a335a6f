"""The ledger of claims as a table."""

from __future__ import annotations

from smartiqa.report.cells import NOTHING, Cell, Row, Table
from smartiqa.results.records import JudgedLedger

COLUMNS = ("ID", "Claim", "Kind", "Needs", "Published", "Ours", "Verdict", "Why", "Source")


def claims_table(ledger: JudgedLedger) -> Table:
    """Return one row a claim; what was recomputed says where it comes from."""
    rows = []
    for place, claim in enumerate(ledger.claims):
        ours = Cell(claim.ours, key=f"ledger.claims[{place}]") if claim.ours else NOTHING
        cells = [
            *(Cell(claim.id), Cell(claim.claim), Cell(claim.kind), Cell(claim.needs)),
            *(Cell(f"{claim.published} {claim.unit}".strip()), ours, Cell(claim.verdict)),
            *(Cell(claim.reason), Cell(claim.source)),
        ]
        rows.append(Row(cells, anchor=f"claim-{claim.id}"))
    counts = ", ".join(f"{number} {verdict}" for verdict, number in ledger.by_verdict.items())
    note = f"{ledger.total} claims of the published paper: {counts}."
    return Table("table-claims", "claims", COLUMNS, rows, note, choices=(2, 3, 6))
