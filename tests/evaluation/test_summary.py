"""`paper.json` from made-up runs: every number against an independent computation."""

from __future__ import annotations

import copy as copying
import json
import re
import shutil
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from pydantic import ValidationError
from scipy import stats

from command_line import smartiqa
from smartiqa import compare
from smartiqa.config.catalogue import Catalogue
from smartiqa.config.files import CATALOGUE as CATALOGUE_FILE
from smartiqa.config.files import PUBLISHED as PUBLISHED_FILE
from smartiqa.config.planned import calibrated_experiments, resolve
from smartiqa.config.published import read_published
from smartiqa.config.study import load_catalogue, load_study
from smartiqa.core.errors import InputError
from smartiqa.core.files import DIGESTS, replace_atomically, sha256_of
from smartiqa.core.json_files import fields_of_model, read_json, write_json
from smartiqa.data.adapters import Scale
from smartiqa.data.checks.findings import FINDING_COLUMNS, write_findings
from smartiqa.data.checks.near_pairs import PAIR_COLUMNS, near_training
from smartiqa.data.checks.overlap import SHARED_COLUMNS
from smartiqa.evaluation.comparisons import corrected
from smartiqa.evaluation.dataset_summary import ends_of_scale
from smartiqa.evaluation.pairs import PairComparison, compare_pair
from smartiqa.evaluation.scoring import images_digest, score_predictions
from smartiqa.evaluation.summary import collate
from smartiqa.metrics.correlation import weighted_srcc
from smartiqa.metrics.jackknife import Jackknife, content_groups, jackknife
from smartiqa.results.comparison_results import Comparison
from smartiqa.results.paper_results import read_paper_results
from smartiqa.results.study_results import Results
from vouching import record_digest
from walked import repeated, uncertain_records
from whole_files import whole_manifest

SEEDS = (1, 2, 3)
PUBLISHED = read_published(Path(__file__).parents[2] / PUBLISHED_FILE)
DATASETS = ("home", "away", "far")
NOISE = {"C0": 30, "C1": 22, "C2": 15, "C3": 8, "R0": 25, "T-centre": 10}
BACKBONE = {
    "name": "resnet10t",
    "weights": {"source": "random", "pretraining": "nothing"},
}
STUDY: dict[str, Any] = {
    "name": "tiny",
    "title": "tiny study",
    "note": "made up",
    "score_name": "proxy score",
    "training_dataset": "home",
    "cross_datasets": ["away", "far"],
    "cross_experiments": ["C0", "C3"],
    "datasets": {
        name: {"adapter": "folder", "root": f"data/{name}", "title": name.title()}
        for name in DATASETS
    },
    "backbones": {
        "cnn": {**BACKBONE, "label": "A CNN", "dropout": 0.2},
        "swin_base": {**BACKBONE, "label": "A Swin", "drop_path": 0.1},
    },
    "crop": 64,
    "seeds": list(SEEDS),
    "experiments": list(NOISE),
    "recipes": {"quick": {"backbone_rate_scale": 10, "head_rate_scale": 10}},
    "compute": {"threads": 1},
    "statistics": {"replicates": 40, "seed": 7},
}
CNN = {"backbone": "cnn", "hyper_input": "last_stage", "gate": "none"}
CATALOGUE: dict[str, Any] = {
    "recipes": {
        "quick": {
            "optimizer": "adamw",
            "backbone_rate": 1e-5,
            "head_rate": 1e-4,
            "weight_decay": 0.0,
            "schedule": "constant",
            "epochs": 3,
            "batch_size": 8,
            "train_crops": 1,
            "validation_crops": 1,
        }
    },
    "experiments": {
        "C0": {"title": "base", "recipe": "quick", "compared_with": None, "model": CNN},
        "C1": {
            "title": "one",
            "recipe": "quick",
            "compared_with": "C0",
            "training": {"weight_decay": 1e-4},
        },
        "C2": {
            "title": "two",
            "recipe": "quick",
            "compared_with": "C1",
            "training": {"weight_decay": 2e-4},
        },
        "C3": {"title": "full", "recipe": "quick", "compared_with": "C2"},
        "R0": {"title": "a CNN", "recipe": "quick", "model": {**CNN, "dropout": 0.5}},
        "T-centre": {
            "title": "centre",
            "recipe": "quick",
            "checkpoint_of": "C3",
            "testing": {"crops": 1, "positions": "centre"},
        },
        "L-l2": {"title": "not run", "recipe": "quick", "training": {"loss": {"name": "l2"}}},
        "X-big": {"title": "no such role", "recipe": "quick", "model": {"backbone": "swin_large"}},
    },
    "roles": {
        "reference": "C3",
        "baseline": "C0",
        "ablation": ["C0", "C1", "C2", "C3"],
        "steps": [
            {"name": name, "phrase": name} for name in ("backbone", "multi_scale", "attention")
        ],
        "embedded": ["C1", "reference"],
    },
    "groups": {
        "losses": ["C3", "L-l2"],
        "others": ["C3", "R0", "T-centre"],
    },
}
SIZE = {"parameters": 3, "backbone_parameters": 2, "multiply_accumulates": 5, "generated_values": 1}
COUNTS = {"experiments": {"C3": SIZE}, "published": {"HyperIQA": {**SIZE, "parameters": 9}}}


SOUND = pd.DataFrame(columns=FINDING_COLUMNS)
BROKEN = pd.DataFrame(
    [
        ["missing file", "error", "7.png", "gone"],
        ["same pixels twice", "note", "8.png", "as 9.png"],
    ],
    columns=FINDING_COLUMNS,
)
FOUND = {"home": SOUND, "away": BROKEN, "far": SOUND}
SHARED = pd.DataFrame([["far", "1.png", "test", "home", "2.png", "test"]], columns=SHARED_COLUMNS)
ALIKE = pd.DataFrame(
    [
        ["home01", "test", "home41", "train", "this", 0],
        ["home02", "test", "home03", "test", "this", 3],
        ["home04", "test", "home07", "validation", "this", 8],
    ],
    columns=PAIR_COLUMNS,
)
# No run is trained on what is away, whatever its split.
ALIKE_AWAY = pd.DataFrame([["away01", "test", "away02", "train", "this", 2]], columns=PAIR_COLUMNS)
PAIRS = {"home": ALIKE, "away": ALIKE_AWAY, "far": ALIKE.head(0)}
DRAWN = {"kind": "official", "drawn": ["validation"], "keep_series": True, "seed": 0, "round": 0}


def labels(dataset: str) -> pd.DataFrame:
    """Sixty images; those at home are made from six photos."""
    rng = np.random.default_rng(DATASETS.index(dataset))
    frame = pd.DataFrame({"id": [f"{dataset}{k:02d}" for k in range(60)]})
    frame["quality"] = rng.uniform(0, 100, 60)
    home = dataset == "home"
    frame["reference"] = [f"photo{k % 6}" if home else "" for k in range(60)]
    frame["content"] = frame["reference"] if home else frame["id"]
    frame["distortion"] = [("none", "blur", "noise")[k % 3] if home else "" for k in range(60)]
    frame["level"] = [float(k % 3) if home else np.nan for k in range(60)]
    return frame


