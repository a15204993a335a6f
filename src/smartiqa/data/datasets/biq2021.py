"""BIQ2021: photos of three origins, rated in a laboratory by 30 people each; a MOS of 0 to 1.

Two CSV files hold the authors' split, 10,000 photos for training and 2,000 for testing; there is no
validation split. Names have spaces and parentheses, `ss01 (17).jpg`, and begin with the subset. One
file's suffix is in upper case, the CSV's is not. The training file has two empty columns beside its
own.

The repository's history has other label files, with scores on another scale, without names or in
another order; they are refused. Nearly all photos have 512 x 512 pixels, eleven fewer.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from smartiqa.core.errors import InputError
from smartiqa.core.strict import Flag, Strict
from smartiqa.data.adapters import DatasetFacts, Download, Mirror, Scale, label_frame
from smartiqa.data.fetch.checksums import published_digests
from smartiqa.data.labels.label_files import find_label_file, locate_images, read_csv

if TYPE_CHECKING:
    import pandas as pd

NAME, SCORE = "Image Name", "MOS"
TRAIN_FILE, TEST_FILE = "Train (Images and MOS).csv", "Test (Images and MOS).csv"
FOLDER = "Images"
# What names begin with: private photos, photos with deliberate faults, photos from Unsplash.
SOURCES = {"ss01": "subset 1", "ss02": "subset 2", "ss03": "subset 3"}
OBSERVERS = 30
COMMIT = "62c7b40c036b68ee280626409699aa5c1a37fe57"  # of 2023-07-18
ARCHIVE = f"https://github.com/nisarahmedrana/BIQ2021/archive/{COMMIT}.zip"
FILES = f"https://raw.githubusercontent.com/nisarahmedrana/BIQ2021/{COMMIT}/"
OLDER = f"its scores are those of an older commit; take commit {COMMIT[:7]}"
NOT_LABELS = {
    "BIQ2021.xlsx": "its rows are in another order than the photos and cannot be joined to them",
    "Train.csv": OLDER,
    "Test.csv": OLDER,
    "Subset_1.csv": "it does not say which score belongs to which photo",
}

FACTS = DatasetFacts(
    name="biq2021",
    title="BIQ2021",
    images=12_000,
    scale=Scale(0, 1),
    score_name="MOS",
    citation="Ahmed and Asif, Journal of Electronic Imaging 31(5), 2022",
    licence="no licence file; its publishers call it freely available for use and benchmarking "
    "(github.com/nisarahmedrana/BIQ2021)",
    downloads=(
        Download(provides=FOLDER, mirrors=(Mirror(ARCHIVE, packed_on_demand=True),)),
        Download(provides=TRAIN_FILE, mirrors=(Mirror(FILES + quote(TRAIN_FILE)),)),
        Download(provides=TEST_FILE, mirrors=(Mirror(FILES + quote(TEST_FILE)),)),
    ),
    digests="biq2021.sha256",
)


class Options(Strict):
    """Which photos are read.

    `part` takes only the 3,000 photos of the third subset whose digests are known (2,400 for
    training, 600 for testing, chosen by a checksum of their names); the others need not be there.
    """

    part: Flag = False


def facts_for(options: Options) -> DatasetFacts:
    """Return `FACTS` with the number of photos that the options ask for."""
    return replace(FACTS, images=len(published_digests(FACTS))) if options.part else FACTS


def read_labels(root: Path, options: Options) -> pd.DataFrame:
    """Read the two CSV files.

    Raises:
        InputError: a file is missing or unreadable, or a photo is in both.
    """
    import pandas as pd

    source, training = _read(root, TRAIN_FILE)
    other, testing = _read(root, TEST_FILE)
    names = pd.concat([training[NAME], testing[NAME]], ignore_index=True)
    shared = set(training[NAME].str.lower()) & set(testing[NAME].str.lower())
    if shared:
        raise InputError(
            f"{source} and {other} both have '{min(shared)}'; take both files from commit "
            f"{COMMIT[:7]}"
        )
    labels = label_frame(
        source,
        id=names,
        file=locate_images(root, [f"{FOLDER}/{name}" for name in names]),
        score=pd.concat([training[SCORE], testing[SCORE]], ignore_index=True),
        ratings=OBSERVERS,
        split=["train"] * len(training) + ["test"] * len(testing),
        source=names.str.lower().str.split(n=1).str[0].map(SOURCES).fillna(""),
    )
    if not options.part:
        return labels
    return labels[labels["id"].str.lower().isin(published_digests(FACTS))].reset_index(drop=True)


def _read(root: Path, name: str) -> tuple[Path, pd.DataFrame]:
    path = find_label_file(root, name, refused=NOT_LABELS)
    return path, read_csv(path, needs=[NAME, SCORE], numbers=[SCORE])
