"""What runs again after an edit: exactly what depends on it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from workspace import snakemake

pytestmark = pytest.mark.study

Edit = Callable[[str, str, str], dict[str, int]]


def planned_jobs(folder: Path) -> dict[str, int]:
    """Count the jobs of each rule in a dry run."""
    printed = snakemake(folder, "--dry-run", "--quiet", "host", "--", "paper/main.pdf").stdout
    return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", printed, re.M)}


@pytest.fixture
def after_edit(finished: Path) -> Edit:
    """Replace text in one file, list what would run, and put the file back as it was."""

    def edit(file: str, old: str, new: str) -> dict[str, int]:
        path = finished / file
        content, times = path.read_text(), path.stat()
        assert old in content
        path.write_text(content.replace(old, new, 1))
        try:
            return planned_jobs(finished)
        finally:
            path.write_text(content)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    return edit


def test_nothing_to_do_without_an_edit(finished: Path) -> None:
    assert planned_jobs(finished) == {}


def test_a_model_edit_retrains_and_prepares_nothing(after_edit: Edit) -> None:
    jobs = after_edit(
        "src/smartiqa/models/target_network.py",
        "from smartiqa",
        "CHANGED = 1\nfrom smartiqa",
    )
    assert jobs["train"] == 10  # T-centre tests the checkpoint of C3
    assert {"predict", "score", "collate", "figure", "table", "text", "paper"} <= set(jobs)
    assert not {"synthesise", "prepare", "store", "weights"} & set(jobs)


def test_a_comment_or_docstring_in_a_model_retrains_nothing(after_edit: Edit) -> None:
    jobs = after_edit(
        "src/smartiqa/models/target_network.py", "from smartiqa", "# a comment\nfrom smartiqa"
    )
    assert not {"train", "weights", "store", "prepare"} & set(jobs)


def test_importing_published_checkpoints_is_no_part_of_training(after_edit: Edit) -> None:
    jobs = after_edit("src/smartiqa/training/optimisers.py", "FUSED_DEVICES", "FUSED_DEVICES")
    assert "train" not in jobs
    jobs = after_edit("src/smartiqa/models/counting.py", "SWIN_RATES", "CHANGED = 1\nSWIN_RATES")
    assert "train" not in jobs
    assert jobs["complexity"] == 1


def test_a_figure_edit_redraws_that_figure_only(after_edit: Edit) -> None:
    jobs = after_edit("src/smartiqa/figures/pca_weights.py", "NEEDS", "CHANGED = 1\nNEEDS")
    assert jobs == {"figure": 1, "paper": 1, "total": 2}


def test_a_table_edit_renders_that_table_and_the_index_only(after_edit: Edit) -> None:
    jobs = after_edit("paper/tables/ablation.tex.j2", "\n", "\n%# changed\n")
    assert jobs == {"table": 2, "paper": 1, "total": 3}


def test_the_index_follows_what_a_figure_declares_to_show(after_edit: Edit) -> None:
    jobs = after_edit("src/smartiqa/figures/losses.py", 'SHOWS = ("losses",)', 'SHOWS = ("cnn",)')
    assert jobs == {"figure": 1, "table": 1, "paper": 1, "total": 3}


def test_times_are_measured_anew_only_if_a_model_changes(after_edit: Edit) -> None:
    jobs = after_edit(
        "src/smartiqa/models/fusion.py", "from smartiqa", "CHANGED = 1\nfrom smartiqa"
    )
    assert jobs["timing"] == 1
    jobs = after_edit("src/smartiqa/models/fusion.py", "from smartiqa", "# why\nfrom smartiqa")
    assert "timing" not in jobs
    jobs = after_edit(
        "src/smartiqa/metrics/jackknife.py", "import numpy", "CHANGED = 1\nimport numpy"
    )
    assert "timing" not in jobs


def test_swapping_two_rates_retrains(after_edit: Edit) -> None:
    jobs = after_edit(
        "workflow/config/experiments.yaml",
        "backbone_rate: 1.0e-4\n    head_rate: 1.0e-4",
        "backbone_rate: 1.0e-4\n    head_rate: 2.0e-4",
    )
    assert jobs["train"] == 2  # R0 and R3 have this recipe
    jobs = after_edit(
        "workflow/config/experiments.yaml",
        "backbone_rate: 5.0e-7\n    head_rate: 5.0e-6",
        "backbone_rate: 5.0e-6\n    head_rate: 5.0e-7",
    )
    assert jobs["train"] >= 6


def test_a_title_retrains_nothing(after_edit: Edit) -> None:
    jobs = after_edit(
        "workflow/config/experiments.yaml", "title: CNN baseline", "title: the baseline"
    )
    assert "train" not in jobs
    assert jobs["collate"] == 1
