"""BID: photos with natural blur, rated in a laboratory; a MOS of 0 to 5."""

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
from smartiqa.data.labels.label_files import find_label_file, locate_images, read_excel

if TYPE_CHECKING:
    import pandas as pd

NUMBER, SCORE, SPREAD = "Image Number", "Average Subjective Grade", "std"

FACTS = DatasetFacts(
    name="bid",
    title="BID",
    images=586,
    scale=Scale(0, 5),
    score_name="MOS",
    citation="Ciancio et al., IEEE Transactions on Image Processing, 2011",
    licence="no licence stated by its publishers",
    downloads=(
        Download(
            provides="DatabaseGrades.xlsx",
            mirrors=(Mirror(IQA_PYTORCH + "BID.zip"),),
        ),
    ),
)

Options = NoOptions


def read_labels(root: Path, options: Options) -> pd.DataFrame:
    """Read `DatabaseGrades.xlsx`, or `DatabaseGrades.xls`; there are no options."""
    source = find_label_file(root, "DatabaseGrades.xlsx")
    table = read_excel(source, needs=[NUMBER, SCORE], numbers=[NUMBER, SCORE, SPREAD])
    names = [f"DatabaseImage{number:04.0f}.JPG" for number in table[NUMBER]]
    return label_frame(
        source,
        id=names,
        file=locate_images(root, [f"ImageDatabase/{name}" for name in names], any_folder=True),
        score=table[SCORE],
        spread=table.get(SPREAD, float("nan")),
    )
