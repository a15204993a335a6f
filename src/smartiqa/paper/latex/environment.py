r"""The Jinja environment of the paper: delimiters that suit LaTeX, and errors instead of gaps.

`\VAR{...}` prints, `\BLOCK{...}` and lines that begin with `%%` control, `%#` begins a comment.
Text is escaped on its way out. A number cannot be printed without a filter that gives it its
digits, and a value that is missing is an error that names template, line and key.
"""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType
from typing import Any

from jinja2 import (
    BytecodeCache,
    Environment,
    FileSystemLoader,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    Undefined,
    UndefinedError,
    meta,
    nodes,
)
from jinja2.bccache import Bucket
from jinja2.sandbox import SandboxedEnvironment

from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_atomically
from smartiqa.metrics import verdicts
from smartiqa.metrics.conformal import least_images
from smartiqa.metrics.inference import expected_half_width, least_correlation
from smartiqa.metrics.measures import all_measures, measures_of
from smartiqa.paper.exhibits import shown
from smartiqa.paper.latex import comparisons, floors, numbers, observations, peers, wording
from smartiqa.paper.latex.distortions import hardest_images
from smartiqa.paper.latex.escaping import escape, file_names, typewriter
from smartiqa.paper.latex.values import Branch, Missing

FILTERS: dict[str, Callable[..., Any]] = {
    "compact": numbers.compact,
    "count": numbers.count,
    "estimate": numbers.estimate,
    "file_names": file_names,
    "typewriter": typewriter,
    "fixed": numbers.fixed,
    "in_units": numbers.in_units,
    "interval": numbers.interval,
    "interval_words": numbers.interval_words,
    "joined": numbers.joined,
    "mean_spread": numbers.mean_spread,
    "p_value": numbers.p_value,
    "percent": numbers.percent,
    "percent_span": numbers.percent_span,
    "scientific": numbers.scientific,
    "setting": numbers.setting,
    "signed": numbers.signed,
    "signed_estimate": numbers.signed_estimate,
    "three_digits": numbers.three_digits,
    "typeset_numbers": numbers.typeset_numbers,
    "words": numbers.number_word,
    "cnn_conclusion": wording.cnn_conclusion,
    "extremes_told": observations.extremes_told,
    "maps_judged": observations.maps_judged,
    "models_attacked": observations.models_attacked,
    "rounds_told": observations.rounds_told,
    "trends": observations.trends,
}
# Functions of the values; templates call them without naming the values.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "against_regression": floors.against_regression,
    "agreement": observations.agreement,
    "all_run": comparisons.all_run,
    "counterparts": comparisons.counterparts,
    "best_seed": comparisons.best_seed,
    "by_seeds": comparisons.by_seeds,
    "clear_best": comparisons.clear_best,
    "compared": comparisons.compared,
    "cross_dataset_of": comparisons.cross_dataset_of,
    "differing": wording.differing,
    "effect_of": wording.effect_of,
    "gain_conclusion": wording.gain_conclusion,
    "hindrances": peers.hindrances,
    "how_many_compare": peers.how_many_compare,
    "measured": comparisons.measured,
    "most_seeds": comparisons.most_seeds,
    "published_blocks": peers.published_blocks,
    "quoted_apart": peers.quoted_apart,
    "ran": comparisons.ran,
    "rebuilt": comparisons.rebuilt,
    "shown": shown,
    "steps_run": wording.steps_run,
    "those_run": comparisons.those_run,
    "without_scale": observations.without_scale,
}
# Functions of what they are given only.
HELPERS: dict[str, Callable[..., Any]] = {
    "all_measures": all_measures,
    "coverage_verdict": observations.coverage_verdict,
    "hardest_images": hardest_images,
    "half_width": expected_half_width,
    "larger_or_smaller": observations.larger_or_smaller,
    "least_correlation": least_correlation,
    "measures_of": measures_of,
    "shares_letter": observations.shares_letter,
}
# What goes wrong in a template: values that are missing or of another kind, wrong arguments.
MISTAKES = (
    *(InputError, TemplateError, LookupError, TypeError),
    *(ValueError, ArithmeticError, AttributeError),
)
# What a verdict takes, and an interval for a single image.
THRESHOLDS: dict[str, float] = {
    "least_apart": peers.LEAST_APART,
    "least_seeds": verdicts.LEAST_SEEDS,
    "least_contents": verdicts.LEAST_CONTENTS,
    "least_images": least_images(),
}


