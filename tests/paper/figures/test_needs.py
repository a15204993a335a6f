from __future__ import annotations

import subprocess
import sys

import pytest

from made_up_paper import CONFIG, made_up_paper
from smartiqa.config.planned import planned_experiments
from smartiqa.config.roles import Roles
from smartiqa.config.study import load_catalogue, load_study
from smartiqa.core.errors import InputError
from smartiqa.paper.figures.needs import (
    Scope,
    declared_needs,
    expand_needs,
    experiments_of,
    figure_names,
    scope_of_paper,
    scope_of_plan,
)
from smartiqa.results.paper_results import PaperResults

CATALOGUE = CONFIG / "experiments.yaml"
SCOPE = Scope(
    seeds={"C1": (4, 5), "C3": (7,)},
    training_dataset="own",
    cross_datasets={"C3": ("far", "near")},
    resize="squash",
    roles=Roles(
        reference="C3",
        baseline="C0",
        ablation=("C0", "C1", "C3"),
        embedded=("C1", "C3"),
    ),
)


@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        ("paper.json", ["paper.json"]),
        ("runs/C1/seed{seed}/a.csv", ["runs/C1/seed4/a.csv", "runs/C1/seed5/a.csv"]),
        ("runs/C1/seed{first_seed}/a.npz", ["runs/C1/seed4/a.npz"]),
        ("runs/A-0.3/seed{seed}/history.csv", []),
        (
            "runs/C3/seed{seed}/predictions/{training_dataset}.parquet",
            ["runs/C3/seed7/predictions/own.parquet"],
        ),
        (
            "runs/C3/seed{seed}/predictions/{cross_dataset}.parquet",
            ["runs/C3/seed7/predictions/far.parquet", "runs/C3/seed7/predictions/near.parquet"],
        ),
        ("runs/C1/seed{seed}/predictions/{cross_dataset}.parquet", []),
        ("runs/{reference}/seed{seed}/a.csv", ["runs/C3/seed7/a.csv"]),
        ("runs/{baseline}/seed{seed}/a.csv", []),
        ("runs/{mapped}/seed{seed}/a.npz", []),
        (
            "runs/{ablation}/seed{first_seed}/a.csv",
            ["runs/C1/seed4/a.csv", "runs/C3/seed7/a.csv"],
        ),
        (
            "runs/{embedded}/seed{seed}/{cross_dataset}.csv",
            ["runs/C3/seed7/far.csv", "runs/C3/seed7/near.csv"],
        ),
        ("data/{training_dataset}/store-{resize}/store.json", ["data/own/store-squash/store.json"]),
    ],
)
def test_patterns_stand_for_the_files_of_the_study(pattern: str, files: list[str]) -> None:
    assert expand_needs([pattern], SCOPE) == files


def test_a_pattern_is_about_all_that_play_its_role_run_or_not() -> None:
    assert experiments_of("runs/{ablation}/seed{seed}/a.csv", SCOPE.roles) == ("C0", "C1", "C3")
    assert experiments_of("runs/B-tiny/seed{seed}/a.csv", SCOPE.roles) == ("B-tiny",)
    assert experiments_of("paper.json", SCOPE.roles) == ()


@pytest.mark.parametrize("study", ["demo", "koniq"])
def test_the_plan_and_the_results_of_a_study_have_the_same_scope(study: str) -> None:
    settings, catalogue = load_study(CONFIG / f"{study}.yaml"), load_catalogue(CATALOGUE)
    planned = planned_experiments(settings, catalogue)
    paper = PaperResults.model_validate(made_up_paper(study, planned))
    assert scope_of_paper(paper) == scope_of_plan(settings, catalogue)


def test_an_unknown_placeholder_is_an_error() -> None:
    with pytest.raises(KeyError, match="sed"):
        expand_needs(["runs/C3/sed{sed}/x"], SCOPE)


@pytest.mark.parametrize("name", figure_names())
def test_declared_needs_are_those_of_the_module(name: str) -> None:
    module = __import__(f"smartiqa.paper.figures.{name}", fromlist=["NEEDS"])
    assert declared_needs(name) == module.NEEDS


def test_shared_modules_are_no_figures() -> None:
    assert not {"style", "needs", "sweep", "saving", "result_files"} & set(figure_names())
    with pytest.raises(
        InputError, match=r"unknown figure 'style' \(valid: ablation_decomposition, "
    ):
        declared_needs("style")


def test_a_misspelt_figure_is_named_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"'pca_weight' \(did you mean 'pca_weights'\?\)"):
        declared_needs("pca_weight")


def test_reading_needs_imports_no_plotting() -> None:
    code = (
        "import sys; from smartiqa.paper.figures.needs import declared_needs, figure_names;"
        "[declared_needs(name) for name in figure_names()];"
        "sys.exit(bool({'matplotlib', 'pandas', 'numpy'} & set(sys.modules)))"
    )
    environment = {"PYTHONPATH": ":".join(sys.path)}
    assert (
        subprocess.run([sys.executable, "-c", code], check=False, env=environment).returncode == 0
    )
