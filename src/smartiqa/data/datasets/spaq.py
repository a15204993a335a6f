"""SPAQ: photos of 66 smartphones, rated in a laboratory; no official split.

The split lists are for the 2,224 test images of the published
SMART-IQA runs. Full-size photos have about 13 megapixels; the archive of reduced ones works too.

A second Excel file, which need not be there, says what photos show: each of nine categories has a
share, 1 / n for each of an image's n categories (rounded, such as 0.333333) and else 0.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from smartiqa.core.errors import InputError
from smartiqa.data.adapters import (
    IQA_PYTORCH,
    SEPARATORS,
    DatasetFacts,
    Download,
    Mirror,
    Scale,
    label_frame,
)
from smartiqa.data.labels.label_files import (
    find_label_file,
    find_optional_file,
    locate_images,
    read_excel,
)
from smartiqa.data.labels.split_lists import SplitLists, apply_split_lists

if TYPE_CHECKING:
    import pandas as pd

LABEL_FILE = "MOS and Image attribute scores.xlsx"
SCENE_FILE = "Scene category labels.xlsx"
NAME = "Image name"
SCENES = (
    "Animal",
    "Cityscape",
    "Human",
    "Indoor scene",
    "Landscape",
    "Night scene",
    "Plant",
    "Still-life",
    "Others",
)


def _spellings(name: str) -> tuple[str, str]:
    return name, name.replace(" ", "_")


FACTS = DatasetFacts(
    name="spaq",
    title="SPAQ",
    images=11_125,
    scale=Scale(0, 100),
    score_name="MOS",
    citation="Fang, Zhu, Zeng, Ma and Wang, CVPR 2020",
    licence="no licence stated by its publishers (github.com/h4nwei/SPAQ)",
    files={"scene": SCENE_FILE},
    downloads=(
        Download(
            provides=LABEL_FILE,
            also=_spellings(LABEL_FILE)[1:],
            mirrors=(
                Mirror(
                    IQA_PYTORCH + "spaq.tgz",
                    sha256="54e0cb49dc8359f9293e746d452d8b12ec653056c9b12a4f97798a984c7418f7",
                    size=34_841_101_349,
                ),
            ),
        ),
    ),
    by_hand="instead of 35 GB, the reduced images do (2.6 GB: huggingface.co/datasets/VQA-CityU/"
    "IQA_data, spaq.zip), with the Excel files that github.com/h4nwei/SPAQ links to; put both",
)

Options = SplitLists


def read_labels(root: Path, options: Options) -> pd.DataFrame:
    """Read the Excel file of scores, and that of scenes if it is there."""
    source = find_label_file(root, *_spellings(LABEL_FILE))
    table = read_excel(source, needs=[NAME, "MOS"], numbers=["MOS"])
    wanted = [f"TestImage/{name}" for name in table[NAME]]
    labels = label_frame(
        source,
        id=table[NAME],
        file=locate_images(root, wanted, any_folder=True),
        score=table["MOS"],
        scene=_scenes_of(table[NAME], root),
    )
    return apply_split_lists(labels, root, options)


def _scenes_of(names: pd.Series[str], root: Path) -> pd.Series[str] | str:
    """Return the joined categories of these images; "" for one that has none."""
    source = find_optional_file(root, *_spellings(SCENE_FILE))
    if source is None:
        return ""
    scenes = _read_scenes(source)
    if not names.isin(scenes.index).any():
        raise InputError(
            f"{source} has no row about an image of '{LABEL_FILE}', of which the first is "
            f"'{names.iloc[0]}'; take files that belong together"
        )
    return names.map(scenes).fillna("")


def _read_scenes(source: Path) -> pd.Series[str]:
    """Return the joined categories of each image, by its name.

    Raises:
        InputError: the file is no such table, a share is not one, or an image is there twice.
    """
    import numpy as np
    import pandas as pd

    table = read_excel(source, needs=[NAME, *SCENES], numbers=SCENES)
    names, shares = table[NAME], table[[*SCENES]].to_numpy()
    rows, places = np.nonzero(~((shares >= 0) & (shares <= 1)))  # an empty cell is NaN
    if len(rows):
        row, place = rows[0], places[0]
        raise InputError(
            f"{source}, row {row + 1} ('{names[row]}'): the share of '{SCENES[place]}' is "
            f"{shares[row, place]:g}; give one of 0 to 1"
        )
    twice = names.index[names.duplicated()]
    if len(twice):
        raise InputError(f"{source}, row {twice[0] + 1}: '{names[twice[0]]}' is there twice")
    joined = [SEPARATORS["scene"].join(np.array(SCENES)[row]) for row in shares > 0]
    return pd.Series(joined, index=names, dtype="str")
