"""The tiny study, from textures to the PDF."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from pypdf import PdfReader
from workspace import copy_repository, result_files, snakemake

from surroundings import MATPLOTLIBRC, hostile_home, hostile_variables

pytestmark = pytest.mark.study


def test_the_paper_has_its_pages_and_no_open_reference(finished: Path) -> None:
    pages = [page.extract_text() for page in PdfReader(finished / "paper/main.pdf").pages]
    assert len(pages) >= 6
    text = "\n".join(pages)
    assert "??" not in text
    assert "tiny study" in text
    assert "proxy score" in text


def test_every_planned_run_is_in_the_values(finished: Path) -> None:
    values = json.loads((finished / "results/tiny/paper.json").read_text())
    run = {name for name, record in values["experiments"].items() if record["status"] == "run"}
    assert run >= {"C0", "C1", "C2", "C3", "B-tiny", "R0", "R3", "L-l2", "A-0.3", "T-centre"}
    assert "G-sigmoid" not in run
    predictions = finished / "results/tiny/runs/C3/seed1/predictions"
    stored = pd.read_parquet(predictions / "synthetic.parquet")
    spearman = stored["prediction"].corr(stored["quality"], method="spearman")
    shown = values["experiments"]["C3"]["results"]["synthetic"]["srcc"]["mean"]
    assert shown == pytest.approx(spearman, abs=1e-12)


def test_an_experiment_with_seeds_of_its_own_is_trained_with_those(tmp_path: Path) -> None:
    folder = copy_repository(tmp_path / "seeds")
    study = folder / "workflow/config/tiny.yaml"
    study.write_text(study.read_text() + "\nexperiment_seeds: {C2: [4, 5]}\n")
    planned = snakemake(folder, "--dry-run", "--quiet", "host", "--", "paper/main.pdf").stdout
    for rule in ("train", "predict"):
        pattern = rf"^rule {rule}:.*?wildcards: experiment=(C[12]), seed=(\d+)"
        runs = set(re.findall(pattern, planned, re.M | re.S))
        assert runs == {("C1", "1"), ("C2", "4"), ("C2", "5")}


def test_a_second_call_does_nothing(finished: Path) -> None:
    assert "Nothing to be done" in snakemake(finished, "paper/main.pdf").stderr


@pytest.fixture
def somebody(tmp_path: Path) -> dict[str, str]:
    """The variables of a person with settings for everything, a home folder among them."""
    # Snakemake's own process has the modules of whoever calls it; its jobs have not.
    return {**hostile_variables(hostile_home(tmp_path / "home")), "PYTHONPATH": ""}


def test_another_machine_load_gives_the_same_bytes(
    finished: Path, tmp_path: Path, somebody: dict[str, str]
) -> None:
    folder = copy_repository(tmp_path / "again")
    # One core instead of two, only a part of the study, and another person: none may change a byte.
    target = "results/tiny/runs/C3/seed1/metrics.json"
    snakemake(folder, "--cores", "1", "--", target, variables=somebody)
    first, second = result_files(finished), result_files(folder)
    shared = {name for name in second if name.startswith("results/tiny/")}
    assert len(shared) > 10
    assert [name for name in sorted(shared) if first[name] != second[name]] == []


def test_single_targets_work_alone_and_for_everybody(
    finished: Path, tmp_path: Path, somebody: dict[str, str]
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder, symlinks=True)
    (folder / "matplotlibrc").write_text(MATPLOTLIBRC)
    for target in ("figures/pca_weights.pdf", "paper/tables/ablation.tex", "paper/main.pdf"):
        before = (folder / target).read_bytes()
        (folder / target).unlink()
        snakemake(folder, target, variables=somebody)
        assert (folder / target).read_bytes() == before
