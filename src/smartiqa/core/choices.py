"""A setting that chooses code, as one table that both the program and its digest read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from smartiqa.core.strict import Strict

Chosen = TypeVar("Chosen")


class Choice(Generic[Chosen]):
    """What each value of one setting stands for.

    A table is assigned to a name at the top of a module, with its keys written out:

        GATES = Choice(Model, "gate", {"none": NoGate, "softmax": ScaleGate})

    `smartiqa.provenance.code_digest` then knows that a run with `gate: none` cannot reach
    `ScaleGate` by this table. A table written in any other way counts whole.

    Args:
        settings: the kind of settings that has the key.
        key: the setting that chooses.
        table: what it chooses from, by value.
    """

    def __init__(self, settings: type[Strict], key: str, table: Mapping[str, Chosen]) -> None:
        self._settings, self._key, self._table = settings, key, table

    def of(self, settings: Strict) -> Chosen:
        """Return what `settings` choose.

        Raises:
            TypeError: these are settings of another kind.
        """
        if not isinstance(settings, self._settings):
            raise TypeError(f"{self._key} is a setting of {self._settings.__name__}")
        return self._table[getattr(settings, self._key)]
