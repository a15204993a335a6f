"""Render one template of the paper with the values of a study."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smartiqa.core.errors import InputError
from smartiqa.core.files import read_json
from smartiqa.paper.latex.environment import render
from smartiqa.paper.lineage import index


def render_part(template: Path, values: Mapping[str, Any], output: Path) -> None:
    """Render one template of the folder `paper` (of its top, of `sections` or of `tables`).

    Beside the values, it can call `exhibits()`, the index of what tables and figures come from.

    Raises:
        InputError: the template is missing or broken, or uses a value that is missing or NaN.
    """
    at_the_top = (template.parent / "main.tex.j2").is_file()
    paper = template.parent if at_the_top else template.parent.parent
    render(template, values, output, {"exhibits": functools.partial(index, paper, values)})


def read_values(values: Path, **others: Path | None) -> dict[str, Any]:
    """Read `paper.json` and add the content of other files, each under its name.

    Raises:
        InputError: a file is missing or is not a JSON object.
    """
    result = read_object(values)
    result |= {name: read_object(path) for name, path in others.items() if path is not None}
    return result


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON file whose content is an object.

    Raises:
        InputError: the file is missing or is not a JSON object.
    """
    try:
        content = read_json(path)
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist: it is made by the workflow") from error
    except json.JSONDecodeError as error:
        raise InputError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} must hold a JSON object")
    return content
