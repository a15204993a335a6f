"""The command line as a whole: every stage, every option, and how wrong ones end."""

from __future__ import annotations

import ast
import errno
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from typer import TyperException
from typer.main import get_command

from command_line import smartiqa, smartiqa_apart, variables
from smartiqa.cli import FOR_PEOPLE, app, call, conclude, stages, usage_problem
from smartiqa.core.errors import InputError
from smartiqa.provenance.code_digest import SOURCE

ROOT = SOURCE.parents[1]
RULES = sorted((ROOT / "workflow" / "rules").glob("*.smk"))
# What a rule puts in the place of options: one that is always there, or some that may be.
STANDS_FOR = {
    "params.training": ["--training", str(ROOT / "README.md")],
    "params.shared": ["--shared", "place"],
    "params.teacher": ["--teacher", str(ROOT / "README.md")],
    "params.mixed": ["--mixed", str(ROOT / "src")],
    "params.tested": ["--tested", str(ROOT / "README.md")],
    "params.study": [str(ROOT / "workflow/config/demo.yaml")],
    "params.measured": ["--measured", str(ROOT / "README.md")],
    "params.records": [f"--{name}={ROOT / 'README.md'}" for name in ("ledger", "timing", "cost")],
}
PARSING = re.compile(r"^(?:import|from) (?:argparse|typer|click)\b|sys\.argv", re.M)
SUFFIXES = {
    "claims": ".json",
    **dict.fromkeys(("embed", "predict"), ".parquet"),
    **dict.fromkeys(("weights", "pretrain", "teach"), ".safetensors"),
    "feature-maps": ".npz",
    "figure": ".pdf",
    "report": ".html",
}
# Options that take a folder, in rules.
FOLDERS = ("run", "store", "results", "data", "root", "images")
NUMBERS = ("threads", "wildcards.seed", "params.seed", "params.replicates", "params.processes")


def command_of(stage: str) -> Any:
    return get_command(app).get_command(None, stage)


def shell_lines() -> Iterator[tuple[str, str]]:
    """The rules with what they run, as they write it."""
    for path in RULES:
        for rule in re.split(r"^ *(?:rule|checkpoint) (?=\w+:)", path.read_text(), flags=re.M)[1:]:
            lines = re.search(r"shell:\n((?: +\".*\"\n?)+)", rule)
            if lines:
                yield rule.partition(":")[0], ast.literal_eval(f"({lines[1].strip()})")


LINES = dict(shell_lines())


def filled(stage: str, words: list[str]) -> Iterator[str]:
    """Put real files and names in the place of what Snakemake fills in."""
    before = ""
    for word in words:
        name = word.strip("{}").removesuffix(":q")
        if name in STANDS_FOR:
            yield from STANDS_FOR[name]
        elif before == "--resize":
            yield "aspect"
        elif name in NUMBERS:
            yield "3"
        elif before == "--output":
            yield str(ROOT / f"nowhere{SUFFIXES.get(stage, '')}")  # a file, or a folder
        elif before == "--template":
            yield str(ROOT / "paper/main.tex.j2")
        elif before.removeprefix("--") in FOLDERS:
            yield str(ROOT)
        elif word.startswith("{") or before == "--source":
            yield str(ROOT / "README.md")
        else:
            yield word
        before = word


def test_every_rule_but_those_that_only_gather_calls_a_stage() -> None:
    text = "".join(path.read_text() for path in RULES)
    assert len(LINES) == len(re.findall(r"^ +shell:$", text, re.MULTILINE)) > 15
    assert all(line.startswith("python -m smartiqa ") for line in LINES.values())
    assert {line.split()[3] for line in LINES.values()} <= set(stages())


@pytest.mark.parametrize("rule", LINES)
def test_the_command_of_a_rule_is_one_that_its_stage_takes(rule: str) -> None:
    words = LINES[rule].partition(" 2> {log}")[0].split()[3:]
    stage = command_of(words[0])
    with stage.make_context(words[0], list(filled(*words[:1], words[1:]))) as context:
        given = {f"--{name.replace('_', '-')}" for name in context.params}
    assert {word for word in words if word.startswith("--")} <= given


