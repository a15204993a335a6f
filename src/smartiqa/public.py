"""What `import smartiqa` offers beside models that score photos: what there is, and results."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from smartiqa.data.adapters import DatasetFacts, adapter_names, load_adapter

if TYPE_CHECKING:
    from smartiqa.config.study import BackboneRole
    from smartiqa.evaluation.pairs import PairComparison
    from smartiqa.results.paper_results import PaperResults

CLONE = Path(__file__).parents[2]
INSTALLED = Path(sys.prefix, "share", "smartiqa", "studies")  # where there is no clone


def list_datasets() -> dict[str, DatasetFacts]:
    """Return what is known of each dataset that a study can use, by the name of its adapter.

    >>> import smartiqa
    >>> smartiqa.list_datasets()["koniq10k"].title
    'KonIQ-10k'
    """
    return {name: load_adapter(name).FACTS for name in adapter_names()}


def list_backbones(study: str = "koniq") -> dict[str, BackboneRole]:
    """Return the backbones of a study by their role: the timm model, its options and weights.

    A study may use any timm model of stages, and any plain vision transformer;
    docs/reference/backbones.md lists the families. The studies are those of the clone that the
    package is in, or else those that were installed with it.

    >>> import smartiqa
    >>> smartiqa.list_backbones("koniq")["cnn"].name
    'resnet50'

    Raises:
        InputError: there is no such study, or its file is wrong.
    """
    from smartiqa.config.files import CONFIG, study_file
    from smartiqa.config.study import load_study

    clone = CLONE / CONFIG
    return load_study(study_file(study, clone if clone.is_dir() else INSTALLED)).backbones


def read_results(folder: str | Path) -> PaperResults:
    """Read every number that the paper of a finished study may use, from its `paper.json`.

    >>> import smartiqa
    >>> results = smartiqa.read_results("results/demo")
    >>> sorted(results.experiments["C3"].results)
    ['mixed', 'synthetic']

    Args:
        folder: `results/<study>`.

    Raises:
        InputError: the study is not finished, or the file is damaged.
    """
    from smartiqa.results.paper_results import read_paper_results

    return read_paper_results(Path(folder))


def compare(
    first: str, second: str, study: str | Path = "demo", dataset: str | None = None
) -> PairComparison:
    """Compare two experiments of a study whose runs are measured, as `smartiqa compare` does.

    The `difference` of what is returned is second less first in SRCC, with `low`, `high`,
    `p_value` and `verdict`; `print` says what intervals cover, and what lacks for a verdict.

    Args:
        first: an experiment of the catalogue.
        second: another one.
        study: its name or file; results are looked for below the folder in which this is called.
        dataset: whose test images; None takes the dataset that is trained on.

    Raises:
        InputError: the study does not run one of them or test both on the dataset, a run is not
            finished, not measured or one of other settings, or they met different images.
    """
    from smartiqa.evaluation.pairs import compare_pair
    from smartiqa.results.study_results import Results

    return compare_pair(Results.of(study), first, second, dataset)
