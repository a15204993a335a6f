"""What the check of the templates says."""

from __future__ import annotations

from collections import Counter

from smartiqa.paper.checks.expressions import CHOSEN
from smartiqa.paper.checks.values import Findings


def told(found: Findings, with_unseen: bool) -> str:
    """Say what was found, a line each."""
    kinds = Counter(
        "names that each study chooses" if line.endswith(CHOSEN) else "keys that come from values"
        for line in found.unseen
    )
    counted = ", ".join(f"{count} {what}" for what, count in sorted(kinds.items()))
    lines = [f"not seen: {line}" for line in found.unseen if with_unseen]
    lines.append(
        f"{found.templates} templates: {len(found.problems)} problems in {found.paths} names and "
        f"keys; {len(found.unseen)} not seen" + (f" ({counted})" if counted else "")
    )
    return "".join(f"{line}\n" for line in lines)
