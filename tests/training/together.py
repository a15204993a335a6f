"""What `torchrun` runs for test_team.py: steps of the real loop, of several models.

python together.py OUTPUT MANIFEST STORE
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch

from smartiqa.config.experiment import ColorJitter, Experiment, Loss, Model
from smartiqa.data.manifest import read_manifest
from smartiqa.data.store.pixel_store import PixelStore
from smartiqa.models.quality import build_model
from smartiqa.training import batches
from smartiqa.training.batches import LabelledRows
from smartiqa.training.loop import evaluate, train_epoch
from smartiqa.training.optimisers import build_optimiser
from smartiqa.training.team import Team
from smartiqa.training.whole_batch import together
from tiny_study import CROP, TINY_SWIN, experiment

IMAGES = 13  # the third batch of six has one crop: a second process has no share of it
PLAIN = Model(hyper_input="last_stage", gate="none")
OWN_WIDTH = Model(projection="own_width", gate="squeeze_excitation")


def of_network(name: str, settings: Experiment) -> Experiment:
    network = {"name": name, "options": {}, "drop_path": 0.2, "dropout": 0.3}
    return settings.model_copy(update={"backbone": TINY_SWIN.model_copy(update=network)})


CASES: dict[str, tuple[Experiment, torch.dtype]] = {
    "swin": (
        experiment(batch_size=6, color_jitter=ColorJitter(), gradient_clipping=5.0),
        torch.float32,
    ),
    "order": (experiment(batch_size=6, loss=Loss(name="pairwise_ranking")), torch.float32),
    "resnet": (of_network("resnet18", experiment(OWN_WIDTH, batch_size=6)), torch.float64),
    "lite": (of_network("efficientnet_lite0", experiment(PLAIN, batch_size=6)), torch.float64),
}


def steps(case: str, team: Team, manifest: Path, store: Path) -> dict[str, Any]:
    """Take an epoch of one step, of which the gradients are told, and one of three steps."""
    settings, number_format = CASES[case]
    frame = read_manifest(manifest)
    rows = np.flatnonzero(frame["split"] == "train")[:IMAGES]
    data = LabelledRows(PixelStore.open(store), rows, frame["quality"].to_numpy()[rows])
    first = LabelledRows(data.store, rows[:5], data.quality[:5])
    torch.manual_seed(1)
    model = build_model(settings.model, settings.backbone, CROP).to(number_format)
    trained = together(model, team)
    groups = model.backbone_parameters(), model.head_parameters()
    optimiser = build_optimiser(settings.recipe, *groups)
    normalise = batches.normalise
    with patch.object(batches, "normalise", lambda *given: normalise(*given).to(number_format)):
        records = [train_epoch(settings, trained, optimiser, first, 1, 0, "float32", team=team)]
        gradients = [p.grad.clone() for p in model.parameters() if p.grad is not None]
        buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
        drawn = torch.rand(3)  # tells where the generator stands
        if number_format == torch.float32:
            records.append(
                train_epoch(settings, trained, optimiser, data, 1, 1, "float32", team=team)
            )
            records.append(evaluate(settings, model, data, 1, "float32", team))
    return {"records": records, "gradients": gradients, "buffers": buffers, "drawn": drawn}


if __name__ == "__main__":
    torch.set_num_threads(1)
    joined = Team.joined(torch.device("cpu"))
    output, *dataset = map(Path, sys.argv[1:])
    for case in CASES:
        found = steps(case, joined, *dataset)
        torch.save(found, output / f"{case}-{joined.rank}.pt")
