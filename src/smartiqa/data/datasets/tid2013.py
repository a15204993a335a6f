"""TID2013: 25 photos, 24 distortions at 5 levels; a MOS of 0 to 9, higher is better.

`mos_with_names.txt` has score and name on each line. The archive mixes upper and lower case in file
names, so names are compared in lower case. `mos_std.txt`, in the same order, gives the spread.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from smartiqa.core.errors import InputError
from smartiqa.data.adapters import (
    IQA_PYTORCH,
    DatasetFacts,
    Download,
    Mirror,
    NoOptions,
    Scale,
    label_frame,
)
from smartiqa.data.labels.label_files import (
    find_label_file,
    locate_images,
    parts_of_names,
    read_csv,
)

if TYPE_CHECKING:
    import pandas as pd

# fmt: off
DISTORTIONS = (  # types 1 to 24
    "additive Gaussian noise", "additive noise in color components",
    "spatially correlated noise", "masked noise", "high frequency noise", "impulse noise",
    "quantization noise", "Gaussian blur", "image denoising", "JPEG", "JPEG2000",
    "JPEG transmission errors", "JPEG2000 transmission errors", "non-eccentricity pattern noise",
    "local block-wise distortions", "mean shift", "contrast change",
    "change of color saturation", "multiplicative Gaussian noise", "comfort noise",
    "lossy compression of noisy images", "color quantization with dither",
    "chromatic aberrations", "sparse sampling and reconstruction",
)
# fmt: on
NOT_LABELS = {"mos.txt": "it does not say which score belongs to which image"}

FACTS = DatasetFacts(
    name="tid2013",
    title="TID2013",
    images=3_000,
    scale=Scale(0, 9),
    score_name="MOS",
    citation="Ponomarenko et al., Signal Processing: Image Communication, 2015",
    licence="no licence stated by its publishers (ponomarenko.info/tid2013.htm)",
    image_sizes=((512, 384),),
    downloads=(
        Download(
            provides="mos_with_names.txt",
            mirrors=(
                Mirror(IQA_PYTORCH + "tid2013.tgz"),
                Mirror(
                    "https://www.ponomarenko.info/tid2013/tid2013.rar",
                    md5="2c42bec2407adc49cf4d7858daf8f99b",
                ),
            ),
        ),
    ),
)

Options = NoOptions


def read_labels(root: Path, options: Options) -> pd.DataFrame:
    """Read `mos_with_names.txt`; names `i<reference>_<distortion>_<level>.bmp` say the rest."""
    source = find_label_file(root, "mos_with_names.txt", refused=NOT_LABELS)
    columns = ["mos", "name"]
    table = read_csv(source, needs=columns, numbers=["mos"], sep=r"\s+", names=columns)
    names = table["name"].str.lower()
    form = r"(?P<reference>i\d+)_(?P<type>0[1-9]|1\d|2[0-4])_(?P<level>\d+)\.bmp"
    parts = parts_of_names(names, form, source)
    return label_frame(
        source,
        id=names,
        file=locate_images(root, [f"distorted_images/{name}" for name in names], any_folder=True),
        score=table["mos"],
        spread=_read_spread(source.with_name("mos_std.txt"), len(table)),
        reference=parts["reference"],
        distortion=[DISTORTIONS[number - 1] for number in parts["type"].astype(int)],
        level=parts["level"].astype(float),
    )


def _read_spread(path: Path, rows: int) -> pd.Series[float] | float:
    if not path.is_file():
        return float("nan")
    spread = read_csv(path, needs=["std"], numbers=["std"], names=["std"])["std"]
    if len(spread) != rows:
        raise InputError(f"{path} has {len(spread)} lines but mos_with_names.txt has {rows}")
    return spread
