"""Result files of a study that never ran: the real layout, numbers drawn from a seed.

`write_results(folder, seed=0)` writes data, runs and `paper.json`. `collate(folder)` computes
`paper.json` anew from the predictions that lie in the folder, so a test can edit one run and see
what follows. Intervals are made up; metrics are those of the predictions, by scipy.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator, default_rng
from scipy import stats
from sklearn.metrics import silhouette_score

from smartiqa.data.store.pixel_store import digest_of
from whole_files import whole_manifest

SEEDS = (1, 2)
TRAINING, CROSS = "synthetic", ("mixed", "outdoor")
DATASETS = {TRAINING: "Synthetic", "mixed": "Mixed_chains", "outdoor": "50 % & $5_$7"}
FAMILIES = ("gaussian_blur", "jpeg", "gaussian_noise", "contrast")
REFERENCES = ("bridge", "cat", "fig", "wine")
LEVELS = (1, 2, 3, 4, 5)
STAGES = 4
CROP = 32
ABLATION = ("C0", "C1", "C2", "C3")
BASE_PARAMETERS = 89_111_941
RECIPE = {
    "optimizer": "adamw",
    "backbone_rate": 5e-7,
    "head_rate": 5e-6,
    "weight_decay": 2e-4,
    "schedule": "cosine",
    "epochs": 8,
    "batch_size": 8,
    "train_crops": 1,
    "train_share": 1.0,
    "validation_crops": 1,
    "resize": "aspect",
    "loss": {"name": "l1", "alpha": 0.0, "margin": 0.1},
}
# title, parameters, noise of the predictions, what differs from RECIPE
EXPERIMENTS: dict[str, tuple[str, int, float, dict[str, Any]]] = {
    "C0": ("HyperIQA", 27_375_369, 16, {}),
    "C1": ("Swin-Base, single scale", 88_389_761, 11, {}),
    "C2": ("Swin-Base, multi-scale", 88_848_513, 9.5, {}),
    "C3": ("SMART-Base", BASE_PARAMETERS, 8, {}),
    "B-tiny": ("SMART-Tiny", 29_521_479, 11, {}),
    "B-small": ("SMART-Small", 50_839_383, 9, {}),
    "R0": ("ResNet-50", 25_624_337, 17, {}),
    "R1": ("ResNet-50 + multi-scale", 28_124_177, 15, {}),
    "R2": ("ResNet-50 + attention", 25_724_337, 16.5, {}),
    "R3": ("ResNet-50 + both", 28_649_749, 14, {}),
    **{
        f"E-{rate}": (f"backbone rate {rate}", BASE_PARAMETERS, noise, {"backbone_rate": rate_})
        for rate, rate_, noise in (
            ("1e-7", 1e-7, 14),
            ("3e-7", 3e-7, 9),
            ("1e-6", 1e-6, 8),
            ("3e-6", 3e-6, 10),
            ("5e-6", 5e-6, 12),
            ("1e-5", 1e-5, 18),
        )
    },
    "L-l2": ("L2", BASE_PARAMETERS, 8.2, {}),
    "L-srcc": ("SRCC", BASE_PARAMETERS, 12, {}),
    "L-ranking": ("pairwise ranking", BASE_PARAMETERS, 15, {}),
    "L-fidelity": ("pairwise fidelity", BASE_PARAMETERS, 11, {}),
    **{
        f"A-{alpha:g}": (
            f"ranking weight {alpha:g}",
            BASE_PARAMETERS,
            8 + 2 * alpha,
            {"loss": {"name": "l1_ranking", "alpha": alpha, "margin": 0.1}},
        )
        for alpha in (0.1, 0.3, 0.5, 1.0, 2.0)
    },
    **{
        f"N-{100 * share:g}": (
            "fewer images",
            BASE_PARAMETERS,
            14 - 6 * share,
            {"train_share": share},
        )
        for share in (0.1, 0.25, 0.5)
    },
}
GROUPS = {
    "ablation": list(ABLATION),
    "sizes": ["B-tiny", "B-small", "C3"],
    "cnn_sizes": ["R3"],
    "cnn": ["R0", "R1", "R2", "R3"],
    "learning_rate": ["C3", "E-1e-7", "E-3e-7", "E-1e-6", "E-3e-6", "E-5e-6", "E-1e-5"],
    "losses": ["C3", "L-l2", "L-srcc", "L-ranking", "L-fidelity"],
    "ranking_weight": ["C3", "A-0.1", "A-0.3", "A-0.5", "A-1", "A-2"],
    "training_images": ["N-10", "N-25", "N-50", "C3"],
}
CROSS_EXPERIMENTS = ["C0", "B-tiny", "B-small", "C3"]
COMPARED_WITH = {
    **{"C0": None, "C1": "C0", "C2": "C1", "C3": "C2"},
    **{"R0": "C3", "R1": "R0", "R2": "R0", "R3": "R0"},
}  # all others with C3
ROLES = {
    "reference": "C3",
    "baseline": "C0",
    "ablation": list(ABLATION),
    "steps": [{"name": name, "phrase": name} for name in ("backbone", "multi_scale", "attention")],
    "embedded": ["C1", "C3"],
    "drawn": ["C3", "A-0.3"],
    "mapped": "C3",
}
METRICS = {
    "srcc": lambda x, y: stats.spearmanr(x, y).statistic,
    "plcc": lambda x, y: stats.pearsonr(x, y).statistic,
    "plcc_logistic": lambda x, y: stats.pearsonr(x, y).statistic,
    "krcc": lambda x, y: stats.kendalltau(x, y).statistic,
    "rmse": lambda x, y: np.sqrt(np.mean((np.asarray(x) - np.asarray(y)) ** 2)),
}


def write_results(
    folder: Path, *, seed: int = 0, seeds: Sequence[int] = SEEDS, not_run: Sequence[str] = ()
) -> Path:
    """Write a whole results folder and return it; equal arguments give equal content."""
    generator = default_rng(seed)
    images = {TRAINING: _distorted_images(generator)}
    images |= {name: _wild_images(generator, name) for name in CROSS}
    for dataset, frame in images.items():
        write_data(folder / "data" / dataset, frame, generator)
    for experiment in (name for name in EXPERIMENTS if name not in not_run):
        for run_seed in seeds:
            run = folder / "runs" / experiment / f"seed{run_seed}"
            write_run(run, experiment, images, generator)
    for experiment in (name for name in ("C1", "C3") if name not in not_run):
        run = folder / "runs" / experiment / f"seed{seeds[0]}"
        write_embedding(run, images[TRAINING], 2.0 if experiment == "C1" else 0.7, generator)
        if experiment == "C3":
            _write_feature_maps(run, generator)
            _write_masking(run)
    write_paper(folder, _empty_paper(seeds, not_run))
    collate(folder)
    return folder


def read_paper(folder: Path) -> dict[str, Any]:
    """Read `paper.json`."""
    content: dict[str, Any] = json.loads((folder / "paper.json").read_text())
    return content


def write_paper(folder: Path, paper: dict[str, Any]) -> None:
    """Write `paper.json`."""
    (folder / "paper.json").write_text(json.dumps(paper, indent=1, sort_keys=True))


def read_predictions(folder: Path, experiment: str, seed: int, dataset: str) -> pd.DataFrame:
    """Read one run's predictions, indexed by id."""
    run = folder / "runs" / experiment / f"seed{seed}"
    return pd.read_parquet(run / "predictions" / f"{dataset}.parquet").set_index("id")


