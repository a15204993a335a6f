"""LIVE (release 2): 29 photos, five distortions; the score is a DMOS, so lower is better.

`dmos_realigned.mat` has 982 entries in the order of five folders with files `img1.bmp`, `img2.bmp`
and so on; 203 of them repeat undistorted photos (`orgs`) and are dropped. Realigned DMOS has no
ends of its own; the scale is the observed range (-2.64 to 111.77), widened to whole numbers. The
release's `dmos.mat` has the scores before they were realigned, on another scale: it is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from smartiqa.core.errors import InputError
from smartiqa.data.adapters import DatasetFacts, Download, NoOptions, Scale, label_frame
from smartiqa.data.labels.label_files import find_label_file, locate_images, read_mat

if TYPE_CHECKING:
    import pandas as pd

FOLDERS = {"jp2k": 227, "jpeg": 233, "wn": 174, "gblur": 174, "fastfading": 174}
DISTORTIONS = {
    "jp2k": "JPEG2000",
    "jpeg": "JPEG",
    "wn": "white noise",
    "gblur": "Gaussian blur",
    "fastfading": "fast fading",
}
NOT_LABELS = {"dmos.mat": "its scores are those before the realignment"}

FACTS = DatasetFacts(
    name="live",
    title="LIVE",
    images=779,
    scale=Scale(-3, 112, higher_is_better=False),
    score_name="DMOS",
    citation="Sheikh, Sabir and Bovik, IEEE Transactions on Image Processing, 2006",
    licence="free with the copyright notice of The University of Texas at Austin",
    downloads=(Download(provides="dmos_realigned.mat", mirrors=()),),
    by_hand="ask for release 2 at https://live.ece.utexas.edu/research/quality/subjective.htm and "
    "put its folders (jp2k, jpeg, wn, gblur, fastfading), dmos_realigned.mat and refnames_all.mat",
)

Options = NoOptions


def read_labels(root: Path, options: Options) -> pd.DataFrame:
    """Read the two MATLAB files; there are no options."""
    source = find_label_file(
        root, "dmos_realigned.mat", advice=f"{FACTS.by_hand}", refused=NOT_LABELS
    )
    scores, is_reference = read_mat(source, "dmos_new", "orgs")
    (references,) = read_mat(find_label_file(root, "refnames_all.mat"), "refnames_all")
    names = [f"{name}/img{k}.bmp" for name, count in FOLDERS.items() for k in range(1, count + 1)]
    if not len(scores) == len(references) == len(names):
        raise InputError(
            f"{source} has {len(scores)} scores and refnames_all.mat {len(references)} names; "
            f"release 2 has {len(names)}"
        )
    import pandas as pd

    table = pd.DataFrame({"name": names, "score": scores, "reference": references})
    table = table[[not flag for flag in is_reference]].reset_index(drop=True)
    return label_frame(
        source,
        id=table["name"],
        file=locate_images(root, table["name"]),
        score=table["score"],
        reference=table["reference"].str.removesuffix(".bmp"),
        distortion=table["name"].str.split("/").str[0].map(DISTORTIONS),
    )
