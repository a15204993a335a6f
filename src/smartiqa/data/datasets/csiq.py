"""CSIQ: 30 photos, six distortions at four or five levels; a DMOS of 0 to 1, lower is better.

Read are the publishers' `csiq.DMOS.xlsx` (sheet all_by_image) or, where only that is at hand, the
list `csiq_label.txt` (name and DMOS on each line) that goes round with published codes. Circulating
lists are sometimes inverted; the undistorted look of a low DMOS is not checked here.
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
from smartiqa.data.labels.label_files import (
    find_label_file,
    locate_images,
    parts_of_names,
    read_csv,
    read_excel,
)

if TYPE_CHECKING:
    import pandas as pd

HOME = "https://s2.smu.edu/~eclarson/csiq/"
# what the Excel file calls a distortion: how file names spell it, its folder, its usual name
SPELLINGS = {
    "noise": ("AWGN", "awgn", "white noise"),
    "blur": ("BLUR", "blur", "Gaussian blur"),
    "contrast": ("contrast", "contrast", "contrast change"),
    "fnoise": ("fnoise", "fnoise", "pink noise"),
    "jpeg": ("JPEG", "jpeg", "JPEG"),
    "jpeg 2000": ("jpeg2000", "jpeg2000", "JPEG2000"),
}
FOLDERS = {spelling: folder for spelling, folder, _ in SPELLINGS.values()}
DISTORTIONS = {spelling: name for spelling, _, name in SPELLINGS.values()}

FACTS = DatasetFacts(
    name="csiq",
    title="CSIQ",
    images=866,
    scale=Scale(0, 1, higher_is_better=False),
    score_name="DMOS",
    citation="Larson and Chandler, Journal of Electronic Imaging, 2010",
    licence="no licence stated by its publishers",
    image_sizes=((512, 512),),
    downloads=(
        Download(
            provides="1600.AWGN.1.png",
            mirrors=(
                Mirror(HOME + "dst_imgs.zip"),
                Mirror(
                    IQA_PYTORCH + "csiq.tgz",
                    sha256="e34c372c98e751c5490dadeb536e37666296b6c4f651df30cc04c0547ffee5b0",
                    size=379_062_485,
                ),
            ),
        ),
        Download(provides="csiq.DMOS.xlsx", mirrors=(Mirror(HOME + "csiq.DMOS.xlsx"),)),
    ),
)

Options = NoOptions


def read_labels(root: Path, options: Options) -> pd.DataFrame:
    """Read the label file that is there; there are no options."""
    source = find_label_file(root, "csiq.DMOS.xlsx", "csiq_label.txt")
    table = _read_list(source) if source.suffix == ".txt" else _read_workbook(source)
    form = rf"(?P<reference>.+)\.(?P<type>{'|'.join(FOLDERS)})\.(?P<level>\d)\.png"
    parts = parts_of_names(table["name"], form, source)
    wanted = "dst_imgs/" + parts["type"].map(FOLDERS) + "/" + table["name"]
    return label_frame(
        source,
        id=table["name"],
        file=locate_images(root, wanted, any_folder=True),
        score=table["dmos"],
        spread=table.get("dmos_std", float("nan")),
        reference=parts["reference"],
        distortion=parts["type"].map(DISTORTIONS),
        level=parts["level"].astype(float),
    )


def _read_workbook(source: Path) -> pd.DataFrame:
    columns = ["image", "dst_type", "dst_lev", "dmos"]
    numbers = ["dst_lev", "dmos_std", "dmos"]
    table = read_excel(source, sheet="all_by_image", needs=columns, numbers=numbers)
    spelling = table["dst_type"].replace({name: first for name, (first, *_) in SPELLINGS.items()})
    level = table["dst_lev"].map("{:.0f}".format)
    return table.assign(name=table["image"] + "." + spelling + "." + level + ".png")


def _read_list(source: Path) -> pd.DataFrame:
    columns = ["name", "dmos"]
    return read_csv(source, needs=columns, numbers=["dmos"], sep=r"\s+", names=columns)