def collate(folder: Path) -> None:
    """Compute anew what `paper.json` says about the predictions in the folder."""
    paper = read_paper(folder)
    for name, entry in paper["experiments"].items():
        if entry["status"] == "run":
            entry["results"] = {
                dataset: _measure(folder, name, entry["seeds"], dataset)
                for dataset in (TRAINING, *CROSS)
                if dataset == TRAINING or name in (*ABLATION, "B-tiny", "B-small")
            }
    run = [name for name in EXPERIMENTS if paper["experiments"][name]["status"] == "run"]
    whole = set(ABLATION) <= set(run)
    paper["gain"] = _gain(paper) if whole else None
    losses = [name for name in GROUPS["losses"] if name in run]
    paper["comparisons"] = {"losses": _comparisons(paper, losses) if "C3" in run else []}
    if whole:
        paper["comparisons"]["ablation"] = _steps(paper)
    paper["embedding"] = {n: _separation(folder, paper, n) for n in ("C1", "C3") if n in run}
    paper["competition"] = _competition(folder, paper) if {"C0", "C3"} <= {*run} else []
    full = paper["experiments"]["C3"]
    paper["attention"] = _attention(folder, full["seeds"]) if "C3" in run else None
    write_paper(folder, paper)


def _competition(folder: Path, paper: dict[str, Any]) -> list[dict[str, Any]]:
    """Return two rounds of one pair: the images farthest apart for the attacker."""
    rounds = []
    for defender, attacker in (("C0", "C3"), ("C3", "C0")):
        seeds = [paper["experiments"][name]["seeds"][0] for name in (defender, attacker)]
        first, second = (
            read_predictions(folder, name, seed, TRAINING)
            for name, seed in zip((defender, attacker), seeds, strict=True)
        )
        images = pd.DataFrame({"defender": first["prediction"], "attacker": second["prediction"]})
        images = images.assign(quality=first["quality"]).sort_values("attacker")
        better, worse = (
            {"id": images.index[place], **images.iloc[place].to_dict()} for place in (-1, 0)
        )
        pairs = [{"better": better, "worse": worse}]
        rounds.append({"defender": defender, "attacker": attacker, "pairs": pairs})
    return rounds


