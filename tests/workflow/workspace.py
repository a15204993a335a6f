"""A copy of the repository in which a tiny study runs through Snakemake."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from PIL import Image
from scipy import ndimage

JobCounts = dict[str, int]  # by rule

REPOSITORY = Path(__file__).parents[2]
PARTS = ("Snakefile", "profiles", "workflow", "src", "paper", "envs")
# Jobs that run a model: each has a GPU, and a cluster gets them.
MODEL_JOBS = {
    *("train", "teach", "predict", "calibrate", "robustness"),
    *("embed", "feature_maps", "masking", "attack", "floors", "timing"),
}
OWN_TARGET = "results/own/runs/C0/seed1/metrics.json"
# Measurements of machine and time, records of jobs, and what quotes them; everything else has to be
# the same in every build.
MEASURED = ("environment.json", "timing.json", "cost.json", "jobs.json", "digests.json")
QUOTING = ("complexity.tex", "limitations.tex", "main.pdf")
OUTPUTS = shutil.ignore_patterns("*.tex", "main.pdf", "build", "__pycache__", "*.egg-info")


def write_textures(folder: Path, count: int) -> None:
    """Write seeded colour textures, from rough to smooth, with the manifest of a photo folder."""
    folder.mkdir(parents=True)
    for number in range(1, count + 1):
        noise = np.random.default_rng(number).random((90, 120, 3))
        smooth = ndimage.gaussian_filter(noise, (number, number, 0))
        scaled = (smooth - smooth.min()) / np.ptp(smooth)
        image = Image.fromarray((255 * scaled).astype(np.uint8))
        image.save(folder / f"texture{number}.jpg", quality=95)
    files = [f"texture{number}.jpg" for number in range(1, count + 1)]
    photos = pd.DataFrame({"file": files, "author": "tests", "licence": "CC0-1.0"})
    photos.to_csv(folder / "manifest.csv", index=False)


def copy_repository(folder: Path) -> Path:
    """Copy what the workflow needs, and add the tiny study with its textures."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        source = REPOSITORY / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=OUTPUTS)
        else:
            shutil.copy(source, folder / part)
    shutil.copy(Path(__file__).with_name("tiny.yaml"), folder / "workflow" / "config")
    write_textures(folder / "data" / "tiny", count=5)
    return folder


def add_own_images(folder: Path, count: int = 28) -> None:
    """Add a study called own: one training on a folder of images with `labels.csv`."""
    images = folder / "data" / "own"
    write_textures(images, count)
    (images / "manifest.csv").unlink()
    numbers = range(1, count + 1)
    splits = [("train", "train", "validation", "test")[number % 4] for number in numbers]
    labels = {"image": [f"texture{number}.jpg" for number in numbers], "split": splits}
    labels |= {"score": [10.0 * number for number in numbers]}
    pd.DataFrame(labels).to_csv(images / "labels.csv", index=False)
    config = folder / "workflow" / "config"
    study = yaml.safe_load((config / "tiny.yaml").read_text())
    study |= {"name": "own", "training_dataset": "own", "experiments": ["C0"]}
    study |= {"cross_datasets": [], "cross_experiments": [], "synthesis": None}
    dataset = {"title": "Own images", "adapter": "folder", "root": "data/own"}
    options = {"low": 0, "high": 300, "score_name": "score"}
    study["datasets"] = {"own": {**dataset, "options": options}}
    (config / "own.yaml").write_text(yaml.safe_dump(study, sort_keys=False))


def planned_jobs(
    folder: Path,
    target: str = "paper/main.pdf",
    study: str = "tiny",
    python: str | Path = sys.executable,
) -> JobCounts:
    """Count the jobs of each rule in a dry run."""
    options = ("--dry-run", "--quiet", "host", "--", target)
    printed = snakemake(folder, *options, study=study, python=python).stdout
    jobs = {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", printed, re.M)}
    jobs.pop("total", None)
    return jobs


def snakemake(
    folder: Path,
    *arguments: str,
    study: str = "tiny",
    check: bool = True,
    shared: Path | str | None = None,
    variables: Mapping[str, str] = os.environ,
    python: str | Path = sys.executable,
    config: Sequence[str] = (),
) -> subprocess.CompletedProcess[str]:
    """Run Snakemake on a study, by default the tiny one, in `folder`."""
    command = [str(python), "-m", "snakemake", "--cores", "2", "--config", f"study={study}"]
    command += config
    command += [f"shared={shared}"] if shared else []
    separator = [] if arguments[0].startswith("-") else ["--"]
    path = f"{Path(python).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [*command, *separator, *arguments],
        cwd=folder,
        env={**variables, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if check and done.returncode != 0:
        raise AssertionError(f"snakemake failed:\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}")
    return done


def result_files(folder: Path, study: str = "tiny") -> dict[str, bytes]:
    """Return what every build of a study has in common, by path."""
    found = [*folder.glob(f"results/{study}/**/*"), *folder.glob("figures/*.pdf")]
    found += [*folder.glob("paper/**/*.tex"), folder / "paper/main.pdf"]
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in found
        if path.is_file() and path.name not in MEASURED + QUOTING and "logs" not in path.parts
    }
