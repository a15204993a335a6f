"""What the trainings of a study were computed with, and where they differ in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from smartiqa.provenance.identity import FILE, Identity, read_identity
from smartiqa.results.study_results import Results

Record = dict[str, Any]
Training = tuple[str, Identity]  # name of the experiment, identity of one of its runs


def computed_with(results: Results) -> Record:
    """Return versions by package, kinds of device and number formats of all trainings.

    Each is a list of the values that occur, most frequent first, with the number of trainings and
    the experiments; ``mixed`` tells whether versions or devices differ between trainings.

    Raises:
        InputError: the identity of a training is missing or not whole.
    """
    trainings = list(_trainings(results))
    packages = sorted({name for _, identity in trainings for name in identity.versions})
    versions = {
        package: _found((name, each.versions.get(package, "none")) for name, each in trainings)
        for package in packages
    }
    devices = _found((name, each.device) for name, each in trainings)
    return {
        "versions": versions,
        "devices": devices,
        "number_formats": _found((name, each.number_format) for name, each in trainings),
        "mixed": any(len(found) > 1 for found in (*versions.values(), devices)),
    }


def _trainings(results: Results) -> Iterator[Training]:
    for name in results.catalogue.trained(results.planned):
        for seed in results.study.seeds_of(name):
            yield name, read_identity(results.trained(name, seed) / FILE)


def _found(values: Iterable[tuple[str, str]]) -> list[Record]:
    names: dict[str, list[str]] = {}
    for name, value in values:
        names.setdefault(value, []).append(name)
    by_frequency = sorted(names.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        {"value": value, "trainings": len(of), "experiments": list(dict.fromkeys(of))}
        for value, of in by_frequency
    ]
