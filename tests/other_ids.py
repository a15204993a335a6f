"""The catalogue's experiments under other ids: what knows roles only works with these as well."""

from __future__ import annotations

import re
from typing import Any

from made_up_paper import CATALOGUE

OTHER = {name: f"x_{number:02d}" for number, name in enumerate(reversed(CATALOGUE.experiments))}
# Longer names first, since a pattern takes the first that fits.
_NAMES = "|".join(re.escape(name) for name in sorted(OTHER, key=len, reverse=True))
ID = re.compile(rf"(?<![\w-])(?<!\d\.)(?:{_NAMES})(?![\w-]|\.\d)")


def renamed_text(text: str) -> str:
    """A text with the other ids."""
    return ID.sub(lambda found: OTHER[found[0]], text)


def renamed(values: Any) -> Any:
    """Values with the other ids, which are keys or whole texts."""
    if isinstance(values, dict):
        return {OTHER.get(key, key): renamed(value) for key, value in values.items()}
    if isinstance(values, list):
        return [renamed(value) for value in values]
    return OTHER.get(values, values) if isinstance(values, str) else values
