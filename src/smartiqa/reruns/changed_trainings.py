"""Why trainings run again: how each that lies there differs from what is planned now.

Snakemake prints the whole identity before and after on one line, of each run by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from smartiqa.core.errors import InputError
from smartiqa.provenance.identity import FILE, Planned, differences, read_identity
from smartiqa.reruns.settling import named


def changed_trainings(planned: Iterable[tuple[Path, Planned]]) -> list[str]:
    """Say which runs are not trained as planned now, a line for those with the same differences.

    Args:
        planned: the folder of each run, `runs/<experiment>/seed<seed>`, and what it is to be.
    """
    found: dict[tuple[str, ...], dict[str, None]] = {}
    for folder, plan in planned:
        if differing := _differing(folder / FILE, plan):
            found.setdefault(differing, {})[folder.parent.name] = None
    return [
        f"trained otherwise than now planned: {named([*names])} ({'; '.join(differing)})"
        for differing, names in found.items()
    ]


def _differing(path: Path, plan: Planned) -> tuple[str, ...]:
    """What differs, by keys; nothing where no whole identity lies, of which others tell."""
    try:
        recorded = read_identity(path).model_dump(mode="json", include={*Planned.model_fields})
    except InputError:
        return ()
    found = differences(plan, recorded)
    texts = (text.removeprefix("settings.") for text in found)
    return tuple("other code" if text.startswith("code ") else text for text in texts)
