"""Add up what the trainings of a study took, from the record that each left of its machine.

The result differs between two builds of equal results, so it has a file of its own, which only the
text and the claims about speed read.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from smartiqa.results.records import Cost, TrainingTime
from smartiqa.results.run_files import read_history, read_machine
from smartiqa.results.study_results import Results


def cost(results: Results) -> Cost:
    """Add up wall time, memory and machines of all trainings.

    Raises:
        InputError: a training is not finished.
    """
    runs = {
        name: {str(seed): _run(results, name, seed) for seed in results.study.seeds_of(name)}
        for name in results.catalogue.trained(results.planned)
    }
    every = [record for seeds in runs.values() for record in seeds.values()]
    on_gpus = [r["peak_gpu_memory_mb"] for r in every if r["peak_gpu_memory_mb"] is not None]
    return Cost(
        trainings=len(every),
        seconds=sum(record["seconds"] for record in every),
        longest_seconds=max(record["seconds"] for record in every),
        peak_host_memory_mb=max(record["peak_host_memory_mb"] for record in every),
        peak_gpu_memory_mb=max(on_gpus, default=None),
        gpu=len(on_gpus) == len(every),
        threads=max(record["threads"] for record in every),
        devices=tuple(sorted({record["device"] for record in every})),
        precisions=Counter(number_format(record) for record in every),
        experiments={
            name: {
                seed: TrainingTime(seconds=run["seconds"], epochs=run["epochs"])
                for seed, run in seeds.items()
            }
            for name, seeds in runs.items()
        },
    )


def number_format(record: dict[str, Any]) -> str:
    """Name what a training computed in, from its `environment.json`."""
    rounded = record["float32_products"] == "tf32"
    return str(record["precision"]) + (" with TF32 products" if rounded else "")


def _run(results: Results, experiment: str, seed: int) -> dict[str, Any]:
    """The record of one training's machine, with the number of its epochs."""
    folder = results.trained(experiment, seed)
    return read_machine(folder) | {"epochs": len(read_history(folder))}
