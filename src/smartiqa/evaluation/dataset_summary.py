"""What the paper tells of a dataset."""

from __future__ import annotations

import pandas as pd

from smartiqa.core.files import sha256_of
from smartiqa.core.json_files import read_json
from smartiqa.core.strict import validated
from smartiqa.data.checks.findings import left_out, verified_report
from smartiqa.data.checks.near_pairs import PAIRS_FILE, counted_pairs
from smartiqa.data.checks.overlap import checks_of
from smartiqa.data.manifest import read_manifest
from smartiqa.data.splits import DRAWN_FILE, SPLITS
from smartiqa.results.dataset_records import DatasetRecord
from smartiqa.results.study_results import Results


def dataset_record(results: Results, name: str) -> DatasetRecord:
    """Counts and range of one dataset, from its manifest, and what its check left out."""
    settings = results.study.datasets[name]
    learnt = any(name in results.study.learnt_by(each) for each in results.planned)
    path = results.manifest(name)
    checks = checks_of(path)
    frame = read_manifest(path)
    counts = frame["split"].value_counts()
    references = frame.loc[frame["reference"] != "", "reference"]
    record = {
        "title": settings.title,
        "adapter": settings.adapter,
        "images": len(frame),
        **{split: int(counts.get(split, 0)) for split in SPLITS},
        "skipped": left_out(checks),
        "split": read_json(checks / DRAWN_FILE, stage="prepare", check=verified_report),
        "near_duplicates": counted_pairs(checks / PAIRS_FILE, learnt=learnt),
        "test_contents": int(frame.loc[frame["split"] == "test", "content"].nunique()),
        "references": int(references.nunique()),
        "distortions": int(frame.loc[frame["level"] > 0, "distortion"].nunique()),
        "score_low": float(frame["score"].min()),
        "score_high": float(frame["score"].max()),
        **ends_of_scale(frame),
        "digest": sha256_of(path),
    }
    return validated(DatasetRecord, record, str(path))


def ends_of_scale(images: pd.DataFrame) -> dict[str, float]:
    """Return the scores that stand for the qualities 0 and 100, from the linear map that is used.

    Args:
        images: a manifest; columns score and quality.
    """
    score, quality = images["score"].to_numpy(), images["quality"].to_numpy()
    low, high = score.argmin(), score.argmax()
    step = (score[high] - score[low]) / (quality[high] - quality[low])
    worst = score[low] - step * quality[low]
    digits = 9  # what is beyond comes from rounding
    return {
        "score_worst": round(float(worst), digits) + 0.0,
        "score_best": round(float(worst + 100 * step), digits) + 0.0,
    }
