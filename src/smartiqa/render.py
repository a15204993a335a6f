"""Render one template of the paper with the values of a study."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from smartiqa.command_line import run_stage
from smartiqa.errors import InputError
from smartiqa.files import read_json
from smartiqa.latex.environment import render


def read_values(values: Path, ledger: Path | None = None) -> dict[str, Any]:
    """Read `paper.json` and add the content of `claims.json` as `ledger`.

    Raises:
        InputError: a file is missing or is not a JSON object.
    """
    result = read_object(values)
    if ledger is not None:
        result["ledger"] = read_object(ledger)
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


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(
        prog="smartiqa render", description="render one template of the paper"
    )
    parser.add_argument("--template", type=Path, required=True, help="a .tex.j2 file")
    parser.add_argument("--values", type=Path, required=True, help="paper.json")
    parser.add_argument("--ledger", type=Path, help="claims.json")
    parser.add_argument("--output", type=Path, required=True, help="the .tex file")
    arguments = parser.parse_args()
    values = read_values(arguments.values, arguments.ledger)
    render(arguments.template, values, arguments.output)


if __name__ == "__main__":
    run_stage(main)
