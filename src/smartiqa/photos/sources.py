"""Which model is meant, found without loading any: a run, a folder made of one, a checkpoint."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from smartiqa.config.files import build_command, study_names
from smartiqa.core.errors import InputError, first_named
from smartiqa.core.json_files import read_json

DEFAULT = Path("results", "demo")
# As `train` names its last file, Hugging Face's hub its weights, and a run its own.
FINISHED, EXPORTED, SETTINGS = "identity.json", "model.safetensors", "config.json"
RUN = re.compile(r"results/(?P<study>[^/]+)/runs/[^/]+/seed\d+")
# Where runs lie below the folder of an experiment, of all of them, of a study, and of all studies.
# No deeper: a path that does not exist may be near the root of the disk.
LEVELS = ("seed*", "*/seed*", "runs/*/seed*", "*/runs/*/seed*")
MOST_NAMED = 4  # runs in a message


def find_source(source: Path | None) -> Path:
    """Return the run, exported folder or file that is meant; None means the demo's reference.

    Raises:
        InputError: it is none of them; the message names what there is.
    """
    if source is None:
        return default_run()
    if source.suffix == ".onnx":
        raise InputError(
            f"{source} is for ONNX Runtime; give the run that it was made of, or a folder that "
            "`export-model --format huggingface` wrote"
        )
    if source.is_file() or (source / EXPORTED).is_file() or (source / SETTINGS).is_file():
        return source
    problem = "holds no finished run" if source.is_dir() else "does not exist"
    raise InputError(f"{source} {problem}{_instead(source)}")


def default_run(study: Path = DEFAULT) -> Path:
    """Return the finished run of the reference of a study (`results/<study>`).

    Of several the one with the lowest seed: not the newest, since copies have new times.

    Raises:
        InputError: there is none; the message says how to get one.
    """
    folder = study / "runs" / reference_of(study)
    if runs := _finished(folder.glob("seed[0-9]*")):
        return runs[0]
    raise InputError(
        f"{folder} holds no finished run: {_training(folder / 'seed1')}, `make paper` the whole "
        "demo; or name a run or a checkpoint with --model"
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
    from smartiqa.results.study_results import Results  # takes long

    return Results.of(study.name).roles.reference


def _instead(missing: Path) -> str:
    """Name the runs that are nearest to a path, or say how to get it."""
    near = next(folder for folder in (missing, *missing.parents) if folder.is_dir())
    below = (_finished(near.glob(levels)) for levels in LEVELS if near != Path())
    elsewhere = _finished(Path("results").glob(f"*/runs/{missing.name or '*'}/seed*"))
    if found := next(filter(None, below), elsewhere):
        return f"; there is {first_named(found, MOST_NAMED)}"
    if RUN.fullmatch(missing.as_posix()):
        return f": {_training(missing)}"
    return "; give a run (`results/<study>/runs/<experiment>/seed<k>`) or a checkpoint"


def _training(run: Path) -> str:
    study = run.parts[-4] if len(run.parts) >= 4 else DEFAULT.name
    return f"`{build_command(study, run / 'best.safetensors')}` trains one"


def _finished(runs: Iterable[Path]) -> list[Path]:
    """Return the finished ones, by experiment and seed."""
    seeds = {run: re.fullmatch(r"seed(\d+)", run.name) for run in runs}
    found = [(run.parent, int(seed[1]), run) for run, seed in seeds.items() if seed]
    return [run for _, _, run in sorted(found) if (run / FINISHED).is_file()]
