"""KADID-10k: 81 photos, 25 distortions at 5 levels, rated by a crowd.

Two names mislead: the column `dmos` is a quality (higher is better, 1 to 5), and `var` is the
standard deviation of its 30 ratings (as a variance it would contradict whole-number ratings).

The split lists are for the 2,000 test images (16 references)
of the published SMART-IQA runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from smartiqa.data.adapters import IQA_PYTORCH, DatasetFacts, Download, Mirror, Scale, label_frame
from smartiqa.data.labels.label_files import (
    find_label_file,
    locate_images,
    parts_of_names,
    read_csv,
)
from smartiqa.data.labels.split_lists import SplitLists, apply_split_lists

if TYPE_CHECKING:
    import pandas as pd

# fmt: off
DISTORTIONS = (  # types 1 to 25
    "Gaussian blur", "lens blur", "motion blur", "color diffusion", "color shift",
    "color quantization", "color saturation (HSV)", "color saturation (Lab)", "JPEG2000", "JPEG",
    "white noise", "white noise in color component", "impulse noise", "multiplicative noise",
    "denoise", "brighten", "darken", "mean shift", "jitter", "non-eccentricity patch", "pixelate",
    "quantization", "color block", "high sharpen", "contrast change",
)
# fmt: on

FACTS = DatasetFacts(
    name="kadid10k",
    title="KADID-10k",
    images=10_125,
    scale=Scale(1, 5),
    score_name="MOS",
    citation="Lin, Hosu and Saupe, QoMEX 2019",
    licence="free for research; distributed by the University of Konstanz",
    image_sizes=((512, 384),),
    downloads=(
        Download(
            provides="dmos.csv",
            mirrors=(
                Mirror("https://datasets.vqa.mmsp-kn.de/archives/kadid10k.zip", size=3_067_408_471),
                Mirror(IQA_PYTORCH + "kadid10k.tgz"),
            ),
        ),
    ),
)

Options = SplitLists


def read_labels(root: Path, options: Options) -> pd.DataFrame:
    """Read `dmos.csv`; the file names `I<reference>_<distortion>_<level>.png` say the rest."""
    source = find_label_file(root, "dmos.csv")
    table = read_csv(source, needs=["dist_img", "ref_img", "dmos"], numbers=["dmos", "var"])
    form = r"I\d+_(?P<type>0[1-9]|1\d|2[0-5])_(?P<level>\d+)\.png"
    parts = parts_of_names(table["dist_img"], form, source)
    labels = label_frame(
        source,
        id=table["dist_img"],
        file=locate_images(root, [f"images/{name}" for name in table["dist_img"]], any_folder=True),
        score=table["dmos"],
        spread=table.get("var", float("nan")),
        reference=table["ref_img"].str.removesuffix(".png"),
        distortion=[DISTORTIONS[number - 1] for number in parts["type"].astype(int)],
        level=parts["level"].astype(float),
    )
    return apply_split_lists(labels, root, options)
