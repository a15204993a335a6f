"""List the trainings of a study with the hours that they are estimated to take.

The estimate is arithmetic: operations of all crops that are trained on (forward and backward, three
times the forward pass) and validated with, divided by operations a second that were measured. These
come from the first of: a file that `--measured` names (as `benchmarks/gpu.py` writes it), the
finished runs of this study, and the one time that the paper states. The list says which it was.
Early stopping is left out, so runs that stop early take less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import Any, NamedTuple

from smartiqa.config.experiment import Experiment, Recipe
from smartiqa.config.files import build_command
from smartiqa.config.planned import resolve
from smartiqa.config.study import Dataset
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import read_json
from smartiqa.data.manifest import read_manifest
from smartiqa.data.options import facts_of_dataset
from smartiqa.data.subsets import least_images
from smartiqa.results.records import Complexity, read_record
from smartiqa.results.run_files import is_trained, read_config, read_history, read_machine
from smartiqa.results.study_results import Results

PASSES = 3  # forward and backward, in forward passes
OPERATIONS = 2  # of a multiply-accumulate
HEADER = ("experiment", "title", "seeds", "done", "images", "crops", "epochs", "crops in all", "h")
SPLITS = ("train", "validation", "test")
PUBLISHED_MODEL = "SMART-Base"


class Images(NamedTuple):
    """Images of a dataset, and where the numbers come from.

    `mixed` are the training images of other datasets, by the experiment that trains on them, too.
    """

    train: int
    validation: int
    test: int
    source: str
    mixed: Mapping[str, int] = MappingProxyType({})

    def of(self, experiment: str, recipe: Recipe) -> Images:
        """Those that an experiment trains and validates with; of a share, the least it may have."""
        images = self.train + self.mixed.get(experiment, 0)
        return self._replace(train=least_images(recipe.train_share, images))


class Speed(NamedTuple):
    """Operations a second of a training, by backbone role; `default` for all other roles."""

    by_role: Mapping[str, float]
    default: float
    source: str
    on_gpu: bool = False


class Training(NamedTuple):
    """One row of the list.

    Attributes:
        crops: that are trained on, over all epochs and seeds.
        hours: of all seeds.
        remaining: hours of the seeds that have not run yet.
    """

    name: str
    title: str
    recipe: Recipe
    seeds: int
    done: int
    crops: int
    hours: float
    remaining: float


def crops_of_training(recipe: Recipe, images: Images, epochs: int) -> tuple[int, int]:
    """Crops that a training of so many epochs trains on, and those that it validates with."""
    selecting = images.validation if recipe.selection == "validation" else images.test
    trained = images.train * recipe.train_crops * epochs
    return trained, selecting * recipe.validation_crops * epochs


def operations(experiment: Experiment, images: Images, forward: int, epochs: int) -> float:
    """Operations of one run; `forward` are the multiply-accumulates of one crop."""
    trained, validated = crops_of_training(experiment.recipe, images, epochs)
    return float(OPERATIONS) * forward * (PASSES * trained + validated)


def count_images(results: Results, published: Mapping[str, Any]) -> Images:
    """Count what is trained on: manifests, or what is known before they are there.

    Raises:
        InputError: nothing is known of a dataset's size before it is prepared.
    """
    study = results.study
    mixed = {
        experiment: sum(_count(results, published, name).train for name in names)
        for experiment, names in study.mixed_with.items()
    }
    return _count(results, published, study.training_dataset)._replace(mixed=mixed)


def _count(results: Results, published: Mapping[str, Any], name: str) -> Images:
    settings = results.study.datasets[name]
    path = results.manifest(name)
    if path.is_file():
        counts = read_manifest(path)["split"].value_counts()
        train, validation, test = (int(counts.get(split, 0)) for split in SPLITS)
        return Images(train, validation, test, f"counted in {path}")
    expected = expected_images(settings, published)
    if expected is None:
        raise InputError(
            f"{path} does not exist, so images cannot be counted; make it first: "
            + build_command(results.study.name, path)
        )
    return expected


def expected_images(settings: Dataset, published: Mapping[str, Any]) -> Images | None:
    """What is known of a dataset's splits before it is prepared, if anything is."""
    if settings.adapter == "koniq10k" and settings.split.kind == "official":
        official = published["literature"]["koniq10k_official"]
        train, validation, test = (official[f"{split}_images"] for split in SPLITS)
        return Images(train, validation, test, "the official split as published")
    total = facts_of_dataset(settings).images
    if total is None:
        return None
    if settings.split.kind == "all_test":
        return Images(0, 0, total, f"{total} published images, all for testing")
    train, validation, test = (round(total * fraction) for fraction in settings.split.fractions)
    source = f"{total} published images, divided by the study's fractions"
    return Images(train, validation, test, source)


def speed_of_file(path: Path) -> Speed:
    """Read what `benchmarks/gpu.py` measured.

    Raises:
        InputError: the file is missing or holds something else.
    """
    content = read_json(path)
    try:
        rates = {m["role"]: float(m["training"]["operations"]) for m in content["models"].values()}
        source = f"measured on {content['device']} ({path})"
        return Speed(rates, min(rates.values()), source, on_gpu=True)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is not what benchmarks/gpu.py writes: {error!r}") from None


