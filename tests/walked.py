"""Every interval and p-value in a `paper.json`, wherever it stands, with what it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Key = tuple[str, ...]

UNCERTAIN = {"low", "high", "p_value", "p_holm", "significant", "tested"}
STEPS = {
    "backbone": ("C0", "C1"),
    "multi_scale": ("C1", "C2"),
    "attention": ("C2", "C3"),
    "total": ("C0", "C3"),
}
PRINTED = ("published", "study")  # what others measured, and settings


def uncertain_records(values: dict[str, Any]) -> Iterator[tuple[Key, dict[str, Any]]]:
    """Each mapping with an interval or a test, and the quantity that it is about.

    Raises:
        AssertionError: nobody knows what quantity it is about.
    """
    for path, record in _walk(values, ()):
        found = [record[key] for key in UNCERTAIN & set(record)]
        if any(not isinstance(value, list) for value in found) and path[0] not in PRINTED:
            yield _quantity(values, path, record), record


def _walk(value: Any, path: Key) -> Iterator[tuple[Key, dict[str, Any]]]:
    if isinstance(value, dict):
        yield path, value
        for key, content in value.items():
            yield from _walk(content, (*path, str(key)))
    if isinstance(value, list):
        for place, content in enumerate(value):
            yield from _walk(content, (*path, str(place)))


def _quantity(values: dict[str, Any], path: Key, record: dict[str, Any]) -> Key:
    """(a, b, dataset, measure) of a difference, and a like name of anything else."""
    home = values["study"]["training_dataset"]
    if {"first", "second"} <= set(record):
        pair = sorted((record["first"], record["second"]))
        return (*pair, record.get("dataset", home), record.get("metric", "srcc"))
    match path:
        case ("experiments", name, "results", dataset, measure):
            return (name, dataset, measure)
        case ("experiments", name, "without_near_duplicates", dataset, measure):
            return (name, f"{dataset} without near-duplicates", measure)
        case ("gain", "shares", step):
            return (*STEPS[step], home, "share")
        case ("gain", *_, step) if step in STEPS:
            return (*STEPS[step], home, "srcc")
        case ("floors", "rows", place, part, measure):
            row = values["floors"]["rows"][int(place)]
            return ("floor", row["name"], str(row["stages"]), home, part, measure)
        case ("intervals", name, "coverage", dataset, measure):
            return ("coverage", name, dataset, measure)
        case ("floors", "curve", place, measure):
            return ("floor", "curve", place, home, measure)
        case ("masking", "maps", place, area):
            return ("map", values["masking"]["maps"][int(place)]["name"], area)
        case ("attacks", *place):
            return ("attack", *place)
        case ("group_errors", place, "errors" | "srcc" as measure, name):
            group = values["group_errors"][int(place)]
            return (measure, group["kind"], group["name"], name)
        case ("attention", "by_quality", third, stage):
            return (values["attention"]["experiment"], home, third, f"weight of stage {stage}")
        case ("attention", "rank_correlation", stage):
            return (values["attention"]["experiment"], home, f"trend of stage {stage}")
    raise AssertionError(f"{'.'.join(path)} has an interval or a test: of what?")


def repeated(values: dict[str, Any]) -> set[Key]:
    """The quantities with more than one record."""
    keys = [key for key, _ in uncertain_records(values)]
    return {key for key in keys if keys.count(key) > 1}
