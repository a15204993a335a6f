"""Are the images there, large enough and enough of them, in every split that will be used?

Labels are read and split as `prepare` does it. Of the images only the headers are read, so what is
broken further on, and photos that look alike, are still found by `prepare`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pandas as pd

from smartiqa.config.experiment import Synthesis
from smartiqa.config.stage_settings import prepared_settings
from smartiqa.config.study import Dataset
from smartiqa.core.errors import InputError
from smartiqa.data.adapters import DatasetFacts
from smartiqa.data.checks.dataset import too_small
from smartiqa.data.checks.findings import table_of
from smartiqa.data.fetch.raw_dataset import missing_parts
from smartiqa.data.manifest import label_problems, lacking_references
from smartiqa.data.needs import LEAST, NAMES, Needs, require_classes, require_enough
from smartiqa.data.options import facts_of_dataset
from smartiqa.data.preparation import Labelled, read_labelled
from smartiqa.data.splits import how_drawn
from smartiqa.data.store.decode import UnusableImageError, size_in_header
from smartiqa.preflight.findings import Findings
from smartiqa.preflight.work import Work

READERS = 16  # of headers side by side: they wait for the disk, not for each other
TYPICAL = (1024, 768)  # pixels of a photo
Images = dict[str, pd.DataFrame]  # by dataset; columns width and height


def check_datasets(work: Work, found: Findings) -> Images:
    """Check every dataset that is to be prepared; return the images that were looked at."""
    images = {}
    for name, settings in work.study.datasets.items():
        if not work.prepares(name):
            continue
        where = f"datasets.{name}"
        look = partial(_look_at, name, settings, work, found)
        if (looked_at := found.attempt(where, look)) is not None:
            images[name] = looked_at
    return images


def _look_at(name: str, settings: Dataset, work: Work, found: Findings) -> pd.DataFrame | None:
    made_here = settings.root.is_relative_to(work.results)
    if made_here and not settings.root.is_dir():
        if work.study.synthesis is None:
            raise InputError(f"{settings.root} is a result of a study that distorts no photos")
        return _to_be_made(name, settings.root, work.study.synthesis, work, found)
    if not settings.root.is_dir() and work.is_there("data", name, "manifest.parquet"):
        found.note(f"datasets.{name}: prepared; {settings.root} itself is not there")
        return None
    facts = facts_of_dataset(settings)
    if not made_here and (parts := missing_parts(facts, settings.root)):
        names = ", ".join(part.provides for part in parts)
        found.note(f"datasets.{name}: {names} will be downloaded into {settings.root}")
        _tell_files(name, facts, _needs_of(work, name), found)
        return _as_published(facts)
    given = prepared_settings(work.study, work.catalogue, name)
    strict = given.pop("problems") == "strict"
    return _there(name, read_labelled(**given), settings.root, strict, found)


def _as_published(facts: DatasetFacts) -> pd.DataFrame:
    """The sizes of images that are not there yet; typical ones where they differ."""
    width, height = facts.image_sizes[0] if facts.image_sizes else TYPICAL
    return pd.DataFrame({"width": width, "height": height}, index=range(facts.images or 0))


def _there(name: str, dataset: Labelled, root: Path, strict: bool, found: Findings) -> pd.DataFrame:
    """Check a dataset whose files are there."""
    used = dataset.labels.assign(split=dataset.splits)
    used = used[used["split"] != ""]
    problems, sizes = _problems(used, dataset, root)
    for row in table_of(problems.assign(severity="error")).itertuples():
        said = f"datasets.{name}: {root}: {row.count:,} x {row.problem}: {row.first}"
        details = problems.loc[problems["problem"] == row.problem, "detail"]
        said += f" ({details.iloc[0]})"
        found.error(said) if strict else found.warn(f"{said}; left out")
    sound = used if strict else used.drop(index=problems.index)
    drawn = bool(how_drawn(dataset.labels, dataset.plan)["drawn"])
    roughly = drawn and dataset.plan.keep_series
    _tell_splits(name, Counter(sound["split"]), dataset.needs, found, roughly=roughly)
    if lacking := len(lacking_references(used)):
        found.warn(
            f"datasets.{name}: {lacking:,} of {len(used):,} images have no reference, so each "
            "counts as a content of its own"
        )
    needs, told = dataset.needs, dataset.name
    found.attempt(f"datasets.{name}", partial(require_enough, sound, needs, dataset.plan, told))
    found.attempt(f"datasets.{name}", partial(require_classes, sound, needs, dataset.facts, told))
    return sizes


def _problems(
    used: pd.DataFrame, dataset: Labelled, root: Path
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What makes images unusable, columns id, problem and detail; and the sizes of the others."""
    wrong = label_problems(used, dataset.facts).set_index("row")
    inside = used.drop(index=wrong.index[wrong["problem"] == "path outside the folder"])
    with ThreadPoolExecutor(READERS) as pool:
        headers = list(pool.map(_header, [root / file for file in inside["file"]]))
    looks = pd.DataFrame(
        headers, columns=["problem", "detail", "width", "height"], index=inside.index
    ).assign(file=inside["file"])
    sizes = looks[looks["problem"] == ""]
    broken = looks.loc[looks["problem"] != "", ["problem", "detail"]]
    small = too_small(sizes, dataset.needs.crop or 0)
    problems = pd.concat([wrong, broken, small])[["problem", "detail"]]
    return problems.assign(id=used["id"].reindex(problems.index)), sizes[["width", "height"]]


