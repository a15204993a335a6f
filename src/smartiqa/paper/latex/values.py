"""The values that a template may use: nested mappings that know their own path.

What is null in the file counts as absent, so that a template can ask `is defined` and an unguarded
use is an error that names the key. Given a set, they note there the path of every value that is
read, so that what a table is made from follows from the table itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from jinja2 import StrictUndefined

from smartiqa.core.errors import InputError


class Branch(dict[str, Any]):
    """One level of the values; `path` is its dotted name, empty at the top.

    `read` collects the paths of the values that were read, of this level and of those below.
    """

    def __init__(
        self, content: Mapping[str, Any], path: str = "", read: set[str] | None = None
    ) -> None:
        super().__init__(
            (key, branched(value, extended(path, key), read))
            for key, value in content.items()
            if value is not None
        )
        self.path = path
        self.read = read

    def __getitem__(self, key: str) -> Any:
        """Return a value, or the next level."""
        value = super().__getitem__(key)
        self._note([(key, value)])
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value, or `default` if it is absent."""
        self._note((k, value) for k, value in super().items() if k == key)
        return super().get(key, default)

    def items(self) -> Any:
        """Return all keys with their values."""
        self._note(super().items())
        return super().items()

    def values(self) -> Any:
        """Return all values."""
        self._note(super().items())
        return super().values()

    def _note(self, found: Iterable[tuple[str, Any]]) -> None:
        if self.read is not None:
            self.read.update(extended(self.path, key) for key, value in found if is_leaf(value))

    def __missing__(self, key: str) -> NoReturn:
        """Name the whole path of a key that is absent."""
        raise KeyError(extended(self.path, key))


class Missing(StrictUndefined):
    """A value that a template asked for in vain; any use but `is defined` is an error."""

    @property
    def _undefined_message(self) -> str:
        return extended(getattr(self._undefined_obj, "path", ""), str(self._undefined_name))


def branched(value: Any, path: str, read: set[str] | None = None) -> Any:
    """Turn nested mappings into branches, which note in `read` what is read of them.

    Raises:
        InputError: a number is NaN or infinite; the message names its path.
    """
    if isinstance(value, Mapping):
        return Branch(value, path, read)
    if isinstance(value, list | tuple):
        return [branched(item, f"{path}[{place}]", read) for place, item in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"the value {path} is {value}, which no table can print")
    return value


def is_leaf(value: Any) -> bool:
    """Whether a value has no levels below it; a list of branches has."""
    return not isinstance(value, Branch) and not (
        isinstance(value, list) and any(isinstance(item, Branch) for item in value)
    )


def extended(path: str, key: str) -> str:
    """Return the path of `key` below `path`."""
    return f"{path}.{key}" if path else key