class CompiledOnce(BytecodeCache):
    """Compiled templates of this process: all of a paper import the same macros."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill in the code of a template, if this very text of it was compiled before."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template."""
        self._codes[bucket.key, bucket.checksum] = bucket.code


COMPILED = CompiledOnce()


def environment(*folders: Path) -> Environment:
    """Create the environment; templates are looked up in `folders`, in this order.

    In its sandbox they reach what they are given, and nothing of Python behind it.
    """
    result = SandboxedEnvironment(
        loader=FileSystemLoader([str(folder) for folder in folders]),
        block_start_string=r"\BLOCK{",
        block_end_string="}",
        variable_start_string=r"\VAR{",
        variable_end_string="}",
        comment_start_string=r"\COMMENT{",
        comment_end_string="}",
        line_statement_prefix="%%",
        line_comment_prefix="%#",
        keep_trailing_newline=True,
        undefined=Missing,
        autoescape=True,
        finalize=printable,
        bytecode_cache=COMPILED,
    )
    result.filters.update(FILTERS)
    result.globals.update(HELPERS)
    result.globals.update(THRESHOLDS)
    return result


def printable(value: Any) -> Any:
    """Turn what a template prints into LaTeX: text is escaped, LaTeX stays.

    Raises:
        InputError: a number that went through no filter, or anything else that is not text.
    """
    if isinstance(value, Undefined):
        return str(value)  # raises, and names the value
    if isinstance(value, str):
        return escape(value)
    raise InputError(f"{value!r} is printed without a filter that says how")


def render(
    template: Path,
    values: Mapping[str, Any],
    output: Path,
    functions: Mapping[str, Callable[..., Any]] | None = None,
) -> None:
    """Render `template` with `values` and write it to `output`, whole or not at all.

    Raises:
        InputError: as `rendered`.
    """
    origin = f"% generated by smartiqa render from {template.name}: edit that file\n"
    text = origin + rendered(template, values, functions)
    with replace_atomically(output) as temporary:
        temporary.write_text(text, encoding="utf-8")


def rendered(
    template: Path,
    values: Mapping[str, Any],
    functions: Mapping[str, Callable[..., Any]] | None = None,
) -> str:
    """Return `template` with `values` filled in.

    Args:
        template: may import others from its own folder and the one above.
        values: what the template can print; a `Branch` notes what of it was used.
        functions: what the template can call beside the functions of the values.

    Raises:
        InputError: the template is missing or broken, uses a value that is missing or NaN, or
            calls something with what it does not take; the message names template, line and key.
    """
    if not template.is_file():
        raise InputError(f"{template}: there is no such template")
    tex = environment(template.parent, template.parent.parent)
    try:
        branch = values if isinstance(values, Branch) else Branch(values)
        for name, function in FUNCTIONS.items():
            tex.globals[name] = functools.partial(function, branch)
        tex.globals.update(functions or {})
        return tex.get_template(template.name).render(branch)
    except MISTAKES as error:
        raise InputError(_explained(error, template)) from error


def parsed(template: Path) -> nodes.Template:
    """Return the syntax tree of a template.

    Raises:
        InputError: it is not a template.
    """
    try:
        return environment().parse(template.read_text(encoding="utf-8"), filename=str(template))
    except MISTAKES as error:
        raise InputError(_explained(error, template)) from error


def template_closure(template: Path) -> tuple[Path, ...]:
    """All template files that `template` is made of, itself first.

    Raises:
        InputError: one of them is no template, or imports one that does not exist.
    """
    folders = (template.parent, template.parent.parent)
    found = [template]
    for path in found:
        for name in meta.find_referenced_templates(parsed(path)):
            candidates = [folder / str(name) for folder in folders]
            existing = next((c for c in candidates if c.is_file()), None)
            if existing is None:
                raise InputError(f"{path} imports {name}, which does not exist")
            if existing not in found:
                found.append(existing)
    return tuple(found)


def _explained(error: Exception, template: Path) -> str:
    """Say in one line where in which template `error` happened."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.endswith(".j2")]
    place = f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else str(template)
    match error:
        case TemplateSyntaxError():
            place, problem = f"{error.filename}, line {error.lineno}", str(error.message)
        case TemplateNotFound():
            problem = f"imports {error.name}, which does not exist"
        case UndefinedError():
            problem = f"the value {error.message} is missing"
        case KeyError():
            problem = f"the value {error.args[0]} is missing"
        case _:
            problem = str(error)
    return f"{place}: {' '.join(problem.split())}"
