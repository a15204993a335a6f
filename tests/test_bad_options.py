"""Every option of every stage, given what it is not: one line, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_origin

import pytest

from outcomes import outcome
from smartiqa.cli import command_of, stages

ROOT = Path(__file__).parents[1]
MISSING = "nowhere/x.parquet"


class Case(NamedTuple):
    """Arguments of a stage, and the option that is wrong among them."""

    stage: str
    option: str
    value: str
    arguments: tuple[str, ...]


def parameters_of(stage: str) -> list[Any]:
    """What a stage takes, as its command line knows it."""
    from importlib import import_module

    module = import_module(f"smartiqa.stages.{stage.replace('-', '_')}")
    return [p for p in command_of(module.main, stage).params if p.name != "help"]


def wrong_values(parameter: Any) -> list[str]:
    """Values that a parameter of this type cannot have."""
    kind, info = parameter.type_descriptor.annotation, parameter.type_descriptor.parameter_info
    if kind in (int, float):
        ends = [] if info.min is None else [str(info.min - 1)]
        ends += [] if info.max is None else [str(info.max + 1)]
        return ["many", "", "1.5x", *ends]
    if get_origin(kind) is Literal:
        return ["nosuch", "", "NONE"]
    if info.parser is not None:  # a study
        return ["nosuch", "", "../demo", MISSING, "nowhere.yaml"]
    if kind is not Path:
        return []
    missing = [MISSING, ""] if info.exists else []
    folder, file = [str(ROOT / "src")] * (not info.dir_okay), [str(ROOT / "Makefile")]
    return [*missing, *folder, *file * (not info.file_okay)]


def arguments_for(parameter: Any, value: str) -> tuple[str, ...]:
    if parameter.param_type_name == "argument":
        return ("--", value)
    return (f"{parameter.opts[0]}={value}",)


def cases() -> Iterator[Case]:
    for stage in stages():
        for parameter in parameters_of(stage):
            for value in wrong_values(parameter):
                yield Case(stage, parameter.name, value, arguments_for(parameter, value))
            if parameter.param_type_name != "argument":
                yield Case(stage, parameter.name, "", (f"{parameter.opts[0]}x=1",))
        yield Case(stage, "nosuch", "", ("--nosuch",))
        if all(p.nargs != -1 for p in parameters_of(stage)):
            yield Case(stage, "", "", tuple("abcdefghijkl"))  # that nobody asked for


CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.stage} {c.option}={c.value[-12:]}")
def test_a_wrong_option_is_one_line(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = outcome(case.stage, *case.arguments)
    assert ended.problem == ""
    assert ended.status == 2
    assert ended.said.count("\n") == 1, ended.said
    assert list(tmp_path.iterdir()) == []


def test_there_are_many_and_no_stage_is_left_out() -> None:
    assert len(CASES) > 300
    assert {case.stage for case in CASES} == set(stages())