def write_run(folder: Path, name: str, seed: int) -> None:
    study, catalogue = (
        load_study(folder.parent / "tiny.yaml"),
        load_catalogue(folder.parent / "experiments.yaml"),
    )
    rng = np.random.default_rng([list(NOISE).index(name), seed])
    run = folder / "runs" / name / f"seed{seed}"
    (run / "predictions").mkdir(parents=True)
    crossed = name in STUDY["cross_experiments"]
    for dataset in DATASETS if crossed else DATASETS[:1]:
        table = labels(dataset)
        table["prediction"] = table["quality"] + rng.normal(0, NOISE[name], 60)
        if name in ("C3", "T-centre"):
            weights = rng.dirichlet(np.ones(4), 60)
            weights[:, 2] += table["quality"] / 100
            weights /= weights.sum(axis=1, keepdims=True)
            table[[f"attention_{k}" for k in range(1, 5)]] = weights
        table.to_parquet(run / "predictions" / f"{dataset}.parquet", index=False)
    measure(run)
    write_json(run / "calibration.json", made_up_calibration(seed))
    write_json(run / "robustness.json", made_up_robustness(seed))
    write_json(run / "masking.json", made_up_masking())
    write_json(run / "attack.json", made_up_attack(NOISE[name]))
    if name == "T-centre":
        return  # has no training of its own
    history = pd.DataFrame({"epoch": [1, 2, 3], "train_loss": rng.uniform(1, 9, 3)})
    history["validation_srcc"] = rng.uniform(0.1, 0.9, 3)
    history["train_srcc"] = history["validation_plcc"] = rng.uniform(0.1, 0.9, 3)
    history["backbone_rate"] = history["head_rate"] = 1e-4
    history.to_csv(run / "history.csv", index=False)
    best = int(history["validation_srcc"].argmax()) + 1
    manifest = sha256_of(folder / "data" / "home" / "manifest.parquet")
    digests = {"code": f"code of {name}", "manifest": manifest, "weights": "w"}
    settings = resolve(study, catalogue, name).model_dump(mode="json")
    found = {"seed": seed, "images": 7 + seed, "best_epoch": best}
    config = {"experiment": settings, **found, **digests}
    write_json(run / "config.json", config)
    write_json(run / "identity.json", identity_content(name, seed))
    write_json(run / "generated.json", embedding(seed))


def probe_predictions() -> pd.DataFrame:
    """A regression that ranks the images at home about as well as the full model."""
    table = labels("home")
    return table.assign(prediction=table["quality"] + np.random.default_rng(9).normal(0, 12, 60))


def made_up_calibration(seed: int) -> dict[str, Any]:
    """What the stage calibrate writes of a run."""
    return {"level": 0.9, "images": 20, "contents": 6, "crops": 4, "half_width": 10.0 + seed}


def made_up_robustness(seed: int) -> dict[str, Any]:
    """What the stage robustness writes of a run."""
    moved = {"kind": "flip", "setting": "upside down", "mean": -1.0, "distance": 2.0 + seed}
    return {"photos": 20, "crops": 4, "precision": "float32", "changes": [moved | {"farthest": 9}]}


AREAS = [2.0, 4.0, 3.0, 5.0, 1.0, 9.0]


def made_up_masking() -> dict[str, Any]:
    """What the stage masking writes of a run; one photo a content."""
    curves = {"first": [9.0], "last": [1.0], "deletion": AREAS, "insertion": [-a for a in AREAS]}
    return {
        "photos": 6, "places": 49, "hidden": [24], "draws": 4, "random": [5.0], "whole": 20.0,
        "contents": [f"photo{k}" for k in range(6)], "maps": [{"name": "stage 1", **curves}],
    }  # fmt: skip


def made_up_attack(farther: float) -> dict[str, Any]:
    """What the stage attack writes of a run whose scores move by so much and 0 to 5 more."""
    before = [10.0, 20, 30, 40, 50, 60]
    after = [b + (-1) ** k * (farther + k) for k, b in enumerate(before)]
    strength = {"strength": 1, "psnr": 48.1, "after": after, "with_noise": [b + 1 for b in before]}
    return {
        "steps": 5, "qualities": [11, 22, 33, 44, 55, 66], "before": before,
        "contents": [f"photo{k}" for k in range(6)], "strengths": [strength],
    }  # fmt: skip


def made_up_floors(table: pd.DataFrame) -> dict[str, Any]:
    """What the stage floors writes: a constant, a probe that was chosen and one that was not."""
    groups = content_groups(table["content"], 40, 7)
    found = jackknife(weighted_srcc, table["prediction"], table["quality"], groups)
    runs = {"values": [found.value], "left_out": [found.left_out.tolist()]}
    error = {"rmse": {"values": [20.0], "left_out": [[19.0, 20, 21, 22, 18, 20]]}}
    same = {"measures": {"srcc": runs}, "without_near_duplicates": {}, "settings": {"penalty": 1}}
    return {
        "experiment": "C3", "train": 10, "validation": 20, "test": len(table), "apart": 0,
        "contents": table["content"].nunique(),
        "crops": 4, "test_images": images_digest(table, groups), "ceiling": None,
        "floors": [
            {"name": "constant", "measures": error, "without_near_duplicates": error},
            {"name": "ridge", "stages": "last", "validation_srcc": 0.8, **same},
            {"name": "ridge", "stages": "all", "validation_srcc": 0.7, **same},
        ],
        "curve": [{"share": 0.5, "images": 5.0, "srcc": runs}],
    }  # fmt: skip


def embedding(seed: int) -> dict[str, Any]:
    """What the stage embed writes of a run."""
    return {
        "explained_variance": [0.5, 0.25],
        "components": 29,
        "silhouette_content": seed / 10,
        "silhouette_quality": -0.1,
        "images": 30,
        "test_images": 30,
        "values": 7,
    }


def identity_content(name: str, seed: int) -> dict[str, Any]:
    """The identity of a made-up run; one training of R0 had another version and device."""
    odd = (name, seed) == ("R0", 2)
    return {
        "code": f"code of {name}",
        "settings": {"seed": seed},
        "versions": {"numpy": "2.4.6", "torch": "2.14.0" if odd else "2.15.0"},
        "data": {},
        "device": "cuda A GPU" if odd else "cpu x86_64 AVX2",
        "number_format": "float32" if name in ("C0", "R0") else "bfloat16",
    }


def measure(run: Path) -> None:
    """What the stage score writes."""
    files = sorted((run / "predictions").glob("*.parquet"))
    scores = {}
    for file in files:
        record_digest(file)
        pairs = run.parents[2] / "data" / file.stem / "checks" / "near_duplicates.csv"
        scores[file.stem] = score_predictions(
            file, 40, 7, near_training(pairs, learnt=file.stem == "home")
        )
    write_json(run / "metrics.json", scores)


