"""The one error type that users see."""

from __future__ import annotations


class InputError(Exception):
    """Something the user gave is wrong.

    The message is one sentence that names the file, row or key and says what to do; command lines
    print it without a traceback and exit with status 2.
    """
