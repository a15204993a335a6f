"""Reading the YAML files that people write: studies, the catalogue, published values, claims.

YAML takes what nobody means: of a key that is there twice the last one, infinity for a number, and
a date for a text that looks like one. The first two are refused here; a date stays a text. So is a
file whose aliases stand for more than anybody writes, or that is nested beyond reason: to read it
would take all memory.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from smartiqa.core.errors import InputError
from smartiqa.core.json_files import missing_key

MOST_VALUES = 100_000  # of a file, each alias counting as all that it stands for
MOST_DEEP = 50  # lists and mappings in one another


def read_yaml(path: Path, keys: Iterable[str] = ()) -> dict[str, Any]:
    """Read a YAML file that holds a mapping.

    Args:
        path: of the file.
        keys: that it must have; `study.name` is a key within another.

    Raises:
        InputError: it is missing, is not YAML or no mapping, lacks a key, has one twice, a number
            that is not finite, or aliases beyond reason; the message names the file and the line
            or key.
    """
    if not path.is_file():
        problem = "is a folder" if path.is_dir() else "does not exist"
        raise InputError(f"{path} {problem}; name a YAML file")
    try:
        text = path.read_text(encoding="utf-8")
        _require_small(text)
        content = yaml.load(text, _CarefulLoader)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        cut = f"{error.problem}".startswith("but ")  # the second half of what is in `context`
        problem = f"{error.context}, {error.problem}" if cut else f"{error.problem}"
        raise InputError(f"{path}{line}: {problem}") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not a text file of YAML: it is no text in UTF-8; save it in UTF-8"
        ) from error
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path} is not a text file of YAML ({reason})") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} must hold keys and values")
    if (missing := missing_key(content, keys)) is not None:
        raise InputError(f"{path} lacks the key '{missing}'; add it, or name another file")
    return content


def _require_small(text: str) -> None:
    """Refuse what would grow beyond reason, from its events, of which none stands for others."""
    sizes: dict[str, int] = {}  # by anchor
    within: list[tuple[str | None, int]] = [(None, 0)]  # anchors and sizes of what is open
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            within.append((event.anchor, 0))
            size = 0
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, size = within.pop()
            size += 1
            sizes[anchor or ""] = size
        elif isinstance(event, yaml.AliasEvent):
            # One that stands for what it is in itself has no size yet.
            size = MOST_VALUES if event.anchor in dict(within) else sizes.get(str(event.anchor), 1)
        else:
            size = 1
        outer, before = within[-1]
        within[-1] = outer, before + size
        if before + size >= MOST_VALUES or len(within) > MOST_DEEP:
            place: Any = event.start_mark
            problem = "aliases and lists stand for more than anybody writes; write it out"
            raise yaml.constructor.ConstructorError(problem=problem, problem_mark=place)


class _CarefulLoader(yaml.CSafeLoader):
    """The safe loader, which refuses what YAML itself would take silently."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError) as error:  # a number of 5,000 digits, `!!int x`
            value, kind = textwrap.shorten(str(node.value), 40), node.tag.rpartition(":")[2]
            problem = f"{value} cannot be read as {kind}; write another"
            raise yaml.constructor.ConstructorError(
                problem=problem, problem_mark=node.start_mark
            ) from error

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                problem = f"the key '{key.value}' is there twice; keep one"
                raise yaml.constructor.ConstructorError(
                    problem=problem, problem_mark=key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def _finite(loader: _CarefulLoader, node: Any) -> float:
    value = loader.construct_yaml_float(node)
    if not math.isfinite(value):
        problem = f"{node.value} is not a finite number; write one that is"
        raise yaml.constructor.ConstructorError(problem=problem, problem_mark=node.start_mark)
    return value


def _text(loader: _CarefulLoader, node: Any) -> str:
    return str(loader.construct_scalar(node))


yaml.add_constructor("tag:yaml.org,2002:float", _finite, _CarefulLoader)
yaml.add_constructor("tag:yaml.org,2002:timestamp", _text, _CarefulLoader)