def measure_anew(folder: Path) -> None:
    for run in (folder / "results" / "runs").glob("*/seed*"):
        measure(run)
    tested = pd.read_parquet(folder / "results/runs/C3/seed1/predictions/home.parquet")["id"]
    table = probe_predictions().set_index("id").loc[tested].reset_index()
    write_json(folder / "results" / "floors.json", made_up_floors(table))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with everything that collation reads, and the files beside it."""
    folder = tmp_path_factory.mktemp("collate")
    for name, content in (
        ("tiny", STUDY),
        ("experiments", CATALOGUE),
        ("published", PUBLISHED),
    ):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    for dataset in DATASETS:
        frame = labels(dataset)
        split = np.where(np.arange(60) < 40, "test", "validation")
        split[:10] = "train"
        frame = frame.assign(split=split, score=frame["quality"] / 20)
        frame["source"] = np.where(np.arange(60) % 3 == 0, "phones", "cameras")
        frame["scene"] = np.where(np.arange(60) % 4 == 0, "night | plants", "plants")
        path = folder / "results" / "data" / dataset / "manifest.parquet"
        path.parent.mkdir(parents=True)
        whole_manifest(frame).to_parquet(path)
        record_digest(path)
        write_findings(path.parent / "checks", FOUND[dataset])
        write_json(path.parent / "checks" / "splits.json", DRAWN)
        with replace_atomically(path.parent / "checks" / "near_duplicates.csv") as temporary:
            PAIRS[dataset].to_csv(temporary, index=False)
    write_json(folder / "results" / "floors.json", made_up_floors(probe_predictions()))
    SHARED.to_csv(folder / "results" / "data" / "shared_images.csv", index=False)
    for name in NOISE:
        for seed in SEEDS:
            write_run(folder / "results", name, seed)
    for role in ("cnn", "swin_base"):
        write_json(folder / "results" / "weights" / f"{role}.json", {"role": role})
    write_json(folder / "complexity.json", COUNTS)
    record_all(folder / "results")
    return folder


def record_all(folder: Path) -> None:
    for path in sorted(folder.rglob("*.*")):
        if path.is_file() and path.parent.name != DIGESTS:
            record_digest(path)


def collated(folder: Path) -> dict[str, Any]:
    """The content of the file, with plain values as JSON has them."""
    found = collate(
        load_study(folder / "tiny.yaml"),
        load_catalogue(folder / "experiments.yaml"),
        folder / "results",
        folder / "complexity.json",
        folder / "published.yaml",
    )
    return fields_of_model(found)


@pytest.fixture(scope="module")
def paper(finished: Path) -> dict[str, Any]:
    return collated(finished)


@pytest.fixture
def copy(finished: Path, tmp_path: Path) -> Path:
    """A finished folder to spoil."""
    shutil.copytree(finished, tmp_path / "copy")
    return tmp_path / "copy"


def predictions(folder: Path, name: str, dataset: str = "home") -> list[pd.DataFrame]:
    runs = folder / "results" / "runs" / name
    return [
        pd.read_parquet(runs / f"seed{seed}" / "predictions" / f"{dataset}.parquet")
        for seed in SEEDS
    ]


def mean_srcc(folder: Path, name: str, dataset: str = "home") -> float:
    tables = predictions(folder, name, dataset)
    return float(
        np.mean([stats.spearmanr(t["prediction"], t["quality"]).statistic for t in tables])
    )


@pytest.mark.parametrize("name", NOISE)
def test_metrics_are_means_and_spreads_over_seeds(
    name: str, paper: dict[str, Any], finished: Path
) -> None:
    results = paper["experiments"][name]["results"]
    assert set(results) == set(DATASETS if name in ("C0", "C3") else DATASETS[:1])
    for dataset, found in results.items():
        tables = predictions(finished, name, dataset)
        pairs = [(t["prediction"].to_numpy(), t["quality"].to_numpy()) for t in tables]
        single = {
            "srcc": [stats.spearmanr(*pair).statistic for pair in pairs],
            "plcc": [stats.pearsonr(*pair).statistic for pair in pairs],
            "krcc": [stats.kendalltau(*pair).statistic for pair in pairs],
            "rmse": [np.sqrt(np.mean((x - y) ** 2)) for x, y in pairs],
        }
        for metric, values in single.items():
            assert found[metric]["mean"] == pytest.approx(np.mean(values))
            assert found[metric]["spread"] == pytest.approx(np.std(values, ddof=1))
            assert list(found[metric]["seeds"]) == ["1", "2", "3"]
            assert list(found[metric]["seeds"].values()) == pytest.approx(values)
            assert found[metric]["low"] < found[metric]["mean"] < found[metric]["high"]
        assert found["plcc_logistic"]["mean"] >= found["plcc"]["mean"] - 1e-6


def without_each_photo(folder: Path, name: str) -> np.ndarray:
    """SRCC of each seed at home without each of the six photos, (seeds, photos), by scipy."""
    found = []
    for table in predictions(folder, name):
        rests = [table[table["content"] != f"photo{k}"] for k in range(6)]
        found.append([stats.spearmanr(t["prediction"], t["quality"]).statistic for t in rests])
    return np.array(found)


def seed_srcc(folder: Path, name: str) -> np.ndarray:
    tables = predictions(folder, name)
    return np.array([stats.spearmanr(t["prediction"], t["quality"]).statistic for t in tables])


def t_interval(value: float, left_out: np.ndarray, *seeds: np.ndarray) -> tuple[float, float]:
    """Student's interval whose variance is that of leaving photos out plus that of the seeds."""
    parts = [(5 / 6 * np.sum((left_out - left_out.mean()) ** 2), 5)]
    parts += [(np.var(own, ddof=1) / len(own), len(own) - 1) for own in seeds]
    variance = sum(part for part, _ in parts)
    freedom = variance**2 / sum(part**2 / df for part, df in parts)
    return stats.t.interval(0.95, freedom, value, np.sqrt(variance))


def test_intervals_count_photos_and_seeds(paper: dict[str, Any], finished: Path) -> None:
    seeds, left_out = seed_srcc(finished, "C2"), without_each_photo(finished, "C2")
    low, high = t_interval(seeds.mean(), left_out.mean(axis=0), seeds)
    slope = 1 - seeds.mean() ** 2  # of the inverse of Fisher's transformation
    expected = np.tanh(np.arctanh(seeds.mean()) + (np.array([low, high]) - seeds.mean()) / slope)
    found = paper["experiments"]["C2"]["results"]["home"]["srcc"]
    assert (found["low"], found["high"]) == pytest.approx(tuple(expected))


def test_the_cross_table_has_every_dataset_and_their_average(
    paper: dict[str, Any], finished: Path
) -> None:
    table = paper["cross"]
    assert set(table) == {"away", "far", "average"}
    for name in ("C0", "C3"):
        single = {dataset: mean_srcc(finished, name, dataset) for dataset in ("away", "far")}
        for dataset, value in single.items():
            assert table[dataset][name]["srcc"] == pytest.approx(value)
        assert table["average"][name]["srcc"] == pytest.approx(np.mean(list(single.values())))
    assert all(set(row) == {"C0", "C3"} for row in table.values())


