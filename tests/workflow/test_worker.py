"""The jobs of a build run in forks of its worker, which is gone when the build has ended."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from workspace import copy_repository, snakemake

NOTE = """
with open("ran.txt", "a") as file:
    file.write(f"{'smartiqa.worker' in sys.orig_argv}\\n")
"""


def test_jobs_run_in_forks_of_the_worker(tmp_path: Path) -> None:
    folder = copy_repository(tmp_path / "repository")
    with (folder / "src" / "smartiqa" / "cli.py").open("a") as file:
        file.write(NOTE)
    with tempfile.TemporaryDirectory() as place:  # of this build alone, and short
        variables = {**os.environ, "TMPDIR": place}
        snakemake(folder, "results/tiny/complexity.json", variables=variables)
        assert list(Path(place).glob("smartiqa-*")) == []
    assert (folder / "ran.txt").read_text().splitlines() == ["True"]
