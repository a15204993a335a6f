"""The tiny study, run once for all tests of the workflow."""

from __future__ import annotations

from pathlib import Path

import pytest
from workspace import OWN_TARGET, add_own_images, copy_repository, snakemake


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository in which the tiny paper is built."""
    folder = copy_repository(tmp_path_factory.mktemp("study"))
    snakemake(folder, "paper/main.pdf")
    return folder


@pytest.fixture(scope="session")
def finished_own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository in which one run on somebody's own images is trained and scored."""
    folder = copy_repository(tmp_path_factory.mktemp("own"))
    add_own_images(folder)
    snakemake(folder, OWN_TARGET, study="own")
    return folder