def mean_attention(folder: Path, seeds: Sequence[int]) -> pd.DataFrame:
    """Return quality and the attention of C3, averaged over seeds, one row an image."""
    columns = ["quality", *(f"attention_{k}" for k in range(1, STAGES + 1))]
    frames = [read_predictions(folder, "C3", seed, TRAINING)[columns] for seed in seeds]
    return sum(frames) / len(frames)


def _distorted_images(generator: Generator) -> pd.DataFrame:
    rows = [
        (f"{reference}_{family}_{level}", reference, family, level)
        for reference in REFERENCES
        for family, level in [
            ("none", 0),
            *((family, level) for family in FAMILIES for level in LEVELS),
        ]
    ]
    frame = pd.DataFrame(rows, columns=["id", "reference", "distortion", "level"])
    noise = generator.normal(0, 5, len(frame))
    frame["content"] = frame["reference"]
    return frame.assign(quality=np.clip(92 - 16 * frame["level"] + noise, 0, 100))


def _wild_images(generator: Generator, dataset: str) -> pd.DataFrame:
    frame = pd.DataFrame({"id": [f"{dataset}_{k:03d}" for k in range(40)]})
    labels = {"reference": "", "content": frame["id"], "distortion": "", "level": np.nan}
    return frame.assign(**labels, quality=generator.uniform(5, 95, len(frame)))


def write_data(
    folder: Path, frame: pd.DataFrame, generator: Generator, resize: str = "aspect"
) -> None:
    """Write manifest and pixel store of the test images of a dataset."""
    store = folder / f"store-{resize}"
    store.mkdir(parents=True)
    sizes = [(32, 48) if k % 2 else (48, 32) for k in range(len(frame))]
    photos = [_photo(generator, *size) for size in sizes]
    lengths = [photo.size for photo in photos]
    (store / "pixels.u8").write_bytes(b"".join(photo.tobytes() for photo in photos))
    index = pd.DataFrame({"id": frame["id"], "offset": np.cumsum([0, *lengths[:-1]])})
    index[["height", "width"]] = sizes
    index.assign(sha256=[digest_of(photo) for photo in photos]).to_parquet(
        store / "index.parquet", index=False
    )
    (store / "store.json").write_text(
        json.dumps({"count": len(frame), "bytes": sum(lengths), "key": "made up"})
    )
    manifest = frame.assign(
        file=frame["id"] + ".png",
        score=frame["quality"],
        spread=np.nan,
        ratings=np.nan,
        split="test",
        sha256="0" * 64,
        width=index["width"],
        height=index["height"],
    )
    whole_manifest(manifest).to_parquet(folder / "manifest.parquet", index=False)


def _photo(generator: Generator, height: int, width: int) -> np.ndarray:
    rows, columns = np.mgrid[0 : 1 : 1j * height, 0 : 1 : 1j * width]
    waves = generator.uniform(2, 12, (3, 2))
    channels = [np.sin(a * rows + b * columns) for a, b in waves]
    return (127 + 120 * np.stack(channels, axis=-1)).astype(np.uint8)


def write_run(
    run: Path, experiment: str, images: dict[str, pd.DataFrame], generator: Generator
) -> None:
    """Write history and predictions of a run on the images of some datasets."""
    (run / "predictions").mkdir(parents=True)
    noise = EXPERIMENTS[experiment][2]
    for dataset, frame in images.items():
        spread = noise if dataset == TRAINING else 2.5 * noise
        predicted = frame["quality"] + generator.normal(0, spread, len(frame))
        logits = generator.normal(0, 0.3, (len(frame), STAGES))
        logits[:, 2] += 0.03 * frame["quality"]
        weights = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        columns = {f"attention_{k + 1}": weights[:, k] for k in range(STAGES)}
        frame.assign(prediction=predicted, **columns).to_parquet(
            run / "predictions" / f"{dataset}.parquet", index=False
        )
    epochs = np.arange(1, int(generator.integers(6, 10)))
    decay = np.exp(-epochs / 3) + generator.normal(0, 0.02, len(epochs))
    history = pd.DataFrame(
        {
            "epoch": epochs,
            "train_loss": noise * (0.5 + decay),
            "validation_srcc": 1 - noise / 80 - decay / 3,
            "validation_plcc": 1 - noise / 80 - decay / 3,
            "backbone_rate": 5e-7,
            "head_rate": 5e-6,
        }
    )
    history.to_csv(run / "history.csv", index=False)


