"""The values that a template may use: nested mappings that know their own path.

What is null in the file counts as absent, so that a template can ask `is defined` and an unguarded
use is an error that names the key.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NoReturn

from jinja2 import StrictUndefined

from smartiqa.errors import InputError


class Branch(dict[str, Any]):
    """One level of the values; `path` is its dotted name, empty at the top."""

    def __init__(self, content: Mapping[str, Any], path: str = "") -> None:
        super().__init__(
            (key, branched(value, extended(path, key)))
            for key, value in content.items()
            if value is not None
        )
        self.path = path

    def __missing__(self, key: str) -> NoReturn:
        """Name the whole path of a key that is absent."""
        raise KeyError(extended(self.path, key))


class Missing(StrictUndefined):
    """A value that a template asked for in vain; any use but `is defined` is an error."""

    @property
    def _undefined_message(self) -> str:
        return extended(getattr(self._undefined_obj, "path", ""), str(self._undefined_name))


def branched(value: Any, path: str) -> Any:
    """Turn nested mappings into branches.

    Raises:
        InputError: a number is NaN or infinite; the message names its path.
    """
    if isinstance(value, Mapping):
        return Branch(value, path)
    if isinstance(value, list | tuple):
        return [branched(item, f"{path}[{place}]") for place, item in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"the value {path} is {value}, which no table can print")
    return value


def extended(path: str, key: str) -> str:
    """Return the path of `key` below `path`."""
    return f"{path}.{key}" if path else key
