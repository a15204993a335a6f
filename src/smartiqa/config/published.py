"""Reading the numbers of the published paper, which templates, claims and estimates quote.

What others published is in tables of a fixed form, each with its source and protocol: the paper
says of every one whether it can be compared with what a study measures, by these fields alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from smartiqa.config.names import Name
from smartiqa.core.strict import Count, Number, Strict, Text, validated
from smartiqa.core.yaml_files import read_yaml

# What code reads of them; what templates read, `smartiqa check-templates` looks for.
KEYS = (
    "models",
    "recipes.smart.epochs",
    "recipes.hyperiqa.epochs",
    "training_time.paper",
    "protocol.official_split.train_images",
    "hardware.hyperparameter_table",
    "literature.koniq10k_official",
)
Correlation = Annotated[Number, Field(ge=-1, le=1)]


class PublishedCorrelations(Strict):
    """SRCC and PLCC on one dataset, as printed."""

    srcc: Correlation
    plcc: Correlation


class Source(Strict):
    """Where a table stands, and in what its values were read: there, or in a survey's copy.

    `cite` is its key in `references.bib`, if it has one.
    """

    paper: Text
    year: Annotated[int, Field(ge=2000, le=2100)]
    table: Text
    address: Annotated[str, Field(pattern=r"^https://\S+$")]
    read: Literal["source", "survey"]
    cite: str | None = None


class Protocol(Strict):
    """How all rows of a table were trained and tested; what is None was not stated.

    Attributes:
        trained_on: datasets whose opinions were used, by adapter; `each` stands for one model for
            each dataset, trained and tested on its own images.
        test: which images of KonIQ-10k were tested.
        test_images: how many of them.
        splits: how many splits the values are an average of.
        ratio: of training to test images.
        reported: what of several splits or seeds.
        selection: the images on which the epoch was chosen; `none` if it is the last one.
        resize: what images were resized to.
        crops: what of an image is read.
        extra: data for training beside opinions.
    """

    trained_on: tuple[Name, ...] | Literal["each"]
    test: Literal["official", "list of Q-Align", "random"] | None = None
    test_images: Count | None = None
    splits: Count | None = None
    ratio: Text | None = None
    reported: Text | None = None
    selection: Literal["validation", "test", "none"] | None = None
    resize: Text | None = None
    crops: Text | None = None
    extra: Text | None = None


class Method(Strict):
    """One row: a method, and what it reached on datasets, by adapter."""

    label: Text
    backbone: Text | None = None
    results: Annotated[dict[Name, PublishedCorrelations], Field(min_length=1)]


class PublishedTable(Strict):
    """A table of methods that were trained and tested alike."""

    source: Source
    protocol: Protocol
    rows: Annotated[dict[Name, Method], Field(min_length=1)]


class Literature(BaseModel):
    """What others published; the keys beside `tables` are free."""

    model_config = ConfigDict(frozen=True, extra="allow")

    tables: dict[Name, PublishedTable]


class Published(BaseModel):
    """The content of `published.yaml`: numbers as they were printed, in any form but for tables."""

    model_config = ConfigDict(frozen=True, extra="allow")

    literature: Literature


def read_published(path: Path) -> dict[str, Any]:
    """Read the numbers of the published paper.

    Raises:
        InputError: the file is missing, is something else, lacks a key, or has a table of methods
            without source, protocol or values.
    """
    content = read_yaml(path, KEYS)
    validated(Published, content, str(path))
    return content
