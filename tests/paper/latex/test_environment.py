from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smartiqa.core.errors import InputError
from smartiqa.core.files import DIGESTS
from smartiqa.paper.latex.environment import render, template_closure
from smartiqa.paper.latex.values import Branch

VALUES: dict[str, Any] = {
    "study": {"name": "R&D_demo", "note": None},
    "experiments": {"C3": {"srcc": 0.8423, "title": "50 % \\of {x}"}},
    "comparisons": {},
}


def rendered(folder: Path, source: str, values: dict[str, Any] | None = None) -> str:
    template, output = folder / "table.tex.j2", folder / "out" / "table.tex"
    template.write_text(source, encoding="utf-8")
    render(template, VALUES if values is None else values, output)
    return text_of(output)


def text_of(output: Path) -> str:
    """What was rendered, without the line that says so."""
    return output.read_text(encoding="utf-8").partition("\n")[2]


def problem(folder: Path, source: str, values: dict[str, Any] | None = None) -> str:
    with pytest.raises(InputError) as caught:
        rendered(folder, source, values)
    assert not (folder / "out" / "table.tex").exists()
    return str(caught.value)


def test_text_from_data_is_escaped(tmp_path: Path) -> None:
    source = r"\textbf{\VAR{study.name}} \& \VAR{experiments.C3.title}"
    assert rendered(tmp_path, source) == r"\textbf{R\&D\_demo} \& 50 \% \textbackslash{}of \{x\}"


def test_macros_and_lines_control_without_leaving_blanks(tmp_path: Path) -> None:
    lines = [
        "%% macro row(name)",
        r"\VAR{name} \\",
        "%% endmacro",
        "%% for x in ['a_b', 'c&d']",
        r"\VAR{row(x)}%",
        "%% endfor",
        "",
    ]
    assert rendered(tmp_path, "\n".join(lines)) == "a\\_b \\\\\n%\nc\\&d \\\\\n%\n"


def test_a_missing_value_is_named_with_template_line_and_key(tmp_path: Path) -> None:
    message = problem(tmp_path, "a\n\n\\VAR{experiments.C3.results.synthetic}\n")
    assert "table.tex.j2, line 3: the value experiments.C3.results is missing" in message


def test_a_missing_value_inside_a_filter_is_named(tmp_path: Path) -> None:
    assert "experiments.C3.plcc is missing" in problem(
        tmp_path, r"\VAR{experiments.C3.plcc|fixed(3)}"
    )


def test_a_null_counts_as_missing(tmp_path: Path) -> None:
    assert "study.note is missing" in problem(tmp_path, r"\VAR{study.note}")
    assert (
        rendered(tmp_path, r"\BLOCK{if study.note is defined}yes\BLOCK{else}no\BLOCK{endif}")
        == "no"
    )


def test_a_value_that_is_nan_is_named(tmp_path: Path) -> None:
    values = {"experiments": {"C3": {"seeds": [0.8, float("nan")]}}}
    message = problem(tmp_path, "nothing", values)
    assert "table.tex.j2" in message
    assert "experiments.C3.seeds[1] is nan" in message


def test_a_number_cannot_be_printed_without_a_format(tmp_path: Path) -> None:
    assert "without a filter" in problem(tmp_path, r"\VAR{experiments.C3.srcc}")
    assert rendered(tmp_path, r"\VAR{experiments.C3.srcc|fixed(3)}") == "0.842"


def test_an_unknown_filter_or_broken_syntax_is_named(tmp_path: Path) -> None:
    assert "No filter named 'roundish'" in problem(tmp_path, r"\VAR{study.name|roundish}")
    assert "table.tex.j2, line 2" in problem(tmp_path, "a\n%% if\n")


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (r"\VAR{row('a', 'b')}", "macro 'row' takes not more than 1 argument(s)"),
        (r"\VAR{row(nmae='a')}", "takes no keyword argument 'nmae'"),
        (r"\VAR{experiments.C3.srcc|fixed}", "missing 1 required positional argument: 'decimals'"),
        (r"\VAR{experiments.C3.srcc|fixed(3, 4)}", "takes 2 positional arguments but 3 were given"),
        (r"\VAR{measured('C3')}", "missing 1 required positional argument: 'metric'"),
        (r"\VAR{(experiments.C3.title + 1)|fixed(3)}", 'can only concatenate str (not "int")'),
        (r"\VAR{experiments.C3.title|interval}", "'str' object has no attribute 'get'"),
        (r"\VAR{'x'.join(3)}", "can only join an iterable"),
        (r"\VAR{(1 / 0)|fixed(3)}", "division by zero"),
        (r"\VAR{[1]|map('fxed', 3)|list}", ": No filter named 'fxed'"),
        (r"\VAR{[1]|map|list}", ": map requires a filter argument"),
        (r"\VAR{mesured('C3', 'srcc')}", "the value mesured is missing"),
        (r"\VAR{experiments.C3.title|count}", "is not a number"),
    ],
)
def test_a_mistake_is_one_line_with_template_and_line(
    tmp_path: Path, mistake: str, said: str
) -> None:
    macro = "%% macro row(name)\n\\VAR{name}\n%% endmacro\n\n"
    message = problem(tmp_path, f"{macro}{mistake}\nmore\n")
    assert message.startswith(f"{tmp_path / 'table.tex.j2'}, line 5: ")
    assert said in message
    assert "\n" not in message


def test_what_is_no_template_is_named(tmp_path: Path) -> None:
    template = tmp_path / "table.tex.j2"
    for content in (b"a\n%% for x\n", b"a\xff"):
        template.write_bytes(content)
        with pytest.raises(InputError, match=r"table\.tex\.j2"):
            template_closure(template)
        with pytest.raises(InputError, match=r"table\.tex\.j2"):
            render(template, VALUES, tmp_path / "table.tex")


def test_a_failed_rendering_leaves_the_old_file(tmp_path: Path) -> None:
    rendered(tmp_path, "old")
    with pytest.raises(InputError):
        rendered(tmp_path, r"\VAR{nothing.there}")
    assert text_of(tmp_path / "out" / "table.tex") == "old"
    assert {p.name for p in (tmp_path / "out").iterdir()} == {DIGESTS, "table.tex"}


def test_a_missing_template_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.tex\.j2: there is no such template"):
        render(tmp_path / "no.tex.j2", VALUES, tmp_path / "no.tex")


def test_the_closure_of_a_template(tmp_path: Path) -> None:
    (tmp_path / "macros").mkdir()
    (tmp_path / "tables").mkdir()
    (tmp_path / "macros" / "cells.tex.j2").write_text("%% macro a()\n%% endmacro\n")
    table = tmp_path / "tables" / "t.tex.j2"
    table.write_text('%% import "macros/cells.tex.j2" as cell\n')
    assert template_closure(table) == (table, tmp_path / "macros" / "cells.tex.j2")
    table.write_text('%% import "macros/gone.tex.j2" as cell\n')
    with pytest.raises(InputError, match="gone"):
        template_closure(table)
    with pytest.raises(InputError, match="gone"):
        render(table, VALUES, tmp_path / "t.tex")


def test_branches_know_their_path() -> None:
    with pytest.raises(KeyError, match=r"experiments\.C3\.plcc"):
        Branch(VALUES)["experiments"]["C3"]["plcc"]
