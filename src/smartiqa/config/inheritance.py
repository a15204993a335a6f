"""A study that builds on another: it has data of its own, and inherits how models are made.

`inherits: demo` takes from that study what is in `INHERITED`. Data, experiments and seeds are never
inherited, since these are what makes it another study. What the file says itself comes first, key
by key at every depth, but for a backbone: its keys belong together, so it is replaced whole.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from smartiqa.config.files import study_file
from smartiqa.core.errors import InputError
from smartiqa.core.strict import unknown_name
from smartiqa.core.yaml_files import read_yaml

INHERITS = "inherits"
INHERITED = (
    *("crop", "resize", "testing", "compute", "schedule", "statistics"),
    *("recipes", "backbones"),
)
WHOLE = ("backbones",)  # whose entries are not joined


def with_inherited(
    content: dict[str, Any], path: Path, known: Collection[str], heirs: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return the content of the study's file `path` together with what it inherits.

    `known` are the keys of a study.

    Raises:
        InputError: there is no study of that name, it has an unknown key, or it inherits from the
            one that it is read for.
    """
    if (parent := content.get(INHERITS)) is None:
        return content
    heirs = (*heirs, path.stem)
    if parent in heirs:
        raise InputError(f"{path}: inherits leads back to it ({' to '.join([*heirs, parent])})")
    try:
        source = study_file(f"{parent}", path.parent)
        written = read_yaml(source)
        for key in written:
            if key not in known:  # else what is meant to be inherited would be missed in silence
                raise InputError(f"{source}: {unknown_name('key', key, [*known])}")
        inherited = with_inherited(written, source, known, heirs)
    except InputError as error:
        raise InputError(f"{path}: inherits: {error}") from error
    kept = {key: value for key, value in inherited.items() if key in INHERITED}
    return {key: _joined(kept, content, key) for key in {**kept, **content}}


def _joined(inherited: Mapping[str, Any], own: Mapping[str, Any], key: str) -> Any:
    if key not in own or key not in inherited:
        return own.get(key, inherited.get(key))
    below, above = inherited[key], own[key]
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    if key in WHOLE:
        return {**below, **above}
    return {name: _joined(below, above, name) for name in {**below, **above}}
