"""Train one experiment with one seed.

Writes into `--output`: `best.safetensors` (the epoch that did best on the validation images),
`last.safetensors`, `history.csv` (one row an epoch), `config.json` (all settings as they were used)
and `environment.json` (machine, versions, duration). A run that is killed goes on from its last
epoch when it is started again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from pathlib import Path

import pandas as pd
import torch

from smartiqa.command_line import run_stage
from smartiqa.config import Experiment, validated
from smartiqa.data.crops import require_room
from smartiqa.data.prepared import open_split
from smartiqa.environment import environment_record
from smartiqa.files import discard, replace_atomically, sha256_of, write_json
from smartiqa.models.quality import build_model, load_backbone_weights
from smartiqa.precision import choose_precision
from smartiqa.process import set_up_process
from smartiqa.training.checkpoints import copy_weights, save_weights
from smartiqa.training.loop import LabelledRows, train

STATE = "unfinished.pt"


def train_run(
    experiment: Experiment,
    seed: int,
    manifest: Path,
    store: Path,
    weights: Path,
    code: str,
    output: Path,
) -> None:
    """Train, and write the run's files into `output`; `code` is only recorded.

    Raises:
        InputError: an input is missing or broken, a split has no images, the crop is larger than
            an image, the weights do not fit, or the loss stops being a number.
    """
    started = time.monotonic()
    device = set_up_process(experiment.compute.threads, experiment.compute.device)
    precision = choose_precision(experiment, device)
    selection = "validation" if experiment.recipe.selection == "validation" else "test"
    training, selecting = (labelled_rows(manifest, store, split) for split in ("train", selection))
    require_room(training.store, experiment.crop)
    torch.manual_seed(seed)
    model = build_model(experiment.model, experiment.backbone, experiment.crop)
    load_backbone_weights(model, weights)
    model.to(device)
    progress = train(
        experiment,
        model,
        training,
        selecting,
        seed=seed,
        precision=precision,
        state_file=output / STATE,
        key=run_key(experiment, seed, [manifest, store / "store.json", weights]),
    )
    save_weights(output / "best.safetensors", progress.best_weights)
    save_weights(output / "last.safetensors", copy_weights(model))
    with replace_atomically(output / "history.csv") as temporary:
        pd.DataFrame(progress.history).to_csv(temporary, index=False)
    write_json(
        output / "config.json",
        {
            "experiment": experiment.model_dump(mode="json"),
            "seed": seed,
            "best_epoch": progress.best_epoch,
            "code": code,
            "manifest": sha256_of(manifest),
            "weights": sha256_of(weights),
        },
    )
    seconds = time.monotonic() - started
    write_json(output / "environment.json", environment_record(device, precision, seconds))
    discard(output / STATE)


def labelled_rows(manifest: Path, store: Path, split: str) -> LabelledRows:
    """Open the images of one split with their labels.

    Raises:
        InputError: the split is empty, or the store was not made from this manifest.
    """
    images, pixels, rows = open_split(manifest, store, split)
    return LabelledRows(pixels, rows, images["quality"].to_numpy())


def run_key(experiment: Experiment, seed: int, inputs: list[Path]) -> str:
    """Digest what a run is made from, so that no other run's state is taken up."""
    digest = hashlib.sha256(json.dumps([experiment.model_dump_json(), seed]).encode())
    for path in inputs:
        digest.update(sha256_of(path).encode())
    return digest.hexdigest()


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa train", description="train one experiment")
    parser.add_argument(
        "--experiment", type=json.loads, required=True, help="fields of config.Experiment"
    )
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--store", type=Path, required=True, help="folder of the pixel store")
    parser.add_argument("--weights", type=Path, required=True, help="backbone, safetensors")
    parser.add_argument("--code", default="unknown", help="digest of the code, for the record")
    parser.add_argument("--output", type=Path, required=True, help="folder of the run")
    arguments = parser.parse_args()
    experiment = validated(Experiment, arguments.experiment, "--experiment")
    train_run(**{**vars(arguments), "experiment": experiment})


if __name__ == "__main__":
    run_stage(main)
