"""What a finished run says about itself: how its photos were resized, and what it is worth."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

from smartiqa.claims.run_results import is_opinion
from smartiqa.config.files import CONFIG, build_command, studies_in, study_file
from smartiqa.config.study import Study, load_study
from smartiqa.core.errors import InputError
from smartiqa.core.files import sha256_of
from smartiqa.core.json_files import read_json
from smartiqa.data.store.building import ResizeRule
from smartiqa.data.store.pixel_store import RECORD
from smartiqa.metrics.conformal import least_images
from smartiqa.provenance.identity import FILE as IDENTITY
from smartiqa.provenance.identity import read_identity
from smartiqa.results.records import Calibration, read_record
from smartiqa.results.run_files import CALIBRATION, MeasuredImages, read_config, read_scores

STUDY = ("study.name", "study.score_name", "study.training_dataset", "datasets")
METRICS = "metrics.json"


def resize_of_run(run: Path, kind: str) -> ResizeRule:
    """Return how the photos of a run were resized; `kind` is what its recipe says.

    Raises:
        InputError: neither the run nor a store of its study tells the size.
    """
    if kind == "none":
        return ResizeRule("none")
    recorded = read_config(run).get("resize") or _record_of_store(run)
    if recorded is not None:
        return ResizeRule(recorded["kind"], tuple(recorded["size"]))
    raise InputError(
        f"{run}/config.json does not say to which size photos were resized ({kind}), and its pixel "
        "store is not there: train the run anew, or copy the study's folder data beside its runs"
    )


def _record_of_store(run: Path) -> dict[str, Any] | None:
    """Read the record of the very store that a run was trained on, if it is still there."""
    if not (run / IDENTITY).is_file():
        return None
    digest = read_identity(run / IDENTITY).data["store"]
    for path in sorted(study_of(run).glob(f"data/*/store-*/{RECORD}")):
        if sha256_of(path) == digest:
            record: dict[str, Any] = read_json(path, ["kind", "size"], "store")
            return record
    return None


class Margin(NamedTuple):
    """How far from a score the label of a photo may lie.

    Attributes:
        half_width: of an interval; NaN if there is none.
        said: in one line, what such intervals hold, or why there are none.
        crops: of each image that it was calibrated on; None if it was not.
    """

    half_width: float
    said: str
    crops: int | None = None

    def said_of(self, crops: int) -> str:
        """Return what intervals of photos hold that are scored with so many crops."""
        if self.crops in (None, crops):
            return self.said
        return f"{self.said}; with {crops} of each, as here, it may hold fewer or more"


def margin_of_run(run: Path) -> Margin:
    """Return the calibrated margin of a run's scores, or say how to get one."""
    path = run / CALIBRATION
    if not path.is_file():
        return Margin(math.nan, f"none: {run} is not calibrated (`{_calibrating(run)}`)")
    found = read_record(Calibration, path)
    if found.half_width is None:
        return Margin(
            math.nan,
            f"none: {found.images} validation images are too few at {found.level:.0%}; it takes "
            f"{least_images(found.level)}",
        )
    labels = labels_of_run(run)
    return Margin(
        found.half_width,
        f"quality \N{PLUS-MINUS SIGN} {found.half_width:.1f} holds the "
        f"{labels.score_name if labels else 'label'} of a photo (on 0 to 100) with "
        f"{found.level:.0%}, if photos are like the {found.images} validation images "
        f"({found.contents} contents) that it was calibrated on, with {found.crops} crops of each",
        found.crops,
    )


def _calibrating(run: Path) -> str:
    """Say what calibrates a run: the workflow, if the run lies where the workflow has it."""
    if _file_of_study(run) is None:
        return "smartiqa calibrate --help"
    study = study_of(run)
    named = (run.absolute() / CALIBRATION).relative_to(study.parent.parent)
    return build_command(study.name, named)


def study_of(run: Path) -> Path:
    """Return the folder `results/<study>` of the run `results/<study>/runs/<experiment>/seed<k>`.

    For a run that lies somewhere else it is some folder without a study.
    """
    parents = run.absolute().parents
    return parents[min(2, len(parents) - 1)]


def settings_of_study(run: Path) -> Study | None:
    """Read the file of a run's study in the repository whose `results` the run lies in."""
    path = _file_of_study(run)
    return load_study(path) if path else None


def _file_of_study(run: Path) -> Path | None:
    study = study_of(run)
    folder = study.parent.parent / CONFIG
    return study_file(study.name, folder) if study.name in studies_in(folder) else None


class Labels(NamedTuple):
    """What a run was taught by, as its study says, finished or not.

    Attributes:
        study: name of the study.
        score_name: what its labels are, such as "MOS".
        dataset: that it trains on.
        titles: of all its datasets.
    """

    study: str
    score_name: str
    dataset: str
    titles: dict[str, str]


def labels_of_run(run: Path) -> Labels | None:
    """Return what a run was taught by; None if it lies apart from its study.

    Raises:
        InputError: `paper.json` or the file of the study is damaged.
    """
    paper = study_of(run) / "paper.json"
    if paper.is_file():
        content = read_json(paper, STUDY, "collate")
        study = content["study"]
        titles = {key: dataset["title"] for key, dataset in content["datasets"].items()}
        return Labels(study["name"], study["score_name"], study["training_dataset"], titles)
    if (settings := settings_of_study(run)) is None:
        return None
    titles = {key: dataset.title for key, dataset in settings.datasets.items()}
    return Labels(settings.name, settings.score_name, settings.training_dataset, titles)


def worth_of_run(run: Path) -> str:
    """Say in one line what a run is and what it is worth, from its own files and its study's."""
    config = read_config(run)
    named = f"{config['experiment']['id']}, seed {config['seed']}"
    if (labels := labels_of_run(run)) is None:
        learnt = "apart from its study, so nothing here says what its scores mean"
    else:
        learnt = f"of the study {labels.study}, predicts {meaning_of(labels.score_name)}"
    try:
        found = [
            f"{scores.measures['srcc'].value:.3f} on {scores.images} test images of {name}"
            for name, scores in measured_of_run(run, labels).items()
        ]
    except InputError:
        return f"{named}, {learnt}; {run / METRICS} is of another version and is not understood"
    measured = f"SRCC {', '.join(found)}" if found else "it was not measured on any test images"
    return f"{named}, {learnt}; {measured}"


def measured_of_run(run: Path, labels: Labels | None) -> dict[str, MeasuredImages]:
    """Return what was measured of a run on the test images of each dataset, its own first.

    Raises:
        InputError: the file is damaged, or was written by another version.
    """
    path, own = run / METRICS, labels.dataset if labels else ""
    if not path.is_file():
        return {}
    names = sorted(read_json(path, stage="score"), key=lambda name: (name != own, name))
    return {name: read_scores(path, name) for name in names}


def meaning_of(score_name: str) -> str:
    """Say what labels of this name are."""
    if "proxy" in score_name:
        return f"a {score_name}, not human opinion"
    return f"{score_name} (human opinion)" if is_opinion(score_name) else score_name
