"""The paper's own study, from the archives' layouts and local weight files to the PDF.

`koniq.yaml` is taken as it is but for sizes: small backbones, crops and epochs, one seed, and some
experiments; those of other families are in the tiny study. Datasets, adapters, splits,
testing, checks and statistics are its own.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import timm
import torch
import yaml
from pypdf import PdfReader
from safetensors.torch import save_file
from workspace import REPOSITORY, copy_repository, snakemake

from layouts import write_layout
from smartiqa.config.study import load_catalogue, load_study
from smartiqa.core.files import sha256_of
from smartiqa.data.checks.findings import left_out
from smartiqa.paper.latex.environment import render

pytestmark = pytest.mark.study

CONFIG = REPOSITORY / "workflow" / "config"
IMAGES = {"koniq10k": 60, "spaq": 12, "kadid10k": 12, "agiqa3k": 12}
SWIN = {"embed_dim": 8, "depths": [1, 1, 1, 1], "num_heads": [1, 1, 2, 2]}
VIT = {"embed_dim": 16, "depth": 4, "num_heads": 2}
SMALL: dict[str, dict[str, Any]] = {  # options of the same timm models
    "cnn": {"layers": [1, 1, 1, 1], "channels": [8, 8, 16, 16], "stem_width": 8},
    "swin_tiny": SWIN,
    "swin_small": SWIN,
    "swin_base": SWIN,
    "swin_large": SWIN,
    "swin_large_384": SWIN,
    "dinov2": VIT,
    "clip": VIT,
    "convnext": {"depths": [1, 1, 1, 1], "dims": [8, 16, 16, 32]},
    "efficientnetv2": {"channel_multiplier": 0.1, "depth_multiplier": 0.1},
}
QUICK = {"settings": {"epochs": 1, "train_crops": 2, "validation_crops": 2}}
# fmt: off
EXPERIMENTS = [
    "C0", "C1", "C2", "C3", "B-tiny", "R0", "R3", "V3", "L-srcc", "W-no-dropout", "J-on",
    "G-se", "X-convnext", "X-dinov2", "X-efficientnetv2", "P-squash",
]
# fmt: on
SIZES = {
    "crop": 64,
    "resize": {"squash": [96, 72], "aspect": 72},
    "seeds": [42],
    "compute": {"threads": 1, "device": "cpu", "precision": "auto"},
    "schedule": {"memory_mb": 1500},
    "experiments": EXPERIMENTS,
    "cross_experiments": ["C0", "B-tiny", "C3"],
    "recipes": {"smart": QUICK, "hyperiqa": QUICK, "cnn": QUICK},
}
MAY_DIFFER = (
    *(key for key in SIZES if key not in ("compute", "resize", "schedule")),
    "resize.*",
    "compute.threads",
    "compute.device",
    "schedule.*",
    "backbones.*.options",
    "backbones.*.crop",
    *(f"backbones.*.weights.{key}" for key in ("source", "repository", "revision", "path")),
)


def scaled_down(study: Mapping[str, Any]) -> dict[str, Any]:
    """Return the study with smaller sizes, and with weights from local files."""
    backbones = {}
    for role, settings in study["backbones"].items():
        weights = {
            "source": "file",
            "path": f"weights/{role}.safetensors",
            "pretraining": settings["weights"]["pretraining"],
        }
        sizes = {"options": SMALL[role], "crop": 56 if role == "dinov2" else None}
        backbones[role] = {**settings, **sizes, "weights": weights}
    return {**study, **SIZES, "backbones": backbones}


def differences(first: Any, second: Any, place: str = "") -> Iterator[str]:
    """Yield the dotted names of all keys whose values differ."""
    if not (isinstance(first, Mapping) and isinstance(second, Mapping)):
        if first != second:
            yield place
        return
    for key in sorted({*first, *second}):
        below = f"{place}.{key}" if place else str(key)
        yield from differences(first.get(key), second.get(key), below)


def write_weights(folder: Path, study: Mapping[str, Any]) -> None:
    """Write whole timm networks with random weights, classifier included, as a hub has them."""
    folder.mkdir()
    for seed, (role, settings) in enumerate(study["backbones"].items()):
        torch.manual_seed(seed)
        network = timm.create_model(settings["name"], **settings["options"])
        tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
        save_file(tensors, folder / f"{role}.safetensors")


@pytest.fixture(scope="module")
def original() -> dict[str, Any]:
    """The study as it is shipped."""
    content: dict[str, Any] = yaml.safe_load((CONFIG / "koniq.yaml").read_text())
    return content


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with all datasets of the study in place."""
    folder = copy_repository(tmp_path_factory.mktemp("koniq"))
    for name, images in IMAGES.items():
        write_layout(name, folder / "data" / name, images)
    return folder


