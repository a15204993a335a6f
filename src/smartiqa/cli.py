"""The one front door: `smartiqa <stage>`, or `python -m smartiqa <stage>` if not installed.

A stage is a module in `smartiqa.stages` with a function `main`: its parameters are the options, its
docstring is the help. The module is imported when its stage is called, and no other, so that
`smartiqa --help` is quick; what computes is imported within `main`, so that wrong options are told
before PyTorch is loaded.
"""

from __future__ import annotations

import ast
import errno
import inspect
import logging
import os
import re
import select
import sys
import textwrap
import traceback
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from smartiqa.core.errors import InputError, is_out_of_memory, syntax_problem
from smartiqa.machine.isolation import start_clean
from smartiqa.machine.presence import be_present

NAME = "smartiqa"
COMPLETING = f"_{NAME.upper()}_COMPLETE"  # the variable by which a shell asks for completions
HELP = {"help_option_names": ["-h", "--help"]}
# What people call, in the order in which they meet it. The other stages are jobs of a build.
FOR_PEOPLE = (
    *("new-study", "check", "fetch", "plan", "trainings", "status", "report", "explain", "compare"),
    *("score-images", "export-model", "export-results", "import-results"),
    *("sweep", "track", "check-templates", "error-rates", "schema"),
)
VALUES = {  # of options, as Typer writes them, and as we do
    "<file>": "FILE",
    "<dir>": "FOLDER",
    "<path>": "PATH",
    **dict.fromkeys(("<int range>", "<float range>"), "N"),
}
WRONG, DEFECT = 2, 1  # exit statuses: of what a person can mend, and of what only we can
READER_LEFT = 1  # as Typer has it, which sees most of them first
OUT_OF_MEMORY = (
    "there is not enough memory; end other programs, take a smaller batch_size, or fewer --workers "
    "or --cores"
)
_ROOM, _PLACE = "make room on its disk", "name a place that can be written"
_RIGHT, _NAME = "ask for the right to it, or name another place", "name another place"
REMEDIES = {  # by the numbers of errors of the system
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), _ROOM),
    **dict.fromkeys((errno.EACCES, errno.EPERM), _RIGHT),
    **dict.fromkeys((errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ELOOP), _NAME),
    errno.EROFS: _PLACE,
    errno.ENAMETOOLONG: "take a shorter name",
    errno.EMFILE: "let this user open more files (ulimit -n)",
    errno.EIO: "the disk may be failing",
}
REPORT = (
    "this is a defect of smartiqa, not of your input; report it with the lines above "
    "(those of a job of the workflow are in results/<study>/logs)"
)


def stages() -> dict[str, str]:
    """Return all stages by name, each with the first line of its help; none is imported."""
    found = {}
    for path in sorted(Path(__file__).with_name("stages").glob("*.py")):
        for statement in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.FunctionDef) and statement.name == "main":
                text = ast.get_docstring(statement) or ""
                found[path.stem.replace("_", "-")] = text.partition("\n")[0]
    return found


def command_of(main: Callable[..., None], name: str) -> Any:
    """Make a command of a function: its docstring is the help, whose section `Example` ends it."""
    text, _, example = (inspect.getdoc(main) or "").partition("\n\nExample:\n")
    lines = textwrap.dedent(example).splitlines()
    epilog = "\b\n" + "\n".join(["Example:", *(f"  {line}" for line in lines)])
    made = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=HELP)
    made.command(name, help=text, epilog=epilog)(main)
    command: Any = get_command(made)
    for parameter in command.params:
        if parameter.param_type_name == "argument":  # its help says more than its Python type
            parameter.display_type_rich = lambda ctx: ""
            parameter.metavar = parameter.metavar or parameter.name.upper()
        else:
            parameter.display_type_rich = partial(_shown, parameter.display_type_rich)
    pieces = command.collect_usage_pieces  # with braces, which elsewhere hold choices
    command.collect_usage_pieces = lambda ctx: [re.sub("[{}]", "", piece) for piece in pieces(ctx)]
    return command


def _shown(written: Callable[[Any], str], ctx: Any) -> str:
    """What stands for an option's value in its help, in capitals; choices are as one types them."""
    return VALUES.get(written(ctx), written(ctx).strip("<>"))