def holm(p_values: list[float]) -> list[float]:
    """Each ordered p-value times the number of those not smaller, made monotone."""
    order = np.argsort(p_values, kind="stable")
    scaled = np.array(p_values)[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.minimum(np.maximum.accumulate(scaled), 1)
    return [float(adjusted[np.flatnonzero(order == k)[0]]) for k in range(len(p_values))]


def test_comparisons_are_within_groups_and_corrected(paper: dict[str, Any], finished: Path) -> None:
    found = paper["comparisons"]
    pairs = {group: [(r["first"], r["second"]) for r in rows] for group, rows in found.items()}
    assert pairs == {
        "ablation": [("C0", "C1"), ("C1", "C2"), ("C2", "C3"), ("C0", "C3")],
        "losses": [],
        "others": [("C3", "R0"), ("C3", "T-centre")],
        "cross_dataset": [("C0", "C3"), ("C0", "C3")],
    }
    for group, rows in found.items():
        for row in rows:
            first, second, dataset = (row[key] for key in ("first", "second", "dataset"))
            gain = mean_srcc(finished, second, dataset) - mean_srcc(finished, first, dataset)
            assert row["difference"] == pytest.approx(gain)
            assert row["seeds"] == [3, 3]
            assert row["contents"] == (6 if dataset == "home" else 60)
            assert row["tests"] == len(rows)
            assert (row["p_value"] < 0.05) == (not row["low"] <= 0 <= row["high"])
            assert row["significant"] == (row["p_holm"] < 0.05)
            if dataset != "home":
                continue
            own = [seed_srcc(finished, name) for name in (first, second)]
            if (first, second) == ("C3", "T-centre"):  # the same trainings, tested in two ways
                own = [own[1] - own[0]]
            left_out = [without_each_photo(finished, name).mean(axis=0) for name in (first, second)]
            expected = t_interval(gain, left_out[1] - left_out[0], *own)
            assert (row["low"], row["high"]) == pytest.approx(expected)
        adjusted = [row["p_holm"] for row in rows]
        assert adjusted == pytest.approx(holm([row["p_value"] for row in rows])), group
    assert found["ablation"][0]["difference"] > 0
    assert found["others"][0]["difference"] < 0  # R0 is worse than C3
    assert [row["dataset"] for row in found["cross_dataset"]] == ["away", "far"]


def compared(folder: Path, first: str, second: str, dataset: str | None = None) -> PairComparison:
    study, catalogue = load_study(folder / "tiny.yaml"), load_catalogue(folder / "experiments.yaml")
    return compare_pair(Results(folder / "results", study, catalogue), first, second, dataset)


def test_any_two_experiments_are_compared_by_the_same_rules(
    paper: dict[str, Any], finished: Path
) -> None:
    found = compared(finished, "R0", "C1")
    own = [seed_srcc(finished, name) for name in ("R0", "C1")]
    left_out = [without_each_photo(finished, name).mean(axis=0) for name in ("R0", "C1")]
    gain = own[1].mean() - own[0].mean()
    row = found.difference
    assert row.difference == pytest.approx(gain)
    assert (row.low, row.high) == pytest.approx(t_interval(gain, left_out[1] - left_out[0], *own))
    assert (row.p_holm, row.tests, found.images) == (row.p_value, 1, 60)
    srcc = paper["experiments"]["C1"]["results"]["home"]["srcc"]
    assert [*found.second] == pytest.approx([srcc[key] for key in ("mean", "low", "high")])
    planned = paper["comparisons"]["ablation"][-1]
    again = compared(finished, "C0", "C3").difference
    for key in ("difference", "low", "high", "p_value", "seeds", "contents"):
        assert fields_of_model(again)[key] == planned[key]
    assert compared(finished, "C0", "C3", "far").difference.contents == 60


def test_a_comparison_says_what_its_intervals_cover(copy: Path) -> None:
    found = compared(copy, "C0", "C3")
    head, first, second, both, verdict = str(found).splitlines()
    assert head.startswith("SRCC on 60 test images of home, 6 contents;")
    low, high = found.first[1:]
    assert first == f"C0        {found.first.value:.3f} [{low:.3f}, {high:.3f}] over " + (
        "contents and 3 seeds"
    )
    assert second.endswith("] over contents and 3 seeds")
    assert re.search(r"^C3 - C0 +0\.\d{3} \[.*\] over contents and the seeds of both$", both)
    assert verdict.startswith(
        f"verdict: better; p = {found.difference.p_value:.3f}, not corrected:"
    )
    content = {**STUDY, "experiment_seeds": {"C3": [1], "T-centre": [1]}}
    (copy / "tiny.yaml").write_text(yaml.safe_dump(content))
    _, first, second, both, verdict = str(compared(copy, "C0", "C3")).splitlines()
    assert first.endswith("over contents and 3 seeds")
    assert second.endswith("over contents only, of one seed")
    assert both.endswith("without interval: one seed cannot show how much training varies")
    least = "a verdict takes 3 seeds of each model and 6 test contents, and here are 1 and 6"
    assert verdict == f"verdict: untested; {least}"


def test_what_cannot_be_compared_is_told(copy: Path) -> None:
    for first, second, dataset, said in (
        ("C0", "C9", None, "study tiny: unknown experiment 'C9' .valid: C0, C1"),
        ("L-l2", "C0", None, "study tiny: unknown experiment 'L-l2'"),
        ("C1", "C1", None, "C1 cannot be compared with itself"),
        ("C0", "C1", "far", "study tiny tests C1 on home, not on 'far'"),
    ):
        with pytest.raises(InputError, match=said):
            compared(copy, first, second, dataset)
    run = copy / "results" / "runs" / "C1" / "seed2"
    config = read_json(run / "config.json")
    config["experiment"]["recipe"]["epochs"] = 9
    write_json(run / "config.json", config)
    with pytest.raises(InputError, match=r"its recipe\.epochs is 9, not 3; remove the folder"):
        compared(copy, "C0", "C1")
    (copy / "results" / "runs" / "C0" / "seed3" / "metrics.json").unlink()
    with pytest.raises(InputError, match=r"metrics\.json does not exist; the stage score makes it"):
        compared(copy, "C0", "C3")


def test_a_run_that_was_measured_before_a_metric_was_added_is_named(copy: Path) -> None:
    path = copy / "results" / "runs" / "C2" / "seed2" / "metrics.json"
    scores = read_json(path)
    scores["home"]["measures"].pop("krcc")
    write_json(path, scores)
    with pytest.raises(InputError, match=r"C2/seed2/metrics\.json: home lacks krcc; .*score"):
        collated(copy)


def test_two_experiments_are_compared_by_a_command_and_in_python(
    finished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / CATALOGUE_FILE.parent).mkdir(parents=True)
    shutil.copy(finished / "experiments.yaml", tmp_path / CATALOGUE_FILE)
    shutil.copy(finished / "tiny.yaml", tmp_path / CATALOGUE_FILE.parent)
    shutil.copytree(finished / "results", tmp_path / "results" / "tiny")
    record_all(tmp_path / "results" / "tiny")
    monkeypatch.chdir(tmp_path)
    smartiqa("compare", "C0", "C3", study="tiny", dataset="away")
    expected = compared(finished, "C0", "C3", "away")
    assert compare("C0", "C3", "tiny", "away") == expected
    assert capsys.readouterr().out == f"{expected}\n"


def uncorrected(p_value: float | None) -> Comparison:
    """A comparison with this p-value before any correction."""
    return Comparison(
        first="C0",
        second="C3",
        dataset="home",
        metric="srcc",
        difference=0.1,
        low=0.0,
        high=0.2,
        p_value=p_value,
        significant=False,
        seeds=(3, 3),
        contents=6,
        tests=0,
    )


def test_only_the_corrected_p_value_makes_a_difference_significant() -> None:
    found = corrected([uncorrected(p_value) for p_value in (0.03, 0.2, 0.01, 0.04)])
    assert [row.p_holm for row in found] == pytest.approx([0.09, 0.2, 0.04, 0.09])
    assert [row.significant for row in found] == [False, False, True, False]


def test_what_was_not_tested_is_not_counted_by_the_correction() -> None:
    found = corrected([uncorrected(None), uncorrected(0.03)])
    assert [row.p_holm for row in found] == [None, 0.03]
    assert [(row.significant, row.tests) for row in found] == [(False, 1), (True, 1)]


def test_the_gain_is_divided_without_remainder(paper: dict[str, Any], finished: Path) -> None:
    levels = [mean_srcc(finished, name) for name in ("C0", "C1", "C2", "C3")]
    steps = ("backbone", "multi_scale", "attention")
    shares = [paper["gain"]["shares"][step] for step in steps]
    assert sum(share["value"] for share in shares) == pytest.approx(1)
    expected = np.diff(levels) / (levels[3] - levels[0])
    assert [share["value"] for share in shares] == pytest.approx(expected)
    for share, step in zip(shares, paper["comparisons"]["ablation"][:3], strict=True):
        assert share["low"] < share["value"] < share["high"]
        assert (share["low"] > 0) == (step["low"] > 0)  # a share never says more than its step


def with_seeds(folder: Path, **seeds: list[int]) -> dict[str, Any]:
    study = {**STUDY, "experiment_seeds": seeds}
    (folder / "tiny.yaml").write_text(yaml.safe_dump(study))
    return collated(folder)


def test_two_seeds_have_an_interval_but_no_test(copy: Path) -> None:
    paper = with_seeds(copy, C1=[1, 2])
    first, second, third, total = paper["comparisons"]["ablation"]
    for row in (first, second):
        assert row["low"] < row["difference"] < row["high"]
        assert (row["p_value"], row["p_holm"], row["significant"]) == (None, None, False)
    assert third["p_value"] is not None
    assert total["tests"] == 2
    assert paper["gain"]["shares"] is not None


def test_one_seed_has_no_interval_of_a_difference(copy: Path) -> None:
    paper = with_seeds(copy, C3=[1], **{"T-centre": [1]})
    total = paper["comparisons"]["ablation"][-1]
    assert total["difference"] > 0
    assert [total[key] for key in ("low", "high", "p_value", "p_holm")] == [None] * 4
    assert paper["gain"] == {"shares": None}
    assert not any(row["tested"] for row in paper["attention"]["rank_correlation"])


def test_too_few_contents_are_not_tested(copy: Path) -> None:
    for file in (copy / "results" / "runs").glob("*/seed*/predictions/home.parquet"):
        table = pd.read_parquet(file)
        table[table["content"] != "photo5"].to_parquet(file, index=False)
    measure_anew(copy)
    paper = collated(copy)
    rows = [*paper["comparisons"]["ablation"], paper["floors"]["comparison"]]
    assert all(row["contents"] == 5 and row["p_value"] is None for row in rows)


MEASURED = ("mean", "value", "difference")


def every_record(content: Any) -> Iterator[dict[str, Any]]:
    """All mappings in a nested structure."""
    if isinstance(content, dict):
        yield content
    for value in content.values() if isinstance(content, dict) else content:
        if isinstance(value, dict | list):
            yield from every_record(value)


def statements(paper: dict[str, Any]) -> dict[Any, list[tuple[float, ...]]]:
    """What a file says about each difference of two experiments: intervals and p-values.

    A record speaks of a difference if its value is one, whatever it is called, in either direction.
    """
    means = {
        (dataset, measure, name): found["mean"]
        for name, entry in paper["experiments"].items()
        for dataset, results in entry.get("results", {}).items()
        for measure, found in results.items()
    }
    told: dict[Any, list[tuple[float, ...]]] = {}
    for record in every_record(paper):
        value = next((record[key] for key in MEASURED if key in record), None)
        if not isinstance(value, float) or not {"low", "p_value"} & set(record):
            continue
        for (dataset, measure, a), (other, kind, b) in combinations(means, 2):
            gap = means[other, kind, b] - means[dataset, measure, a]
            if (dataset, measure) == (other, kind) and abs(abs(value) - abs(gap)) < 1e-12:
                uncertainty = (record.get("low"), record.get("high"), record.get("p_value"))
                told.setdefault((dataset, measure, a, b), []).append(uncertainty)
    return told


def test_every_difference_is_told_once(paper: dict[str, Any]) -> None:
    told = statements(paper)
    assert len(told) == 8  # four of the ablation, two others, two cross-datasets
    assert all(len(found) == 1 for found in told.values())


@pytest.mark.parametrize("turn", [1, -1])
def test_a_second_interval_of_a_difference_would_be_found(paper: dict[str, Any], turn: int) -> None:
    step = paper["comparisons"]["ablation"][1]
    again = {"value": turn * step["difference"], "low": -0.1, "high": 0.1}
    told = statements({**paper, "gain": {"multi_scale": again}})
    assert [pair for pair, found in told.items() if len(found) > 1] == [
        ("home", "srcc", "C1", "C2")
    ]


def test_a_difference_in_two_groups_is_refused() -> None:
    groups = {**CATALOGUE["groups"], "again": ["C1", "C2"]}
    with pytest.raises(ValidationError, match="ablation and again both compare C2 with C1"):
        Catalogue(**{**CATALOGUE, "groups": groups})


def test_attention_by_thirds_of_quality(paper: dict[str, Any], finished: Path) -> None:
    tables = predictions(finished, "C3")
    columns = [f"attention_{k}" for k in range(1, 5)]
    mean = sum(table[columns] for table in tables) / len(tables)
    third = pd.qcut(tables[0]["quality"], 3, labels=["low", "middle", "high"])
    found = paper["attention"]
    assert (found["experiment"], found["stages"]) == ("C3", 4)
    for name, expected in mean.groupby(third, observed=True).mean().iterrows():
        weights = found["by_quality"][name]
        assert [each["value"] for each in weights] == pytest.approx(expected.tolist())
    for stage_number, column in enumerate(columns):
        seeds = [stats.spearmanr(table[column], table["quality"]).statistic for table in tables]
        expected = np.mean(seeds)
        assert found["rank_correlation"][stage_number]["value"] == pytest.approx(expected)
    assert found["rank_correlation"][2]["value"] > 0.5


def test_mean_attention_has_an_interval_over_contents_and_seeds(
    paper: dict[str, Any], finished: Path
) -> None:
    tables = predictions(finished, "C3")
    worst = pd.qcut(tables[0]["quality"], 3, labels=False) == 0
    weights = sum(table["attention_3"] for table in tables)[worst] / len(tables)
    shown = tables[0]["content"][worst]
    left_out = np.array([weights[shown != name].mean() for name in shown.unique()])
    by_contents = (len(left_out) - 1) * left_out.var()
    of_seeds = [table["attention_3"][worst].mean() for table in tables]
    by_seeds = np.var(of_seeds, ddof=1) / len(of_seeds)
    variance = by_contents + by_seeds
    squares = by_contents**2 / (len(left_out) - 1) + by_seeds**2 / (len(of_seeds) - 1)
    margin = stats.t.ppf(0.975, variance**2 / squares) * np.sqrt(variance)
    found = paper["attention"]["by_quality"]["low"][2]
    assert (found["high"] - found["low"]) / 2 == pytest.approx(margin)
    assert found["low"] < found["value"] < found["high"]


def test_a_third_without_images_has_no_attention(copy: Path) -> None:
    for seed in SEEDS:
        file = copy / "results" / "runs" / "C3" / f"seed{seed}" / "predictions" / "home.parquet"
        table = pd.read_parquet(file)
        table["quality"] = (table["quality"].rank() - 45).clip(lower=0)  # 45 of 60 are the worst
        table.to_parquet(file, index=False)
        record_digest(file)
    assert [*collated(copy)["attention"]["by_quality"]] == ["middle", "high"]


def test_a_stage_of_constant_attention_has_no_correlation(copy: Path) -> None:
    for seed in SEEDS:
        file = copy / "results" / "runs" / "C3" / f"seed{seed}" / "predictions" / "home.parquet"
        pd.read_parquet(file).assign(attention_1=0.25).to_parquet(file, index=False)
        record_digest(file)
    found = collated(copy)["attention"]["rank_correlation"]
    assert [entry is None for entry in found] == [True, False, False, False]


def test_training_is_summed_up_for_every_seed(paper: dict[str, Any], finished: Path) -> None:
    for seed in SEEDS:
        run = finished / "results" / "runs" / "C1" / f"seed{seed}"
        history = pd.read_csv(run / "history.csv")
        found = paper["experiments"]["C1"]["training"][str(seed)]
        assert found["epochs"] == 3
        assert found["best_epoch"] == read_json(run / "config.json")["best_epoch"]
        assert found["train_loss"] == pytest.approx(history["train_loss"].iloc[-1])
        assert found["validation_srcc"] == pytest.approx(history["validation_srcc"].max())
        assert [row["epoch"] for row in found["history"]] == [1, 2, 3]


def test_another_ones_checkpoint_brings_its_training(paper: dict[str, Any]) -> None:
    centre, full = (paper["experiments"][name] for name in ("T-centre", "C3"))
    assert centre["training"] == full["training"]
    assert centre["provenance"]["trained_as"] == "C3"
    assert centre["provenance"]["code"] == "code of C3"
    assert centre["results"]["home"] != full["results"]["home"]


def test_settings_are_those_that_ran(paper: dict[str, Any]) -> None:
    full, cnn = (paper["experiments"][name] for name in ("C3", "R0"))
    assert full["recipe"]["backbone_rate"] == pytest.approx(1e-4)  # scaled by the study
    assert (full["backbone"], full["pretraining"]) == ("A Swin", "nothing")
    assert (full["drop_path"], full["dropout"]) == (0.1, 0.0)  # of the backbone
    assert (cnn["drop_path"], cnn["dropout"]) == (0.0, 0.5)  # of the experiment
    assert full["complexity"] == SIZE
    assert full["seeds"] == [1, 2, 3]


def test_what_was_not_run_has_no_results(paper: dict[str, Any]) -> None:
    assert paper["experiments"]["L-l2"]["status"] == "not run"
    assert paper["experiments"]["L-l2"]["recipe"]["loss"]["name"] == "l2"
    for name in ("L-l2", "X-big"):
        assert not {"results", "training", "provenance"} & set(paper["experiments"][name])
    assert "backbone" not in paper["experiments"]["X-big"]


def test_datasets_are_counted(paper: dict[str, Any], finished: Path) -> None:
    found, frame = paper["datasets"]["home"], labels("home")
    assert {key: found[key] for key in ("images", "train", "validation", "test")} == {
        "images": 60,
        "train": 10,
        "validation": 20,
        "test": 30,
    }
    assert (found["references"], found["distortions"]) == (6, 2)
    assert found["score_low"] == pytest.approx(frame["quality"].min() / 20)
    assert found["score_high"] == pytest.approx(frame["quality"].max() / 20)
    assert (found["score_worst"], found["score_best"]) == (0, 5)
    path = finished / "results" / "data" / "home" / "manifest.parquet"
    assert found["digest"] == sha256_of(path)
    away = paper["datasets"]["away"]
    assert (away["references"], away["distortions"], away["title"]) == (0, 0, "Away")


@pytest.mark.parametrize(("worst", "best"), [(1, 5), (100, 0), (0, 1), (-1.5, 0.3)])
def test_the_ends_of_the_scale_are_those_of_the_map(worst: float, best: float) -> None:
    scale = Scale(min(worst, best), max(worst, best), higher_is_better=best > worst)
    score = worst + (best - worst) * np.array([0.31, 0.87, 0.4])
    images = pd.DataFrame({"score": score, "quality": scale.to_quality(score)}, index=[7, 3, 9])
    assert ends_of_scale(images) == {"score_worst": worst, "score_best": best}


def test_what_was_left_out_and_what_is_shared_is_told(paper: dict[str, Any]) -> None:
    assert paper["datasets"]["home"]["skipped"] == {"images": 0, "problems": []}
    assert paper["datasets"]["away"]["skipped"] == {
        "images": 1,
        "problems": [{"problem": "missing file", "images": 1, "first": ["7.png"]}],
    }
    assert paper["shared_images"] == [
        {"dataset": "far", "other": "home", "images": 1, "first": ["1.png"]}
    ]


def test_how_the_split_was_drawn_and_what_looks_the_same_is_told(paper: dict[str, Any]) -> None:
    home, away = paper["datasets"]["home"], paper["datasets"]["away"]
    assert home["split"] == DRAWN
    assert home["near_duplicates"] == {"pairs": 3, "pairs_across_splits": 2, "test_images": 2}
    assert away["near_duplicates"] == {"pairs": 1, "pairs_across_splits": 1, "test_images": 0}


def test_measures_without_near_duplicates_stand_beside_the_others(
    finished: Path, paper: dict[str, Any]
) -> None:
    entry = paper["experiments"]["C3"]
    assert set(entry["results"]) == set(DATASETS)
    assert set(entry["without_near_duplicates"]) == {"home"}
    apart = entry["without_near_duplicates"]["home"]
    assert apart["images"] == 58
    expected = []
    for table in predictions(finished, "C3"):
        rest = table[~table["id"].isin(["home01", "home04"])]
        expected.append(stats.spearmanr(rest["prediction"], rest["quality"]).statistic)
    assert apart["srcc"]["mean"] == pytest.approx(np.mean(expected))
    assert apart["srcc"]["low"] < apart["srcc"]["mean"] < apart["srcc"]["high"]
    assert apart["srcc"]["mean"] != entry["results"]["home"]["srcc"]["mean"]


def test_other_files_are_passed_on(paper: dict[str, Any]) -> None:
    assert paper["published"] == PUBLISHED
    assert paper["complexity"] == {"HyperIQA": {**SIZE, "parameters": 9}}
    ablation = list(CATALOGUE["roles"]["ablation"])
    assert paper["groups"] == {"ablation": ablation, **CATALOGUE["groups"]}
    assert paper["group_order"] == ["ablation", *CATALOGUE["groups"]]
    assert paper["embedding"]["C3"] == embedding(1)
    assert set(paper["embedding"]) == {"C1", "C3"}
    assert paper["weights"] == {"cnn": {"role": "cnn"}, "swin_base": {"role": "swin_base"}}
    assert paper["study"]["score_name"] == "proxy score"


def test_a_study_without_the_full_model_has_no_gain(copy: Path) -> None:
    study = {**STUDY, "experiments": ["C0", "C1"], "cross_experiments": ["C0"]}
    (copy / "tiny.yaml").write_text(yaml.safe_dump(study))
    paper = collated(copy)
    assert paper["gain"] is None
    assert paper["attention"] is None
    assert set(paper["embedding"]) == {"C1"}
    assert [row["second"] for row in paper["comparisons"]["ablation"]] == ["C1"]
    assert paper["comparisons"]["cross_dataset"] == []


@pytest.mark.parametrize(
    ("lost", "named"),
    [
        ("runs/C2/seed2", r"runs/C2/seed2/metrics\.json does not exist; the stage score"),
        ("runs/C2/seed2/config.json", r"C2/seed2 holds no finished run; the stage train makes"),
        ("runs/C3/seed2/predictions/home.parquet", r"seed2/predictions/home\.parquet does not"),
        ("runs/C3/seed1/metrics.json", r"C3/seed1/metrics\.json does not exist"),
        ("runs/T-centre/seed3", r"T-centre/seed3/metrics\.json does not exist"),
    ],
)
def test_a_missing_run_is_named(copy: Path, lost: str, named: str) -> None:
    path = copy / "results" / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(InputError, match=named):
        collated(copy)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"seed": 7}, "its seed is 7, not 2"),
        ({"manifest": "of other data"}, "its manifest is 'of other data', not "),
        ({"experiment.crop": 224}, "its crop is 224, not 64"),
        ({"experiment.id": "C1", "experiment.model.gate": "none"}, "its id is 'C1', not 'C2', "),
        (
            {
                f"experiment.recipe.{k}": 9
                for k in ("epochs", "batch_size", "train_crops", "patience")
            },
            " and 1 more; remove the folder and train anew",
        ),
    ],
)
def test_a_run_of_another_study_is_named(copy: Path, changes: dict[str, Any], named: str) -> None:
    path = copy / "results" / "runs" / "C2" / "seed2" / "config.json"
    config = read_json(path)
    for key, value in changes.items():
        *levels, last = key.split(".")
        part = config
        for level in levels:
            part = part[level]
        part[last] = value
    write_json(path, config)
    expected = (
        rf"runs/C2/seed2 is not the run of C2 with seed 2 in study tiny: .*{re.escape(named)}"
    )
    with pytest.raises(InputError, match=expected):
        collated(copy)