def speed_of_runs(results: Results, images: Images, counts: Mapping[str, Any]) -> Speed | None:
    """Derive the speed from the finished runs of the study; None if there is none."""
    found: dict[str, list[float]] = {}
    devices: set[str] = set()
    on_gpu = False
    for name in results.catalogue.trained(results.planned):
        experiment = resolve(results.study, results.catalogue, name)
        forward = counts[name]["multiply_accumulates"]
        for folder in finished(results, name):
            epochs, record = len(read_history(folder)), read_machine(folder)
            learnt = images._replace(train=read_config(folder)["images"])  # whole contents
            # Older runs do not say how many processes trained them together; it was one.
            seconds = record["seconds"] * record.get("world_size", 1)
            rate = operations(experiment, learnt, forward, epochs) / seconds
            found.setdefault(experiment.model.backbone, []).append(rate)
            devices.add(f"{record['device']}, {record['threads']} threads a run")
            on_gpu |= record.get("peak_gpu_memory_mb") is not None
    if not found:
        return None
    rates = {role: median(values) for role, values in found.items()}
    number = sum(map(len, found.values()))
    source = f"median of {number} finished runs of this study ({'; '.join(sorted(devices))})"
    return Speed(rates, min(rates.values()), source, on_gpu)


def speed_of_paper(published: Mapping[str, Any], counts: Mapping[str, Any]) -> Speed:
    """Derive the speed from the one training time that the paper states, SMART-Base."""
    recipe, time = published["recipes"]["smart"], published["training_time"]["paper"]
    crops = published["protocol"]["official_split"]["train_images"] * recipe["train_crops"]
    forward = counts[PUBLISHED_MODEL]["multiply_accumulates"]
    rate = OPERATIONS * PASSES * forward * crops * time["epochs"] / (3600 * time["hours"])
    where = published["hardware"]["hyperparameter_table"]
    source = f"the paper's {time['hours']} hours for {time['epochs']} epochs on its {where}"
    return Speed({}, rate, f"{source}; nothing was measured here", on_gpu=True)


def counted_before(results: Results) -> Mapping[str, Any] | None:
    """The counts of all models in the study's file; None if it lacks one that is trained now."""
    path = results.folder / "complexity.json"
    if not path.is_file():
        return None
    record = read_record(Complexity, path)
    trained = results.catalogue.trained(results.planned)
    return record.model_dump() if record.experiments.keys() >= set(trained) else None


def counted(results: Results) -> Mapping[str, Any]:
    """The counts of all models, which are counted here if nobody did."""
    if (before := counted_before(results)) is not None:
        return before
    from smartiqa.models.complexity import count  # PyTorch

    return count(results.study, results.catalogue)


def finished(results: Results, name: str) -> list[Path]:
    """The folders of an experiment's finished trainings."""
    folders = [results.run(name, seed) for seed in results.study.seeds_of(name)]
    return [folder for folder in folders if is_trained(folder)]


def list_trainings(
    results: Results, images: Images, speed: Speed, counts: Mapping[str, Any]
) -> list[Training]:
    """Return one row a training of the study."""
    rows = []
    for name in results.catalogue.trained(results.planned):
        experiment = resolve(results.study, results.catalogue, name)
        recipe, seeds = experiment.recipe, len(results.study.seeds_of(name))
        forward = counts[name]["multiply_accumulates"]
        rate = speed.by_role.get(experiment.model.backbone, speed.default)
        own = images.of(name, recipe)
        hours = operations(experiment, own, forward, recipe.epochs) / rate / 3600
        done = len(finished(results, name))
        rows.append(
            Training(
                name=name,
                title=results.catalogue.experiments[name].title,
                recipe=recipe,
                seeds=seeds,
                done=done,
                crops=crops_of_training(recipe, own, recipe.epochs)[0] * seeds,
                hours=hours * seeds,
                remaining=hours * (seeds - done),
            )
        )
    return rows


def planned(
    results: Results, published: Mapping[str, Any], measured: Path | None = None
) -> tuple[list[Training], Images, Speed]:
    """Return all trainings, and what they are estimated by; `benchmarks/gpu.py` wrote `measured`.

    Raises:
        InputError: a file is missing or holds something else, or images cannot be counted.
    """
    measured_speed = speed_of_file(measured) if measured is not None else None
    images = count_images(results, published)
    counts = counted(results)  # takes longest, so what can be missing was read before
    speed = (
        measured_speed
        or speed_of_runs(results, images, counts["experiments"])
        or speed_of_paper(published, counts["published"])
    )
    return list_trainings(results, images, speed, counts["experiments"]), images, speed


def described(rows: Sequence[Training], images: Images, speed: Speed) -> str:
    """Lay the list out as a table, with its totals and what it assumes."""
    cells = [
        [
            *(row.name, row.title, f"{row.seeds}", f"{row.done}"),
            f"{images.of(row.name, row.recipe).train:,}",
            *(f"{row.recipe.train_crops}", f"{row.recipe.epochs}", f"{row.crops:,}"),
            f"{row.hours:.2f}",
        ]
        for row in rows
    ]
    runs, done = sum(row.seeds for row in rows), sum(row.done for row in rows)
    crops = sum(row.crops for row in rows)
    hours, remaining = sum(row.hours for row in rows), sum(row.remaining for row in rows)
    return "\n".join(
        [
            *aligned([HEADER, *cells], 2),
            "",
            f"{runs} trainings, {crops:,} crops in all, {hours:.2f} hours; "
            f"{done} are done, {remaining:.2f} hours remain.",
            f"Speed: {speed.source}; hours scale with the models' multiply-accumulates.",
            f"Images: {images.source}; of a share at least so many, whole contents being taken.",
            "Hours are those of one training after the other and count every epoch; runs that stop",
            "early take less. `snakemake -n` says which finished ones would run again.",
            "",
        ]
    )


def aligned(rows: Sequence[Sequence[str]], named: int) -> list[str]:
    """Lay rows out as a table: the first `named` columns to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            text.ljust(width) if place < named else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