def write_embedding(run: Path, frame: pd.DataFrame, scatter: float, generator: Generator) -> None:
    """Write where the generated weights of a run lie."""
    content = pd.Series(pd.factorize(frame["reference"], sort=True)[0])
    angle = content * np.pi / 2
    points = pd.DataFrame(
        {
            "pc1": 2 * np.cos(angle) + 0.02 * frame["quality"],
            "pc2": 2 * np.sin(angle) - 0.01 * frame["quality"],
        }
    )
    points += generator.normal(0, scatter, points.shape)
    columns = ["id", "content", "quality", "distortion"]
    frame[columns].join(points).to_parquet(run / "generated.parquet", index=False)


def _write_feature_maps(run: Path, generator: Generator) -> None:
    arrays: dict[str, np.ndarray] = {}
    for photo in ("low", "high"):
        arrays[f"image_{photo}"] = _photo(generator, CROP, CROP)
        for stage in range(1, STAGES + 1):
            side = CROP // 2**stage
            arrays[f"{photo}_{stage}"] = generator.gamma(2, stage, (side, side))
    np.savez(run / "feature_maps.npz", **arrays)


MAPS = ("stage 1", "gate")
AREA = {"value": 1.5, "low": -0.5, "high": 3.5}


def _write_masking(run: Path) -> None:
    """Write curves of two maps, far apart."""
    curves = [
        {"name": name, "first": [8.0 + by, 12.0], "last": [2.0, 6.0 + by]}
        | {"deletion": [1.0, 2.0], "insertion": [1.0, 2.0]}
        for by, name in enumerate(MAPS)
    ]
    found = {"photos": 2, "places": 49, "hidden": [14, 35], "draws": 4, "contents": ["a", "b"]}
    found |= {"random": [5.0, 9.0], "whole": 20.0, "maps": curves}
    (run / "masking.json").write_text(json.dumps(found))


def _masking() -> dict[str, Any]:
    """What `paper.json` says of them."""
    maps = [{"name": name, "deletion": AREA, "insertion": AREA} for name in MAPS]
    counts = {"photos": 2, "contents": 2, "places": 49, "draws": 4, "whole": 20.0}
    return {"experiment": "C3", "maps": maps, **counts}


TRAINED = {
    "epochs": 0,
    "best_epoch": 1,
    "train_loss": 1.0,
    "validation_srcc": 0.5,
    "history": [],
}


def _empty_paper(seeds: Sequence[int], not_run: Sequence[str]) -> dict[str, Any]:
    experiments = {}
    for name, (title, parameters, _, changes) in EXPERIMENTS.items():
        experiments[name] = {
            "title": title,
            "status": "not run" if name in not_run else "run",
            "model": {},
            "compared_with": COMPARED_WITH.get(name, "C3"),
            "recipe": copy.deepcopy(RECIPE) | changes,
            "complexity": {
                "parameters": parameters,
                "backbone_parameters": 1,
                "multiply_accumulates": 1,
                "generated_values": 1,
            },
        }
        if name not in not_run:
            experiments[name] |= {
                "seeds": list(seeds),
                "training": {
                    str(seed): TRAINED
                    | {"images": round(600 * changes.get("train_share", 1)) + seed}
                    for seed in seeds
                },
                "provenance": {
                    **dict.fromkeys(("code", "manifest", "weights"), "made up"),
                    "trained_as": name,
                },
            }
    return {
        "study": {
            "name": "made-up",
            "title": "made-up study",
            "note": "",
            **{name: {} for name in ("testing", "statistics", "resize")},
            "compute": {"threads": 1},
            "score_name": "proxy score",
            "crop": CROP,
            "training_dataset": TRAINING,
            "cross_datasets": list(CROSS),
            "cross_experiments": CROSS_EXPERIMENTS,
        },
        "datasets": {name: _dataset(title) for name, title in DATASETS.items()},
        "shared_images": [],
        "experiments": experiments,
        "computed": {"versions": {}, "devices": [], "number_formats": [], "mixed": False},
        "roles": copy.deepcopy(ROLES),
        "groups": copy.deepcopy(GROUPS),
        "group_order": list(GROUPS),
        "cross": {},
        "by_distortion": None,
        "complexity": {},
        "published": {},
        "weights": {},
        "floors": {
            **dict.fromkeys(("train", "validation", "test", "apart", "crops"), 1),
            **{"experiment": "C3", "rows": [], "curve": [], "ceiling": None, "comparison": None},
        },
        "intervals": {},
        "ranking": {"rows": [], "tests": 0, "differing": 0},
        "robustness": {},
        "masking": _masking(),
        "attacks": {"experiments": {}},
        "competition": [],
        "group_errors": [],
    }