def test_a_run_without_any_correlation_is_refused_by_name(copy: Path) -> None:
    file = copy / "results" / "runs" / "C3" / "seed2" / "predictions" / "home.parquet"
    pd.read_parquet(file).assign(prediction=50.0).to_parquet(file, index=False)
    record_digest(file)
    with pytest.raises(InputError, match=r"C3/seed2/predictions/home\.parquet predicts the same"):
        collated(copy)


def test_predictions_that_are_no_numbers_are_refused_by_name(copy: Path) -> None:
    file = copy / "results" / "runs" / "C3" / "seed3" / "predictions" / "home.parquet"
    table = pd.read_parquet(file)
    table.loc[5, "prediction"] = np.nan
    table.to_parquet(file, index=False)
    record_digest(file)
    with pytest.raises(InputError, match=r"C3/seed3/predictions/home\.parquet"):
        collated(copy)


def test_runs_on_other_images_are_not_compared(copy: Path) -> None:
    runs = copy / "results" / "runs"
    for name, seeds in (("C1", (3,)), ("R0", SEEDS)):
        for seed in seeds:
            file = runs / name / f"seed{seed}" / "predictions" / "home.parquet"
            pd.read_parquet(file)[1:].to_parquet(file, index=False)
            record_digest(file)
            measure(file.parents[1])
    with pytest.raises(InputError, match=r"C1/seed3/.* other test images than the first seed's"):
        collated(copy)
    study = {**STUDY, "experiments": ["C0", "C3", "C2", "R0"]}
    (copy / "tiny.yaml").write_text(yaml.safe_dump(study))
    with pytest.raises(InputError, match="C3 and R0 were tested on different images of home"):
        collated(copy)


