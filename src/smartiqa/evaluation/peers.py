"""Predictors of other people on the study's own test images, each run in an environment of its own.

They learnt from other opinions or from none, so they tell what a study's test images are like to
somebody who has not seen its training images. A peer scores whole image files, as they are; the
runner in `envs/peers` says how it is called.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smartiqa.config.study import Statistics
from smartiqa.core.errors import InputError
from smartiqa.core.files import sha256_of
from smartiqa.core.strict import Known
from smartiqa.core.tables import read_csv
from smartiqa.data.manifest import read_manifest, rows_of
from smartiqa.evaluation.floor_results import all_bounded
from smartiqa.evaluation.scoring import images_digest
from smartiqa.metrics.correlation import FORMULAS
from smartiqa.metrics.jackknife import Groups, content_groups, jackknife
from smartiqa.metrics.logistic import fit_logistic
from smartiqa.metrics.measures import Measure, measures_of
from smartiqa.results.floor_records import MeasuredRuns, Peer, Peers, Refusal
from smartiqa.results.paper_results import PeerResults, PeerRow
from smartiqa.results.records import read_record
from smartiqa.results.study_results import Results

PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.M)


class Facts(NamedTuple):
    """What is known of a peer.

    Attributes:
        title: in tables.
        package: that computes it.
        lower_is_better: whether a high score stands for a poor image.
        reads: what of an image it is given.
    """

    title: str
    package: str
    lower_is_better: bool
    reads: str


PEERS: Known[Facts] = Known(
    "peer",
    {
        "brisque": Facts("BRISQUE", "brisque", True, "RGB"),
        "image_quality": Facts("BRISQUE", "image-quality", True, "RGB"),
        "pypiqe": Facts("PIQE", "pypiqe", True, "BGR"),
        "niqe": Facts("NIQE", "iqa-metrics-toolbox", True, "grey"),
        "cpbd": Facts("CPBD", "cpbd-py312", False, "grey"),
        "laplacian": Facts("Variance of the Laplacian", "opencv-python-headless", False, "grey"),
        "entropy": Facts("Entropy", "scikit-image", False, "grey"),
    },
)


def test_images(manifest: Path) -> pd.DataFrame:
    """Return the test images of a manifest, in its order.

    Raises:
        InputError: there are none.
    """
    frame = read_manifest(manifest)
    return frame.iloc[rows_of("test", frame, manifest)].reset_index(drop=True)


def score_with_peer(name: str, manifest: Path, images: Path, runner: Path, python: Path) -> str:
    """Let a peer score all test images of a dataset; returns the table that its runner wrote.

    Args:
        name: of the peer.
        manifest: of the dataset.
        images: the folder that files of the manifest are in.
        runner: a script that takes a list of files and the table to write.
        python: of the peer's environment.

    Raises:
        InputError: there is no environment, an image is missing or changed, or the runner failed;
            the message then is its last line.
    """
    if not python.exists():
        raise InputError(f"the peer '{name}' has no environment ({python}); run `make peers`")
    tested = test_images(manifest)
    for file, digest in zip(tested["file"], tested["sha256"], strict=True):
        if not (images / file).is_file() or sha256_of(images / file) != digest:
            raise InputError(f"{images / file} is not what was prepared; prepare the dataset anew")
    files = [str((images / file).absolute()) for file in tested["file"]]
    with tempfile.TemporaryDirectory() as folder:
        listed, scores = Path(folder, "files.txt"), Path(folder, "scores.csv")
        listed.write_text("".join(f"{file}\n" for file in files), encoding="utf-8")
        command = [str(python), "-E", "-s", "-B", str(runner), str(listed), str(scores)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or not scores.is_file():
            *_, said = done.stderr.strip().splitlines() or ["it wrote nothing"]
            raise InputError(f"the peer '{name}' failed: {said.removeprefix('error: ')}")
        table = scores.read_text(encoding="utf-8")
    return table.replace(f"{images.absolute()}/", "")


def measure_peers(
    manifest: Path, statistics: Statistics, tables: Mapping[str, Path], pins: Mapping[str, Path]
) -> Peers:
    """Measure peers on the test images of a dataset.

    Args:
        manifest: of the dataset.
        statistics: of the study.
        tables: scores by peer, columns file, score and problem.
        pins: what is installed in each peer's environment.

    Raises:
        InputError: there is no peer, or none that scores all images; a table is missing or not of
            these images; or all its scores are equal.
    """
    if not tables:
        raise InputError("no peer has an environment; run `make peers`")
    images = test_images(manifest)
    groups = content_groups(images["content"], **statistics.model_dump())
    scores = {name: scores_in(path, images) for name, path in tables.items()}
    refused = {name: found for name, found in scores.items() if isinstance(found, Refusal)}
    if len(refused) == len(tables):
        name, first = next(iter(refused.items()))
        raise InputError(f"no peer scores all test images; of '{name}' the first: {first.reason}")
    return Peers(
        test=len(images),
        test_images=images_digest(images, groups),
        peers=tuple(
            Peer(
                name=name,
                version=version_of(PEERS[name].package, pins[name]),
                measures=measured(tables[name], found, images, PEERS[name].lower_is_better, groups),
            )
            for name, found in scores.items()
            if not isinstance(found, Refusal)
        ),
        refused=refused,
    )


def scores_in(path: Path, images: pd.DataFrame) -> NDArray[np.float64] | Refusal:
    """Read a peer's scores of `images`, or that it did not score them all."""
    table = read_csv(path, {"file": "text", "score": "text", "problem": "text"}, "peer-scores")
    if table["file"].tolist() != images["file"].tolist():
        raise InputError(f"{path} has scores of other images; delete it and run `make peers` again")
    problems = table.loc[table["problem"] != "", ["file", "problem"]]
    if len(problems):
        return Refusal(images=len(problems), reason=": ".join(problems.iloc[0]))
    try:
        return table["score"].to_numpy(float)
    except ValueError as error:
        raise InputError(f"{path}: {error}; delete it and run `make peers` again") from error


