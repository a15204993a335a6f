"""What all command lines share: a clean start, errors that reach the user, and a quick exit."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable

from smartiqa.core.errors import InputError
from smartiqa.machine.isolation import start_clean


def run_stage(main: Callable[[], None]) -> None:
    """Run a command line, free of what a person's variables ask for, and end the process."""
    start_clean()
    conclude(main)


def conclude(main: Callable[[], None]) -> None:
    """Run a command line in the process as it is, and end the process.

    An `InputError` becomes one line on standard error and exit status 1.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        main()
    except InputError as error:
        sys.exit(f"error: {error}")
    _leave()


def _leave() -> None:
    """End the process at once: to take PyTorch's modules down one by one costs over a second."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
