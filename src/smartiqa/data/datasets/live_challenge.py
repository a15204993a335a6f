"""LIVE in the Wild Image Quality Challenge: photos of mobile cameras, rated by a crowd.

Three MATLAB files list 1,169 images in one order; the first seven taught the raters and are
dropped, as everywhere. Some circulating copies of the image list lack 100.bmp: the count shows it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from smartiqa.core.errors import InputError
from smartiqa.data.adapters import DatasetFacts, Download, NoOptions, Scale, label_frame
from smartiqa.data.labels.label_files import find_label_file, locate_images, read_mat

if TYPE_CHECKING:
    import pandas as pd

TRAINING_IMAGES = 7

FACTS = DatasetFacts(
    name="live_challenge",
    title="LIVE Challenge",
    images=1_162,
    scale=Scale(0, 100),
    score_name="MOS",
    citation="Ghadiyaram and Bovik, IEEE Transactions on Image Processing, 2016",
    licence="free with the copyright notice of The University of Texas at Austin",
    downloads=(Download(provides="AllMOS_release.mat", mirrors=()),),
    by_hand="ask for it at https://live.ece.utexas.edu/research/ChallengeDB/index.html and put "
    "its folders Data (with AllImages_release.mat and the others) and Images",
)

Options = NoOptions


def read_labels(root: Path, options: Options) -> pd.DataFrame:
    """Read the three MATLAB files; there are no options."""
    source = find_label_file(root, "AllMOS_release.mat", advice=f"{FACTS.by_hand}")
    names, scores, spreads = (
        read_mat(source.with_name(f"{name}.mat"), name)[0][TRAINING_IMAGES:]
        for name in ("AllImages_release", "AllMOS_release", "AllStdDev_release")
    )
    if not len(names) == len(scores) == len(spreads):
        raise InputError(
            f"{source.parent} lists {len(names)} images but {len(scores)} scores and "
            f"{len(spreads)} deviations; get the three files from one release"
        )
    wanted = [f"Images/{name}" for name in names]
    files = locate_images(root, wanted, any_folder=True)
    return label_frame(source, id=names, file=files, score=scores, spread=spreads)