def call(folder: Path, output: Path) -> None:
    smartiqa(
        "collate",
        study=folder / "tiny.yaml",
        catalogue=folder / "experiments.yaml",
        results=folder / "results",
        complexity=folder / "complexity.json",
        published=folder / "published.yaml",
        output=output,
    )


def test_the_command_line_writes_what_was_collated(
    finished: Path, paper: dict[str, Any], tmp_path: Path
) -> None:
    call(finished, tmp_path / "paper.json")
    assert read_json(tmp_path / "paper.json") == json.loads(json.dumps(paper))


def test_what_is_read_is_written_again_byte_by_byte(finished: Path, tmp_path: Path) -> None:
    call(finished, tmp_path / "paper.json")
    write_json(tmp_path / "again.json", read_paper_results(tmp_path))
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "paper.json").read_bytes()


def test_nothing_is_written_if_a_number_is_none(copy: Path, tmp_path: Path) -> None:
    file = copy / "results" / "runs" / "C0" / "seed1" / "history.csv"
    pd.read_csv(file).assign(train_loss=np.nan).to_csv(file, index=False)
    record_digest(file)
    named = r"C0/seed1/history\.csv: .*history\.0\.train_loss: .* finite number, not nan"
    with pytest.raises(InputError, match=named):
        call(copy, tmp_path / "paper.json")
    assert not (tmp_path / "paper.json").exists()


