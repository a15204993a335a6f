"""What all command lines share: how an error in the input reaches the user."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from smartiqa.errors import InputError


def run_stage(main: Callable[[], None]) -> None:
    """Run a command line; an `InputError` becomes one line on standard error and exit status 1."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        main()
    except InputError as error:
        sys.exit(f"error: {error}")
