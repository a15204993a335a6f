"""JSON files that stages write and read, and what their text is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from smartiqa.core.errors import InputError
from smartiqa.core.files import made_anew, parsed, replace_atomically, verified


def write_json(path: Path, content: Any) -> None:
    """Write `content` as JSON; see `json_text`.

    Raises:
        ValueError: a number is NaN or infinite.
    """
    with replace_atomically(path) as temporary:
        temporary.write_text(json_text(content), encoding="utf-8")


def json_text(content: Any) -> str:
    """Return `content` as JSON with sorted keys, so that equal content gives equal bytes.

    Models among it are written with the keys that they were given, as they were read or made.

    Raises:
        ValueError: a number is NaN or infinite.
    """
    text = json.dumps(content, indent=1, sort_keys=True, allow_nan=False, default=fields_of_model)
    return text + "\n"


def fields_of_model(model: Any) -> dict[str, Any]:
    """Return the keys that a pydantic model was given, with plain values as JSON has them.

    Raises:
        TypeError: it is no model, nor anything else that JSON knows.
    """
    from pydantic import BaseModel  # takes long, and most files hold none

    if not isinstance(model, BaseModel):
        raise TypeError(f"a {type(model).__name__} cannot be written as JSON")
    return model.model_dump(mode="json", exclude_unset=True)


def read_json(
    path: Path,
    keys: Iterable[str] = (),
    stage: str = "",
    check: Callable[[Path], Path] = verified,
) -> Any:
    """Read a JSON file.

    Args:
        path: of the file.
        keys: that it must have; `study.name` is a key within another.
        stage: that writes such files, for messages.
        check: compares the file with its digest.

    Raises:
        InputError: the file is missing, damaged or no JSON, or lacks a key.
    """
    content = parsed(path, "JSON", lambda file: json.loads(file.read_bytes()), stage, check)
    if (missing := missing_key(content, keys)) is not None:
        raise InputError(f"{path} lacks the key '{missing}'; {made_anew(stage)}")
    return content


def missing_key(content: Any, keys: Iterable[str]) -> str | None:
    """Return the first of `keys` that `content` lacks; `study.name` is a key within another."""
    for key in keys:
        part = content
        for name in key.split("."):
            if not isinstance(part, dict) or name not in part:
                return key
            part = part[name]
    return None
