"""The table of near-duplicates that the stage prepare leaves: reading and counting it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from smartiqa.core.tables import Columns, read_csv

PAIRS_FILE = "near_duplicates.csv"  # in the folder of checks
PAIR_COLUMNS = ["id", "split", "other_id", "other_split", "other_dataset", "bits"]
KINDS: Columns = {**dict.fromkeys(PAIR_COLUMNS[:-1], "text"), "bits": "number"}
HERE, IN_TRAINING = "this", "the one trained on"  # the dataset of the other image


def read_pairs(path: Path) -> pd.DataFrame:
    """Read a table of pairs, columns `PAIR_COLUMNS`; ids are text.

    Raises:
        InputError: there is no such file.
    """
    return read_csv(path, KINDS, "prepare").astype({"bits": "int64"})


def near_training(path: Path, *, learnt: bool) -> set[str]:
    """Return the ids of test images that look like one that is trained on or chosen with.

    Args:
        path: the table of the dataset that is tested.
        learnt: whether its own images are trained on or chosen with; if not, only those of the
            dataset that the study trains on count.
    """
    pairs = read_pairs(path)
    seen = (pairs["other_split"] != "test") & (learnt | (pairs["other_dataset"] == IN_TRAINING))
    return set(pairs["id"][(pairs["split"] == "test") & seen])


def counted_pairs(path: Path, *, learnt: bool) -> dict[str, Any]:
    """Count the pairs within the dataset, and the test images that look like one in training.

    Args:
        path: the table of the dataset.
        learnt: as that of `near_training`.
    """
    pairs = read_pairs(path)
    within = pairs[pairs["other_dataset"] == HERE]
    across = within["split"] != within["other_split"]
    return {
        "pairs": len(within),
        "pairs_across_splits": int(across.sum()),
        "test_images": len(near_training(path, learnt=learnt)),
    }