class Stages(TyperGroup):
    """Commands that are found by name; `error_rates` means `error-rates`."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Name all stages."""
        return list(stages())

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the stage that is called."""
        return super().resolve_command(ctx, [args[0].replace("_", "-"), *args[1:]])

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import a stage, and make a command of its function.

        Raises:
            InputError: there is no such stage; the message has the nearest name.
        """
        if cmd_name not in (known := stages()):
            from smartiqa.core.strict import unknown_name

            raise InputError(unknown_name("stage", cmd_name, list(known)))
        stage = import_module(f"smartiqa.stages.{cmd_name.replace('-', '_')}")
        return command_of(stage.main, cmd_name)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the stages without importing them, those for people first."""
        known = stages()
        with formatter.section("For people"):
            formatter.write_dl([(name, known.pop(name)) for name in FOR_PEOPLE])
        with formatter.section("Jobs of a build"):
            formatter.write_dl(list(known.items()))


app = typer.Typer(
    cls=Stages,
    rich_markup_mode=None,
    context_settings=HELP,
    subcommand_metavar="STAGE [OPTIONS] ...",
)


def _tell_version(asked: bool) -> None:
    if asked:
        import smartiqa

        print(f"{NAME} {smartiqa.__version__}")
        raise typer.Exit


@app.callback()
def front_door(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help="tell the version, and end"
        ),
    ] = False,
) -> None:
    """Rebuild the SMART-IQA paper. `make paper` runs all stages in order.

    `smartiqa STAGE --help` says what a stage reads and writes, with an example.
    """


def call(*arguments: str) -> Any:
    """Run a stage in this process, as `smartiqa <arguments>` does.

    Raises:
        InputError: the input is wrong.
        typer.TyperException: the options are.
    """
    command = get_command(app)
    return command.main(list(arguments) or ["--help"], NAME, standalone_mode=False)


def conclude(run: Callable[[], Any]) -> int:
    """Run a command line in the process as it is, and return its exit status.

    Wrong options, wrong input, files that cannot be read or written, and libraries that are not
    installed become one line on standard error and exit status 2. Anything else is a defect: its
    traceback is shown, the last line says what it is, and the exit status is 1.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        status = run() or 0
        sys.stdout.flush()
        return status
    except (InputError, OSError, typer.TyperException) as error:
        if isinstance(error, BrokenPipeError) and _reader_left():
            return READER_LEFT
        sys.stderr.write(f"error: {told(error)}\n")
        return WRONG
    except SyntaxError as error:  # of a module, which somebody edits
        sys.stderr.write(f"error: {syntax_problem(error, error.filename or '')}\n")
        return WRONG
    except Exception as error:
        if remedy := OUT_OF_MEMORY if is_out_of_memory(error) else _missing(error):
            sys.stderr.write(f"error: {remedy}\n")
            return WRONG
        traceback.print_exc()
        sys.stderr.write(f"error: {type(error).__name__}: {REPORT}\n")
        return DEFECT


def _reader_left() -> bool:
    """Whether nobody reads standard output any more, as in `smartiqa ... | head`."""
    output = sys.stdout.fileno()
    asked = select.poll()
    asked.register(output, 0)
    if not asked.poll(0):
        return False
    os.dup2(os.open(os.devnull, os.O_WRONLY), output)  # for what is still to come
    return True


def _missing(error: Exception) -> str | None:
    if not isinstance(error, ModuleNotFoundError):
        return None
    from smartiqa.provenance.requirements import how_to_install

    return how_to_install(error)


def told(error: InputError | OSError | typer.TyperException) -> str:
    """Say in one line what a person can mend."""
    if isinstance(error, typer.TyperException):
        return usage_problem(error)
    if isinstance(error, OSError):  # a full disk, a place that cannot be read or written
        place = f"{error.filename}: " if error.filename else ""
        remedy = REMEDIES.get(error.errno or 0)
        return f"{place}{error.strerror or error}" + (f"; {remedy}" if remedy else "")
    return str(error)


def usage_problem(error: typer.TyperException) -> str:
    """Say in one line which option is wrong, what it has to be, and where to read more."""
    problem = " ".join(error.format_message().split()).removesuffix(".")
    problem = problem.replace(": Value error, ", ": ")
    meaning = getattr(getattr(error, "param", None), "help", None)
    if meaning:  # which stands in brackets
        meaning = re.sub(r" \((.*?)\)", r"; \1", meaning)
    context = getattr(error, "ctx", None)
    said = f"{problem} ({meaning})" if meaning else problem
    taken = [option for p in context.command.params for option in p.opts] if context else []
    if "unexpected extra argument" in said and "--study" in taken:
        said += "; a study is given as --study NAME"
    return f"{said}; see {context.command_path} --help" if context else said


def run_apart(run: Callable[[], Any]) -> None:
    """Run a command line, free of what a person's variables ask for, and end the process."""
    if COMPLETING not in os.environ:
        start_clean()
        be_present()
    _leave(conclude(run))


def run_function(main: Callable[..., None], name: str) -> None:
    """Run a function with the options that the command line gives, and end the process."""
    run_apart(lambda: command_of(main, name).main(sys.argv[1:], name, standalone_mode=False))


def main() -> None:
    """Run what the command line asks for."""
    run_apart(lambda: call(*sys.argv[1:]))


def _leave(status: int) -> None:
    """End the process at once.

    To take PyTorch's modules down one by one costs over a second, and some of them print what they
    did not free below the line that a person should read.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
