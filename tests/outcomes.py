"""How a command line ends: quietly, in one line that a person can act upon, or badly."""

from __future__ import annotations

import contextlib
import io
import logging
import signal
from collections.abc import Iterator
from typing import Any, NamedTuple

from smartiqa.cli import call, conclude

PATIENCE = 120  # seconds, of one command


class Outcome(NamedTuple):
    """The exit status of a command, and what it said."""

    status: int
    said: str

    @property
    def problem(self) -> str:
        """What a person cannot act upon; empty if there is nothing."""
        if self.status == 0:
            return ""
        if self.status != 2 or "Traceback" in self.said:
            return f"a defect: {self.said[-600:]}"
        first, *rest = self.said.rpartition("error: ")[2].splitlines() or [""]
        # What is wrong with many images is a table, whose last line says what to do.
        is_table = first.endswith("has problems:") and all(r.startswith("  ") for r in rest[:-1])
        if rest and not is_table:
            return f"not one line: {self.said[-600:]}"
        return "" if len(first) > 12 else f"says nothing: {self.said[-600:]}"


class Hang(BaseException):
    """A command took longer than anybody waits; nothing that handles exceptions stops it."""


def outcome(*arguments: object) -> Outcome:
    """Run a command line in this process; one that hangs is stopped."""
    said = io.StringIO()
    with patience(), contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            status = conclude(lambda: call(*map(str, arguments)))
        except Hang:
            return Outcome(-1, f"it hung for {PATIENCE} s")
    return Outcome(status, said.getvalue())


@contextlib.contextmanager
def patience() -> Iterator[None]:
    """Interrupt the block if it lasts too long."""

    def interrupt(*_: Any) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        logging.captureWarnings(False)