@pytest.mark.parametrize("rule", LINES)
def test_a_rule_names_its_study_and_says_what_it_has_planned(rule: str) -> None:
    line = LINES[rule]
    options = {parameter.name for parameter in command_of(line.split()[3]).params}
    if "expect" in options:
        assert "--expect {params.reads}" in line
    if "catalogue" in options:
        assert "--study {params.study:q} --catalogue {params.catalogue:q}" in line


@pytest.mark.parametrize("stage", stages())
def test_every_stage_explains_itself(stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(stage, "--help") == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"Usage: smartiqa {stage} ")
    assert f"Example:\n    smartiqa {stage}" in shown or f" | smartiqa {stage}" in shown
    for parameter in command_of(stage).params:
        if parameter.name != "help":
            assert getattr(parameter, "help", ""), f"{stage}: {parameter.name}"


@pytest.mark.parametrize("stage", stages())
def test_no_help_shows_the_types_of_python(stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(stage, "-h") == 0
    shown = capsys.readouterr().out
    assert not re.findall(r"list\[|<str>|<class|Path\b(?! of)| None\b|Annotated", shown)


@pytest.mark.parametrize("stage", stages())
def test_what_stands_for_values_is_in_capitals(
    stage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call(stage, "-h")
    usage, *lines = capsys.readouterr().out.splitlines()
    assert not re.search(r"[{}<>]|[a-z]\b", usage.partition(f" {stage} ")[2])
    values = [line[1] for line in map(re.compile(r"^  (?:-., )?--\S+ (\S+)").match, lines) if line]
    assert all(value.isupper() or "|" in value or value == "/" for value in values), values


@pytest.mark.parametrize("stage", stages())
def test_the_example_of_a_stage_gives_options_that_it_has(stage: str) -> None:
    text = (SOURCE / "stages" / f"{stage.replace('-', '_')}.py").read_text()
    example = text.partition("Example:\n")[2].partition('"""')[0]
    used = set(re.findall(r" (--?[a-z][a-z-]*)", example.replace(" -newer", "").replace(" -n", "")))
    options = [p for p in command_of(stage).params if p.opts[0].startswith("-")]
    assert used <= {name for option in options for name in option.opts}
    assert all(used & set(option.opts) for option in options if option.required)


@pytest.mark.parametrize("stage", stages())
def test_a_stage_is_thin_and_imports_nothing_that_computes(stage: str) -> None:
    path = SOURCE / "stages" / f"{stage.replace('-', '_')}.py"
    assert len(path.read_text().splitlines()) <= 60
    ours = [
        node.module
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("smartiqa")
    ]
    allowed = {"smartiqa.stages", "smartiqa.stages.options", "smartiqa.config.files"}
    assert set(ours) <= allowed


def test_nothing_else_parses_arguments() -> None:
    parsing = {
        path.relative_to(SOURCE).parts[0]
        for path in SOURCE.rglob("*.py")
        if PARSING.search(path.read_text())
    }
    assert parsing == {"cli.py", "stages", "worker.py"}  # the worker passes them on


def test_help_names_all_stages_and_imports_none_of_them() -> None:
    program = "import sys; from smartiqa.cli import call; call('--help'); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=variables()
    )
    shown, _, modules = done.stdout.rpartition("\n  weights")
    assert {name for name in stages() if f"\n  {name} " in shown} == set(stages()) - {"weights"}
    loaded = set(modules.split())
    assert not {name for name in loaded if name.startswith(("smartiqa.stages.", "rich."))}
    assert not {"pydantic", "numpy", "pandas", "torch"} & loaded


def test_help_begins_with_what_no_build_calls(capsys: pytest.CaptureFixture[str]) -> None:
    called = {line.split()[3] for line in LINES.values()}
    assert set(stages()) - called <= set(FOR_PEOPLE)
    call("--help")
    _, people, jobs = re.split(
        r"^(?:For people|Jobs of a build):$", capsys.readouterr().out, flags=re.M
    )
    assert re.findall(r"^  (\S+)", people, re.M) == list(FOR_PEOPLE)
    assert re.findall(r"^  (\S+)", jobs, re.M) == [n for n in stages() if n not in FOR_PEOPLE]


def test_a_stage_is_the_only_one_that_is_imported() -> None:
    run = "from smartiqa.cli import call; call('train', '--help')"
    program = f"import sys; {run}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=variables()
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert {n for n in loaded if n.startswith("smartiqa.stages.")} == {
        "smartiqa.stages.options",
        "smartiqa.stages.train",
    }
    assert not {"numpy", "pandas", "torch"} & loaded


def test_names_may_be_written_as_modules_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("error_rates", "--help") == 0
    assert "Usage: smartiqa error-rates" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["embed", "--rnu=x"],
            "No such option: --rnu (Possible options: --run); see smartiqa embed",
        ),
        (["embed"], "Missing option '--run' (folder of a run, which the stage train makes)"),
        (["score", "--replicates=1"], "Invalid value for '--replicates': "),
        (["train", "--seed=-1"], "Invalid value for '--seed': "),
        (["prepare", "--workers=0"], "Invalid value for '--workers': "),
        (["score-images", "a.png", "--crops=0"], "Invalid value for '--crops': "),
        (
            ["score-images", "a.png", "--crops=0"],
            " (crops a photo; those of its intervals, or 20); ",
        ),
        (
            ["new-study", "x", "--images=x", "--better=high"],
            "Invalid value for '--better': 'high' is not one of 'higher', 'lower' (which scores",
        ),
        (["store", "--resize=aspct"], "not one of 'none', 'squash', 'aspect'"),
        (["embed", "--run=nowhere"], "'nowhere' does not exist (folder of a run, which the stage"),
        (["figure"], "Missing argument"),
        (["check", "demo", "--study=koniq"], "the study is named twice, as an argument and by"),
        (["status", "demo"], "argument(s) (demo); a study is given as --study NAME; see smartiqa"),
        (["fetch", "spaq", "bid"], "unexpected extra argument(s) (bid); see smartiqa fetch"),
        (
            ["figure", "losses", f"--results={ROOT}", "--output=x.nosuch"],
            "'x.nosuch' does not end with .pdf",
        ),
    ],
)
def test_wrong_options_are_told_in_a_line(arguments: list[str], said: str) -> None:
    with pytest.raises(TyperException) as caught:
        call(*arguments)
    told = usage_problem(caught.value)
    assert said in told
    assert told.endswith(f"; see smartiqa {arguments[0]} --help")
    assert "\n" not in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["trian"], "unknown stage 'trian' (did you mean 'train'?)"),
        *(
            ([name], f"unknown stage '{name}' (valid: ")
            for name in ("single", "what", "list", "as")
        ),
        (["sweep", "C3"], "each of them once: give them as --rates 1e-7,2e-7 or --losses l1,l2"),
        (["check", "dmo"], "unknown study 'dmo' (did you mean 'demo'?)"),
        (["check", "--study=koniqq"], "unknown study 'koniqq' (did you mean 'koniq'?)"),
        (["complexity", "--study=demo.yaml", "--output=x"], "demo.yaml does not exist"),
        (["complexity", "--study=koniqq", "--output=x"], "unknown study 'koniqq' (did you mean 'k"),
        (
            ["complexity", "--study=experiments", "--output=x"],
            "unknown study 'experiments' (valid: biq2021, biq2021-part, demo, koniq, koniq-spaq, "
            "spaq)",
        ),
        (["sweep", "C33", "--rates=1e-7,2e-7"], "'C33' (did you mean 'C3'"),
        (["export-results", "dmo", "--output=x.zip"], "unknown study 'dmo' (did you mean 'demo'?)"),
        (["figure", "loses", f"--results={ROOT}", "--output=x.pdf"], "did you mean 'losses'?"),
    ],
)
def test_unknown_names_are_told_with_the_nearest(arguments: list[str], said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        call(*arguments)


def test_a_study_that_was_edited_since_a_job_was_planned_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    for stage in ("complexity", "timing", "synthesise"):
        with pytest.raises(
            InputError, match=r"changed after it was planned .* run snakemake again"
        ):
            smartiqa(stage, study="demo", output=tmp_path / "x", expect="0" * 16)
    for role, stage in (("swin_base", "weights"), ("swin_base", "pretrain")):
        output = tmp_path / "x.safetensors"
        with pytest.raises(InputError, match="changed after it was planned"):
            smartiqa(stage, study="demo", role=role, output=output, expect="0" * 16)
    with pytest.raises(InputError, match="changed after it was planned"):
        smartiqa("prepare", study="demo", dataset="mixed", output=tmp_path / "x", expect="0" * 16)
    assert list(tmp_path.iterdir()) == []


def test_wrong_input_ends_in_one_line(tmp_path: Path) -> None:
    done = smartiqa_apart("score", "nowhere.parquet", replicates=9, seed=1, output=tmp_path / "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: Invalid value for 'PREDICTIONS': ")
    assert "nowhere.parquet' does not exist (predictions/<dataset>.parquet, which" in done.stderr
    assert done.stderr.count("\n") == 1
    done = smartiqa_apart("complexity", study="nowhere", output=tmp_path / "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: unknown study 'nowhere' (valid: ")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("stage", ["status", "report --output=x.html", "explain C3", "plan"])
def test_another_folder_is_told_as_one(
    stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=rf"^{tmp_path} is no folder of smartiqa.*\(cd\)"):
        call(*stage.split())


def broken() -> None:
    raise KeyError("a defect")


def wrong() -> None:
    raise InputError("row 3 is empty")


def full() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def misspelt() -> None:
    raise TyperException("No such option")


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (wrong, "row 3 is empty"),
        (full, "No space left on device; make room on its disk"),
        (misspelt, "No such option"),
    ],
)
def test_what_a_person_can_mend_is_one_line_and_status_2(
    run: Callable[[], None], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert conclude(run) == 2
    assert capsys.readouterr() == ("", f"error: {said}\n")


def test_a_defect_says_in_its_last_line_that_it_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert conclude(broken) == 1
    shown = capsys.readouterr().err.splitlines()
    assert shown[0].startswith("Traceback")
    assert "KeyError: 'a defect'" in shown
    assert shown[-1].startswith("error: KeyError: this is a defect of smartiqa, not of your input")


def test_a_module_that_is_not_python_is_named_with_its_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert conclude(lambda: compile("\nx = 2x56", "edited.py", "exec")) == 2
    line = "error: edited.py, line 2: invalid decimal literal: x = 2x56\n"
    assert capsys.readouterr().err == line


def test_a_stage_ends_at_once_and_loses_no_output() -> None:
    script = """
import atexit, logging, sys
from smartiqa.cli import run_apart

def main():
    logging.info("logged")
    sys.stdout.write("printed")

atexit.register(sys.stdout.write, "taken down")
run_apart(main)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "printed", "logged\n")


def test_progress_is_drawn_on_terminals_only() -> None:
    """In a file or a log, each drawing of a bar would be a line of its own."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = [node.func, *node.args] if isinstance(node, ast.Call) else []
            if any(isinstance(part, ast.Name) and part.id == "tqdm" for part in called):
                given = {key.arg: ast.unparse(key.value) for key in node.keywords}
                assert given.get("disable") == "None", f"{path}, line {node.lineno}"


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("smartiqa feat", {"feature-maps"}),
        ("smartiqa train --exp", {"--experiment", "--expect"}),
        ("smartiqa figure los", {"losses"}),
        ("smartiqa complexity --study ko", {"koniq", "koniq-spaq"}),
        ("smartiqa train --study demo --experiment W-1", {"W-1e-4"}),
        ("smartiqa fetch kad", {"kadid10k"}),
        ("smartiqa explain tables/abl", {"tables/ablation"}),
        ("smartiqa explain B-c", {"B-cnn-medium", "B-cnn-large"}),
        ("smartiqa explain arch-01", {"arch-01"}),
    ],
)
def test_a_shell_can_complete(words: str, offered: set[str]) -> None:
    last = str(len(words.split()) - 1)
    for shell, asked in {
        "bash": {"COMP_WORDS": words, "COMP_CWORD": last},
        "zsh": {"_TYPER_COMPLETE_ARGS": words},
    }.items():
        done = subprocess.run(
            [sys.executable, "-m", "smartiqa"],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=variables(_SMARTIQA_COMPLETE=f"complete_{shell}", **asked),
        )
        # What zsh is told has an explanation behind each name.
        names = (
            done.stdout.split()
            if shell == "bash"
            else re.findall(r'^(?:.*\()?"([^"]+)"', done.stdout, re.M)
        )
        assert set(names) == offered, shell


