"""What a check finds: one line each, an error, a warning, or a note."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeVar

from smartiqa.core.errors import InputError

Found = TypeVar("Found")


class Finding(NamedTuple):
    """One line of a report.

    An *error* is what a build would end with; a *warning* is likely to be no good; a *note* says
    what a build is going to do.
    """

    level: Literal["error", "warning", "note"]
    text: str

    def __str__(self) -> str:
        return f"{self.level}: {' '.join(self.text.split())}"


class Findings(list[Finding]):
    """All that was found so far."""

    def error(self, text: str) -> None:
        """Add what a build would end with."""
        self._add(Finding("error", text))

    def warn(self, text: str) -> None:
        """Add what is likely to be no good."""
        self._add(Finding("warning", text))

    def note(self, text: str) -> None:
        """Add what a build is going to do."""
        self._add(Finding("note", text))

    def _add(self, finding: Finding) -> None:
        if finding not in self:  # two datasets may be made of the same photos
            self.append(finding)

    def attempt(self, where: str, function: Callable[[], Found]) -> Found | None:
        """Call a function; what is wrong becomes an error that begins with `where`."""
        try:
            return function()
        except InputError as problem:
            self.error(f"{where}: {problem}" if where else str(problem))
            return None

    @property
    def errors(self) -> int:
        """How many of them are errors."""
        return sum(finding.level == "error" for finding in self)
