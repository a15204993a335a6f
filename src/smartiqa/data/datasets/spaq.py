"""SPAQ: photos of 66 smartphones, rated in a laboratory; no official split.

The split lists are for the 2,224 test images of the published
SMART-IQA runs. Full-size photos have about 13 megapixels; the archive of reduced ones works too.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from smartiqa.data.adapters import IQA_PYTORCH, DatasetFacts, Download, Mirror, Scale, label_frame
from smartiqa.data.labels.label_files import find_label_file, locate_images, read_excel
from smartiqa.data.labels.split_lists import SplitLists, apply_split_lists

if TYPE_CHECKING:
    import pandas as pd

LABEL_FILE = "MOS and Image attribute scores.xlsx"
FACTS = DatasetFacts(
    name="spaq",
    title="SPAQ",
    images=11_125,
    scale=Scale(0, 100),
    score_name="MOS",
    citation="Fang, Zhu, Zeng, Ma and Wang, CVPR 2020",
    licence="no licence stated by its publishers (github.com/h4nwei/SPAQ)",
    split="random",
    downloads=(
        Download(
            provides=LABEL_FILE,
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
    "IQA_data, spaq.zip), with the folder Annotations from github.com/h4nwei/SPAQ; unpack both",
)

Options = SplitLists


def read_labels(root: Path, options: Options) -> pd.DataFrame:
    """Read the Excel file of scores."""
    source = find_label_file(root, LABEL_FILE, LABEL_FILE.replace(" ", "_"))
    table = read_excel(source, needs=["Image name", "MOS"], numbers=["MOS"])
    wanted = [f"TestImage/{name}" for name in table["Image name"]]
    labels = label_frame(
        source,
        id=table["Image name"],
        file=locate_images(root, wanted, any_folder=True),
        score=table["MOS"],
    )
    return apply_split_lists(labels, root, options)
