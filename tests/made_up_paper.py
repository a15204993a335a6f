"""A `paper.json` and a `claims.json` of a study that never ran: the real layout, made-up numbers.

Catalogue, recipes and published numbers are the repository's own, so that an id or a key that
changes there breaks the templates' tests here. Every number is a fixed function of its place.
"""

from __future__ import annotations

import copy
import functools
import zlib
from collections.abc import Collection
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from smartiqa.config.catalogue import Catalogue
from smartiqa.config.experiment import Recipe
from smartiqa.config.planned import resolve
from smartiqa.config.roles import Roles, cast_roles
from smartiqa.config.study import Study, load_catalogue, load_study
from smartiqa.metrics.verdicts import LEAST_SEEDS

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "workflow" / "config"
CATALOGUE = load_catalogue(CONFIG / "experiments.yaml")
METRICS = {"srcc": 0.86, "plcc": 0.87, "plcc_logistic": 0.88, "krcc": 0.68, "rmse": 9.4}
VERDICTS = (
    "confirmed",
    "contradicted",
    "inconsistent within the paper",
    "within noise",
    "not testable here",
)
CROSSED = ("C0", "B-tiny", "B-small", "C3")
BASICS = ("C0", "C1", "C2", "C3", "B-tiny", "B-small", "R0", "R3")

Record = dict[str, Any]
PUBLISHED: Record = yaml.safe_load((CONFIG / "published.yaml").read_text(encoding="utf-8"))


@functools.cache
def loaded(study: str) -> tuple[Study, Catalogue]:
    """A study with its catalogue, read once for all tests."""
    settings = load_study(CONFIG / f"{study}.yaml")
    return settings, load_catalogue(CONFIG / "experiments.yaml", settings)


def made_up_paper(
    study: str = "demo", run: Collection[str] | None = None, seeds: int | None = None
) -> Record:
    """Make the values of a study that ran `run`, by default all, with at most so many seeds."""
    settings, catalogue = loaded(study)
    names = set(catalogue.experiments if run is None else run)
    datasets = [settings.training_dataset, *settings.cross_datasets]
    roles = roles_among(settings, names)
    groups = catalogue.groups_with(roles)
    experiments = {
        name: experiment(
            settings, catalogue, roles, name, name in names, settings.seeds_of(name)[:seeds]
        )
        for name in catalogue.experiments
    }
    return {
        "study": settings.model_dump(
            mode="json",
            include={
                "name", "title", "note", "score_name", "crop", "training_dataset",
                "cross_datasets", "cross_experiments", "mixed_with", "testing", "statistics",
                "compute", "resize",
            },
        ),
        "datasets": {name: dataset(settings, name) for name in datasets},
        "shared_images": [
            {"dataset": second, "other": first, "images": 2, "first": ["a.png", "b.png"]}
            for first, second in pairwise(datasets)
        ],
        "experiments": experiments,
        "computed": computed(sorted(names)),
        "roles": roles.model_dump(mode="json"),
        "groups": {name: list(members) for name, members in groups.items()},
        "group_order": list(groups),
        "comparisons": comparisons(settings, catalogue, roles, names, seeds),
        "gain": gain(settings, seeds) if {*roles.ablation} <= names else None,
        "cross": cross(settings, [name for name in CROSSED if name in names]),
        "attention": attention(roles.reference) if names else None,
        "by_distortion": by_distortion(settings, roles.among(names).ablation),
        "embedding": {name: embedding(name) for name in roles.among(names).embedded},
        "complexity": {name: complexity(name) for name in PUBLISHED_MODELS},
        "published": copy.deepcopy(PUBLISHED),
        "weights": {"swin_base": {"source": "random", "pretraining": "nothing"}},
        "peers": peers(),
        "floors": floors(settings, roles.reference, roles.reference in names, seeds),
        "ranking": ranked([name for name in catalogue.experiments if name in names]),
        "robustness": {
            name: robustness() for name in (roles.baseline, roles.reference) if name in names
        },
        "masking": masking(roles.reference),
        "attacks": attacks([name for name in (roles.baseline, roles.reference) if name in names]),
        "competition": competition(
            [name for name in (roles.baseline, roles.reference) if name in names]
        ),
        "group_errors": group_errors(
            [name for name in (roles.baseline, roles.reference) if name in names]
        ),
        "intervals": {
            name: intervals(settings, name) for name in (roles.baseline, roles.reference)
            if name in names
        },
    }  # fmt: skip