@pytest.mark.parametrize("stage", stages())
def test_what_is_written_is_a_file_or_a_folder_and_no_other(stage: str) -> None:
    main = import_module(f"smartiqa.stages.{stage.replace('-', '_')}").main
    output = get_type_hints(main, include_extras=True).get("output")
    kinds = 2 if stage == "export-model" else 1  # its --format says which
    assert (
        output is None
        or output.__metadata__[0].file_okay + output.__metadata__[0].dir_okay == kinds
    )


def test_a_folder_in_place_of_a_file_is_told_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(TyperException, match="is a directory"):
        smartiqa("typeset", source=ROOT / "README.md", output=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.touch()
    done = smartiqa_apart("schema", output=place / "below")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: {place / 'below'}: Not a directory; name another place\n"


def test_make_refuses_a_variable_that_it_does_not_take() -> None:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}

    def make(*given: str) -> subprocess.CompletedProcess[str]:
        skipped = ["--old-file=.venv/installed", "--old-file=tex"]
        called = ["make", "--dry-run", *skipped, "paper", *given]
        return subprocess.run(
            called, cwd=ROOT, env=ours, capture_output=True, text=True, check=False
        )

    wrong = make("STDUY=koniq")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "unknown variable STDUY: make takes CORES, PYTHON, STUDY and PART" in wrong.stderr
    right = make("STUDY=koniq", "CORES=3", "PART=a b", "PYTHON=python3")
    assert (right.returncode, right.stderr) == (0, "")
    assert "--cores 3 --config study=koniq -- paper/main.pdf" in right.stdout


