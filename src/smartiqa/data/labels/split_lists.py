"""Splits that others published as lists of file names.

The published SMART-IQA runs used Q-Align's lists (KonIQ 7,046 / 2,010; subsets of SPAQ and KADID).
The options of adapters that know such lists are `SplitLists`. Read are JSON (an array of names, or
of objects with the key `image`) and plain text or CSV (the name comes first on each line). Folders
in names are ignored.
"""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from smartiqa.core.errors import InputError
from smartiqa.core.files import parsed
from smartiqa.core.strict import Strict, Text

if TYPE_CHECKING:
    import pandas as pd


class SplitLists(Strict):
    """Lists of the images of each split, paths relative to the dataset's folder."""

    train_list: Text | None = None
    validation_list: Text | None = None
    test_list: Text | None = None

    def lists(self) -> dict[str, str]:
        """The lists that are given, by their split."""
        named = {"train": self.train_list, "validation": self.validation_list}
        named |= {"test": self.test_list}
        return {split: name for split, name in named.items() if name is not None}


def apply_split_lists(labels: pd.DataFrame, root: Path, options: SplitLists) -> pd.DataFrame:
    """Return `labels` with the split that the lists among `options` give.

    Without lists nothing changes. With lists, an image in none of them is left out, except that a
    validation image of the dataset's own split stays one if there is no `validation_list`.

    Raises:
        InputError: a list is missing or unreadable, names an unknown image, or two lists share one.
    """
    import pandas as pd

    lists = {split: root / name for split, name in options.lists().items()}
    if not lists:
        return labels
    names = labels["id"].map(lambda name: PurePosixPath(name).name)
    keeps = (labels["split"] == "validation") & ("validation" not in lists)
    splits = pd.Series("", index=labels.index).mask(keeps, "validation")
    for split, path in lists.items():
        listed = set(_read_names(path))
        unknown = sorted(listed - set(names))
        if unknown:
            raise InputError(f"{path} names '{unknown[0]}', which the dataset does not have")
        chosen = names.isin(listed)
        shared = names[chosen & (splits != "")]
        if len(shared):
            raise InputError(f"{path}: '{shared.iloc[0]}' is in another split as well")
        splits[chosen] = split
    return labels.assign(split=splits)


def _read_names(path: Path) -> list[str]:
    if not path.is_file():
        raise InputError(f"the split list {path} does not exist; put it there")
    text = parsed(path, "text", lambda file: file.read_text(encoding="utf-8-sig"))
    if path.suffix.lower() != ".json":
        lines = [line.split(",")[0].strip() for line in text.splitlines()]
        return [PurePosixPath(line).name for line in lines if line]
    try:
        entries = json.loads(text)
        images = [entry["image"] if isinstance(entry, dict) else entry for entry in entries]
        return [PurePosixPath(image).name for image in images]
    except (ValueError, KeyError, TypeError) as problem:
        raise InputError(
            f"{path} is not a JSON array of names or of objects with the key 'image' ({problem!r})"
        ) from problem
