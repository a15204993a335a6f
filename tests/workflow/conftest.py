"""The tiny study, run once for all tests of the workflow."""

from __future__ import annotations

from pathlib import Path

import pytest
from workspace import copy_repository, snakemake


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository in which the tiny paper is built."""
    folder = copy_repository(tmp_path_factory.mktemp("study"))
    snakemake(folder, "paper/main.pdf")
    return folder