def roles_among(settings: Study, names: Collection[str]) -> Roles:
    """Who plays which role in a study that runs `names`."""
    run = [name for name in CATALOGUE.experiments if name in names]
    return cast_roles(CATALOGUE.roles, settings.roles, run or [*CATALOGUE.experiments])


PUBLISHED_MODELS = ("HyperIQA", "SMART-Tiny", "SMART-Small", "SMART-Base")


def made_up_claims(count: int = 30) -> Record:
    """Make a ledger in which every kind of verdict occurs."""
    claims = [claim(number) for number in range(count)]
    kinds = sorted({entry["kind"] for entry in claims})
    return {
        "claims": claims,
        "total": count,
        "by_verdict": verdicts(claims),
        "by_kind": {k: verdicts([c for c in claims if c["kind"] == k]) for k in kinds},
        "decided_without_data": sum(entry["needs"] == "nothing" for entry in claims),
        "measured_here": sum(bool(entry["indication"]) for entry in claims),
    }


def computed(names: Collection[str]) -> Record:
    """What trainings were computed with: two number formats, and else the same."""
    if not names:
        return {"versions": {}, "devices": [], "number_formats": [], "mixed": False}
    first, *others = names
    same = {"trainings": 26, "experiments": list(names)}
    formats = [
        {"value": "bfloat16", "trainings": 25, "experiments": others},
        {"value": "float32", "trainings": 1, "experiments": [first]},
    ]
    versions = {"numpy": "2.4.6", "timm": "1.0.31", "torch": "2.15.0"}
    return {
        "versions": {name: [{"value": value} | same] for name, value in versions.items()},
        "devices": [{"value": "cpu x86_64 AVX512 avx512_bf16"} | same],
        "number_formats": formats,
        "mixed": False,
    }


def wobble(*place: object) -> float:
    """Return a number between -1 and 1 that depends on `place` only."""
    return zlib.crc32(repr(place).encode()) / 2**31 - 1


def experiment(
    settings: Any,
    catalogue: Catalogue,
    roles: Roles,
    name: str,
    run: bool,
    seeds: tuple[int, ...],
) -> Record:
    entry = catalogue.experiments[name]
    role = settings.backbones.get(entry.model.backbone)
    record: Record = {
        "title": entry.title,
        "status": "run" if run else "not run",
        "model": entry.model.model_dump(mode="json"),
        "complexity": complexity(name) if role or run else None,
        "compared_with": catalogue.compared_with(name, roles),
    }
    if role is not None:
        record |= {
            "backbone": role.label,
            "pretraining": role.weights.pretraining,
            "drop_path": role.drop_path if entry.model.drop_path is None else entry.model.drop_path,
            "dropout": role.dropout if entry.model.dropout is None else entry.model.dropout,
            "crop": settings.crop_of(entry.model.backbone),
            "recipe": resolve(settings, catalogue, name).recipe.model_dump(mode="json"),
        }
    if not run:
        return record
    crossed = settings.cross_datasets if name in CROSSED else settings.mixed_with.get(name, ())
    datasets = [settings.training_dataset, *crossed]
    record.setdefault("backbone", "made-up backbone")
    for key, value in {
        "pretraining": "nothing",
        "drop_path": 0.1,
        "dropout": 0.1,
        "crop": settings.crop,
    }.items():
        record.setdefault(key, value)
    recipe = Recipe(**{**catalogue.recipes[entry.recipe], **entry.training})
    record.setdefault("recipe", recipe.model_dump(mode="json"))
    return record | {
        "seeds": list(seeds),
        "results": {d: {m: metric(name, d, m, seeds) for m in METRICS} for d in datasets},
        "without_near_duplicates": {
            d: {"images": 2_001, **{m: metric(name, d + " apart", m, seeds) for m in METRICS}}
            for d in datasets[:1]
        },
        "training": {str(seed): training(name, seed) for seed in seeds},
        "provenance": {
            "code": "c0de" * 16,
            "manifest": "3a7f" * 16,
            "weights": "9e15" * 16,
            "trained_as": entry.trained_as(name),
        },
    }


