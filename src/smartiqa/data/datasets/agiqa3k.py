"""AGIQA-3K: images made by six text-to-image models; the score is `mos_quality`.

The content of an image is its prompt: a split by reference keeps the images of one prompt together.
The field tests on all of it (`all_test`). The generating model stands where others have their
distortion; `mos_align`, the agreement of image and prompt, is not a quality and is not read.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from smartiqa.data.adapters import (
    IQA_PYTORCH,
    DatasetFacts,
    Download,
    Mirror,
    NoOptions,
    Scale,
    label_frame,
)
from smartiqa.data.labels.label_files import find_label_file, locate_images, read_csv

if TYPE_CHECKING:
    import pandas as pd

FACTS = DatasetFacts(
    name="agiqa3k",
    title="AGIQA-3K",
    images=2_982,
    scale=Scale(0, 5),
    score_name="MOS",
    citation="Li et al., IEEE Transactions on Circuits and Systems for Video Technology, 2024",
    licence="MIT (github.com/lcysyzxdxc/AGIQA-3k-Database)",
    downloads=(
        Download(
            provides="AttnGAN_normal_000.jpg",
            mirrors=(Mirror(IQA_PYTORCH + "AGIQA-3K.zip"),),
        ),
        Download(
            provides="data.csv",
            mirrors=(
                Mirror(
                    "https://raw.githubusercontent.com/lcysyzxdxc/AGIQA-3k-Database/main/data.csv",
                    sha256="4b1945c2137e196d9378b9cf4a114de2267b97a4724f0743e260287eb2ddd6c0",
                    size=445_544,
                ),
            ),
        ),
    ),
)

Options = NoOptions


def read_labels(root: Path, options: Options) -> pd.DataFrame:
    """Read `data.csv`; there are no options."""
    source = find_label_file(root, "data.csv")
    numbers = ["mos_quality", "std_quality"]
    table = read_csv(source, needs=["name", "prompt", *numbers], numbers=numbers)
    return label_frame(
        source,
        id=table["name"],
        file=locate_images(root, [f"AGIQA-3K/{name}" for name in table["name"]], any_folder=True),
        score=table["mos_quality"],
        spread=table["std_quality"],
        reference=table["prompt"],
        distortion=table["name"].str.split("_").str[0],
    )
