"""The names and the lists of names that studies and the catalogue are written with."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from smartiqa.config.roles import KEYWORDS
from smartiqa.core.strict import Location, all_different, not_empty

CROPS = "_crops"  # ends the names of files that hold crops of a dataset, beside those of its images

LONGEST = 64  # characters: names become parts of file names, which have at most 255 bytes
NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{,{LONGEST - 1}}}")


def fit_for_a_name(name: str) -> str:
    """Return a name that may become a folder, a wildcard and a part of a command.

    Raises:
        ValueError: it has other characters; the message offers a name without them.
    """
    if not NAME.fullmatch(name):
        nearest = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("._-")[:LONGEST]
        hint = f"; '{nearest}' would do" if nearest else ""
        raise ValueError(
            f"'{name}' is no name: take up to {LONGEST} letters (a to z), digits, '.', '_' and "
            f"'-', a letter or digit first{hint}"
        )
    return name


def _fit_for_an_experiment(name: str) -> str:
    if name in KEYWORDS:
        raise ValueError(f"'{name}' is a role; give the experiment another name")
    return fit_for_a_name(name)


def _fit_for_a_dataset(name: str) -> str:
    if name.endswith(CROPS):
        raise ValueError(f"'{name}' would name the crops of a dataset; let it not end in {CROPS}")
    return fit_for_a_name(name)


def _below_a_folder(root: Path) -> Path:
    if Path.cwd().is_relative_to(os.path.abspath(root)):
        raise ValueError(f"'{root}' holds more than a dataset; name the dataset's own folder")
    return root


def _all_or_some(experiments: Any) -> Any:
    if isinstance(experiments, str) and experiments != "all":
        raise ValueError(f"write all, or a list of experiments, not '{experiments}'")
    return experiments


Name = Annotated[str, AfterValidator(fit_for_a_name)]
DatasetName = Annotated[str, AfterValidator(_fit_for_a_dataset)]
ExperimentId = Annotated[str, AfterValidator(_fit_for_an_experiment)]
Root = Annotated[Location, AfterValidator(_below_a_folder)]
# A training makes seeds of its own from it, one for each epoch, and PyTorch takes 64 bits.
Seed = Annotated[int, Field(strict=True, ge=0, lt=2**32)]
Seeds = Annotated[tuple[Seed, ...], AfterValidator(not_empty), AfterValidator(all_different)]
Names = Annotated[tuple[str, ...], AfterValidator(all_different)]
# Which of the two a person meant is known before either is tried, so that one problem is told.
AllOrSome = Annotated[
    Annotated[Names, AfterValidator(not_empty), Tag("list")]
    | Annotated[Literal["all"], Tag("all")],
    Discriminator(lambda given: "all" if given == "all" else "list"),
    BeforeValidator(_all_or_some),
]