def metric(name: str, dataset_name: str, kind: str, seeds: Collection[int]) -> Record:
    scale = 1.0 if kind == "rmse" else 0.03
    mean = METRICS[kind] + scale * wobble(name, dataset_name, kind)
    return {
        "mean": mean,
        "spread": scale * (0.3 + 0.2 * wobble(name)) if len(seeds) > 1 else None,
        "low": mean - 1.2 * scale,
        "high": mean + scale,
        "seeds": {str(seed): mean + 0.1 * scale * wobble(name, seed) for seed in seeds},
    }


def training(name: str, seed: int) -> Record:
    history = [
        {
            "epoch": epoch,
            "train_loss": 12 / epoch + 4,
            "train_srcc": 0.9 - 0.4 / epoch,
            "validation_srcc": 0.85 - 0.4 / epoch + 0.01 * wobble(name, seed, epoch),
            "validation_plcc": 0.86 - 0.4 / epoch,
            "backbone_rate": 4e-4 / epoch,
            "head_rate": 4e-3 / epoch,
        }
        for epoch in range(1, 7)
    ]
    best = max(history, key=lambda row: row["validation_srcc"])
    return {
        "images": 600 + seed,
        "epochs": len(history),
        "best_epoch": best["epoch"],
        "train_loss": history[-1]["train_loss"],
        "validation_srcc": best["validation_srcc"],
        "history": history,
    }


def complexity(name: str) -> Record:
    return {
        "parameters": 29_521_479 + round(5e6 * wobble(name)),
        "backbone_parameters": 27_519_354,
        "multiply_accumulates": 4_580_000_000,
        "generated_values": 33_545,
    }


def dataset(settings: Any, name: str) -> Record:
    entry = settings.datasets[name]
    training_set = name == settings.training_dataset
    synthetic = entry.adapter == "folder"
    return {
        "title": entry.title,
        "adapter": entry.adapter,
        "images": 10_073 if training_set else 1_240,
        "train": 7_058 if training_set else 0,
        "validation": 1_000 if training_set else 0,
        "test": 2_015 if training_set else 1_240,
        "test_contents": 6 if synthetic else 2_015 if training_set else 1_240,
        "skipped": skipped(not (training_set or synthetic)),
        "split": {
            "kind": "official",
            "drawn": ["validation"],
            "keep_series": training_set,
            "seed": 0,
            "round": 0,
        },
        "near_duplicates": {
            "pairs": 43 if training_set else 0,
            "pairs_across_splits": 15 if training_set else 0,
            "test_images": 14 if training_set else 0,
        },
        "references": 20 if synthetic else 0,
        "distortions": 10 if synthetic else 0,
        "score_low": 3.91,
        "score_high": 88.39,
        "score_worst": 0.0,
        "score_best": 100.0,
        "digest": "d16e57" * 10 + "ab12",
    }


def skipped(incomplete: bool) -> Record:
    """Names as people give them to their photos, and one that is very long."""
    names = ["a_b & 50%.jpg", "#1 {x}~$y$^\\.png", "Ünïcøde 猫.bmp", "x/" * 60 + "end.jpg", "--a"]
    if not incomplete:
        return {"images": 0, "problems": []}
    return {
        "images": 8,
        "problems": [
            {"problem": "truncated or damaged", "images": 7, "first": names},
            {"problem": "score missing", "images": 1, "first": names[:1]},
        ],
    }


def compared(first: str, second: str, dataset_name: str, size: int, seeds: list[int]) -> Record:
    whole = (first, second) == ("C0", "C3")
    difference = 0.031 if whole else 0.03 * wobble(first, second, dataset_name)
    p_value = 0.001 if whole else min(1.0, 0.0008 / abs(difference))
    p_holm = min(1.0, size * p_value)
    tested = min(seeds) >= LEAST_SEEDS
    return {
        "first": first,
        "second": second,
        "dataset": dataset_name,
        "metric": "srcc",
        "difference": difference,
        "low": difference - 0.011 if min(seeds) > 1 else None,
        "high": difference + 0.009 if min(seeds) > 1 else None,
        "p_value": p_value if tested else None,
        "p_holm": p_holm if tested else None,
        "significant": tested and p_holm < 0.05,
        "seeds": seeds,
        "contents": 6,
        "tests": size,
    }


