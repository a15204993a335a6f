"""Where the target networks of a run lie: PCA of the generated weights, and how they separate.

HyperIQA (figure 5) shows that images of one content get similar target networks. Here the
generated weights and biases of the test images (one central crop each) are one long vector; two
principal components are kept for the figure, and the separation is measured by silhouette scores in
the space of the first `COMPONENTS`.

Content is the reference photo where a dataset has references that repeat; elsewhere it is one of
eight k-means clusters of the pretrained backbone's deepest features, which never saw a quality
score. Quality is the third of the images that one belongs to: low, middle, high.

All test images count, up to 2,500 (KonIQ-10k has 2,015). Of more, so many are drawn at random
without replacement, by a fixed seed, so the same ones for every model of a study.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score
from torch import Tensor

from smartiqa.config.experiment import Experiment
from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_together, verified
from smartiqa.core.json_files import json_text
from smartiqa.core.strict import validated
from smartiqa.data.crops import CropPlan
from smartiqa.data.prepared import open_split
from smartiqa.data.store.pixel_store import PixelStore
from smartiqa.evaluation.prediction import load_run
from smartiqa.machine.precision import choose_precision
from smartiqa.metrics.by_quality import thirds
from smartiqa.models.backbones import load_weights, read_safetensors
from smartiqa.models.hyper_network import flattened
from smartiqa.models.inference import central_crops, kept_of_stages, outputs
from smartiqa.models.quality import QualityModel
from smartiqa.results.records import Embedding

CONTENTS = 8  # clusters, where no images are known to show the same
COMPONENTS = 50  # of the space in which silhouettes are measured
MOST_IMAGES = 2500  # a silhouette compares all pairs
SAMPLE_SEED = 0

Vectors = NDArray[np.float32]


def generated_vectors(
    experiment: Experiment, model: QualityModel, store: PixelStore, crops: CropPlan
) -> Vectors:
    """Return all generated weights and biases of each crop, (crops, values).

    Raises:
        InputError: the model has no hyper network.
    """
    precision = choose_precision(experiment, next(model.parameters()).device)
    rows: list[Vectors] = []
    for output in outputs(model, experiment.backbone, store, crops, precision):
        if output.generated is None:
            raise InputError(f"experiment {experiment.id} generates no weights: nothing to embed")
        rows.append(flattened(output.generated).float().cpu().numpy())
    return np.concatenate(rows)


def deepest_features(
    experiment: Experiment,
    model: QualityModel,
    weights: Path,
    store: PixelStore,
    crops: CropPlan,
) -> Vectors:
    """Return the pooled deepest stage of the pretrained backbone for each crop, (crops, channels).

    `model` is left with the pretrained backbone.
    """
    load_weights(model.backbone.network, weights)
    precision = choose_precision(experiment, next(model.parameters()).device)
    with kept_of_stages(model, pooled) as kept:
        for _ in outputs(model, experiment.backbone, store, crops, precision):
            pass
    return np.concatenate(kept)


def pooled(stages: Sequence[Tensor]) -> Vectors:
    """Average the deepest stage over its positions, (batch, channels)."""
    found: Vectors = stages[-1].mean(dim=(2, 3)).float().cpu().numpy()
    return found


def sampled(count: int, most: int) -> NDArray[np.intp]:
    """Return which of `count` images are embedded, ascending: all, or a random sample of `most`."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(SAMPLE_SEED).choice(count, most, replace=False))


def embedding(
    vectors: Vectors, content: NDArray[Any], quality: NDArray[np.float64]
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """Project vectors on two principal components and measure how content and quality separate.

    Returns:
        Coordinates (images, 2) and a record of explained variance and silhouette scores (-1 to 1).
    """
    count = min(COMPONENTS, len(vectors) - 1)
    pca = PCA(count, svd_solver="full").fit(vectors.astype(np.float64))
    # The sign of a component is arbitrary: the largest loading is made positive.
    axes = np.arange(count), np.abs(pca.components_).argmax(axis=1)
    space = pca.transform(vectors.astype(np.float64)) * np.sign(pca.components_[axes])
    record = {
        "components": count,
        "explained_variance": pca.explained_variance_ratio_[:2].tolist(),
        "images": len(vectors),
        "silhouette_content": float(silhouette_score(space, content)),
        "silhouette_quality": float(silhouette_score(space, thirds(quality))),
        "values": vectors.shape[1],
    }
    return space[:, :2], record


def embed(run: Path, manifest: Path, store: Path, weights: Path, output: Path) -> None:
    """Write `output` (id, content, distortion, quality, pc1, pc2) and a JSON record.

    Raises:
        InputError: there are no test images, the store was not made from the manifest, or the run
            generates no weights.
    """
    experiment, model = load_run(run)
    read_safetensors(verified(weights))  # told early, and where they are not needed too
    images, pixels, rows = open_split(manifest, store, "test")
    test_images, chosen = len(images), sampled(len(images), MOST_IMAGES)
    images, rows = images.iloc[chosen], rows[chosen]
    crops = central_crops(pixels, rows, experiment.crop)
    vectors = generated_vectors(experiment, model, pixels, crops)
    content = images["reference"].to_numpy()
    if (content == "").any() or images["reference"].is_unique:
        features = deepest_features(experiment, model, weights, pixels, crops)
        clusters = KMeans(min(CONTENTS, len(rows) - 1), n_init=10, random_state=0).fit(features)
        content = np.array([f"cluster {label + 1}" for label in clusters.labels_])
    coordinates, record = embedding(vectors, content, images["quality"].to_numpy())
    table = images[["id", "distortion", "quality"]].assign(content=content)
    table["pc1"], table["pc2"] = coordinates.T
    record |= {"test_images": test_images}
    text = json_text(validated(Embedding, record, f"embedding of {run}"))
    with replace_together(output.with_suffix(".json"), output) as (beside, temporary):
        beside.write_text(text, encoding="utf-8")
        table.to_parquet(temporary, index=False)
