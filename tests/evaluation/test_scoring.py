from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from command_line import smartiqa
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import read_json
from smartiqa.evaluation.scoring import score_predictions

METRICS = ("srcc", "plcc", "plcc_logistic", "krcc", "rmse")


def made_up(references: int = 0, images: int = 80, seed: int = 0) -> pd.DataFrame:
    """Predictions on a curve through the true scores, with noise that a reference shares."""
    rng = np.random.default_rng(seed)
    quality = rng.uniform(0, 100, images)
    content = np.arange(images) % references if references else np.zeros(images, dtype=int)
    shared = rng.normal(0, 0.15, max(references, 1))[content] if references else 0
    prediction = 50 + 12 * (np.arctanh(quality / 102) + shared + rng.normal(0, 0.2, images))
    ids = [f"image{k:03d}" for k in range(images)]
    names = [f"photo {k}" for k in content] if references else ids
    return pd.DataFrame({"id": ids, "prediction": prediction, "quality": quality, "content": names})


def save(table: pd.DataFrame, path: Path) -> Path:
    table.to_parquet(path, index=False)
    return path


@pytest.fixture
def table() -> pd.DataFrame:
    return made_up()


def test_scores_are_scipys(table: pd.DataFrame, tmp_path: Path) -> None:
    found: Any = score_predictions(save(table, tmp_path / "a.parquet"), 50, 7)
    x, y = table["prediction"].to_numpy(), table["quality"].to_numpy()
    assert found["images"] == 80
    assert set(found["measures"]) == set(METRICS)
    found = found["measures"]
    assert found["srcc"]["value"] == pytest.approx(stats.spearmanr(x, y).statistic)
    assert found["plcc"]["value"] == pytest.approx(stats.pearsonr(x, y).statistic)
    assert found["krcc"]["value"] == pytest.approx(stats.kendalltau(x, y).statistic)
    assert found["rmse"]["value"] == pytest.approx(np.sqrt(np.mean((x - y) ** 2)))


def test_the_logistic_correlation_is_that_of_the_best_curve(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    found: Any = score_predictions(save(table, tmp_path / "a.parquet"), 50, 7)
    x, y = table["prediction"].to_numpy(), table["quality"].to_numpy()

    def curve(x: Any, b1: float, b2: float, b3: float, b4: float, b5: float) -> Any:
        return b1 * (0.5 - 1 / (1 + np.exp(b2 * (x - b3)))) + b4 * x + b5

    start = [np.ptp(y), 1 / x.std(), x.mean(), 0, y.mean()]
    best, _ = optimize.curve_fit(curve, x, y, start, maxfev=20000)
    expected = stats.pearsonr(curve(x, *best), y).statistic
    found = found["measures"]
    assert found["plcc_logistic"]["value"] == pytest.approx(expected, abs=1e-4)
    assert found["plcc_logistic"]["value"] > found["plcc"]["value"] + 0.01


def without(table: pd.DataFrame, gone: pd.Series) -> float:
    rest = table[~gone]
    return float(stats.spearmanr(rest["prediction"], rest["quality"]).statistic)


def test_every_content_is_left_out_in_turn(tmp_path: Path) -> None:
    known = made_up(references=4)
    found = score_predictions(save(known, tmp_path / "a.parquet"), 50, 7)
    assert found["contents"] == 4
    expected = [without(known, known["content"] == f"photo {k}") for k in range(4)]
    assert found["measures"]["srcc"]["left_out"] == pytest.approx(expected)


def test_many_contents_are_dealt_into_groups(table: pd.DataFrame, tmp_path: Path) -> None:
    file = save(table, tmp_path / "a.parquet")
    found = score_predictions(file, 10, 7)
    assert len(found["measures"]["krcc"]["left_out"]) == 10
    assert found == score_predictions(file, 10, 7)
    assert found["test_images"] != score_predictions(file, 10, 8)["test_images"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"prediction": 50.0}, "constant"),
        ({"quality": 50.0}, "constant"),
        ({"prediction": np.nan}, "finite"),
    ],
)
def test_what_cannot_be_measured_names_the_table(
    table: pd.DataFrame, tmp_path: Path, change: dict[str, float], said: str
) -> None:
    file = save(table.assign(**change), tmp_path / "a.parquet")
    with pytest.raises(InputError, match=rf"a\.parquet: .*{said}"):
        score_predictions(file, 50, 7)


def test_one_unusable_prediction_is_enough(table: pd.DataFrame, tmp_path: Path) -> None:
    table.loc[17, "prediction"] = np.inf
    with pytest.raises(InputError, match=r"a\.parquet: .*17"):
        score_predictions(save(table, tmp_path / "a.parquet"), 50, 7)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.parquet does not exist; the stage predict"):
        score_predictions(tmp_path / "nowhere.parquet", 50, 7)


def call(files: list[Path], output: Path, **more: object) -> None:
    smartiqa("score", *files, replicates=50, seed=7, output=output, **more)


def test_the_command_line_measures_every_dataset(tmp_path: Path) -> None:
    names = ("koniq10k", "spaq")
    files = [save(made_up(seed=k), tmp_path / f"{name}.parquet") for k, name in enumerate(names)]
    call(files, tmp_path / "metrics.json")
    expected = {name: score_predictions(f, 50, 7) for name, f in zip(names, files, strict=True)}
    assert read_json(tmp_path / "metrics.json") == expected


def test_images_that_look_like_one_in_training_are_left_out_a_second_time(tmp_path: Path) -> None:
    table = made_up()
    file = save(table, tmp_path / "home.parquet")
    plain = score_predictions(file, 50, 7)
    assert "without_near_duplicates" not in plain
    assert score_predictions(file, 50, 7, {"of another dataset"}) == plain
    pairs = tmp_path / "home" / "checks" / "near_duplicates.csv"
    pairs.parent.mkdir(parents=True)
    pairs.write_text(
        "id,split,other_id,other_split,other_dataset,bits\n"
        "image003,test,x,train,this,0\nimage004,test,image005,test,this,1\n"
        "y,validation,z,train,this,1\nimage007,test,w,validation,the one trained on,8\n"
    )
    call([file], tmp_path / "metrics.json", data=tmp_path, learnt=["spaq", "home"])
    found = read_json(tmp_path / "metrics.json")["home"]
    apart = found.pop("without_near_duplicates")
    assert found == plain
    assert apart["images"] == 78
    gone = table["id"].isin(["image003", "image007"])
    assert apart["measures"]["srcc"]["value"] == pytest.approx(without(table, gone))
    assert apart["test_images"] != plain["test_images"]
    call([file], tmp_path / "metrics.json", data=tmp_path, learnt="spaq")  # image003's twin is not
    assert read_json(tmp_path / "metrics.json")["home"]["without_near_duplicates"]["images"] == 79


@pytest.mark.parametrize("left", [0, 1, 2])
def test_too_few_images_without_near_duplicates_are_not_measured(tmp_path: Path, left: int) -> None:
    table = made_up()
    file = save(table, tmp_path / "a.parquet")
    found = score_predictions(file, 50, 7, set(table["id"][left:]))
    assert found == score_predictions(file, 50, 7)


def test_nothing_is_written_when_one_table_is_unusable(tmp_path: Path) -> None:
    good = save(made_up(), tmp_path / "good.parquet")
    bad = save(made_up().assign(prediction=1.0), tmp_path / "bad.parquet")
    with pytest.raises(InputError, match=r"bad\.parquet"):
        call([good, bad], tmp_path / "metrics.json")
    assert not (tmp_path / "metrics.json").exists()