def comparisons(
    settings: Any, catalogue: Catalogue, roles: Roles, names: Collection[str], most: int | None
) -> Record:
    def numbers(*pair: str) -> list[int]:
        return [len(settings.seeds_of(name)[:most]) for name in pair]

    found: Record = {}
    for group in catalogue.groups_with(roles):
        known = [pair for pair in catalogue.pairs_of(group, roles) if {*pair} <= {*names}]
        home = settings.training_dataset
        found[group] = [compared(*p, home, len(known), numbers(*p)) for p in known]
    whole = (str(roles.baseline), roles.reference)
    if {*whole} <= {*names} & {*CROSSED}:
        sets = settings.cross_datasets
        found["cross_dataset"] = [
            compared(*whole, name, len(sets), numbers(*whole)) for name in sets
        ]
    return found


def cross(settings: Any, names: Collection[str]) -> Record:
    def means(name: str, dataset_name: str) -> Record:
        return {m: METRICS[m] + 0.03 * wobble(name, dataset_name, m) for m in ("srcc", "plcc")}

    sets = (*settings.cross_datasets, "average")
    return {d: {name: means(name, d) for name in names} for d in sets}


def interval(value: float, half: float) -> Record:
    return {"value": value, "low": value - half, "high": value + half}


def gain(settings: Any, most: int | None) -> Record:
    if len(settings.seeds_of("C3")[:most]) < LEAST_SEEDS:
        return {"shares": None}
    return {
        "shares": {
            "backbone": interval(0.87, 0.16),
            "multi_scale": interval(0.05, 0.19),
            "attention": interval(0.08, 0.17),
        },
    }


def floors(settings: Any, full: str, run: bool, most: int | None) -> Record:
    """Floors, of which the constant ranks nothing and the last is the regression chosen."""
    errors = {"rmse": interval(16.5, 0.4)}
    probes = [
        floor(name, stages, interval(srcc, 0.02))
        for name, srcc in (("ridge", 0.79), ("svr", 0.81))
        for stages in ("last", "all")
    ]
    seeds = len(settings.seeds_of(full)[:most])
    versus = compared("svr", full, settings.training_dataset, 1, [seeds, seeds])
    return {
        "experiment": full, "train": 7_058, "validation": 1_000, "test": 2_015, "apart": 2_001,
        "crops": settings.testing.crops,
        "rows": [
            floor("constant", None, None) | {"measures": errors, "without_near_duplicates": errors},
            floor("nearest", None, interval(0.26, 0.04)),
            *probes[:-1],
            probes[-1] | {"chosen": True},
        ],
        "curve": [
            {"share": s, "images": 7_058 * s, "draws": 3, "srcc": interval(0.6 + s / 3, 0.03)}
            for s in (0.125, 0.25, 0.5)
        ],
        "ceiling": {"srcc": 0.993, "plcc": 0.994},
        "comparison": versus | {"seeds": [1, seeds]} if run else None,
    }  # fmt: skip


def peers() -> Record:
    """Predictors of other people, of which one is not measured."""
    return {
        "test": 2_015,
        "rows": [
            {
                "title": title, "package": package, "version": "1.2.3", "reads": "RGB",
                "lower_is_better": title != "CPBD",
                "measures": {
                    "srcc": interval(srcc, 0.04),
                    "plcc": interval(srcc - 0.05, 0.05),
                    "plcc_logistic": interval(srcc + 0.02, 0.04),
                },
            }
            for title, package, srcc in (("BRISQUE", "brisque", 0.41), ("CPBD", "cpbd", 0.13))
        ],
        "missing": ["PIQE by pypiqe"],
        "refused": {"NIQE by iqa-metrics-toolbox": 14},
    }  # fmt: skip