@pytest.fixture(scope="module")
def finished(
    workspace: Path, original: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Another copy, in which the paper of the scaled-down study is built."""
    folder = tmp_path_factory.mktemp("scaled") / "repository"
    shutil.copytree(workspace, folder)
    study = scaled_down(original)
    write_weights(folder / "weights", study)
    (folder / "workflow/config/koniq.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    with pytest.MonkeyPatch.context() as patch:  # all is in place: no network is needed
        for name in ("http_proxy", "https_proxy"):
            patch.setenv(name, "http://127.0.0.1:9")
        snakemake(folder, "paper/main.pdf", study="koniq")
    return folder


def values_of(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "results/koniq/paper.json").read_text())
    return content


def test_the_study_as_it_is_plans_every_training(workspace: Path) -> None:
    assert (workspace / "workflow/config/koniq.yaml").read_text() == (
        CONFIG / "koniq.yaml"
    ).read_text()
    catalogue = load_catalogue(CONFIG / "experiments.yaml")
    planned = snakemake(
        workspace, "--dry-run", "--quiet", "host", "--", "paper/main.pdf", study="koniq"
    )
    runs = re.findall(
        r"^rule train:.*?wildcards: experiment=(\S+), seed=(\d+)", planned.stdout, re.M | re.S
    )
    without = load_study(CONFIG / "koniq.yaml").without
    trained = [n for n in catalogue.trained(catalogue.experiments) if n not in without]
    assert len(trained) > 40  # all but what the study leaves out and what repeats a training
    assert sorted(runs) == sorted((name, seed) for name in trained for seed in ("42", "43", "44"))


def test_only_sizes_differ_from_the_study_as_it_is(original: dict[str, Any]) -> None:
    changed = list(differences(original, scaled_down(original)))
    assert changed
    assert [key for key in changed if not any(fnmatch(key, name) for name in MAY_DIFFER)] == []
    groups = load_catalogue(CONFIG / "experiments.yaml").groups
    assert [name for name, members in groups.items() if not {*members} & {*EXPERIMENTS}] == []


def test_the_paper_is_built_from_all_datasets(finished: Path, original: dict[str, Any]) -> None:
    pages = [page.extract_text() for page in PdfReader(finished / "paper/main.pdf").pages]
    text = "\n".join(pages)
    assert "??" not in text
    assert "koniq study" in text
    assert "Nothing is left out of the datasets of this study" in " ".join(text.split())
    values = values_of(finished)
    for name, images in IMAGES.items():
        record = values["datasets"][name]
        assert record["images"] == images
        assert record["title"] in text
        assert record["test"] == (images // 5 if name == "koniq10k" else images)
    assert values["shared_images"] == []
    assert values["study"]["statistics"] == original["statistics"]
    assert values["study"]["testing"] == original["testing"]


def test_every_experiment_has_results_and_the_weights_their_origin(
    finished: Path, original: dict[str, Any]
) -> None:
    values = values_of(finished)
    ran = {name for name, record in values["experiments"].items() if record["status"] == "run"}
    assert ran == set(EXPERIMENTS)
    for name in {*original["cross_experiments"]} & ran:
        assert set(values["experiments"][name]["results"]) == set(IMAGES)
    assert len(values["weights"]) >= 5
    for role, record in values["weights"].items():
        assert record["source"] == "file"
        assert record["sha256"] == sha256_of(finished / "weights" / f"{role}.safetensors")
        assert record["pretraining"] == original["backbones"][role]["weights"]["pretraining"]
    crops = pd.read_parquet(
        finished / "results/koniq/runs/C3/seed42/predictions/spaq_crops.parquet"
    )
    assert len(crops) == IMAGES["spaq"] * original["testing"]["crops"]


def test_a_second_call_does_nothing(finished: Path) -> None:
    done = snakemake(finished, "paper/main.pdf", study="koniq")
    assert "Nothing to be done" in done.stderr


def test_what_is_trained_on_is_not_tested_and_what_is_left_out_is_in_the_paper(
    finished: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder, symlinks=True)
    manifest = pd.read_parquet(folder / "results/koniq/data/koniq10k/manifest.parquet")
    training = manifest["file"][manifest["split"] == "train"].iloc[0]
    photos = folder / "data/spaq/TestImage"
    shutil.copy(folder / "data/koniq10k" / training, photos / "00003.jpg")
    (photos / "00005.jpg").write_bytes((photos / "00005.jpg").read_bytes()[:3000])
    prepared = "results/koniq/data/spaq/manifest.parquet"
    (folder / prepared).unlink()

    stopped = snakemake(folder, prepared, study="koniq", check=False)
    assert stopped.returncode != 0
    assert "1 x same pixels as in training: 00003.jpg" in stopped.stderr
    assert "1 x truncated or damaged: 00005.jpg" in stopped.stderr
    assert (folder / "results/koniq/data/spaq/checks/problems.csv").is_file()

    study = folder / "workflow/config/koniq.yaml"
    content = yaml.safe_load(study.read_text())
    content["datasets"]["spaq"]["problems"] = "skip"
    study.write_text(yaml.safe_dump(content, sort_keys=False))
    snakemake(folder, prepared, study="koniq")
    assert len(pd.read_parquet(folder / prepared)) == IMAGES["spaq"] - 2
    values = values_of(folder)  # of the run before; only what was left out is new
    values["datasets"]["spaq"]["skipped"] = left_out(folder / "results/koniq/data/spaq/checks")
    render(folder / "paper/sections/setup.tex.j2", values, tmp_path / "setup.tex")
    text = (tmp_path / "setup.tex").read_text().replace(r"\allowbreak{}", "")
    assert "Of SPAQ, 2 images are left out:" in text
    assert r"same pixels as in training (\texttt{00003.jpg})" in text
    assert r"truncated or damaged (\texttt{00005.jpg})" in text
