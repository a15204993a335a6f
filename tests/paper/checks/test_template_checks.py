"""Templates that ask for what does not exist are found without a build."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from made_up_paper import CATALOGUE, CONFIG, ROOT
from smartiqa.core.errors import InputError
from smartiqa.paper.checks.values import Findings, check_templates

MACROS = r"""%% macro cell(row, key)
%% if row[key] is defined
\VAR{row[key]|fixed(3)}
%% endif
%% endmacro
%% macro told(name, metric="srcc")
\VAR{measured(name, metric)|estimate}
%% endmacro
%% macro shown(label, value=none)
\VAR{label}\BLOCK{if value is not none}\VAR{value|compact}\BLOCK{endif}
%% endmacro
"""
IMPORT = '%% import "macros/cells.tex.j2" as cell with context\n'


def checked(folder: Path, text: str, macros: str = MACROS) -> Findings:
    paper = folder / "paper"
    (paper / "macros").mkdir(parents=True, exist_ok=True)
    (paper / "macros" / "cells.tex.j2").write_text(macros)
    (paper / "tables").mkdir()
    (paper / "tables" / "made.tex.j2").write_text(IMPORT + text + "\n")
    return check_templates(paper, CATALOGUE, CONFIG / "published.yaml")


def test_the_templates_of_the_paper_ask_for_what_there_is() -> None:
    found = check_templates(ROOT / "paper", CATALOGUE, CONFIG / "published.yaml")
    assert found.problems == []
    assert found.templates == len(list((ROOT / "paper").rglob("*.j2")))
    assert found.paths > 1500
    # Keys that come from values, and names that each study chooses: nothing else is hidden.
    hidden = ("a key of ", "each study chooses", r"a name in \ref that comes from values")
    assert all(any(what in line for what in hidden) for line in found.unseen)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (r"\VAR{study.titel}", "unknown key 'titel' (did you mean 'title'?) of StudySettings"),
        (r"\VAR{stduy.title}", "unknown name 'stduy' (did you mean 'study'?)"),
        (r"\VAR{published.ablation.C9.srcc|fixed(3)}", "unknown key 'C9' "),
        (r"\VAR{experiments['C33'].title}", "unknown key 'C33' (did you mean 'C3'?)"),
        (
            "%% for name in groups.sizes\n\\VAR{experiments[name].titel}\n%% endfor",
            "line 3: unknown key 'titel' (did you mean 'title'?) of ExperimentResults",
        ),
        (
            "%% for key, data in datasets.items()\n\\VAR{data.imags|count}\n%% endfor",
            "line 3: unknown key 'imags' (did you mean 'images'?) of DatasetRecord",
        ),
        (
            "%% set gate = attention.by_quality\n\\VAR{gate.hihg|join}",
            "line 3: unknown key 'hihg' (did you mean 'high'?)",
        ),
        (
            '%% set rows = {"C0": "srcc"}\n\\VAR{published.ablation.C0[rows["C1"]]|fixed(3)}',
            "unknown key 'C1' (valid: C0) of the mapping in line 2",
        ),
        (
            r'\VAR{cell.cell(published.ablation.C0, "scrr")}',
            "line 2, called in {made}, line 2: unknown key 'scrr' (did you mean 'srcc'?)",
        ),
        (
            r'\VAR{cell.told("C3", "scrr")}',
            "called in {made}, line 2: unknown value 'scrr' (did you mean 'srcc'?)",
        ),
        (r'\VAR{cell.told(nmae="C3")}', "told: unknown argument 'nmae' (did you mean 'name'?)"),
        (r"\VAR{cell.cel(1, 2)}", "unknown key 'cel' (did you mean 'cell'?)"),
        (r"\VAR{mesured('C3', 'srcc')|estimate}", "unknown function 'mesured' (did you mean 'mea"),
        (r"\VAR{measured('C3')|estimate}", "measured: missing a required argument: 'metric'"),
        (r"\VAR{measured('C3', 'srcc', metrc='plcc')|estimate}", "unknown argument 'metrc'"),
        (r"\VAR{effect_of('C0', 'C1', 'ablaton')}", "unknown value 'ablaton' (did you mean 'abla"),
        (
            r"\VAR{differing('C3', groups.loses, 'losses', 'x')}",
            "unknown key 'loses' (did you mean",
        ),
        (
            '%% set found = compared("C0", "C3", "ablation")\n\\VAR{found.dfference|signed(3)}',
            "unknown key 'dfference' (did you mean 'difference'?) of Comparison",
        ),
        (r"\VAR{compared('C0', 'C3', 'ablation').statistics()}", "unknown key 'statistics'"),
        (r"\VAR{study.title()}", "a text is called, but is no function"),
        (r"\VAR{study.crop|cont}", "unknown filter 'cont' (did you mean 'count'?)"),
        (r"\BLOCK{if study is defind}x\BLOCK{endif}", "unknown test 'defind'"),
        (r"\VAR{published.comparison.methods.items()|sort(attribute='1.scrr')}", "'scrr'"),
        (
            r"\VAR{ledger.claims|selectattr('verdct', 'equalto', 'confirmed')|list|length|count}",
            "unknown key 'verdct' (did you mean 'verdict'?) of JudgedClaim",
        ),
        (
            r"\VAR{ledger.claims|selectattr('verdict', 'equalto', 'confrmed')|list|length|count}",
            "unknown value 'confrmed' (did you mean 'confirmed'?)",
        ),
        (
            "%% for claim in ledger.claims if claim.verdict == 'contradictd'\nx\n%% endfor",
            "unknown value 'contradictd' (did you mean 'contradicted'?)",
        ),
        ('%% import "macros/cell.tex.j2" as other', "imports macros/cell.tex.j2, which does not"),
        (
            "%% for name in groups.sizes\n\\BLOCK{if loop.lst}x\\BLOCK{endif}\n%% endfor",
            "unknown key 'lst' (did you mean 'last'?) of loop",
        ),
    ],
)
def test_what_does_not_exist_is_named_with_its_place(
    tmp_path: Path, text: str, problem: str
) -> None:
    found = checked(tmp_path, text)
    made = tmp_path / "paper" / "tables" / "made.tex.j2"
    assert any(problem.replace("{made}", str(made)) in line for line in found.problems)
    assert all(f"{made}, line " in line for line in found.problems)


@pytest.mark.parametrize(
    "text",
    [
        r"\VAR{study.title} \VAR{datasets[study.training_dataset].test|count}",
        r'\VAR{cell.cell(published.ablation.C0, "srcc")} \VAR{cell.told("C3")}',
        r'\VAR{cell.shown("a", study.crop)} \VAR{cell.shown("b")}',
        "%% for name in groups.sizes if name != roles.reference\n\\VAR{name}\n%% endfor",
        r"\VAR{published.losses.values()|map(attribute='srcc')|max|fixed(3)}",
    ],
)
def test_what_exists_is_no_problem(tmp_path: Path, text: str) -> None:
    assert checked(tmp_path, text).problems == []


def test_a_macro_that_nobody_calls_is_checked(tmp_path: Path) -> None:
    found = checked(
        tmp_path, "nothing", MACROS + "%% macro rest(x)\n\\VAR{study.nme} \\VAR{x}\n%% endmacro\n"
    )
    assert len(found.problems) == 1
    assert "cells.tex.j2, line 13: unknown key 'nme' (did you mean 'name'?)" in found.problems[0]


def test_an_argument_that_a_macro_does_not_use_is_named(tmp_path: Path) -> None:
    macros = '%% macro told(name, metirc="srcc")\n\\VAR{name}\n%% endmacro\n'
    (found,) = checked(tmp_path, r"\VAR{cell.told('a')}", macros).problems
    assert found.endswith("cells.tex.j2, line 1: told does not use its argument metirc")


def test_both_branches_of_what_may_be_nothing_are_checked(tmp_path: Path) -> None:
    choice = "%% if found.low is none\n\\VAR{found.tset|count}\n%% else\n\\VAR{found.lwo}\n%% endif"
    found = problems(tmp_path, '%% set found = compared("C0", "C3", "ablation")\n' + choice)
    assert "line 4: unknown key 'tset'" in found
    assert "line 6: unknown key 'lwo'" in found


def test_what_cannot_be_seen_is_counted(tmp_path: Path) -> None:
    text = r"\VAR{computed.versions.torch|length|count} \VAR{experiments[study.name].title}"
    found = checked(tmp_path, text)
    assert found.problems == []
    made = [line for line in found.unseen if "made.tex.j2, line 2" in line]
    assert len(made) == 2
    assert any("'torch' of a table whose names each study chooses" in line for line in made)
    assert any("a key of a table by name that is a text" in line for line in made)


LOOPS = "%% for key in {}\n{}\n%% endfor"
METHODS = "published.comparison.methods.values()"
FIGURE = r"""%% macro figure(name, label)
\includegraphics[width=\linewidth]{\VAR{name}}
\caption{\VAR{caller()}}
\label{fig:\VAR{label}}
%% endmacro
"""


def problems(folder: Path, text: str, macros: str = MACROS) -> str:
    """All problems of a text in a template."""
    return "\n".join(checked(folder, text, macros).problems)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            LOOPS.format("['srcc', 'plccc']", r"\VAR{published.ablation.C0[key]|fixed(3)}"),
            "unknown key 'plccc' (did you mean 'plcc'?)",
        ),
        (
            LOOPS.format("['srcc', 'plccc']", r"\VAR{cell.cell(published.ablation.C0, key)}"),
            "unknown key 'plccc' (did you mean 'plcc'?)",
        ),
        (
            LOOPS.format("['losses', 'loses']", r"\VAR{groups[key]|joined}"),
            "unknown key 'loses' (did you mean 'losses'?)",
        ),
        (
            LOOPS.format("published.models", r"\VAR{{'hyperiqa': 'a', 'smart_tini': 'b'}[key]}"),
            "unknown key 'smart_tiny' (did you mean 'smart_tini'?) of the mapping",
        ),
        (
            LOOPS.format(
                "groups.learning_rate", r"\VAR{published.learning_rate[key].srcc|fixed(4)}"
            ),
            "of published.learning_rate; use it only where it 'is defined'",
        ),
        (
            "%% set name = 'C0' if study.crop else 'C00'\n\\VAR{experiments[name].title}",
            "unknown key 'C00' (did you mean 'C0'?)",
        ),
    ],
)
def test_a_valid_key_hides_no_other(tmp_path: Path, text: str, problem: str) -> None:
    assert problem in problems(tmp_path, text)


@pytest.mark.parametrize(
    "guarded",
    [
        "%% if row is defined\n\\VAR{row.srcc|fixed(4)}\n%% endif",
        "%% if row is not defined\nnone\n%% else\n\\VAR{row.srcc|fixed(4)}\n%% endif",
        "%% if study.crop and row is defined\n\\VAR{row.srcc|fixed(4)}\n%% endif",
        r"\VAR{row.srcc|fixed(4) if row is defined else 'none'}",
        "%% if row is defined\nx\n%% endif\n"
        "%% if row is defined\n\\VAR{row.srcc|fixed(4)}\n%% endif",
        "%% if row is not defined or row.srcc > 1\nnone\n%% endif",
        "%% set row = row|default({'srcc': 1})\n\\VAR{row.srcc|fixed(4)}",
        "%% if key in published.learning_rate\n\\VAR{published.learning_rate[key].srcc|fixed(4)}"
        "\n%% endif",
    ],
)
def test_what_may_be_absent_is_used_where_it_is_asked_for(tmp_path: Path, guarded: str) -> None:
    loop = "%% set row = published.learning_rate[key]\n{}"
    assert problems(tmp_path, LOOPS.format("groups.learning_rate", loop.format(guarded))) == ""


def test_what_is_known_in_a_branch_is_known_there_only(tmp_path: Path) -> None:
    text = (
        "%% set row = published.learning_rate[key]\n%% if row is defined\nx\n%% endif\n"
        "\\VAR{row.srcc|fixed(4)}"
    )
    assert "use it only where it" in problems(tmp_path, LOOPS.format("groups.learning_rate", text))


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("{M}|map(attribute='lable')", "unknown key 'lable' (did you mean 'label'?)"),
        ("{M}|map(attribute='label', defualt='')", "map: unknown argument 'defualt' (did you mean"),
        (
            "{M}|map(attrbute='label')",
            "map: unknown argument 'attrbute' (did you mean 'attribute'?",
        ),
        ("{M}|map", "map: missing a required "),
        (
            "{M}|selectattr('gruop', 'equalto', 'ours')",
            "unknown key 'gruop' (did you mean 'group'?",
        ),
        ("{M}|selectattr", "selectattr: name an attribute"),
        ("{M}|rejectattr('gruop')", "unknown key 'gruop'"),
        ("{M}|sort(attribute='scrr')", "unknown key 'scrr' (did you mean 'srcc'?)"),
        ("{M}|sort(attribute='group,scrr')", "unknown key 'scrr' (did you mean 'srcc'?)"),
        ("{M}|sort(reversed=true)", "sort: unknown argument 'reversed' (did you mean 'reverse'?)"),
        ("{M}|groupby('gruop')", "unknown key 'gruop' (did you mean 'group'?)"),
        ("({M}|groupby('group'))[0].lsit", "unknown key 'lsit' (did you mean 'list'?)"),
        ("{M}|unique(attribute='gruop')", "unknown key 'gruop'"),
        ("{M}|max(attribute='scrr')", "unknown key 'scrr'"),
        ("{M}|sum(attribute='scrr')", "unknown key 'scrr'"),
        ("{M}|join(', ', attribute='lable')", "unknown key 'lable'"),
        ("{M}|join(', ', 'lable')", "unknown key 'lable'"),
        ("{M}|first|attr('lable')", "unknown key 'lable' (did you mean 'label'?)"),
        ("study.crop|fixed", "fixed: missing a required argument: 'decimals'"),
        ("study.crop|fixed(3, 4)", "fixed: too many positional arguments"),
        (
            "study.crop|fixed(decimal=3)",
            "fixed: unknown argument 'decimal' (did you mean 'decimals'",
        ),
        ("[1]|map('fxed', 3)", "unknown filter 'fxed' (did you mean 'fixed'?)"),
        ("[1]|map('fixed')", "fixed: missing a required argument: 'decimals'"),
        ("'a'|replace('b')", "replace: missing a required argument: 'new'"),
        ("groups.losses|reject('inn', groups.sizes)", "unknown test 'inn' (did you mean 'in'?)"),
        ("groups.losses|select('definde')", "unknown test 'definde' (did you mean 'defined'?)"),
        (
            "{M}|selectattr('group', 'equalt0', 'ours')",
            "unknown test 'equalt0' (did you mean 'equa",
        ),
        ("{M}|rejectattr('group', 'equalto')", "equalto: missing a required argument"),
        ("{M}|selectattr('group', 'equalto', 'our')", "unknown value 'our' (did you mean 'ours'?)"),
        ("{M}|selectattr('group', 'in', ['our'])", "unknown value 'our' (did you mean 'ours'?)"),
        ("groups.losses|reject('equalto', 'C33')", "unknown value 'C33' (did you mean 'C3'?)"),
    ],
)
def test_arguments_of_filters_are_checked(tmp_path: Path, expression: str, problem: str) -> None:
    text = f"%% set made = {expression.replace('{M}', METHODS)}"
    found = checked(tmp_path, text).problems
    assert len(found) == 1
    assert "made.tex.j2, line 2: " in found[0]
    assert problem in found[0]


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("cell.told('C3', 'srcc', 'more')", "told: too many positional arguments"),
        ("cell.told()", "told: missing a required argument: 'name'"),
        ("cell.told('C3', name='C3')", "told: multiple values for argument 'name'"),
        ("most_seeds(3)|words", "most_seeds: too many positional arguments"),
        ("half_width(0.9, 100, contents=3)|fixed(3)", "half_width: unknown argument 'contents'"),
        ("compared('C0', 'C3', 'ablation').turned(1).dataset", "turned: too many positional arg"),
        ("published.models.values(1)|joined", "values: too many positional arguments"),
        ("experiments.C0.titel", "unknown key 'titel'"),
        ("'a' if study.crop is divisibleby else 'b'", "divisibleby: missing a required argument"),
        ("'a' if 'C3' is inn groups.sizes else 'b'", "unknown test 'inn'"),
        ("cross_dataset_of('spak')", "unknown value 'spak' (did you mean 'spaq'?)"),
        ("ran('C3', 'C33') and ''", "unknown value 'C33' (did you mean 'C3'?)"),
        ("differing('C33', [], 'losses', 'x')", "unknown value 'C33' (did you mean 'C3'?)"),
    ],
)
def test_arguments_of_macros_functions_and_tests_are_checked(
    tmp_path: Path, expression: str, problem: str
) -> None:
    assert problem in problems(tmp_path, rf"\VAR{{{expression}}}")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("%% call cell.told('C3')\nx\n%% endcall", "told: unknown argument 'caller'"),
        (r"\VAR{cell.figure('losses', 'x')}", "figure: missing a required "),
        ("%% call cell.figure('losses', 'x')\n\\VAR{study.nme}\n%% endcall", "key 'nme' (did"),
        ("%% call cell.figure('loses', 'x')\nx\n%% endcall", "'loses' (did you mean 'losses'?)"),
    ],
)
def test_call_blocks_fit_their_macros(tmp_path: Path, text: str, problem: str) -> None:
    assert problem in problems(tmp_path, text, MACROS + FIGURE)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            r"\input{tables/maid}",
            r"unknown name in \input 'tables/maid' (did you mean 'tables/made",
        ),
        (r"\input{sections/made}", r"unknown name in \input 'sections/made'"),
        (
            r"\includegraphics{loses}",
            r"unknown name in \includegraphics 'loses' (did you mean 'loss",
        ),
        (r"\label{tab:made} \ref{tab:maid}", "unknown label 'tab:maid' (did you mean 'tab:made'?)"),
        (r"\label{eq:made} \eqref{eq:maid}", "unknown label 'eq:maid' (did you mean 'eq:made'?)"),
        (
            r"\cite{made2020, maid2021}",
            r"unknown name in \cite 'maid2021' (did you mean 'made2020'",
        ),
        (
            LOOPS.format("['a', 'b']", r"\label{tab:\VAR{key}}") + "\n\\ref{tab:c}",
            "unknown label 'tab:c'",
        ),
    ],
)
def test_what_latex_commands_name_exists(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "paper").mkdir()
    (tmp_path / "paper" / "references.bib").write_text("@article{made2020,\n}\n")
    (found,) = checked(tmp_path, f"first\n{text}\n").problems
    line = 6 if "for" in text else 3
    assert f"made.tex.j2, line {line}: " in found
    assert problem in found


def test_what_latex_commands_name_may_come_from_loops_and_macros(tmp_path: Path) -> None:
    text = (
        "\\input{tables/made}\n%% for key in ['a', 'b']\n\\label{tab:\\VAR{key}}\n%% endfor\n"
        "\\ref{tab:a} \\ref{tab:b} \\ref{fig:x}\n%% call cell.figure('losses', 'x')\n\n%% endcall"
    )
    assert problems(tmp_path, text, MACROS + FIGURE) == ""


@pytest.mark.parametrize(
    ("comparison", "problem"),
    [
        ("roles.steps[0].name == 'bakbone'", "'bakbone' (did you mean 'backbone'?)"),
        (
            "steps_run()|map(attribute='name')|list == ['backbone', 'multiscale']",
            "'multiscale' (did",
        ),
        ("steps_run()|rejectattr('name', 'equalto', 'bakbone')|list", "'bakbone' (did you mean"),
        ("datasets.x.adapter == 'koniq10'", "'koniq10' (did you mean 'koniq10k'?)"),
        ("'koniq10' != datasets.x.adapter", "'koniq10' (did you mean 'koniq10k'?)"),
        ("datasets.x.adapter in ['koniq10k', 'spak']", "'spak' (did you mean 'spaq'?)"),
        ("datasets.x.split.kind == 'by_referenc'", "'by_referenc' (did you mean 'by_reference'?)"),
        ("datasets.x.split.drawn == ['validaton']", "'validaton' (did you mean 'validation'?)"),
        ("experiments.C0.model.backbone == 'cn'", "'cn' (did you mean 'cnn'?)"),
        ("experiments.C0.recipe.loss.name == 'l3'", "'l3' "),
        ("experiments.C0.status == 'ran'", "'ran' (did you mean 'run'?)"),
        ("compared('C0', 'C3', 'ablation').verdict == 'beter'", "'beter' (did you mean 'better'?)"),
        (
            "ledger.claims[0].kind not in ['arithmetics']",
            "'arithmetics' (did you mean 'arithmetic'?",
        ),
        ("exhibits()[0].kind == 'table'", "'table' (did you mean 'tables'?)"),
        ("published.comparison.methods.smart_tiny.group == 'our'", "'our' (did you mean 'ours'?)"),
        ("gain.shares['bakbone'].value > 0", "'bakbone' (did you mean 'backbone'?)"),
        ("timing.published['SMART-Bas'].crop > 0", "'SMART-Bas' (did you mean 'SMART-Base'?)"),
    ],
)
def test_literals_are_among_what_they_are_compared_with(
    tmp_path: Path, comparison: str, problem: str
) -> None:
    (found,) = checked(tmp_path, f"%% if {comparison}\nx\n%% endif").problems
    assert problem in found


def test_a_folder_without_templates_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no templates \(\*\.j2\); name the folder"):
        check_templates(tmp_path, CATALOGUE, CONFIG / "published.yaml")


def test_what_is_no_template_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"made\.tex\.j2, line 2: "):
        checked(tmp_path, "%% for x\n")


def misspell(folder: Path, file: str, right: str, wrong: str) -> subprocess.CompletedProcess[str]:
    """Misspell a word of one of the paper's own templates, and run what `make check` runs."""
    shutil.copytree(ROOT / "paper", folder / "paper")
    shutil.copytree(CONFIG, folder / "workflow" / "config")
    path = folder / "paper" / file
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "smartiqa", "check-templates"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("file", "right", "wrong", "problem"),
    [
        ("tables/runs.tex.j2", "origin.manifest", "origin.manifst", "did you mean 'manifest'?"),
        ("macros/cells.tex.j2", "study.score_name", "study.scorename", "mean 'score_name'?"),
        ("sections/abstract.tex.j2", "most_seeds()", "most_seds()", "did you mean 'most_seeds'?"),
    ],
)
def test_a_misspelling_in_the_paper_fails_the_check(
    tmp_path: Path, file: str, right: str, wrong: str, problem: str
) -> None:
    done = misspell(tmp_path, file, right, wrong)
    assert done.returncode == 2, done.stderr
    assert f"error: paper/{file}, line " in done.stderr
    assert problem in done.stderr
