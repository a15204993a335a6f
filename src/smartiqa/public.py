"""What `import smartiqa` offers beside models that score photos: what there is, and results.

A study is given by its name, by its YAML file or by the folder of its results. A file or a folder
in a clone of the repository means that clone. A name is looked for in the present folder, and if
that is no clone, in the one that the package is in.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from smartiqa.config.files import CATALOGUE, CONFIG, study_file
from smartiqa.data.adapters import DatasetFacts, adapter_names, load_adapter

if TYPE_CHECKING:
    from smartiqa.config.study import BackboneRole
    from smartiqa.evaluation.pairs import PairComparison
    from smartiqa.results.paper_results import PaperResults

CLONE = Path(__file__).parents[2]
INSTALLED = Path(sys.prefix, "share", "smartiqa", "studies")  # where there is no clone
RESULTS = ("paper.json", "runs")  # one of which tells a folder of results


def list_datasets() -> dict[str, DatasetFacts]:
    """Return what is known of each dataset that a study can use, by the name of its adapter.

    >>> import smartiqa
    >>> smartiqa.list_datasets()["koniq10k"].title
    'KonIQ-10k'
    """
    return {name: load_adapter(name).FACTS for name in adapter_names()}


def list_backbones(study: str | Path = "koniq") -> dict[str, BackboneRole]:
    """Return the backbones of a study by their role: the timm model, its options and weights.

    A study may use any timm model of stages, and any plain vision transformer;
    docs/reference/backbones.md lists the families. Without a clone the studies are those that were
    installed with the package.

    >>> import smartiqa
    >>> smartiqa.list_backbones("koniq")["cnn"].name
    'resnet50'

    Args:
        study: its name, its file or the folder of its results.

    Raises:
        InputError: there is no such study, or its file is wrong.
    """
    from smartiqa.config.study import load_study

    return load_study(_file_of(study)).backbones


def read_results(study: str | Path = "demo") -> PaperResults:
    """Read every number that the paper of a finished study may use, from its `paper.json`.

    >>> import smartiqa
    >>> results = smartiqa.read_results("demo")
    >>> sorted(results.experiments["C3"].results)
    ['mixed', 'synthetic']

    Args:
        study: its name, its file or the folder of its results.

    Raises:
        InputError: the study is not finished, or the file is damaged.
    """
    from smartiqa.results.paper_results import read_paper_results

    return read_paper_results(_results_of(study))


def compare(
    first: str, second: str, study: str | Path = "demo", dataset: str | None = None
) -> PairComparison:
    """Compare two experiments of a study whose runs are measured, as `smartiqa compare` does.

    The `difference` of what is returned is second less first in SRCC, with `low`, `high`,
    `p_value` and `verdict`; `print` says what intervals cover, and what lacks for a verdict.

    Args:
        first: an experiment of the catalogue.
        second: another one.
        study: its name, its file or the folder of its results.
        dataset: whose test images; None takes the dataset that is trained on.

    Raises:
        InputError: the study does not run one of them or test both on the dataset, a run is not
            finished, not measured or one of other settings, or they met different images.
    """
    from smartiqa.config.study import load_catalogue, load_study
    from smartiqa.evaluation.pairs import compare_pair
    from smartiqa.results.study_results import Results

    settings = load_study(_file_of(study))
    catalogue = load_catalogue(_settings_beside(study) / CATALOGUE.name, settings)
    return compare_pair(Results(_results_of(study), settings, catalogue), first, second, dataset)


def _given_folder(study: str | Path) -> Path | None:
    """The folder of results that a study is given by, if it is."""
    path = Path(study)
    written = len(path.parts) > 1 and path.suffix != ".yaml"
    return path if written or any((path / name).exists() for name in RESULTS) else None


def _given_clone(study: str | Path) -> Path | None:
    """The clone of the results or of the file that a study is given by, if it is in one."""
    path = Path(os.path.abspath(study))
    if _given_folder(study) is not None:
        return path.parent.parent
    return path.parents[2] if path.match(f"{CONFIG}/*.yaml") else None


def _settings_beside(study: str | Path) -> Path:
    """The folder of settings that is meant: that of the given clone, else of the first one."""
    own = _given_clone(study)
    homes = [home / CONFIG for home in (own or Path(), Path(), CLONE)]
    return next(filter(Path.is_dir, homes), INSTALLED)


def _file_of(study: str | Path) -> Path:
    """The file of a study; an `InputError` has the nearest name."""
    folder = _given_folder(study)
    name = study if folder is None else Path(os.path.abspath(folder)).name
    return study_file(name, _settings_beside(study))


def _results_of(study: str | Path) -> Path:
    """The folder of a study's results, which need not be there."""
    if (folder := _given_folder(study)) is not None:
        return folder
    results = Path("results", Path(study).name.removesuffix(".yaml"))
    if (clone := _given_clone(study)) is not None:
        return clone / results
    if not (results.is_dir() or CONFIG.is_dir()) and (CLONE / CONFIG).is_dir():
        results = CLONE / results
    if not results.is_dir():
        _file_of(study)  # tells a name that no study has
    return results
