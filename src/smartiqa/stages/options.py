"""Options that several stages share: type, help, and what is checked before any work starts.

What must exist is tested here, so a missing file is told at once, with the stage that makes it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE, study_file, study_names
from smartiqa.config.limits import MOST_CROPS
from smartiqa.new_study.scores import Direction


def ends_with(suffix: str) -> Callable[[Path], Path]:
    """Return a check that a path has this suffix: it says what a file holds, to libraries too."""

    def checked(path: Path) -> Path:
        if not path.name.endswith(suffix):
            raise typer.BadParameter(f"'{path}' does not end with {suffix}")
        return path

    return checked


def experiments() -> list[str]:
    """Name all experiments of the catalogue."""
    from smartiqa.core.yaml_files import read_yaml

    return list(read_yaml(CATALOGUE)["experiments"])


Study = Annotated[
    Path,
    typer.Option(
        parser=study_file,
        metavar="STUDY",
        autocompletion=study_names,
        help="name of a study, or its YAML file",
    ),
]
_STUDY: typer.models.ArgumentInfo = typer.Argument(
    parser=study_file,
    metavar="STUDY",
    autocompletion=study_names,
    help="name of a study, or its YAML file",
)
StudyArgument = Annotated[Path, _STUDY]
StudyIfAny = Annotated[Path | None, _STUDY]
StudyInstead = Annotated[  # of the argument
    Path | None,
    typer.Option(
        "--study",
        parser=study_file,
        metavar="STUDY",
        autocompletion=study_names,
        help="the same as an option, as other stages have it (demo)",
    ),
]
Catalogue = Annotated[
    Path, typer.Option(exists=True, dir_okay=False, help="all experiments, a YAML file")
]
Published = Annotated[
    Path,
    typer.Option(exists=True, dir_okay=False, help="numbers of the published paper, a YAML file"),
]
Expect = Annotated[
    str | None,
    typer.Option(
        metavar="DIGEST",
        help="digest of the settings that were planned; if the files give others by now, refuse",
    ),
]
ExperimentId = Annotated[
    str,
    typer.Option(
        metavar="ID",
        autocompletion=experiments,
        help="an experiment of the catalogue, such as C3",
    ),
]
ExperimentArgument = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        autocompletion=experiments,
        help="an experiment of the catalogue, such as C3",
    ),
]
Dataset = Annotated[str, typer.Option(metavar="NAME", help="a dataset of the study")]
Role = Annotated[
    str, typer.Option(metavar="NAME", help="a backbone of the study, such as swin_base")
]
Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="of everything that is random")]
Workers = Annotated[int, typer.Option(min=1, max=1024, help="how many work side by side")]
Crops = Annotated[
    int | None,
    typer.Option(min=1, max=MOST_CROPS, help="crops a photo (those of its intervals, or 20)"),
]
Run = Annotated[
    Path,
    typer.Option(exists=True, file_okay=False, help="folder of a run, which the stage train makes"),
]
Manifest = Annotated[
    Path,
    typer.Option(
        exists=True, dir_okay=False, help="manifest.parquet, which the stage prepare makes"
    ),
]
Store = Annotated[
    Path,
    typer.Option(
        exists=True, file_okay=False, help="folder of the pixel store, which the stage store makes"
    ),
]
PretrainedWeights = Annotated[
    Path,
    typer.Option(
        "--weights",
        exists=True,
        dir_okay=False,
        help="weights of the backbone to begin with, which the stage weights makes (safetensors)",
    ),
]
SharedPlace = Annotated[
    str | None,
    typer.Option(
        metavar="PLACE", help="where finished runs are shared: a folder, rsync target or URL"
    ),
]
TeacherFile = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        help="what its teacher says of the images, which the stage teach makes (safetensors)",
    ),
]
MixedFolders = Annotated[
    list[Path] | None,
    typer.Option(
        exists=True,
        file_okay=False,
        metavar="FOLDER",
        help="of another prepared dataset to train on: its manifest, checks and store",
    ),
]
Learnt = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        help="manifest that the teacher was trained on, if it is another one",
    ),
]
Tested = Annotated[
    list[Path] | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        metavar="FILE",
        help="manifest of another dataset that models are tested on",
    ),
]
Safetensors = Annotated[
    Path,
    typer.Option(
        dir_okay=False, callback=ends_with(".safetensors"), help="the safetensors file to write"
    ),
]
ResultsFolder = Annotated[
    Path,
    typer.Option(exists=True, file_okay=False, help="folder of the study, results/<study>"),
]
Measured = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="JSON of benchmarks/gpu.py, on your GPU"),
]
Complexity = Annotated[
    Path,
    typer.Option(
        exists=True, dir_okay=False, help="complexity.json, which the stage complexity makes"
    ),
]
Values = Annotated[
    Path,
    typer.Option(exists=True, dir_okay=False, help="paper.json, which the stage collate makes"),
]
Timing = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="timing.json, which the stage timing makes"),
]
Cost = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="cost.json, which the stage cost makes"),
]


def _column(what: str) -> typer.models.OptionInfo:
    """An option that names a column of a label file, once for all datasets or once for each."""
    found: typer.models.OptionInfo = typer.Option(metavar="COLUMN", help=f"column of {what}")
    return found


# Of own images, once for all folders or once for each.
ImageColumn = Annotated[list[str] | None, _column("file names (the one that names most)")]
ScoreColumn = Annotated[list[str] | None, _column("scores (by its name)")]
SplitColumn = Annotated[list[str] | None, _column("train, validation, test")]
ContentColumn = Annotated[list[str] | None, _column("what several images are versions of")]
Scales = Annotated[
    list[str] | None,
    typer.Option(metavar="LOW:HIGH", help="ends of the scale (narrowest usual one)"),
]
Better = Annotated[
    list[Direction] | None,
    typer.Option(metavar="higher|lower", help="which scores are good (higher, if not DMOS)"),
]
Titles = Annotated[
    list[str] | None, typer.Option(metavar="TEXT", help="of the data (name of the folder)")
]
Folders = Annotated[
    list[Path],
    typer.Option(metavar="FOLDER", help="of the images; a second one is tested across"),
]
LabelFiles = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="table of their scores, a file in that folder (labels.csv)"),
]
NewBackbone = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="efficientnet-lite0, demo, demo-tiny, paper, or a model of timm",
    ),
]
NewWeights = Annotated[
    Path | None,
    typer.Option(
        exists=True, dir_okay=False, help="of a model of timm, a local file (a model hub's)"
    ),
]
