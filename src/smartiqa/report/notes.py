"""Where the numbers of the report come from: what `smartiqa explain` says, each block once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from smartiqa.explanation.chain import run_lines
from smartiqa.explanation.subjects import Subject, as_text, behind, find, own_parts, value_of
from smartiqa.paper.lineage import KINDS, Sources
from smartiqa.results.study_results import Results


class Note(TypedDict):
    """Where one number, chart or run comes from: text of its own, then blocks by their place."""

    text: str
    blocks: list[int]


class Notes:
    """The notes of a page.

    Attributes:
        notes: by the key that a cell has.
        blocks: texts that several notes share.
    """

    def __init__(self, results: Results, values: Mapping[str, Any] | None) -> None:
        self.results = results
        self.values = values
        self.notes: dict[str, Note] = {}
        self.blocks: list[str] = []
        self._known: dict[Sources, int] = {}

    def add(self, key: str) -> None:
        """Write the note of a value, or of a table or figure (`figures/losses`).

        Without `paper.json` nothing is known of either.
        """
        if key in self.notes or self.values is None:
            return
        is_exhibit = key.startswith(tuple(f"{kind}/" for kind in KINDS))
        explained = find if is_exhibit else value_of
        subject = explained(key, self.results, self.values)
        text = as_text(own_parts(subject, self.results, self.values))
        self.notes[key] = {"text": text, "blocks": [self._behind(subject)]}

    def add_run(self, key: str, name: str, seed: int) -> None:
        """Write the note of a finished run."""
        text = as_text([(name, run_lines(self.results, name, seed))])
        self.notes[key] = {"text": text, "blocks": []}

    def _behind(self, subject: Subject) -> int:
        """Return the place of the block about a subject's runs, weights and data."""
        if subject.sources not in self._known:
            self._known[subject.sources] = len(self.blocks)
            self.blocks.append(as_text(behind(subject, self.results)))
        return self._known[subject.sources]
