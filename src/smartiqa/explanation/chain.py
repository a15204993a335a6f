"""What the links between raw data and a number are: runs, weights, datasets; as lines for people.

Each function reads what the stages recorded (`config.json`, `environment.json`, manifests, stores,
records of weights and downloads) and returns lines of text. What is not there is called missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from smartiqa.config.experiment import Experiment
from smartiqa.config.planned import resolve
from smartiqa.core.files import sha256_of
from smartiqa.core.json_files import read_json
from smartiqa.core.strict import validated
from smartiqa.data.manifest import read_manifest
from smartiqa.paper.lineage import Sources
from smartiqa.provenance.code_digest import code_digest
from smartiqa.provenance.identity import planned_training
from smartiqa.results.run_files import read_config, read_history, read_machine
from smartiqa.results.study_results import Results

SHOWN = 16  # hexadecimal digits of a checksum
INDENT = "  "
SYNTHESIS = "smartiqa.stages.synthesise"


def file_line(path: Path) -> str:
    """A file with its checksum, or that it is missing."""
    if path.is_dir():
        return f"{path}/"
    return f"{path}  sha256 {sha256_of(path)[:SHOWN]}" if path.is_file() else f"{path}  (missing)"


def settings_line(settings: Mapping[str, Any]) -> str:
    """Settings that are not empty, as key=value."""
    shown = {key: value for key, value in settings.items() if value not in (None, {}, ())}
    return " ".join(
        f"{key}={value:.6g}" if isinstance(value, float) else f"{key}={value}"
        for key, value in shown.items()
    )


def experiment_lines(results: Results, name: str, sources: Sources) -> list[str]:
    """Settings of an experiment, and what is known of those of its runs that `sources` names."""
    entry = results.catalogue.experiments[name]
    experiment = resolve(results.study, results.catalogue, name)
    source = entry.trained_as(name)
    other = "" if source == name else f", tests the checkpoint of {source}"
    recipe = settings_line(experiment.recipe.model_dump(mode="json"))
    lines = [
        f"{name}: {entry.title}{other}",
        f"{INDENT}recipe {entry.recipe}: {recipe}",
        f"{INDENT}model: {settings_line(entry.model.model_dump(mode='json'))}",
        f"{INDENT}backbone: {settings_line(experiment.backbone.model_dump(mode='json'))}",
    ]
    for seed in (seed for seed in results.study.seeds_of(name) if seed in sources.seeds):
        lines += [INDENT + line for line in run_lines(results, source, seed)]
        if source != name:
            lines.append(f"{INDENT * 2}tested in {results.run(name, seed)}")
        lines += [
            INDENT * 2 + file_line(results.run(name, seed) / "predictions" / f"{dataset}.parquet")
            for dataset in results.datasets_of(name)
            if dataset in sources.datasets
        ]
    return lines


def run_lines(results: Results, name: str, seed: int) -> list[str]:
    """Chosen epoch, machine, and what one training was made from."""
    folder = results.run(name, seed)
    if not (folder / "config.json").is_file():
        return [f"seed {seed}: {folder}  (missing; the stage train makes it)"]
    settings, machine = read_config(folder), read_machine(folder)
    epochs = len(read_history(folder))
    now = planned_training(resolve(results.study, results.catalogue, name), seed).code
    code = "as the code is now" if settings["code"] == now else f"the code is now {now}"
    ran = validated(Experiment, settings["experiment"], f"{folder / 'config.json'}, experiment")
    on = ran.recipe.selection.replace("_", " ")
    return [
        f"seed {seed}: {folder}, epoch {settings['best_epoch']} of {epochs} chosen ({on})",
        f"{INDENT}{machine['seconds']} s on {machine['device']}, {machine['precision']}, "
        f"{machine['threads']} threads, {settings_line(machine['versions'])}",
        f"{INDENT}training code {settings['code']} ({code})",
        f"{INDENT}manifest sha256 {settings['manifest'][:SHOWN]}, "
        f"initial weights sha256 {settings['weights'][:SHOWN]}",
        INDENT + file_line(folder / "best.safetensors"),
    ]


def weight_lines(results: Results, names: Iterable[str]) -> list[str]:
    """Where the initial weights of the experiments' backbones come from."""
    entries = results.catalogue.experiments
    lines = []
    for role in dict.fromkeys(entries[name].model.backbone for name in names):
        path = results.folder / "weights" / f"{role}.safetensors"
        record = path.with_suffix(".json")
        lines.append(f"{role}: {file_line(path)}")
        if record.is_file():
            lines.append(f"{INDENT}from {settings_line(read_json(record, stage='weights'))}")
    return lines


def dataset_lines(results: Results, dataset: str, names: Iterable[str]) -> list[str]:
    """Manifest, pixel stores and raw files of a dataset."""
    folder = results.folder / "data" / dataset
    settings = results.study.datasets[dataset]
    lines = [f"{dataset}: {settings.title}", INDENT + file_line(folder / "manifest.parquet")]
    if (folder / "manifest.parquet").is_file():
        splits = read_manifest(folder / "manifest.parquet")["split"]
        counts = {str(name): count for name, count in splits.value_counts().sort_index().items()}
        lines.append(f"{INDENT}{len(splits)} images, each with its sha256: {settings_line(counts)}")
    lines.append(f"{INDENT}split: {settings_line(settings.split.model_dump())}")
    ways = {resolve(results.study, results.catalogue, name).recipe.resize for name in names}
    for way in sorted(ways):
        store = folder / f"store-{way}" / "store.json"
        lines.append(INDENT + file_line(store))
        if store.is_file():
            lines.append(f"{INDENT * 2}{settings_line(read_json(store, stage='store'))}")
    return lines + [INDENT + line for line in raw_lines(results, dataset)]


def raw_lines(results: Results, dataset: str) -> list[str]:
    """The raw files of a dataset: its folder, archives with checksums, or the photos distorted."""
    settings, synthesis = results.study.datasets[dataset], results.study.synthesis
    lines = [f"raw data: {settings.root}/, read by the adapter {settings.adapter}"]
    if synthesis is not None and settings.root.is_relative_to(results.folder):
        photos = sorted(synthesis.photos.glob("*.jpg"))
        lines += [
            f"{INDENT}made by smartiqa synthesise (code {code_digest([SYNTHESIS])}, "
            f"seed {synthesis.seed}) from {len(photos)} photos in {synthesis.photos}/",
            INDENT + file_line(synthesis.photos / "manifest.csv"),
        ]
    if "labels" in settings.options:
        lines.append(INDENT + file_line(settings.root / str(settings.options["labels"])))
    record = results.folder / "data" / dataset / "raw.json"
    if record.is_file():
        content = read_json(record, ["citation", "licence", "downloads"], "fetch")
        lines.append(f"{INDENT}{content['citation']}; terms: {content['licence']}")
        lines += [f"{INDENT}{url}  {found}" for url, found in content["downloads"].items()]
    return lines
