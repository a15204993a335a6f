"""KonIQ-10k: photos from the wild, rated by a crowd.

The score is the z-score MOS of 0 to 100 that published codes train on. Both label files have it:
`koniq10k_distributions_sets.csv` (preferred: it also has the official split) calls it MOS,
`koniq10k_scores_and_distributions.csv` MOS_zscore. The spread is given on the raw scale of 1 to 5
and multiplied by 25, the ratio of the two scales' widths; z-scoring makes this an approximation.

The split lists are for the 7,046 / 2,010 split of the published SMART-IQA runs.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from smartiqa.core.errors import InputError
from smartiqa.core.strict import Text
from smartiqa.data.adapters import IQA_PYTORCH, DatasetFacts, Download, Mirror, Scale, label_frame
from smartiqa.data.labels.label_files import find_label_file, locate_images, read_csv
from smartiqa.data.labels.split_lists import SplitLists, apply_split_lists

if TYPE_CHECKING:
    import pandas as pd

SETS_FILE, SCORES_FILE = "koniq10k_distributions_sets.csv", "koniq10k_scores_and_distributions.csv"
NOT_LABELS = {"koniq10k_indicators.csv": "it has properties of the images, no opinions"}

FACTS = DatasetFacts(
    name="koniq10k",
    title="KonIQ-10k",
    images=10_073,
    scale=Scale(0, 100),
    score_name="MOS",
    citation="Hosu, Lin, Sziranyi and Saupe, IEEE Transactions on Image Processing, 2020",
    licence="no licence stated by its publishers; the photos are Creative Commons (YFCC100M)",
    image_sizes=((1024, 768), (512, 384)),
    downloads=(
        Download(
            provides="1024x768",
            mirrors=(
                Mirror("https://datasets.vqa.mmsp-kn.de/archives/koniq10k_1024x768.zip"),
                Mirror(IQA_PYTORCH + "koniq10k.tgz"),
            ),
        ),
        Download(
            provides=SETS_FILE,
            mirrors=(
                Mirror(
                    "https://raw.githubusercontent.com/subpic/koniq/master/metadata/" + SETS_FILE,
                    sha256="d0bd1ad54a60bc36fe172049e46ac76c83554e50ab84acebfd47b82b3e698a0a",
                    size=1_147_194,
                ),
            ),
        ),
    ),
)


class Options(SplitLists):
    """`images` is the folder of the images, which says their size."""

    images: Text = "1024x768"


def facts_for(options: Options) -> DatasetFacts:
    """Return `FACTS` with the one size that the images in the chosen folder have."""
    sizes = tuple(size for size in FACTS.image_sizes if "{}x{}".format(*size) in options.images)
    return replace(FACTS, image_sizes=sizes or FACTS.image_sizes)


def read_labels(root: Path, options: Options) -> pd.DataFrame:
    """Read the official label file."""
    source = find_label_file(root, SETS_FILE, SCORES_FILE, refused=NOT_LABELS)
    numbers = ["MOS", "MOS_zscore", "SD", "c_total"]
    table = read_csv(source, needs=["image_name", "MOS", "SD", "c_total"], numbers=numbers)
    official = table["set"].replace("training", "train") if "set" in table else ""
    if "set" not in table and "MOS_zscore" not in table:
        raise InputError(f"{source} has neither the column 'set' nor 'MOS_zscore'; get {SETS_FILE}")
    labels = label_frame(
        source,
        id=table["image_name"],
        file=locate_images(root, [f"{options.images}/{name}" for name in table["image_name"]]),
        score=table["MOS_zscore"] if "MOS_zscore" in table else table["MOS"],
        spread=25 * table["SD"],
        ratings=table["c_total"],
        split=official,
    )
    return apply_split_lists(labels, root, options)