def make_called(*given: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    called = ["make", "--no-print-directory", "--file", str(ROOT / "Makefile"), *given]
    return subprocess.run(
        called, cwd=folder, env=variables, capture_output=True, text=True, check=False
    )


def test_make_lists_every_target_that_starts_something() -> None:
    listed = make_called("help")
    assert listed.returncode == 0
    heads = [line[:30].split() for line in listed.stdout.splitlines()]
    told = {target for _, *targets in heads for target in targets}
    rules = (SOURCE.parents[1] / "Makefile").read_text(encoding="utf-8")
    made = re.findall(r"^([a-z][a-z -]*):(?! [A-Z]+ =)", rules, re.MULTILINE)
    assert told == {*" ".join(made).split()} - {"tex"}
    assert all(line[30:].strip() for line in listed.stdout.splitlines())


def test_make_names_the_nearest_target() -> None:
    done = make_called("papr")
    assert done.returncode == 2
    told = "error: make has no target papr (did you mean paper?); make help lists them"
    assert done.stderr.splitlines()[0] == told
    assert "(did" not in make_called("xyzzy").stderr


def test_make_cleans_one_study_or_all(tmp_path: Path) -> None:
    paths = {"results/mine/a", "results/other/b", "paper/main.pdf", "figures/a.pdf", "docs/build/c"}
    study = "workflow/config/mine.yaml"
    for path in {*paths, study, "paper/main.tex.j2"}:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()

    def gone() -> set[str]:
        return {path for path in paths if not (tmp_path / path).exists()}

    for wrong in ("", "mien", "../.."):
        refused = make_called("clean", f"STUDY={wrong}", folder=tmp_path)
        assert f"error: there is no study '{wrong}'" in refused.stderr
    assert not gone()
    make_called("clean", "STUDY=mine", folder=tmp_path)
    assert gone() == {"results/mine/a", "paper/main.pdf", "figures/a.pdf"}
    make_called("clean-all", "STUDY=mine", folder=tmp_path)
    assert gone() == paths
    assert (tmp_path / study).exists()
    assert (tmp_path / "paper/main.tex.j2").exists()


@pytest.mark.parametrize("written", ["print('x')", "print('x' * 10**6)"])
def test_a_reader_that_left_is_no_error(written: str) -> None:
    code = f"from smartiqa import cli; cli._leave(cli.conclude(lambda: {written}))"
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=variables(),
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")
