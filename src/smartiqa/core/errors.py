"""The one error type that users see."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


class InputError(Exception):
    """Something the user gave is wrong.

    The message is one sentence that names the file, row or key and says what to do; command lines
    print it without a traceback and exit with status 2.
    """


def syntax_problem(error: SyntaxError, file: str | Path) -> str:
    """Say in one line where a file is not Python."""
    place = f"{os.path.relpath(file)}, line {error.lineno}"
    return f"{place}: {error.msg}: {(error.text or '').strip()}"


def first_named(names: Sequence[object], most: int, joint: str = ", ") -> str:
    """Join the first names of a message, and say how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return joint.join(map(str, names[:most])) + more


def is_out_of_memory(error: Exception) -> bool:
    """Whether Python, PyTorch on the CPU, or PyTorch on a GPU was refused memory."""
    names = {kind.__name__ for kind in type(error).__mro__}
    of_torch = isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    return bool(names & {"MemoryError", "OutOfMemoryError"}) or of_torch