def measured(
    path: Path,
    own: NDArray[np.float64],
    images: pd.DataFrame,
    lower_is_better: bool,
    groups: Groups,
) -> dict[Measure, MeasuredRuns]:
    """Measure the scores of one peer, some as they are and some after the logistic fit."""
    quality = images["quality"].to_numpy()
    scores = own * (-1 if lower_is_better else 1)
    try:
        fitted = fit_logistic(scores, quality)(scores)
        found = {
            name: jackknife(FORMULAS[name], fitted if known.fitted else scores, quality, groups)
            for name, known in measures_of("peers").items()
        }
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    return {name: MeasuredRuns.of([each]) for name, each in found.items()}


def version_of(package: str, pins: Path) -> str:
    """Return the version of a package in a file of pins.

    Raises:
        InputError: it is not pinned there.
    """
    found = dict(PIN.findall(pins.read_text(encoding="utf-8")))
    if package not in found:
        raise InputError(f"{pins} does not pin {package}; add a line {package}==VERSION")
    return str(found[package])


def told_apart(name: str) -> str:
    """Return the title of a peer with its package, since several compute what has one name."""
    return f"{PEERS[name].title} by {PEERS[name].package}"


def peer_results(results: Results) -> PeerResults | None:
    """Return what the paper says of peers; None if none was measured.

    Raises:
        InputError: they were measured on other test images than the study has now.
    """
    path = results.folder / "peers.json"
    if not path.is_file():
        return None
    record = read_record(Peers, path)
    tested = results.scores(next(iter(results.planned)), results.study.training_dataset)
    if tested[0].test_images != record.test_images:
        raise InputError(f"{path} is of other test images; delete it and run `make peers` again")
    rows = [
        PeerRow(
            title=PEERS[peer.name].title,
            package=PEERS[peer.name].package,
            version=peer.version,
            lower_is_better=PEERS[peer.name].lower_is_better,
            reads=PEERS[peer.name].reads,
            measures=all_bounded(peer.measures),
        )
        for peer in record.peers
    ]
    missing = sorted({*PEERS} - {peer.name for peer in record.peers} - {*record.refused})
    return PeerResults(
        test=record.test,
        rows=tuple(sorted(rows, key=lambda row: -row.measures["srcc"].value)),
        missing=tuple(map(told_apart, missing)),
        refused={told_apart(name): refusal.images for name, refusal in record.refused.items()},
    )
