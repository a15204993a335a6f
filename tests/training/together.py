"""What `torchrun` runs for test_team.py: a few steps of the real loop; the results are written.

python together.py OUTPUT CASE MANIFEST STORE
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch

from smartiqa.config.experiment import ColorJitter, Experiment, Loss, Model
from smartiqa.data.manifest import read_manifest
from smartiqa.data.store.pixel_store import PixelStore
from smartiqa.models.quality import build_model
from smartiqa.training.loop import LabelledRows, evaluate, train_epoch
from smartiqa.training.optimisers import build_optimiser
from smartiqa.training.team import Team
from tiny_study import CROP, TINY_SWIN, experiment

RESNET = TINY_SWIN.model_copy(
    update={"name": "resnet18", "options": {}, "drop_path": 0.2, "dropout": 0.3}
)
LITE = RESNET.model_copy(update={"name": "efficientnet_lite0"})
CASES: dict[str, Experiment] = {
    "swin": experiment(batch_size=6, color_jitter=ColorJitter(), gradient_clipping=5.0),
    "batch_norm": experiment(
        Model(projection="own_width", gate="squeeze_excitation"), batch_size=6
    ).model_copy(update={"backbone": RESNET}),
    "timm_batch_norm": experiment(
        Model(hyper_input="last_stage", gate="none"), batch_size=6
    ).model_copy(update={"backbone": LITE}),
    "order": experiment(batch_size=6, loss=Loss(name="pairwise_ranking")),
    "correlation": experiment(batch_size=6, loss=Loss(name="srcc")),
}
IMAGES = 13  # the third batch has one crop: a second process has no share of it


def main(output: Path, case: str, manifest: Path, store: Path) -> None:
    """Take an epoch of one step, of which gradients are written, then one of three."""
    torch.set_num_threads(1)
    name, _, number_format = case.partition("-")
    settings = CASES[name]
    team = Team.joined(torch.device("cpu"))
    frame = read_manifest(manifest)
    rows = np.flatnonzero(frame["split"] == "train")[:IMAGES]
    data = LabelledRows(PixelStore.open(store), rows, frame["quality"].to_numpy()[rows])
    torch.manual_seed(1)
    model = build_model(settings.model, settings.backbone, CROP)
    if number_format == "float64":
        model.double()
        patch_normalise()
    trained = team.together(model)
    optimiser = build_optimiser(settings.recipe, model.backbone_parameters(), model.head_parameters())
    first = LabelledRows(data.store, rows[:5], data.quality[:5])
    records = [train_epoch(settings, trained, optimiser, first, 1, 0, "float32", team=team)]
    gradients = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    drawn = torch.rand(3).tolist()  # where the generator stands
    if number_format != "float64":
        records.append(train_epoch(settings, trained, optimiser, data, 1, 1, "float32", team=team))
        records.append(evaluate(settings, model, data, 1, "float32", team))
    if team.is_first:
        buffers = dict(model.named_buffers())
        torch.save({"gradients": gradients, "buffers": buffers}, output)
        output.with_suffix(".json").write_text(json.dumps({"records": records, "drawn": drawn}))


def patch_normalise() -> None:
    """Let crops be float64."""
    from smartiqa.training import loop

    normalise = loop.normalise
    loop.normalise = lambda *arguments: normalise(*arguments).double()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
