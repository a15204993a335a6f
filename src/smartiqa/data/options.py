"""The options that a study gives its datasets, checked while the workflow is parsed."""

from __future__ import annotations

from smartiqa.data.adapters import load_adapter, typed_options
from smartiqa.data.split_lists import SplitLists
from smartiqa.errors import InputError
from smartiqa.studies import Study


def check_options(study: Study) -> None:
    """Check every dataset's adapter and its options.

    Raises:
        InputError: there is no such adapter, an option is not what it must be, or lists give a
            dataset a split that its kind of split would ignore.
    """
    for name, dataset in study.datasets.items():
        where = f"study {study.name}: datasets.{name}"
        try:
            adapter = load_adapter(dataset.adapter)
        except InputError as error:
            raise InputError(f"{where}.adapter: {error}") from error
        options = typed_options(adapter, dataset.options, dataset.root, f"{where}.options")
        if not isinstance(options, SplitLists) or dataset.split.redraw:
            continue
        if options.lists() and dataset.split.kind != "official":
            raise InputError(
                f"{where}: its options list the images of a split, which the split's kind "
                f"{dataset.split.kind} would ignore; set the kind to official or remove the lists"
            )
