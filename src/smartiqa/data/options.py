"""The options that a study gives its datasets: checked, and what is known of these under them."""

from __future__ import annotations

import os

from smartiqa.config.study import Dataset, Study
from smartiqa.core.errors import InputError
from smartiqa.core.strict import Strict
from smartiqa.data.adapters import Adapter, DatasetFacts, facts_of, load_adapter, typed_options
from smartiqa.data.labels.split_lists import SplitLists

# Options that say how scores are meant and how tables call them, but not which images are read.
MEANING = {"title", "score_name", "low", "high", "higher_is_better"}


def check_options(study: Study) -> None:
    """Check every dataset's adapter and its options, while the workflow is parsed.

    Raises:
        InputError: there is no such adapter, an option is not what it must be, lists give a
            dataset a split that its kind of split would ignore, or two datasets are the same data.
    """
    read: dict[str, str] = {}
    for name, dataset in study.datasets.items():
        where = f"study {study.name}: datasets.{name}"
        try:
            adapter = load_adapter(dataset.adapter)
        except InputError as error:
            raise InputError(f"{where}.adapter: {error}") from error
        options = typed_options(adapter, dataset.options, dataset.root, f"{where}.options")
        data = f"{dataset.adapter} {os.path.realpath(dataset.root)} {_what_is_read(options)}"
        if (other := read.setdefault(data, name)) != name:
            raise InputError(
                f"{where} reads the images and labels of datasets.{other}, under other names or "
                "another scale; remove one"
            )
        if not isinstance(options, SplitLists) or dataset.split.redraw:
            continue
        if options.lists() and dataset.split.kind != "official":
            raise InputError(
                f"{where}: its options list the images of a split, which the split's kind "
                f"{dataset.split.kind} would ignore; set the kind to official or remove the lists"
            )


def adapter_of(dataset: Dataset) -> tuple[Adapter, Strict]:
    """Return the adapter of a study's dataset, and the options that it is given."""
    adapter = load_adapter(dataset.adapter)
    return adapter, typed_options(adapter, dataset.options, dataset.root, "options")


def facts_of_dataset(dataset: Dataset) -> DatasetFacts:
    """Return what is known of a study's dataset before it is there."""
    return facts_of(*adapter_of(dataset))


def _what_is_read(options: Strict) -> list[tuple[str, str]]:
    """The options that say which images and labels are read, paths in their shortest form."""
    given = options.model_dump(mode="json", exclude=MEANING)
    return [(key, os.path.normpath(str(value))) for key, value in sorted(given.items())]
