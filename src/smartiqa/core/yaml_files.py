"""Reading the YAML files that people write: studies, the catalogue, published values, claims.

YAML takes what nobody means: of a key that is there twice the last one, infinity for a number, and
a date for a text that looks like one. The first two are refused here; a date stays a text.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import yaml

from smartiqa.core.errors import InputError


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds a mapping.

    Raises:
        InputError: it is missing, is not YAML or no mapping, has a key twice, or a number that is
            not finite; the message names the file and the line.
    """
    if not path.is_file():
        choices = sorted(other.stem for other in path.parent.glob("*.yaml"))
        raise InputError(f"{path} does not exist (there are: {', '.join(choices)})")
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _CarefulLoader)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(f"{path}{line}: {error.problem}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not a text file of YAML ({error})") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} must hold keys and values")
    return content


class _CarefulLoader(yaml.CSafeLoader):
    """The safe loader, which refuses what YAML itself would take silently."""

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
