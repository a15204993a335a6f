"""Makes what lies in tests/ importable, and runs the stages of a tiny study once for all tests.

The stages are imported inside the fixtures: most tests need none of them, and PyTorch takes long.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tiny_study import Prepared, SameProcess, experiment, synthesis, write_photos

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the tests run side by side


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests in one process, and those of the workflow, which share its study.

    The workflow's come first: they take longest.
    """
    items.sort(key=lambda item: item.path.parent.name != "workflow")
    for item in items:
        shares_study = item.path.parent.name == "workflow" and item.path.stem != "test_koniq"
        group = "workflow" if shares_study else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five generated photos and their manifest."""
    return write_photos(tmp_path_factory.mktemp("photos"))


@pytest.fixture(scope="session")
def raw(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both distorted datasets, made in this process."""
    from smartiqa import synthesise

    output = tmp_path_factory.mktemp("raw")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthesise, "ProcessPoolExecutor", SameProcess)
        synthesise.synthesise(synthesis(photos), output, workers=1)
    return output


def prepared(root: Path, folder: Path, kind: str) -> Prepared:
    from smartiqa.data.manifest import read_manifest
    from smartiqa.data.store_building import ResizeRule, build_store
    from smartiqa.prepare import prepare

    dataset = Prepared(root, folder / "manifest.parquet", folder / "store-none")
    split = {"kind": kind, "fractions": [0.7, 0.1, 0.2], "round": 0, "seed": 0}
    prepare("folder", root, {}, split, "strict", 1, dataset.manifest)
    manifest = read_manifest(dataset.manifest)
    build_store(manifest, root, dataset.store, ResizeRule("none"), workers=1)
    return dataset


@pytest.fixture(scope="session")
def dataset(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Single distortions: train, validation and test."""
    return prepared(raw / "single", tmp_path_factory.mktemp("single"), "official")


@pytest.fixture(scope="session")
def mixed(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Chained distortions, for testing only."""
    return prepared(raw / "mixed", tmp_path_factory.mktemp("mixed"), "all_test")


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of the tiny Swin, which nothing has trained."""
    from smartiqa.config import RandomWeights
    from smartiqa.weights import prepare_weights

    settings = experiment()
    output = tmp_path_factory.mktemp("weights") / "swin_base.safetensors"
    prepare_weights(settings.backbone, RandomWeights(source="random"), settings.crop, output)
    return output


@pytest.fixture(scope="session")
def run(dataset: Prepared, weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished training of the full model."""
    from smartiqa.train import train_run

    output = tmp_path_factory.mktemp("runs") / "C3" / "seed1"
    settings = experiment(batch_size=34)
    train_run(settings, 1, dataset.manifest, dataset.store, weights, "0123", output)
    return output