def robustness() -> Record:
    """What moves scores: every setting of two kinds."""
    changes = [
        {"kind": kind, "setting": setting, "mean": -by / 2, "distance": by, "farthest": 3 * by}
        for kind, setting, by in (
            ("JPEG", "quality 20", 9.5),
            ("flip", "left to right", 0.8),
            ("flip", "upside down", 2.1),
        )
    ]  # fmt: skip
    return {"photos": 20, "crops": 4, "precision": "bfloat16", "changes": changes}


def masking(name: str) -> Record:
    """What hiding places does: a map that points at what counts, and one that does not."""
    maps = [
        {
            "name": kind,
            "deletion": {"value": by, "low": by - 1, "high": by + 1},
            "insertion": {"value": by / 2, "low": by / 2 - 1, "high": by / 2 + 1},
        }
        for kind, by in (("stage 1", 0.4), ("gate", 3.0))
    ]  # fmt: skip
    return {
        "experiment": name, "photos": 16, "contents": 16, "places": 49, "draws": 4,
        "whole": 20.0, "maps": maps,
    }  # fmt: skip


def attacks(names: list[str]) -> Record:
    """Attacks that the full model stands better than the baseline, at the first strength."""
    bounded = {"value": 5.2, "low": 3.1, "high": 8.0}
    srcc = {"value": 0.71, "low": 0.4, "high": 0.9}
    strengths = [
        {"strength": s, "psnr": 50.0 - s, "change": bounded, "noise": bounded, "srcc": srcc}
        for s in (1, 2)
    ]
    found = {"photos": 24, "contents": 24, "steps": 5, "srcc": srcc, "strengths": strengths}
    return {"experiments": dict.fromkeys(names, found)}


def competition(names: list[str]) -> list[Record]:
    """A round each way, in which the attacker is right once and wrong once."""
    photos = [
        {"id": str(k), "defender": 50.0 + k, "attacker": 80.0 - 20 * k, "quality": 60.0 + k}
        for k in range(3)
    ]
    pairs = [
        {"better": photos[0], "worse": photos[1]},
        {"better": photos[2] | {"attacker": 90.0}, "worse": {**photos[0]}},
    ]
    players = [(a, b) for a in names for b in names if a != b]
    return [{"defender": a, "attacker": b, "pairs": pairs} for a, b in players]


def group_errors(names: list[str]) -> list[Record]:
    """Errors on two contents, sizes, sources, the second of which is not ranked, and scenes."""
    groups = [
        *(("content", "bridge"), ("content", "cat"), ("size", "0.1"), ("size", "0.2 to 0.8")),
        *(("source", "cameras"), ("source", "phones")),
        *(("scene", "night"), ("scene", "plants")),
    ]
    return [
        {
            "kind": kind, "name": name, "images": 30, "quality": 40.0 + k,
            "errors": {n: {"value": 5.0 + k, "low": 4.0, "high": 9.0} for n in names},
            "srcc": {n: interval(0.5 + k / 100, 0.1) for n in names if name != "phones"},
        }
        for k, (kind, name) in enumerate(groups)
    ]  # fmt: skip


def ranked(names: list[str]) -> Record:
    """A ranking in which all but every fifth experiment were tested, and neighbours are alike."""
    letters = [None if place % 5 == 4 else [chr(97 + place % 3)] for place in range(len(names))]
    rows = [{"experiment": n, "letters": own} for n, own in zip(names, letters, strict=True)]
    return {"rows": rows, "tests": 3 * len(names), "differing": 2 * len(names)}


def intervals(settings: Any, name: str) -> Record:
    """Intervals of a calibrated experiment, which hold too little."""
    datasets = settings.datasets_of(name)
    share = {"value": 0.861, "low": 0.842, "high": 0.88}
    return {
        "level": 0.9, "images": 1_000, "contents": 1_000, "crops": 20, "half_width": 11.2,
        "coverage": {dataset: {"share": share, "width": 22.1} for dataset in datasets},
    }  # fmt: skip


def floor(name: str, stages: str | None, srcc: Record | None) -> Record:
    measures = {"srcc": srcc, "plcc": srcc, "rmse": interval(11.2, 0.3)} if srcc else {}
    return {
        "name": name,
        "chosen": False,
        "measures": measures,
        "without_near_duplicates": measures,
        "stages": stages,
        "settings": {"C": 1.0, "gamma": 0.3} if name == "svr" else {},
        "validation_srcc": 0.8 if stages else None,
    }


