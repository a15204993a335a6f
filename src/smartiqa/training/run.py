"""Train one experiment with one seed.

Writes into `--output`: `best.safetensors` (the epoch that did best on the validation images),
`last.safetensors`, `history.csv` (one row an epoch, written after each), `config.json` (all
settings as they were used), `identity.json` (all that can change the result) and
`environment.json` (machine, versions, duration). A run that is killed goes on from its last saved
state, minutes old at most, when it is started again with the same identity.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from smartiqa.config.experiment import Experiment
from smartiqa.core.files import damage_of, discard, require_writable, unfinished_in
from smartiqa.core.json_files import read_json, write_json
from smartiqa.data.store.pixel_store import RECORD
from smartiqa.machine.device_kind import device_kind, number_format
from smartiqa.machine.environment import environment_record
from smartiqa.machine.precision import choose_precision
from smartiqa.machine.process import set_up_for
from smartiqa.machine.record import Meter, peaks_of, record_of
from smartiqa.models.backbones import load_weights
from smartiqa.models.quality import build_model
from smartiqa.provenance.identity import FILE as IDENTITY
from smartiqa.provenance.identity import Identity, identity_of_training, read_identity
from smartiqa.results.run_files import FILES
from smartiqa.sharing.shared_runs import fetch_run, offer_run
from smartiqa.training.checkpoints import copy_weights, save_history, save_weights
from smartiqa.training.last_batch import require_usable_last_batch
from smartiqa.training.loop import is_over, train
from smartiqa.training.run_data import Inputs, read_data
from smartiqa.training.team import Team

STATE = "unfinished.pt"
CONFIG = "config.json"
RECORDED = ("manifest", "weights", "teacher")  # digests in it
HISTORY = "history.csv"
logger = logging.getLogger(__name__)


def train_run(
    experiment: Experiment,
    seed: int,
    manifest: Path,
    store: Path,
    weights: Path,
    output: Path,
    shared: str | None = None,
    teacher: Path | None = None,
    mixed: Sequence[Path] = (),
    tested: Sequence[Path] = (),
    until: int | None = None,
) -> None:
    """Train, and write the run's files into `output`.

    Where `torchrun` started several processes with the same arguments, they train it together, and
    one of them writes the files.

    Nothing is trained if `output` has the files of a run with the same identity, or if the place
    that `shared` names has them; what is trained is offered there: `smartiqa.sharing.shared_runs`.

    A student learns of the file that the stage teach makes of its `teacher`; a mixed experiment of
    the datasets in the folders `mixed`, too, but for images like those that the datasets of the
    manifests `tested` validate or test with.

    With `until` it trains no more epochs than so many. Unless the run is over by then, its state,
    history and record are there, and a later call goes on from them.

    Raises:
        InputError: an input is missing or broken, a split has no images, the crop is larger than
            an image, the weights or the teacher do not fit, or the loss stops being a number.
    """
    device = set_up_for(experiment.compute)
    precision = choose_precision(experiment, device)
    meter = Meter(lambda: peaks_of(environment_record(device, precision, 0)))
    inputs = Inputs(manifest, store, weights, teacher, tuple(mixed), tuple(tested))
    data = read_data(experiment, seed, inputs)
    torch.manual_seed(seed)
    model = build_model(experiment.model, experiment.backbone, experiment.crop)
    load_weights(model.backbone.network, weights)
    require_usable_last_batch(experiment, len(data.training.rows))
    model.to(device)
    team = Team.joined(device)
    formats = device_kind(device), number_format(precision, device)
    identity = identity_of_training(experiment, seed, inputs.digests() | data.added, *formats)
    learnt = {"images": len(data.training.rows), "resize": resize_of(store)}
    if team.decided(partial(is_there, output, experiment, identity, learnt, shared)):
        return
    progress = train(
        experiment,
        model,
        data.training,
        data.selecting,
        seed=seed,
        precision=precision,
        state_file=output / STATE,
        history_file=output / HISTORY,
        identity=identity,
        meter=meter,
        team=team,
        until=until,
    )
    if not team.is_first:
        return
    save_history(output / HISTORY, progress.history)
    spent = meter.read()
    machine = environment_record(device, precision, spent.seconds) | {"world_size": team.size}
    write_json(output / "environment.json", record_of(machine, spent))
    if not is_over(progress, experiment.recipe):
        return
    save_weights(output / "best.safetensors", progress.best_weights)
    save_weights(output / "last.safetensors", copy_weights(model))
    write_config(output, experiment, identity, learnt, progress.best_epoch)
    write_json(output / IDENTITY, identity.model_dump(mode="json"))  # last: now all is there
    discard(output / STATE)
    if shared:
        offer_run(shared, identity.digest, output, FILES)


def is_there(
    output: Path,
    experiment: Experiment,
    identity: Identity,
    learnt: Mapping[str, Any],
    shared: str | None,
) -> bool:
    """Say whether a run is finished, or was fetched; otherwise make its folder ready for one."""
    if is_finished(output, identity):
        return True
    if shared and fetch_run(shared, identity.digest, output):
        # It may have another name where it comes from.
        best_epoch = read_json(output / CONFIG, ["best_epoch"], "train")["best_epoch"]
        write_config(output, experiment, identity, learnt, best_epoch)
        return True
    require_writable(output)
    for unfinished in unfinished_in([output]):  # of a process that was killed while it wrote
        unfinished.unlink()
    discard(output / IDENTITY)  # no longer that of the files beside it
    return False


def resize_of(store: Path) -> dict[str, Any]:
    """Return how the images of a store were resized, `kind` and `size` of its `ResizeRule`."""
    record = read_json(store / RECORD, ["kind", "size"], "store")
    return {key: record[key] for key in ("kind", "size")}


def write_config(
    output: Path,
    experiment: Experiment,
    identity: Identity,
    learnt: Mapping[str, Any],
    best_epoch: int,
) -> None:
    """Write the settings of a run as they were used, what it learnt of, and what came of it.

    `learnt` has the number of training images and how they were resized: with that the run can
    score other photos without the store that it was trained on.
    """
    write_json(
        output / CONFIG,
        {
            "experiment": experiment.model_dump(mode="json"),
            "seed": identity.settings["seed"],
            "best_epoch": best_epoch,
            **learnt,
            "code": identity.code,
            **{
                name: digest
                for name, digest in identity.data.items()
                if name in RECORDED or name.startswith("mixed.")
            },
        },
    )


def is_finished(output: Path, identity: Identity) -> bool:
    """Whether all files of a run with this identity are in a folder."""
    if not all((output / name).is_file() and not damage_of(output / name) for name in FILES):
        return False
    finished = read_identity(output / IDENTITY) == identity
    if finished:
        logger.info("nothing that can change the result has changed since this was trained")
    return finished