def test_what_the_trainings_computed_with(paper: dict[str, Any]) -> None:
    trained = [name for name in NOISE if name != "T-centre"]
    most = {"trainings": 14, "experiments": trained}
    odd = {"trainings": 1, "experiments": ["R0"]}
    assert paper["computed"] == {
        "versions": {
            "numpy": [{"value": "2.4.6", "trainings": 15, "experiments": trained}],
            "torch": [{"value": "2.15.0"} | most, {"value": "2.14.0"} | odd],
        },
        "devices": [{"value": "cpu x86_64 AVX2"} | most, {"value": "cuda A GPU"} | odd],
        "number_formats": [
            {"value": "bfloat16", "trainings": 9, "experiments": ["C1", "C2", "C3"]},
            {"value": "float32", "trainings": 6, "experiments": ["C0", "R0"]},
        ],
        "mixed": True,
    }


def test_a_run_without_its_identity_is_named(copy: Path) -> None:
    (copy / "results" / "runs" / "C2" / "seed2" / "identity.json").unlink()
    with pytest.raises(InputError, match=r"C2/seed2/identity\.json does not exist; the stage tr"):
        collated(copy)


def test_errors_by_distortion_are_those_of_the_predictions(
    finished: Path, paper: dict[str, Any]
) -> None:
    found = paper["by_distortion"]
    assert found["dataset"] == "home"
    assert set(found["experiments"]) == {"C0", "C1", "C2", "C3"}
    runs = [finished / f"results/runs/C0/seed{seed}/predictions/home.parquet" for seed in SEEDS]
    frame = pd.concat([pd.read_parquet(path) for path in runs])
    frame["error"] = (frame["prediction"] - frame["quality"]).abs()
    names = {"none": "undistorted photos"}
    expected = {names.get(n, n): part["error"].mean() for n, part in frame.groupby("distortion")}
    assert found["experiments"]["C0"]["errors"] == pytest.approx(expected)
    pristine = frame[frame["level"] == 0][["prediction", "quality"]].mean().to_dict()
    assert found["experiments"]["C0"]["undistorted"] == pytest.approx(pristine)


def test_every_difference_has_one_interval_wherever_it_stands(paper: dict[str, Any]) -> None:
    records = dict(uncertain_records(paper))
    whole = records["C0", "C3", "home", "srcc"]
    assert whole["low"] < whole["difference"] < whole["high"]
    assert repeated(paper) == set()


def test_the_full_model_is_compared_with_the_probe_that_was_chosen(
    paper: dict[str, Any], finished: Path
) -> None:
    """The difference in SRCC, with the chance of contents and of seeds, by hand."""
    found, probe = paper["floors"]["comparison"], probe_predictions()

    def srcc(table: pd.DataFrame, without: str = "") -> float:
        kept = table[table["content"] != without]
        return float(stats.spearmanr(kept["prediction"], kept["quality"]).statistic)

    tables = predictions(finished, "C3")
    values = [srcc(table) for table in tables]
    photos = sorted(set(probe["content"]))
    left = [np.mean([srcc(t, name) for t in tables]) - srcc(probe, name) for name in photos]
    parts = [5 * np.var(left), np.var(values, ddof=1) / 3]
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / 5 + parts[1] ** 2 / 2)
    error = np.sqrt(sum(parts))
    difference = np.mean(values) - srcc(probe)
    margin = stats.t.ppf(0.975, freedom) * error
    assert [row["chosen"] for row in paper["floors"]["rows"]] == [False, True, False]
    assert (found["first"], found["second"], found["seeds"]) == ("ridge", "C3", [1, 3])
    assert found["difference"] == pytest.approx(difference)
    assert (found["low"], found["high"]) == pytest.approx(
        (difference - margin, difference + margin)
    )
    p_value = 2 * stats.t.sf(abs(difference) / error, freedom)
    assert found["p_value"] == found["p_holm"] == pytest.approx(p_value)


def test_floors_of_other_images_are_refused(copy: Path) -> None:
    path = copy / "results" / "floors.json"
    write_json(path, read_json(path) | {"test_images": "others"})
    with pytest.raises(InputError, match=r"floors\.json was measured on other test images than C3"):
        collated(copy)


def test_a_constant_has_no_correlation_in_the_paper(paper: dict[str, Any]) -> None:
    constant = paper["floors"]["rows"][0]
    assert set(constant["measures"]) == {"rmse"}
    measured = constant["measures"]["rmse"]
    assert measured["low"] < measured["value"] == 20 < measured["high"]


def test_the_coverage_is_that_of_the_runs_own_margins(
    paper: dict[str, Any], finished: Path
) -> None:
    found = paper["intervals"]
    assert list(found) == ["C0", "C3"]
    for name, entry in found.items():
        assert (entry["half_width"], entry["contents"]) == (12.0, 6)
        assert set(entry["coverage"]) == set(paper["experiments"][name]["results"])
        for dataset, held in entry["coverage"].items():
            shares, widths = [], []
            tables = predictions(finished, name, dataset)
            for seed, table in zip(SEEDS, tables, strict=True):
                low, high = ((table["prediction"] + s * (10 + seed)).clip(0, 100) for s in (-1, 1))
                shares.append(table["quality"].between(low, high).mean())
                widths.append((high - low).mean())
            assert held["share"]["value"] == pytest.approx(np.mean(shares))
            assert held["width"] == pytest.approx(np.mean(widths))
            assert 0 <= held["share"]["low"] < held["share"]["value"] < held["share"]["high"] <= 1


def test_too_few_validation_images_cover_nothing(copy: Path) -> None:
    for path in (copy / "results" / "runs").glob("C3/seed*/calibration.json"):
        write_json(path, made_up_calibration(1) | {"images": 8, "half_width": None})
    found = collated(copy)["intervals"]["C3"]
    assert found["coverage"] == {}
    assert found.get("half_width") is None


def test_a_run_that_is_not_calibrated_is_named(copy: Path) -> None:
    (copy / "results" / "runs" / "C0" / "seed2" / "calibration.json").unlink()
    with pytest.raises(InputError, match=r"C0/seed2/calibration\.json.*calibrate"):
        collated(copy)


