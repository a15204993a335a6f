"""What a finished run says about itself: how its photos were resized, and what it is worth."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

from smartiqa.claims.run_results import is_opinion
from smartiqa.config.files import study_names
from smartiqa.core.errors import InputError
from smartiqa.core.files import read_json, sha256_of
from smartiqa.data.store.building import ResizeRule
from smartiqa.data.store.pixel_store import RECORD
from smartiqa.metrics.conformal import least_images
from smartiqa.provenance.identity import FILE as IDENTITY
from smartiqa.provenance.identity import read_identity
from smartiqa.results.records import Calibration, read_record
from smartiqa.results.run_files import CALIBRATION, read_config
from smartiqa.results.study_results import Results

STUDY = ("study.name", "study.score_name", "study.training_dataset")
DEFAULT = Path("results", "demo")


def default_run(study: Path = DEFAULT) -> Path:
    """Return the finished run of the reference of a study (`results/<study>`).

    Of several the one with the lowest seed: not the newest, since copies have new times.

    Raises:
        InputError: there is none; the message says how to get one.
    """
    folder = study / "runs" / reference_of(study)
    seeds = {int(run.name.removeprefix("seed")): run for run in folder.glob("seed[0-9]*")}
    for _, run in sorted(seeds.items()):
        if (run / IDENTITY).is_file():
            return run
    raise InputError(
        f"{folder} holds no finished run: `snakemake --cores 2 {folder}/seed1/best.safetensors` "
        "trains one, `make paper` the whole demo; or name a run or a checkpoint with --model"
    )


def reference_of(study: Path) -> str:
    """Return the experiment in the role of the reference.

    Raises:
        InputError: the study has no results, and its settings are not in the present folder.
    """
    paper = study / "paper.json"
    if paper.is_file():
        return str(read_json(paper, ["roles.reference"], "collate")["roles"]["reference"])
    if study.name not in study_names():
        raise InputError(
            f"{study} holds no results: `make paper` makes them in the repository's folder; "
            "or name a run or a checkpoint with --model"
        )
    return Results.of(study.name).roles.reference


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
    """How far from a score the true quality may lie.

    Attributes:
        half_width: of an interval; NaN if there is none.
        said: in one line, what such intervals hold, or why there are none.
    """

    half_width: float
    said: str


def margin_of_run(run: Path) -> Margin:
    """Return the calibrated margin of a run's scores, or say how to get one."""
    path = run / CALIBRATION
    if not path.is_file():
        return Margin(
            math.nan, f"none: {run} is not calibrated (`smartiqa calibrate --help` says how)"
        )
    found = read_record(Calibration, path)
    if found.half_width is None:
        return Margin(
            math.nan,
            f"none: {found.images} validation images are too few at {found.level:.0%}; it takes "
            f"{least_images(found.level)}",
        )
    return Margin(
        found.half_width,
        f"quality \N{PLUS-MINUS SIGN} {found.half_width:.1f} holds the true one with "
        f"{found.level:.0%}, if photos are like the {found.images} validation images "
        f"({found.contents} contents)",
    )


def study_of(run: Path) -> Path:
    """Return the folder `results/<study>` of the run `results/<study>/runs/<experiment>/seed<k>`.

    For a run that lies somewhere else it is some folder without a study.
    """
    parents = run.absolute().parents
    return parents[min(2, len(parents) - 1)]


def worth_of_run(run: Path) -> str:
    """Say in one line what a run is and what it is worth, from its own files and its study's."""
    config = read_config(run)
    named = f"{config['experiment']['id']}, seed {config['seed']}"
    paper = study_of(run) / "paper.json"
    study = read_json(paper, STUDY, "collate")["study"] if paper.is_file() else None
    if study is None:
        learnt, trained_on = "of no finished study, so nothing here says what its scores mean", ""
    else:
        learnt = f"of the study {study['name']}, predicts {meaning_of(study['score_name'])}"
        trained_on = study["training_dataset"]
    return f"{named}, {learnt}; {_measured(run / 'metrics.json', trained_on)}"


def meaning_of(score_name: str) -> str:
    """Say what labels of this name are."""
    if "proxy" in score_name:
        return f"a {score_name}, not human opinion"
    return f"{score_name} (human opinion)" if is_opinion(score_name) else score_name


def _measured(metrics: Path, trained_on: str) -> str:
    if not metrics.is_file():
        return "it was not measured on any test images"
    try:
        found = [
            f"{entry['measures']['srcc']['value']:.3f} on {entry['images']} test images of {name}"
            for name, entry in sorted(read_json(metrics).items(), key=lambda e: e[0] != trained_on)
        ]
    except (AttributeError, KeyError, TypeError):
        return f"{metrics} was written by another version of smartiqa and is not understood"
    return f"SRCC {', '.join(found)}"
