"""Turn a raw dataset into its manifest: one row an image, one table for all datasets.

Every image is decoded once on the way; all problems are listed together in `checks/` beside the
manifest; a study's `problems` says whether they stop it (`strict`) or leave images out (`skip`).
Images that the study trains on must not be tested: `--training` names what they are compared with.
Splits must be large enough for what `needs` says is done with them. `source.json`, beside the
manifest too, says in which state the folder was.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from smartiqa.config.splits import Split
from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_together
from smartiqa.core.json_files import json_text
from smartiqa.core.strict import validated
from smartiqa.data.adapters import DatasetFacts, facts_of, load_adapter, typed_options
from smartiqa.data.checks.dataset import check_dataset, checked_manifest
from smartiqa.data.checks.overlap import checks_of, read_images
from smartiqa.data.fetch.checksums import require_listed
from smartiqa.data.fetch.source_state import STATE, files_in, state_of
from smartiqa.data.manifest import require_columns, write_manifest
from smartiqa.data.needs import Needs, require_classes, require_enough
from smartiqa.data.splits import assign_splits

if TYPE_CHECKING:
    import pandas as pd


class Labelled(NamedTuple):
    """A dataset as its label file tells it, before any image is looked at.

    Attributes:
        labels: as the adapter read them, columns `smartiqa.data.adapters.LABEL_COLUMNS`.
        splits: the split of each row; series of photos that look alike are not known yet.
        facts: the dataset's facts under the study's options.
        plan: how it is split.
        needs: what is done with it.
        name: how messages call it.
    """

    labels: pd.DataFrame
    splits: pd.Series[str]
    facts: DatasetFacts
    plan: Split
    needs: Needs
    name: str


def read_labelled(
    adapter: str,
    root: Path,
    options: dict[str, Any],
    split: dict[str, Any],
    needs: dict[str, Any] | None = None,
) -> Labelled:
    """Read the labels of the dataset below `root` with its adapter, and split them.

    Raises:
        InputError: unknown adapter, option or split, or labels that cannot be used.
    """
    module = load_adapter(adapter)
    settings = typed_options(module, options, root, "options")
    labels, facts = module.read_labels(root, settings), facts_of(module, settings)
    plan = validated(Split, split, "split")
    require_columns(labels, facts)
    splits = assign_splits(labels, plan)
    name = f"{facts.title} ({labels.attrs['source']})"
    return Labelled(labels, splits, facts, plan, validated(Needs, needs or {}, "needs"), name)


def prepare(
    adapter: str,
    root: Path,
    options: dict[str, Any],
    split: dict[str, Any],
    problems: Literal["strict", "skip"],
    workers: int,
    output: Path,
    training: Path | None = None,
    needs: dict[str, Any] | None = None,
) -> None:
    """Read the labels of the dataset below `root` with its adapter and write the manifest.

    Raises:
        InputError: unknown adapter, option or split, a split that is too small, or (`strict`)
            labels or files that cannot be used, all named at once.
    """
    learnt = None if training is None else read_images(training)
    files = files_in(root)
    try:
        labels, splits, facts, plan, wanted, name = read_labelled(
            adapter, root, options, split, needs
        )
    except InputError:
        require_listed(root, {})  # a damaged file of ours is made anew, not mended by hand
        raise
    labelled = labels.assign(split=splits)
    require_enough(labelled, wanted, plan, name)
    require_classes(labelled, wanted, facts, name)
    report = check_dataset(
        labels, root, facts, plan, training=learnt, crop=wanted.crop, digests=files, workers=workers
    )
    folder = checks_of(output)
    manifest = checked_manifest(report, labels, facts, plan, problems=problems, folder=folder)
    require_enough(manifest, wanted, plan, name)  # once more, without what was left out
    require_classes(manifest, wanted, facts, name)
    with replace_together(output.with_name(STATE), output) as (beside, temporary):
        beside.write_text(json_text(state_of(files, labels)), encoding="utf-8")
        write_manifest(temporary, manifest)
