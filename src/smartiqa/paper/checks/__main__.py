"""`python -m smartiqa.paper.checks`: check all templates of the paper; `make check` does.

Exits with 1 if a template asks for what does not exist. What the check cannot see is counted;
`--unseen` lists it.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from smartiqa.config.study import load_catalogue
from smartiqa.core.errors import InputError
from smartiqa.paper.checks.expressions import CHOSEN
from smartiqa.paper.checks.values import Findings, check_templates
from smartiqa.results.study_results import CONFIG

PAPER = Path("paper")


def told(found: Findings, with_unseen: bool) -> str:
    """Say what was found, a line each."""
    kinds = Counter(
        "names that each study chooses" if line.endswith(CHOSEN) else "keys that come from values"
        for line in found.unseen
    )
    counted = ", ".join(f"{count} {what}" for what, count in sorted(kinds.items()))
    lines = [f"error: {problem}" for problem in found.problems]
    lines += [f"not seen: {line}" for line in found.unseen if with_unseen]
    lines.append(
        f"{found.templates} templates: {len(found.problems)} problems in {found.paths} names and "
        f"keys; {len(found.unseen)} not seen" + (f" ({counted})" if counted else "")
    )
    return "".join(f"{line}\n" for line in lines)


def main(arguments: list[str]) -> int:
    """Check, print, and return the exit status."""
    try:
        catalogue = load_catalogue(CONFIG / "experiments.yaml")
        found = check_templates(PAPER, catalogue, CONFIG / "published.yaml")
    except InputError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(told(found, "--unseen" in arguments))
    return 1 if found.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