def attention(experiment_id: str) -> Record:
    return {
        "experiment": experiment_id,
        "stages": 4,
        "by_quality": {
            "low": [interval(weight, 0.02) for weight in (0.27, 0.18, 0.29, 0.26)],
            "middle": [interval(weight, 0.02) for weight in (0.2, 0.15, 0.4, 0.25)],
            "high": [interval(weight, 0.02) for weight in (0.1, 0.1, 0.6, 0.2)],
        },
        "rank_correlation": [
            *(interval(rho, 0.1) | {"tested": True} for rho in (-0.4, 0.02, 0.5)), None,
        ],
    }  # fmt: skip


def by_distortion(settings: Any, names: Collection[str]) -> Record | None:
    """Errors in which undistorted photos are C0's largest."""
    errors = {"JPEG 2000": 12.0, "gaussian_noise": 7.5}
    found = {
        name: {
            "errors": errors | {"undistorted photos": 21.5 if name == "C0" else 6.25},
            "undistorted": {"prediction": 78.5, "quality": 99.0},
        }
        for name in names
    }
    return {"dataset": settings.training_dataset, "experiments": found} if found else None


def embedding(name: str) -> Record:
    return {
        "silhouette_content": 0.1 + 0.1 * wobble(name),
        "silhouette_quality": 0.05 * wobble(name, "quality"),
        "explained_variance": [0.3, 0.12],
        "components": 50,
        "images": 306,
        "test_images": 306,
        "values": 33_545,
    }


def claim(number: int) -> Record:
    kinds = ("architecture", "arithmetic", "consistency", "result", "interpretation")
    verdict = VERDICTS[number % len(VERDICTS)]
    testable = verdict != "not testable here"
    return {
        "id": f"made-{number:02d}",
        "source": "paper, App. C; notes (complete analysis)",
        "claim": "parameters of SMART-Tiny, in millions & <more> than HyperIQA's_own",
        "kind": kinds[(number // 2) % len(kinds)],
        "needs": "nothing" if testable else "data",
        "unit": "number",
        "published": "29.52 M parameters, 0.9378",
        "ours": "29.5215" if testable else "",
        "verdict": verdict,
        "reason": "differs by 0.001 (printed with two decimals)",
        "scope": "static" if testable else "demo-scale measurement",
        "indication": "" if testable else ("agrees", "unclear", "disagrees")[number % 3],
    }


def verdicts(claims: Collection[Record]) -> dict[str, int]:
    return {v: sum(entry["verdict"] == v for entry in claims) for v in VERDICTS}


TIMED = ("C0", "B-tiny", "B-small", "C3", "B-cnn-medium", "B-cnn-large")


def made_up_timing(names: Collection[str] = TIMED) -> Record:
    """Make what the stage timing writes."""
    alone = {
        "crop": 224, "precision": "bfloat16", "repeats": 5,
        "milliseconds": 12.345, "milliseconds_low": 12.1, "milliseconds_high": 12.6,
    }  # fmt: skip
    many = {"batch": 64, "images_per_second": 1234.5}
    return {
        "hardware": {
            "processor": "A_Processor & Co", "cores": 2, "memory_gb": 16, "device": "A GPU #1",
            "gpu": True, "gpu_memory_gb": 140, "platform": "Linux", "python": "3.11.7",
            "versions": {"torch": "2.15.0", "timm": "1.0.31"},
        },
        "threads": 1,
        "float32_products": "ieee",
        "largest_batch": 64,
        "energy": "not measured",
        "experiments": dict.fromkeys(names, alone | many),
        "published": {name: dict(alone) for name in PUBLISHED_MODELS},
    }  # fmt: skip


def made_up_cost() -> Record:
    """Make what the stage cost writes."""
    return {
        "trainings": 26, "seconds": 5432.1, "longest_seconds": 321.0, "threads": 1,
        "peak_host_memory_mb": 1393, "peak_gpu_memory_mb": 9876, "gpu": True,
        "devices": ["A GPU #1"], "precisions": {"float32": 6, "bfloat16": 20},
        "experiments": {"C3": {"1": {"seconds": 321.0, "epochs": 10}}},
    }  # fmt: skip
