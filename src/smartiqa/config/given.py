"""What a person asks Snakemake for: options of `--config`, and targets."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, Protocol

from smartiqa.core.errors import InputError
from smartiqa.core.strict import nearest_name, unknown_name

OPTIONS = ("study", "shared", "measured")  # of --config
WILDCARD = re.compile(r"\{(\w+)(?:,[^{}]*)?\}")


class Pattern(Protocol):
    """An output of a rule, as Snakemake has it; its text has wildcards in braces."""

    def match(self, target: str) -> Any:
        """Return the match of a path, with the values of the wildcards, or None."""
        ...


def options_given(
    config: Mapping[str, Any], arguments: Iterable[str] | None, files: Sequence[Path]
) -> dict[str, str]:
    """Return the options of `--config` as they were written: `2024_10` is no number.

    Args:
        config: as Snakemake has read it.
        arguments: the command line's, `key=value`.
        files: those of `--configfile`.

    Raises:
        InputError: there is no such option, or a file of them is given.
    """
    if files:
        raise InputError(
            f"--configfile {files[0]}: a study is chosen by its name; put its file into "
            "workflow/config and give --config study=NAME"
        )
    written = dict(argument.split("=", 1) for argument in arguments or () if "=" in argument)
    for option in config:
        if option not in OPTIONS:
            raise InputError(f"--config: {unknown_name('key', option, OPTIONS)}")
    return {option: str(written.get(option, value)) for option, value in config.items()}


def check_given_once(words: Sequence[str]) -> None:
    """Check that a command line has `--config` once: of two, Snakemake reads the last one only.

    Raises:
        InputError: it is there again.
    """
    given = [word for word in words if re.match(r"(--config|-C)(=|$)", word)]
    if len(given) > 1:
        raise InputError("--config is there twice, and only the last one counts; join them")


def check_targets(
    targets: Iterable[str],
    rules: Collection[str],
    outputs: Sequence[Pattern],
    names: Mapping[str, Collection[str]],
) -> None:
    """Check that rules make what is asked for.

    Args:
        targets: rules or files.
        rules: their names.
        outputs: of all rules.
        names: what wildcards may stand for; others may stand for anything.

    Raises:
        InputError: nothing makes a target; the message has the nearest that there is.
    """
    for target in targets:
        if target in rules or Path(target).exists() or _is_made(target, outputs, names):
            continue
        known = [*rules, *(path for output in outputs for path in _paths(output, names))]
        nearest = nearest_name(target, known)
        hint = f"did you mean '{nearest}'?" if nearest else "snakemake --list has the rules"
        raise InputError(f"no rule makes the target '{target}' ({hint})")


def _is_made(target: str, outputs: Sequence[Pattern], names: Mapping[str, Collection[str]]) -> bool:
    """Whether the target is an output whose wildcards stand for what there is."""
    found = [match.groupdict() for output in outputs if (match := output.match(target))]
    return any(
        all(value in names.get(wildcard, (value,)) for wildcard, value in values.items())
        for values in found
    )


def _paths(output: Pattern, names: Mapping[str, Collection[str]]) -> list[str]:
    """The paths that an output may have; none if a wildcard may stand for anything."""
    wildcards = sorted(set(WILDCARD.findall(str(output))))
    if not set(wildcards) <= names.keys():
        return []
    choices = product(*(names[wildcard] for wildcard in wildcards))
    paths = [_filled(str(output), dict(zip(wildcards, chosen, strict=True))) for chosen in choices]
    return [path for path in paths if output.match(path)]


def _filled(pattern: str, values: Mapping[str, str]) -> str:
    return WILDCARD.sub(lambda found: values[found[1]], pattern)
