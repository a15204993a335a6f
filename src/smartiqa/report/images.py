"""The test images of a study: true and predicted scores, attention, generated weights, photos."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from PIL import Image

from smartiqa.config.planned import resolve
from smartiqa.core.tables import read_parquet
from smartiqa.data.store.pixel_store import PixelStore
from smartiqa.data.synthetic.photos import listed_photos
from smartiqa.paper.figures.pca_weights import COLUMNS
from smartiqa.paper.figures.result_files import finite_predictions, require_finite
from smartiqa.results.run_files import attention_columns
from smartiqa.results.study_results import Results

MOST_IMAGES = 1000  # of a dataset; of more, the worst predicted and an even choice of the others
MOST_WORST = 100  # among them
SIDE, QUALITY = 160, 75  # of an embedded photo: pixels, WebP's scale
Rows = list[dict[str, Any]]

LABELS = ["quality", "content", "distortion"]
DECIMALS = 3


def predicted(results: Results) -> pd.DataFrame:
    """Return the test images of all datasets that a finished test has.

    One row an image: dataset, id, quality, content ("" where no other image shows it), distortion,
    and of each experiment the mean prediction of its tested seeds, in a column named after it (NaN
    where it was not tested).
    Before anything was tested the table has no rows.

    Raises:
        InputError: a file is damaged, or a prediction is no number.
    """
    found = []
    for dataset in results.study.datasets:
        tables = {
            name: pd.concat(seeds).groupby(level=0, sort=False)["prediction"].mean()
            for name in results.planned
            if dataset in results.datasets_of(name)
            and (seeds := list(tested(results, name, dataset)))
        }
        if tables:
            name = next(iter(tables))
            images = next(tested(results, name, dataset))
            labels = images.reindex(columns=LABELS).assign(dataset=dataset)
            labels.loc[~labels["content"].duplicated(keep=False), "content"] = ""
            found.append(labels.join(pd.DataFrame(tables)).reset_index(names="id"))
    nothing = pd.DataFrame(columns=["id", *LABELS, "dataset"])
    return pd.concat(found, ignore_index=True) if found else nothing


def tested(results: Results, name: str, dataset: str) -> Iterator[pd.DataFrame]:
    """Yield the predictions of the seeds that were tested, one row an image, indexed by id.

    Raises:
        InputError: a file is damaged, or a prediction is no number.
    """
    for seed in results.study.seeds_of(name):
        path = results.run(name, seed) / "predictions" / f"{dataset}.parquet"
        if path.is_file():
            yield finite_predictions(path)


def chosen(images: pd.DataFrame, model: str) -> pd.DataFrame:
    """Choose at most `MOST_IMAGES` of each dataset, worst predicted by `model` first."""
    parts = []
    for _, part in images.groupby("dataset", sort=False):
        errors = (part[model] - part["quality"]).abs() if model in part else part["quality"] * 0
        ranked = part.loc[errors.sort_values(ascending=False, kind="stable").index]
        if len(ranked) > MOST_IMAGES:
            others = np.linspace(MOST_WORST, len(ranked) - 1, MOST_IMAGES - MOST_WORST)
            ranked = ranked.iloc[[*range(MOST_WORST), *others.astype(int)]]
        parts.append(ranked)
    return pd.concat(parts, ignore_index=True) if parts else images


def attention(results: Results, model: str, numbers: Mapping[str, int]) -> Rows:
    """Return one row an image and stage: the mean weight over seeds; none without a gate.

    `numbers` are the images of the training dataset that the page shows, by id.
    """
    frames = list(tested(results, model, results.study.training_dataset))
    stages = attention_columns(frames[0]) if frames else []
    if not stages:
        return []
    mean = pd.concat(frames).groupby(level=0)[["quality", *stages]].mean()
    long = mean.reset_index(names="id").melt(["id", "quality"], stages, "stage", "weight")
    long["stage"] = long["stage"].str.replace("attention_", "stage ")
    return rows_of(long, numbers)


def embedding(results: Results, numbers: Mapping[str, int]) -> Rows:
    """Return one row an image and embedded model: where its generated weights lie.

    Raises:
        InputError: a file is damaged.
    """
    rows = []
    for model in results.roles.among(results.planned).embedded:
        path = results.run(model, results.study.seeds_of(model)[0]) / "generated.parquet"
        if path.is_file():
            frame = read_parquet(path, COLUMNS, "embed")[[*COLUMNS]].assign(model=model)
            require_finite(frame[["quality", "pc1", "pc2"]], path)
            rows += rows_of(frame, numbers)
    return rows


def rows_of(frame: pd.DataFrame, numbers: Mapping[str, int]) -> Rows:
    """Return the rows of images that have a number, with it as `i`; numbers are rounded."""
    known = frame[frame["id"].isin(numbers)].round(DECIMALS)
    numbered = known.assign(i=known["id"].map(dict(numbers)))
    return cast(Rows, numbered.to_dict("records"))


def photos(results: Results, dataset: str, ids: list[str]) -> list[str]:
    """Return small copies of photos as data URIs; none if their pixel store is not there.

    Raises:
        InputError: the store is damaged.
    """
    way = resolve(results.study, results.catalogue, results.roles.reference).recipe.resize
    folder = results.store(dataset, way)
    if not (folder / "store.json").is_file():
        return []
    store = PixelStore.open(folder)
    return [data_uri(store.image(row)) for row in store.rows(ids)]


def data_uri(pixels: Any) -> str:
    """Shrink a photo (height, width, 3) and encode it as WebP."""
    image = Image.fromarray(pixels)
    image.thumbnail((SIDE, SIDE))
    stream = io.BytesIO()
    image.save(stream, "WEBP", quality=QUALITY, method=6)
    return "data:image/webp;base64," + base64.b64encode(stream.getvalue()).decode("ascii")


def credits(results: Results) -> list[str]:
    """Return who made the photos that a study distorts, and under which licence."""
    synthesis = results.study.synthesis
    if synthesis is None:
        return []
    listed = listed_photos(synthesis).sort_values("file", kind="stable")
    rows = zip(listed["file"], listed["author"], listed["licence"], strict=True)
    return [f"{Path(file).stem}: {author}, {licence}" for file, author, licence in rows]
