"""Validated settings: what every model of settings has in common, and the types of its fields."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from smartiqa.core.errors import InputError, first_named

MOST_NAMED = 5  # wrong keys in one message
SHORT = 4  # letters of a name that tell what was meant
Config = TypeVar("Config", bound=BaseModel)
Value = TypeVar("Value")


def _no_truth_value(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError(f"give a number, not {str(value).lower()}")
    return value


def _of_this_person(path: Path) -> Path:
    """A path as a program needs it, `~` being the home folder."""
    _writable(str(path))
    if "{" in str(path) or "}" in str(path):
        raise ValueError(f"'{path}' has braces, which Snakemake reads as wildcards; rename it")
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ValueError(f"'{path}' begins with the home folder of nobody; write it out") from error


def _writable(text: str) -> str:
    """What can stand in a file name, a page and a terminal: no NUL, no escape sequences."""
    control = [letter for letter in text if unicodedata.category(letter) == "Cc"]
    if unfit := sorted({*control} - {"\t", "\n"}):
        raise ValueError(f"the control character {unfit[0]!r} is in it; take it out")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("this is empty; write something")
    return text


# Python takes true for 1, and pydantic "no" for false and 3.0 for 3. Whoever writes that in a study
# means something else, so models use these types in place of bool, int and float.
Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True, gt=0, lt=2**31)]
WholeNumber = Annotated[int, Field(strict=True, ge=0, lt=2**32)]  # seeds among them
Number = Annotated[float, BeforeValidator(_no_truth_value)]
Positive = Annotated[Number, Field(gt=0)]
NonNegative = Annotated[Number, Field(ge=0)]
Rate = Annotated[Number, Field(ge=0, lt=1)]
Share = Annotated[Number, Field(ge=0, le=1)]
PositiveShare = Annotated[Number, Field(gt=0, le=1)]
Prose = Annotated[str, AfterValidator(_writable)]
Text = Annotated[Prose, AfterValidator(_not_blank)]
Location = Annotated[Path, AfterValidator(_of_this_person)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Strict(BaseModel):
    """A frozen model that names an unknown key together with the nearest valid one."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _name_unknown_keys(cls, values: Any) -> Any:
        if isinstance(values, Mapping):
            for key in values:
                if key not in cls.model_fields:
                    raise ValueError(unknown_name("key", str(key), list(cls.model_fields)))
        return values


def unknown_name(what: str, name: str, valid: Sequence[str]) -> str:
    """Say that `name` is not a valid `what`, with the nearest valid name if there is one."""
    valid_names = ", ".join(sorted(valid)) or "none"
    nearest = nearest_name(name, valid)
    hint = f"did you mean '{nearest}'?" if nearest else f"valid: {valid_names}"
    return f"unknown {what} '{name}' ({hint})"


def nearest_name(name: str, valid: Iterable[str]) -> str | None:
    """Return the name that somebody has mistyped, if it is one; capitals make no difference.

    Two of three letters must be right, or half of as many letters that begin alike. Fewer than four
    letters tell little: two of three must be right, and the first one is.
    """
    name, known = name.lower(), {each.lower(): each for each in valid}
    alike = [each for each in known if each[:1] == name[:1]]
    if len(name) < SHORT:
        found = difflib.get_close_matches(name, alike, n=1, cutoff=0.65)
    else:
        as_long = [each for each in alike if len(each) == len(name)]
        found = difflib.get_close_matches(name, known, n=1, cutoff=0.65)
        found = found or difflib.get_close_matches(name, as_long, n=1, cutoff=0.5)
    return known[found[0]] if found else None


class Known(dict[str, Value]):
    """What is known by name; to look up another name is an error that says which are valid."""

    def __init__(self, what: str, known: Mapping[str, Value]) -> None:
        super().__init__(known)
        self.what = what

    def __missing__(self, name: str) -> Value:
        raise InputError(unknown_name(self.what, name, list(self)))


def validated(kind: type[Config], content: Any, where: str) -> Config:
    """Validate `content`; `where` (a file or an experiment) begins the message.

    Raises:
        InputError: naming the keys that are wrong, the first ones if they are many.
    """
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        problems = [
            _told(
                _key(found["loc"], content, is_missing=found["type"] == "missing"),
                *(found["type"], found["msg"], found["input"]),
            )
            for found in map(_of_the_tag, error.errors())
        ]
        raise InputError(f"{where}: {first_named(problems, MOST_NAMED, '; ')}") from error


def _of_the_tag(found: Any) -> Any:
    """Return a problem as it is, or that of the key which chooses a kind of settings as its own."""
    if found["type"] not in ("union_tag_invalid", "union_tag_not_found"):
        return found
    key = found["ctx"]["discriminator"].strip("'")
    place = (*found["loc"], key)
    if found["type"] == "union_tag_not_found":
        return {**found, "type": "missing", "loc": place}
    valid = " or ".join(found["ctx"]["expected_tags"].rsplit(", ", 1))
    message = f"Input should be {valid}"
    given = found["input"][key]
    return {**found, "type": "literal_error", "loc": place, "msg": message, "input": given}


def _key(place: Sequence[int | str], content: Any, *, is_missing: bool) -> str:
    """Say where a problem is in keys of the content; pydantic also names the kinds of a union."""
    keys = []
    for depth, part in enumerate(place, start=1):
        if isinstance(content, list | tuple):
            there = isinstance(part, int) and part < len(content)
        else:
            there = isinstance(content, Mapping) and part in content
        if there:
            content = content[part]
        elif not is_missing or depth < len(place):
            continue
        keys.append(str(part))
    return ".".join(keys)


def _told(key: str, kind: str, message: str, given: Any) -> str:
    """One problem in a line: the key, what is wrong with it, and what pydantic was given."""
    if kind == "missing":
        return f"{key}: missing; add it"
    if kind in ("dict_type", "model_type"):
        return f"{key or 'top level'}: keys with values are needed, not {given!r}"
    message = message.removeprefix("Value error, ").replace("valid tuple", "list")
    said = f"{key}: {message}" if key else message
    if kind == "literal_error":
        nearest = nearest_name(str(given), re.findall("'(.*?)'", message))
        return f"{said}, not {given!r}" + (f"; did you mean '{nearest}'?" if nearest else "")
    if kind == "string_type" and isinstance(given, int | float):
        return f"{key}: {given} is a number, and text is needed; put it in quotes"
    telling = kind == "value_error" or isinstance(given, dict | list)
    return said if telling else f"{said}, not {given!r}"


def not_empty(names: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return `names`; a validator that refuses an empty list."""
    if not names:
        raise ValueError("this is empty; name at least one")
    return names


def all_different(names: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return `names`; a validator that refuses one that is there twice."""
    for place, name in enumerate(names):
        if name in names[:place]:
            raise ValueError(f"{name} is there twice; name it once")
    return names


def refuse_unused(settings: BaseModel, keys: Sequence[str], user: str, remedy: str) -> None:
    """Refuse a key that changes nothing, because `user` does not read it."""
    for key in keys:
        if getattr(settings, key) != type(settings).model_fields[key].default:
            raise ValueError(f"{user} does not use {key}: remove {key}, or set {remedy}")