def test_runs_that_chose_on_test_images_are_not_calibrated(copy: Path) -> None:
    path = copy / "experiments.yaml"
    content = copying.deepcopy(CATALOGUE)
    content["recipes"]["quick"]["selection"] = "test_as_published"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    study = load_study(copy / "tiny.yaml")
    assert calibrated_experiments(study, load_catalogue(path, study)) == ()


def test_the_ranking_shows_what_the_tests_of_all_pairs_tell_apart(
    paper: dict[str, Any], finished: Path
) -> None:
    """From the predictions: Welch's test on contents left out by hand, and Holm's correction."""
    found = paper["ranking"]
    names = [row["experiment"] for row in found["rows"]]
    assert names == sorted(NOISE, key=lambda name: -mean_srcc(finished, name))
    groups = content_groups(labels("home")["content"], 40, 7)
    runs = {
        name: [jackknife(weighted_srcc, t["prediction"], t["quality"], groups) for t in tables]
        for name in NOISE
        for tables in [predictions(finished, name)]
    }
    pairs = list(combinations(names, 2))
    p_values = [p_of_difference(runs[first], runs[second]) for first, second in pairs]
    ranked = sorted(zip(p_values, pairs, strict=True))
    steps = enumerate(p for p, _ in ranked)
    rejected = next(k for k, p in steps if p >= 0.05 / (len(pairs) - k))
    alike = {pair for _, pair in ranked[rejected:]}
    letters = {row["experiment"]: set(row["letters"]) for row in found["rows"]}
    assert {pair for pair in pairs if letters[pair[0]] & letters[pair[1]]} == alike
    assert (found["tests"], found["differing"]) == (len(pairs), len(pairs) - len(alike))
    assert 0 < len(alike) < len(pairs)


def p_of_difference(first: list[Jackknife], second: list[Jackknife]) -> float:
    """The two-sided p-value of a difference between means (docs/explanation/statistics.md)."""
    left_out = [np.mean([run.left_out for run in runs], axis=0) for runs in (first, second)]
    values = [np.array([run.value for run in runs]) for runs in (first, second)]
    count = len(left_out[0])
    parts = [((count - 1) * np.var(left_out[0] - left_out[1]), count - 1)]
    parts += [(v.var(ddof=1) / len(v), len(v) - 1) for v in values]
    variance = sum(part for part, _ in parts)
    freedom = variance**2 / sum(part**2 / free for part, free in parts)
    t = abs(values[0].mean() - values[1].mean()) / np.sqrt(variance)
    return float(2 * stats.t.sf(t, freedom))


def test_experiments_with_few_seeds_are_ranked_without_letters(copy: Path) -> None:
    content = {**STUDY, "experiment_seeds": {"R0": [1], "C1": [1, 2]}}
    (copy / "tiny.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    found = collated(copy)["ranking"]
    untested = {row["experiment"] for row in found["rows"] if row.get("letters") is None}
    assert untested == {"R0", "C1"}
    assert len(found["rows"]) == len(NOISE)
    assert found["tests"] == 6


def mean_of_contents(values: list[float]) -> tuple[float, float, float]:
    """A mean over six contents of one photo each, with Student's interval."""
    margin = stats.t.ppf(0.975, 5) * np.std(values, ddof=1) / np.sqrt(6)
    return float(np.mean(values)), float(np.mean(values) - margin), float(np.mean(values) + margin)


def test_areas_have_the_interval_of_a_mean(paper: dict[str, Any]) -> None:
    found = paper["masking"]
    (each,) = found["maps"]
    deletion, insertion = each["deletion"], each["insertion"]
    assert (found["experiment"], found["contents"], found["photos"]) == ("C3", 6, 6)
    value, low, high = mean_of_contents(AREAS)
    assert list(deletion.values()) == pytest.approx([value, low, high])
    assert list(insertion.values()) == pytest.approx([-value, -high, -low])


def test_attacks_are_measured_photo_by_photo(paper: dict[str, Any]) -> None:
    found = paper["attacks"]
    assert list(found["experiments"]) == ["C0", "C3"]
    for name, entry in found["experiments"].items():
        (strength,) = entry["strengths"]
        assert (entry["photos"], entry["contents"], entry["srcc"]["value"]) == (6, 6, 1)
        distances = [NOISE[name] + k for k in range(6)]
        assert strength["change"]["value"] == pytest.approx(np.mean(distances))
        assert strength["change"]["low"] < np.mean(distances) < strength["change"]["high"]
        assert strength["noise"]["value"] == pytest.approx(1)
        before, after = (made_up_attack(NOISE[name])[key] for key in ("before", "strengths"))
        expected = stats.spearmanr(after[0]["after"], before).statistic
        assert strength["srcc"]["value"] == pytest.approx(expected)


def test_the_competition_is_that_of_the_first_seeds(paper: dict[str, Any], finished: Path) -> None:
    rounds = paper["competition"]
    assert [(r["defender"], r["attacker"]) for r in rounds] == [("C0", "C3"), ("C3", "C0")]
    for each in rounds:
        for image in (each["pairs"][1]["better"], each["pairs"][1]["worse"]):
            for player in ("defender", "attacker"):
                table = predictions(finished, each[player], "home")[0].set_index("id")
                assert image[player] == table["prediction"][image["id"]]


def test_errors_of_groups_are_those_of_their_images(paper: dict[str, Any], finished: Path) -> None:
    found = {(g["kind"], g["name"]): g for g in paper["group_errors"]}
    assert [name for kind, name in found if kind == "content"] == [f"photo{k}" for k in range(6)]
    group = found["content", "photo2"]
    assert group["images"] == 10
    values = []
    for table in predictions(finished, "C3", "home"):
        rows = table[table["content"] == "photo2"]
        values.append((rows["prediction"] - rows["quality"]).abs())
    error = group["errors"]["C3"]
    assert error["value"] == pytest.approx(np.mean(values))
    # The chance of ten images, and that of three seeds.
    over_images = np.mean(values, axis=0).var(ddof=1) / 10
    over_seeds = np.var(np.mean(values, axis=1), ddof=1) / 3
    freedom = (over_images + over_seeds) ** 2 / (over_images**2 / 9 + over_seeds**2 / 2)
    margin = stats.t.ppf(0.975, freedom) * np.sqrt(over_images + over_seeds)
    assert error["high"] - error["value"] == pytest.approx(margin)


def test_an_image_of_several_scenes_is_in_the_group_of_each(
    paper: dict[str, Any], finished: Path
) -> None:
    found = {g["name"]: g for g in paper["group_errors"] if g["kind"] == "scene"}
    assert list(found) == ["night", "plants"]
    tables = predictions(finished, "C3", "home")
    for name, rows in (("night", np.arange(60) % 4 == 0), ("plants", np.arange(60) >= 0)):
        own = [table[rows] for table in tables]
        errors = [(table["prediction"] - table["quality"]).abs() for table in own]
        assert found[name]["images"] == rows.sum()
        assert found[name]["errors"]["C3"]["value"] == pytest.approx(np.mean(errors))


@pytest.mark.parametrize(("source", "rest"), [("phones", (0,)), ("cameras", (1, 2))])
def test_within_a_source_its_images_are_ranked_alone(
    source: str, rest: tuple[int, ...], paper: dict[str, Any], finished: Path
) -> None:
    found = {g["name"]: g for g in paper["group_errors"] if g["kind"] == "source"}
    assert list(found) == ["cameras", "phones"]
    own = [table[np.isin(np.arange(60) % 3, rest)] for table in predictions(finished, "C3", "home")]
    group = found[source]
    assert group["images"] == len(own[0])
    assert group["quality"] == pytest.approx(own[0]["quality"].mean())
    srcc = [stats.spearmanr(table["prediction"], table["quality"]).statistic for table in own]
    assert group["srcc"]["C3"]["value"] == pytest.approx(np.mean(srcc))
    assert -1 <= group["srcc"]["C3"]["low"] < group["srcc"]["C3"]["value"]
