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
    (paper / "macros").mkdir(parents=True)
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
    assert all("a key of " in line or "each study chooses" in line for line in found.unseen)


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
            "unknown key 'C1' (did you mean 'C0'?) of the mapping in line 2",
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
        (r"\VAR{measured('C3')|estimate}", "measured: measured needs its argument metric"),
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
        tmp_path, "nothing", MACROS + "%% macro rest(x)\n\\VAR{study.nme}\n%% endmacro\n"
    )
    assert len(found.problems) == 1
    assert "cells.tex.j2, line 13: unknown key 'nme' (did you mean 'name'?)" in found.problems[0]


def test_what_cannot_be_seen_is_counted(tmp_path: Path) -> None:
    text = r"\VAR{computed.versions.torch|length|count} \VAR{experiments[study.name].title}"
    found = checked(tmp_path, text)
    assert found.problems == []
    made = [line for line in found.unseen if "made.tex.j2, line 2" in line]
    assert len(made) == 2
    assert any("'torch' of a table whose names each study chooses" in line for line in made)
    assert any("a key of a table by name that is a text" in line for line in made)


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