def _header(path: Path) -> tuple[str, str, int, int]:
    try:
        return "", "", *size_in_header(path)
    except UnusableImageError as problem:
        return problem.kind, str(problem), 0, 0


def _tell_splits(
    name: str, counts: Mapping[str, int], needs: Needs, found: Findings, *, roughly: bool = False
) -> None:
    used = ", ".join(f"{counts.get(split, 0):,} {NAMES[split]}" for split in needs.splits)
    about = ("about ", "; what looks alike is put together when they are prepared")
    before, after = about if roughly else ("", "")
    found.note(f"datasets.{name}: {before}{used} images{after}")


def _needs_of(work: Work, name: str) -> Needs:
    return Needs(**prepared_settings(work.study, work.catalogue, name)["needs"])


def _tell_files(name: str, facts: DatasetFacts, needs: Needs, found: Findings) -> None:
    """Warn of label files that a download may lack, and that a second task cannot do without."""
    for column in needs.classes:
        if file := facts.files.get(column):
            found.warn(
                f"datasets.{name}: a second task learns the {column} of each image, which '{file}' "
                "names; put it beside what is downloaded if that does not have it"
            )


def _to_be_made(
    name: str, root: Path, synthesis: Synthesis, work: Work, found: Findings
) -> pd.DataFrame:
    """Check the photos from which the study makes a dataset, and the splits that it will have."""
    from smartiqa.data.synthetic.synthesis import images_by_split, photo_splits  # imports much

    needs = _needs_of(work, name)
    counts = images_by_split(synthesis, root.name)
    _tell_splits(name, counts, needs, found)
    for split in needs.splits:
        if counts.get(split, 0) < LEAST[split]:
            found.error(
                f"datasets.{name}: of at least {LEAST[split]} {NAMES[split]} images there will be "
                f"{counts.get(split, 0)}; name more photos in synthesis"
            )
    rows = []
    for photo in photo_splits(synthesis):
        path = synthesis.photos / f"{photo}.jpg"
        problem, detail, *sides = _header(path)
        if problem:
            found.error(f"synthesis.photos: {detail}")
            continue
        scale = min(1.0, synthesis.long_side / max(sides))
        rows.append((path.name, *(round(side * scale) for side in sides)))
    sizes = pd.DataFrame(rows, columns=["file", "width", "height"])
    for detail in too_small(sizes, needs.crop or 0)["detail"]:
        found.error(f"datasets.{name}: with synthesis.long_side {synthesis.long_side}, {detail}")
    copies = sum(counts.values()) // max(1, len(sizes))
    return sizes[["width", "height"]].loc[sizes.index.repeat(copies)]
