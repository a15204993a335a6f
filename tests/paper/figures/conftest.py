from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from made_up_results import collate, read_paper, write_paper, write_results
from smartiqa.paper.figures.style import paper_style


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    with paper_style():
        yield


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete study; tests that change it take `own_results`."""
    return write_results(tmp_path_factory.mktemp("results"), seed=3)


@pytest.fixture
def own_results(results: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(results, tmp_path / "own"))


@pytest.fixture
def edit_paper(own_results: Path) -> Callable[[Callable[[dict[str, Any]], object]], Path]:
    """Change `paper.json` of a copy by a function that edits its content in place."""

    def edit(change: Callable[[dict[str, Any]], object]) -> Path:
        paper = read_paper(own_results)
        change(paper)
        write_paper(own_results, paper)
        return own_results

    return edit


@pytest.fixture
def without(own_results: Path) -> Callable[..., Path]:
    """Make a copy in which some experiments were not run."""

    def remove(*names: str) -> Path:
        paper = read_paper(own_results)
        for name in names:
            entry = paper["experiments"][name]
            entry["status"] = "not run"
            for key in ("seeds", "results", "training", "provenance"):
                del entry[key]
            shutil.rmtree(own_results / "runs" / name)
        write_paper(own_results, paper)
        collate(own_results)
        return own_results

    return remove
