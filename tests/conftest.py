"""Makes what lies in tests/ importable, and runs the stages of a tiny study once for all tests.

The stages are imported inside the fixtures: most tests need none of them, and PyTorch takes long.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tiny_study import Prepared, SameProcess, experiment, synthesis, write_photos

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the tests run side by side


class ByFile(LoadScopeScheduling):
    """Give all tests of a file to one process, and so the files that share the tiny study.

    The marks of `--dist loadgroup` say the same, but with pytest 9.2 xdist loses them
    (pytest-dev/pytest-xdist#1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        shares_study = "/workflow/" in path and not path.endswith("/test_koniq.py")
        return "workflow" if shares_study else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Use the scheduler above for tests that run side by side."""
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the workflow's tests: they take longest."""
    items.sort(key=lambda item: item.path.parent.name != "workflow")


@pytest.fixture
def restored_products() -> Iterator[None]:
    """Put back how a GPU multiplies float32 numbers, which is a setting of the whole process."""
    from torch.backends import cuda, cudnn

    before = cuda.matmul.allow_tf32, cudnn.allow_tf32
    yield
    cuda.matmul.allow_tf32, cudnn.allow_tf32 = before


@pytest.fixture(scope="session")
def s3_variables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables that lead to a real S3-compatible server with an empty bucket."""
    from shared_places import s3_server

    with s3_server(tmp_path_factory.mktemp("s3")) as variables:
        yield variables


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five generated photos and their manifest."""
    return write_photos(tmp_path_factory.mktemp("photos"))


@pytest.fixture(scope="session")
def raw(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both distorted datasets, made in this process."""
    from smartiqa.data.synthetic import synthesis as stage

    output = tmp_path_factory.mktemp("raw")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "ProcessPoolExecutor", SameProcess)
        stage.synthesise(synthesis(photos), output, workers=1)
    return output


def prepared(root: Path, folder: Path, kind: str) -> Prepared:
    from smartiqa.data.manifest import read_manifest
    from smartiqa.data.preparation import prepare
    from smartiqa.data.store.building import ResizeRule, build_store

    dataset = Prepared(root, folder / "manifest.parquet", folder / "store-none")
    split = {"kind": kind, "fractions": [0.7, 0.1, 0.2], "round": 0, "seed": 0}
    prepare("folder", root, {"low": 0, "high": 100}, split, "strict", 1, dataset.manifest)
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
    from smartiqa.config.backbone import RandomWeights
    from smartiqa.models.pretrained import prepare_weights

    settings = experiment()
    output = tmp_path_factory.mktemp("weights") / "swin_base.safetensors"
    prepare_weights(settings.backbone, RandomWeights(source="random"), settings.crop, output)
    return output


@pytest.fixture(scope="session")
def run(dataset: Prepared, weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished training of the full model."""
    from smartiqa.training.run import train_run

    output = tmp_path_factory.mktemp("runs") / "C3" / "seed1"
    settings = experiment(batch_size=34)
    train_run(settings, 1, dataset.manifest, dataset.store, weights, output)
    return output
