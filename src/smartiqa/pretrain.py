"""Teach a backbone to name distortions: pretraining that needs no labels and no download.

The pretext task is to tell from a crop which distortion it has and how severe it is. Only training
photos are used, so nothing of the validation or test contents leaks into the weights. The trained
classifier is thrown away; the backbone is kept, in half precision to be small in the repository.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn
from tqdm import trange

from smartiqa.command_line import run_stage
from smartiqa.config import Backbone, validated
from smartiqa.data.crops import crop_batches, epoch_order, normalise, random_positions
from smartiqa.data.manifest import read_manifest
from smartiqa.data.pixel_store import PixelStore
from smartiqa.files import replace_atomically, sha256_of, write_json
from smartiqa.models.backbones import FeatureBackbone
from smartiqa.precision import Precision, autocast, choose_device, has_bfloat16
from smartiqa.studies import Pretraining

LABEL_SMOOTHING = 0.05
GRADIENT_NORM = 5.0
WARM_UP = 0.05  # share of the steps during which the rate rises


class DistortionClassifier(nn.Module):
    """A backbone with one linear layer on the pooled maps of all its stages."""

    def __init__(self, backbone: FeatureBackbone, classes: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(sum(backbone.channels), classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (batch, classes) of normalised images (batch, 3, crop, crop)."""
        pooled = [stage.mean(dim=(2, 3)) for stage in self.backbone(images)]
        logits: Tensor = self.head(torch.cat(pooled, dim=1))
        return logits


def distortion_classes(manifest: pd.DataFrame) -> NDArray[np.int64]:
    """Number the pairs of distortion and level: one class for each, (images,)."""
    pairs = manifest["distortion"] + " " + manifest["level"].astype(str)
    return pd.factorize(pairs, sort=True)[0]


def pretrain(
    settings: Pretraining, backbone: Backbone, crop: int, manifest: Path, store: Path, output: Path
) -> None:
    """Pretrain a backbone and write its weights (float16) and their provenance beside them."""
    torch.set_num_threads(1)  # the order of summation is part of the result
    device = choose_device("auto")
    precision: Precision = "bfloat16" if has_bfloat16(device) else "float32"
    frame, pixels = read_manifest(manifest), PixelStore.open(store)
    classes = distortion_classes(frame)
    train = np.flatnonzero(frame["split"] == "train")
    torch.manual_seed(settings.seed)
    model = DistortionClassifier(FeatureBackbone(backbone, crop), int(classes.max()) + 1).to(device)
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=settings.rate, weight_decay=settings.weight_decay
    )
    per_epoch = math.ceil(len(train) * settings.crops / settings.batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.rate, total_steps=settings.epochs * per_epoch, pct_start=WARM_UP
    )
    criterion = nn.CrossEntropyLoss(label_smoothing=LABEL_SMOOTHING)
    for epoch in (bar := trange(settings.epochs, desc=output.stem, unit="epoch")):
        rows = epoch_order(train, settings.crops, settings.seed, epoch)
        generator = np.random.default_rng([settings.seed, epoch, 1])
        positions = random_positions(pixels.sizes[rows], crop, generator)
        flips = generator.random(len(rows)) < 0.5
        labels = torch.from_numpy(classes[rows]).to(device)
        done = 0
        model.train()
        for batch in crop_batches(pixels, rows, positions, flips, crop, settings.batch_size):
            images = normalise(batch, backbone.mean, backbone.std, device)
            with autocast(precision, device):
                logits = model(images)
            loss = criterion(logits.float(), labels[done : done + len(batch)])
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(model.parameters(), GRADIENT_NORM)
            optimiser.step()
            schedule.step()
            done += len(batch)
        bar.set_postfix(loss=f"{float(loss.detach()):.3f}")
    tensors = {
        name: tensor.half().contiguous()
        for name, tensor in model.backbone.network.state_dict().items()
        if tensor.is_floating_point()
    }
    with replace_atomically(output) as temporary:
        save_file(tensors, temporary)
    provenance = {
        "backbone": backbone.model_dump(mode="json"),
        "crop": crop,
        "manifest_sha256": sha256_of(manifest),
        "settings": settings.model_dump(mode="json"),
        "sha256": sha256_of(output),
        "task": "distortion and severity of crops of the training photos",
        "training_images": len(train),
        "validation_accuracy": accuracy(model, backbone, crop, pixels, frame, classes),
    }
    write_json(output.with_suffix(".json"), provenance)


def accuracy(
    model: DistortionClassifier,
    backbone: Backbone,
    crop: int,
    pixels: PixelStore,
    frame: pd.DataFrame,
    classes: NDArray[np.int64],
) -> float:
    """Share of validation images whose central crop is named exactly, distortion and severity."""
    rows = np.flatnonzero(frame["split"] == "validation")
    sizes = pixels.sizes[rows]
    positions = random_positions(sizes, crop, np.random.default_rng(0))
    device = next(model.parameters()).device
    model.eval()
    named: list[NDArray[np.int64]] = []
    with torch.inference_mode():
        for batch in crop_batches(pixels, rows, positions, None, crop, 64):
            logits = model(normalise(batch, backbone.mean, backbone.std, device))
            named.append(logits.argmax(dim=1).cpu().numpy())
    return float(np.mean(np.concatenate(named) == classes[rows]))


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa pretrain", description="pretrain a backbone")
    parser.add_argument("--settings", required=True, help="JSON, fields of studies.Pretraining")
    parser.add_argument("--backbone", required=True, help="JSON, fields of config.Backbone")
    parser.add_argument("--crop", type=int, required=True, help="pixels")
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--store", type=Path, required=True, help="folder of the pixel store")
    parser.add_argument("--output", type=Path, required=True, help="safetensors file")
    arguments = parser.parse_args()
    settings = validated(Pretraining, json.loads(arguments.settings), "--settings")
    backbone = validated(Backbone, json.loads(arguments.backbone), "--backbone")
    pretrain(
        settings, backbone, arguments.crop, arguments.manifest, arguments.store, arguments.output
    )


if __name__ == "__main__":
    run_stage(main)
