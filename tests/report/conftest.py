from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hostile_study import HOSTILE, MODELS, images_of, train
from made_up_paper import CATALOGUE, CONFIG, ROOT, made_up_claims, made_up_paper
from made_up_results import write_data, write_embedding
from smartiqa.config.study import load_study
from smartiqa.core.json_files import write_json
from smartiqa.results.study_results import Results


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture
def begun(tmp_path: Path) -> Results:
    """Data is prepared, and the first of two models is trained and tested."""
    few = {"experiments": MODELS, "cross_experiments": ("C3",), "seeds": (1,)}
    study = load_study(CONFIG / "demo.yaml")
    study = study.model_copy(
        update={**few, "experiment_seeds": {}, "mixed_with": {}, "title": f"Study {HOSTILE}"}
    )
    results = Results(tmp_path / "demo", study, CATALOGUE)
    for dataset in study.datasets:
        data = results.folder / "data" / dataset
        write_data(data, images_of(dataset), np.random.default_rng(1), "none")
    train(results, "C0")
    return results


@pytest.fixture
def finished(begun: Results) -> Results:
    """All is there."""
    run = train(begun, "C3")
    write_embedding(run, images_of("synthetic"), 0.7, np.random.default_rng(2))
    paper: dict[str, Any] = made_up_paper("demo", MODELS, seeds=1)
    paper["experiments"]["C3"]["title"] = f"SMART-Base {HOSTILE}"
    write_json(begun.folder / "paper.json", paper)
    ledger = made_up_claims()
    ledger["claims"][0]["claim"] = HOSTILE
    write_json(begun.folder / "claims.json", ledger)
    return begun
