"""Stages, called as the command line calls them: here, or in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from smartiqa.cli import call
from smartiqa.config.experiment import Experiment

INTERRUPTED = 130  # exit status


def options_of(values: Mapping[str, object]) -> list[str]:
    """Options of a command line; a list is given item by item."""
    return [
        f"--{name.replace('_', '-')}={item}"
        for name, value in values.items()
        for item in (value if isinstance(value, list | tuple) else [value])
    ]


def smartiqa(stage: str, *arguments: object, **options: object) -> None:
    """Call a stage in this process; what is wrong is raised."""
    if call(stage, *options_of(options), *map(str, arguments)) == INTERRUPTED:
        raise KeyboardInterrupt


def command(stage: str, *arguments: object, **options: object) -> list[str]:
    """The command that calls a stage in a process of its own."""
    given = [*options_of(options), *map(str, arguments)]
    return [sys.executable, "-m", "smartiqa", stage, *given]


def variables(paths: Iterable[str | Path] = (), **more: str) -> dict[str, str]:
    """The variables of such a process, which finds our code, first in `paths`."""
    return {**os.environ, "PYTHONPATH": ":".join(map(str, [*paths, *sys.path])), **more}


def smartiqa_apart(stage: str, *arguments: object, **options: object) -> Any:
    """Call a stage in a process of its own; return how it ended."""
    return subprocess.run(
        command(stage, *arguments, **options),
        env=variables(),
        capture_output=True,
        text=True,
        check=False,
    )


def study_files(folder: Path, settings: Experiment, **changes: Any) -> dict[str, Path]:
    """Write a study and a catalogue that make one experiment with these settings, as options.

    Args:
        folder: where they are written.
        settings: of the experiment.
        changes: other keys of the study.
    """
    folder.mkdir(parents=True, exist_ok=True)
    fields = settings.model_dump(mode="json")
    role = fields["backbone"] | {"label": "tiny", "weights": {"source": "random"}}
    study = {
        "name": "made-up",
        "title": "a study for a test",
        "note": "",
        "score_name": "score",
        "training_dataset": "home",
        "cross_datasets": [],
        "cross_experiments": [],
        "datasets": {"home": {"adapter": "folder", "root": str(folder / "home"), "title": "Home"}},
        "backbones": {settings.model.backbone: role},
        "crop": settings.crop,
        "resize": {"squash": [settings.crop] * 2, "aspect": settings.crop},
        "seeds": [1],
        "experiments": [settings.id],
        "compute": fields["compute"],
    }
    entry = {"title": "made up", "recipe": "own", "model": fields["model"], "compared_with": None}
    catalogue = {
        "recipes": {"own": fields["recipe"]},
        "experiments": {settings.id: entry},
        "groups": {},
        "roles": {"reference": settings.id},
    }
    files = {"study": folder / "made-up.yaml", "catalogue": folder / "experiments.yaml"}
    for file, content in zip(files.values(), (study | changes, catalogue), strict=True):
        file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return files