def _dataset(title: str) -> dict[str, Any]:
    numbers = ("images", "train", "validation", "test", "test_contents", "references")
    pairs = ("pairs", "pairs_across_splits", "test_images")
    return {
        "title": title,
        "adapter": "folder",
        **dict.fromkeys((*numbers, "distortions", "score_low", "score_high"), 0),
        "score_worst": 0,
        "score_best": 100,
        "skipped": {"images": 0, "problems": []},
        "split": {"kind": "official", "drawn": [], "keep_series": False, "seed": 0, "round": 0},
        "near_duplicates": dict.fromkeys(pairs, 0),
        "digest": "made up",
    }


def _measure(folder: Path, name: str, seeds: Sequence[int], dataset: str) -> dict[str, Any]:
    frames = {seed: read_predictions(folder, name, seed, dataset) for seed in seeds}
    results = {}
    for metric, function in METRICS.items():
        values = {
            str(seed): float(function(frame["prediction"], frame["quality"]))
            for seed, frame in frames.items()
        }
        mean = float(np.mean(list(values.values())))
        results[metric] = {
            "mean": mean,
            "spread": float(np.std(list(values.values()))),
            "low": mean - 0.02,
            "high": min(mean + 0.015, 1),
            "seeds": values,
        }
    return results


def _srcc(paper: dict[str, Any], name: str) -> float:
    value: float = paper["experiments"][name]["results"][TRAINING]["srcc"]["mean"]
    return value


def _gain(paper: dict[str, Any]) -> dict[str, Any]:
    levels = [_srcc(paper, name) for name in ABLATION]
    total = levels[-1] - levels[0]
    steps = dict(zip(("backbone", "multi_scale", "attention"), np.diff(levels), strict=True))
    return {
        "shares": {step: _around(float(value) / total, 0.1) for step, value in steps.items()},
    }


TESTED = {"p_value": 0.01, "p_holm": 0.01, "seeds": [3, 3], "contents": 6, "tests": 4}


def _steps(paper: dict[str, Any]) -> list[dict[str, Any]]:
    steps = []
    for first, second in pairwise(ABLATION):
        value = _srcc(paper, second) - _srcc(paper, first)
        ends = {"difference": value, "low": value - 0.012, "high": value + 0.012}
        pair = {"first": first, "second": second, "dataset": TRAINING, "metric": "srcc"}
        steps.append(pair | ends | {"significant": False} | TESTED)
    return steps


def _around(value: float, margin: float) -> dict[str, float]:
    return {"value": value, "low": value - margin, "high": value + margin}


def _comparisons(paper: dict[str, Any], names: Sequence[str]) -> list[dict[str, Any]]:
    reference = _srcc(paper, "C3")
    return [
        {
            "first": "C3",
            "second": name,
            "dataset": TRAINING,
            "metric": "srcc",
            "difference": _srcc(paper, name) - reference,
            "significant": abs(_srcc(paper, name) - reference) > 0.02,
        }
        | TESTED
        for name in names
        if name != "C3"
    ]


def _separation(folder: Path, paper: dict[str, Any], name: str) -> dict[str, Any]:
    run = folder / "runs" / name / f"seed{paper['experiments'][name]['seeds'][0]}"
    frame = pd.read_parquet(run / "generated.parquet")
    points = frame[["pc1", "pc2"]].to_numpy()
    return {
        "silhouette_content": float(silhouette_score(points, frame["content"])),
        "silhouette_quality": float(silhouette_score(points, frame["quality"].rank() // 29)),
        "explained_variance": [0.41, 0.22],
        "components": 2,
        "images": len(frame),
        "test_images": len(frame),
        "values": 7,
    }


def _attention(folder: Path, seeds: Sequence[int]) -> dict[str, Any]:
    frame = mean_attention(folder, seeds)
    correlations = [
        stats.spearmanr(frame["quality"], frame[f"attention_{k}"]).statistic
        for k in range(1, STAGES + 1)
    ]
    return {
        "experiment": "C3",
        "stages": STAGES,
        "by_quality": {},
        "rank_correlation": [
            _around(float(value), 0.08) | {"tested": True} for value in correlations
        ],
    }
