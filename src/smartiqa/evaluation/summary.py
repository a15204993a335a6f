"""Gather every number that the paper may use into one file, `paper.json`.

Nothing is computed by hand or typed in: each value comes from a result file of this study, from a
count, or from the published numbers in `workflow/config/published.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pandas as pd

from smartiqa.config.catalogue import Catalogue
from smartiqa.config.planned import resolve, tried_experiments
from smartiqa.config.published import read_published
from smartiqa.config.study import Study
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import read_json
from smartiqa.core.strict import validated
from smartiqa.data.checks.overlap import counted_by_pair
from smartiqa.evaluation.comparisons import comparisons, gain, ranking
from smartiqa.evaluation.competition import competition
from smartiqa.evaluation.coverage import calibrated_intervals
from smartiqa.evaluation.dataset_summary import dataset_record
from smartiqa.evaluation.floor_results import floor_results
from smartiqa.evaluation.group_errors import group_errors, over_seeds
from smartiqa.evaluation.mixtures import computed_with
from smartiqa.evaluation.peers import peer_results
from smartiqa.evaluation.perturbed import attack_results, masking_results
from smartiqa.metrics.by_distortion import errors_of_seeds, labels_distortions, summary
from smartiqa.metrics.by_quality import THIRDS, thirds
from smartiqa.metrics.correlation import weighted_difference, weighted_srcc
from smartiqa.metrics.inference import Runs, contrast, correlation_interval, measure_interval
from smartiqa.metrics.jackknife import content_groups, jackknife
from smartiqa.metrics.measures import all_measures
from smartiqa.metrics.verdicts import enough_for_a_verdict
from smartiqa.results.image_records import Attention, ByDistortion, ErrorsByDistortion
from smartiqa.results.measures import (
    Bounded,
    Correlations,
    Measures,
    MeasuresApart,
    Statistic,
    Trend,
)
from smartiqa.results.paper_results import (
    Epoch,
    ExperimentResults,
    PaperResults,
    Provenance,
    Scale,
    Training,
)
from smartiqa.results.records import Complexity, Embedding, Robustness, read_record
from smartiqa.results.run_files import attention_columns, read_config, read_history
from smartiqa.results.study_results import Results


def results_of(results: Results, experiment: str) -> dict[str, Measures]:
    """Every metric of one experiment on every dataset: mean, spread and interval over seeds."""
    return {
        dataset: Measures(**metrics_of(results, experiment, dataset))
        for dataset in results.datasets_of(experiment)
    }


def apart_results_of(results: Results, experiment: str) -> dict[str, MeasuresApart]:
    """The same without test images that look like one in training, where there are such images."""
    scored = {name: results.scores(experiment, name) for name in results.datasets_of(experiment)}
    found = {
        dataset: [each.without_near_duplicates for each in scores if each.without_near_duplicates]
        for dataset, scores in scored.items()
    }
    return {
        dataset: MeasuresApart(
            images=apart[0].images,
            **metrics_of(results, experiment, dataset, apart=True),
        )
        for dataset, apart in found.items()
        if len(apart) == len(scored[dataset])
    }


def metrics_of(
    results: Results, experiment: str, dataset: str, *, apart: bool = False
) -> dict[str, Statistic]:
    """Mean over seeds, spread, and the interval over contents and seeds of each measure.

    With one seed the interval covers the chance of the contents alone. `apart` leaves out test
    images that look like one in training.
    """
    seeds = results.study.seeds_of(experiment)
    found: dict[str, Statistic] = {}
    for name in all_measures():
        runs = results.measured(experiment, dataset, name, apart=apart)
        values, interval = runs.values.tolist(), measure_interval(name, runs)
        found[name] = Statistic(
            mean=fmean(values),
            spread=stdev(values) if len(values) > 1 else None,
            low=interval.low,
            high=interval.high,
            seeds=dict(zip(map(str, seeds), values, strict=True)),
        )
    return found


def training_of(results: Results, experiment: str) -> dict[str, Training]:
    """History of every seed, and which epoch was chosen."""
    found = {}
    for seed in results.study.seeds_of(experiment):
        folder = results.trained(experiment, seed)
        history, settings = read_history(folder), read_config(folder)
        best = settings["best_epoch"]
        record = {
            "images": settings["images"],
            "epochs": len(history),
            "best_epoch": best,
            "train_loss": float(history["train_loss"].iloc[-1]),
            "validation_srcc": float(history["validation_srcc"].max()),
            "history": history[[*Epoch.model_fields]].to_dict(orient="records"),
            "scales": {
                name: {part: history[f"{part}_{name}"][best - 1] for part in Scale.model_fields}
                for name in results.study.mixed_with.get(experiment, ())
                if f"slope_{name}" in history
            },
        }
        found[str(seed)] = validated(Training, record, str(folder / "history.csv"))
    return found


def experiment_record(results: Results, counts: Complexity, name: str) -> ExperimentResults:
    """Everything about one experiment; without results if the study does not run it."""
    entry = results.catalogue.experiments[name]
    role = results.study.backbones.get(entry.model.backbone)
    record: dict[str, Any] = {
        "title": entry.title,
        "status": "run" if name in results.planned else "not run",
        "model": entry.model.model_dump(),
        "complexity": counts.experiments.get(name),
        "compared_with": results.catalogue.compared_with(name, results.roles),
    }
    if role is not None:
        resolved = resolve(results.study, results.catalogue, name)
        record |= {
            "backbone": role.label,
            "pretraining": role.weights.pretraining,
            "drop_path": role.drop_path if entry.model.drop_path is None else entry.model.drop_path,
            "dropout": role.dropout if entry.model.dropout is None else entry.model.dropout,
            "crop": resolved.crop,
            "recipe": resolved.recipe.model_dump(),
        }
    if name in results.planned:
        seeds = results.study.seeds_of(name)
        settings = read_config(results.trained(name, seeds[0]))
        record |= {
            "seeds": list(seeds),
            "results": results_of(results, name),
            "without_near_duplicates": apart_results_of(results, name),
            "training": training_of(results, name),
            "provenance": Provenance(
                code=settings["code"],
                manifest=settings["manifest"],
                weights=settings["weights"],
                trained_as=entry.trained_as(name),
            ),
        }
    return ExperimentResults(**record)


def stage_trend(results: Results, tables: list[pd.DataFrame], stage: str) -> Trend | None:
    """Rank correlation of a stage's weight with quality, mean over seeds.

    None if the weight is constant, or is without one group of contents: a gate that never moves.
    `tested` says whether there are enough seeds and contents to speak of a trend.
    """
    shown = tables[0]["content"]
    groups = content_groups(shown, **results.study.statistics.model_dump())
    try:
        found = [
            jackknife(weighted_srcc, table[stage], table["quality"], groups) for table in tables
        ]
    except InputError:
        return None
    tested = enough_for_a_verdict([len(tables)], shown.nunique())
    return Trend(**correlation_interval(Runs.of(found))._asdict(), tested=tested)


def stage_weight(results: Results, tables: list[pd.DataFrame], stage: str) -> Bounded:
    """Mean weight of a stage over images and seeds, with its interval, which ends within 0 to 1."""
    weights = [table.assign(prediction=table[stage], quality=0.0) for table in tables]
    value, low, high = contrast([over_seeds(results, weights, weighted_difference)], [1]).interval()
    return Bounded(value=value, low=max(low, 0.0), high=min(high, 1.0))


def attention(results: Results) -> Attention | None:
    """Stage weights of the reference by third of quality, and their rank correlation with it.

    None if it weighs no stages.
    """
    reference = results.roles.reference
    tables = results.predictions(reference, results.study.training_dataset)
    columns = attention_columns(tables[0])
    if not columns:
        return None
    third = thirds(tables[0]["quality"].to_numpy())
    parts = {name: [table[third == name] for table in tables] for name in THIRDS}
    correlations = [stage_trend(results, tables, column) for column in columns]
    return Attention(
        experiment=reference,
        stages=len(columns),
        by_quality={
            name: tuple(stage_weight(results, part, column) for column in columns)
            for name, part in parts.items()
            if len(part[0]) > 1
        },
        rank_correlation=tuple(correlations),
    )


def by_distortion(results: Results) -> ByDistortion | None:
    """Errors of the ablation's models by distortion, on the first dataset that labels them.

    None if no such dataset was tested.
    """
    study, run = results.study, results.roles.among(results.planned).ablation
    for dataset in (study.training_dataset, *study.cross_datasets):
        tables = {
            name: results.predictions(name, dataset)
            for name in run
            if dataset in results.datasets_of(name)
        }
        if tables and all(labels_distortions(found[0]) for found in tables.values()):
            other_scale = dataset != study.training_dataset
            errors = {name: errors_of_seeds(found, other_scale) for name, found in tables.items()}
            found = {name: ErrorsByDistortion(**summary(each)) for name, each in errors.items()}
            return ByDistortion(dataset=dataset, experiments=found)
    return None


def cross(
    experiments: Mapping[str, ExperimentResults], study: Study
) -> dict[str, dict[str, Correlations]]:
    """SRCC and PLCC of every cross-tested experiment on every cross-dataset, and their average."""
    tested = [
        n for n, found in experiments.items() if n in study.cross_experiments and found.is_run
    ]
    table = {
        dataset: {
            name: Correlations(srcc=measures.srcc.mean, plcc=measures.plcc.mean)
            for name in tested
            for measures in [experiments[name].results[dataset]]
        }
        for dataset in study.cross_datasets
    }
    found = {name: [table[dataset][name] for dataset in study.cross_datasets] for name in tested}
    return table | {"average": {name: mean_of(each) for name, each in found.items()}}


def mean_of(found: Sequence[Correlations]) -> Correlations:
    """Average correlations over datasets."""
    return Correlations(
        srcc=float(np.mean([each.srcc for each in found])),
        plcc=float(np.mean([each.plcc for each in found])),
    )


def collate(
    study: Study, catalogue: Catalogue, folder: Path, complexity: Path, published: Path
) -> PaperResults:
    """Return the content of `paper.json`.

    Raises:
        InputError: a result file is missing, or a metric is undefined.
    """
    results = Results(folder, study, catalogue)
    counts = read_record(Complexity, complexity)
    experiments = {name: experiment_record(results, counts, name) for name in catalogue.experiments}
    roles = results.roles
    compared = comparisons(results)
    content = {
        "study": study.model_dump(
            mode="json",
            include={
                "name", "title", "note", "score_name", "crop", "training_dataset",
                "cross_datasets", "cross_experiments", "mixed_with", "testing", "statistics",
                "compute", "resize",
            },
        ),
        "datasets": {name: dataset_record(results, name) for name in study.datasets},
        "shared_images": counted_by_pair(folder / "data" / "shared_images.csv"),
        "experiments": experiments,
        "computed": computed_with(results),
        "roles": roles.model_dump(),
        "groups": catalogue.groups_with(roles),
        "group_order": tuple(catalogue.groups_with(roles)),
        "comparisons": compared,
        "gain": gain(results, compared.get("ablation", [])),
        "cross": cross(experiments, study),
        "attention": attention(results),
        "by_distortion": by_distortion(results),
        "embedding": {
            name: read_record(Embedding, results.first_run(name) / "generated.json")
            for name in roles.among(results.planned).embedded
        },
        "complexity": counts.published,
        "published": read_published(published),
        "weights": {
            role: read_json(folder / "weights" / f"{role}.json", stage="weights")
            for role in sorted({catalogue.experiments[n].model.backbone for n in results.planned})
        },
        "floors": floor_results(results),
        "peers": peer_results(results),
        "intervals": calibrated_intervals(results),
        "ranking": ranking(results),
        "robustness": {
            name: read_record(Robustness, results.first_run(name) / "robustness.json")
            for name in tried_experiments(study, catalogue)
        },
        "masking": masking_results(results),
        "attacks": attack_results(results),
        "competition": competition(results),
        "group_errors": group_errors(results),
    }  # fmt: skip
    return validated(PaperResults, content, f"the results of the study {study.name}")
