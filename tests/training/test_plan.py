"""The list of trainings, and what they cost, against arithmetic by hand."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from command_line import smartiqa
from made_up_paper import CATALOGUE, CONFIG
from smartiqa.config import stage_settings
from smartiqa.config.planned import resolve
from smartiqa.config.roles import RoleChanges
from smartiqa.config.study import Split, load_catalogue, load_study
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import read_json, write_json
from smartiqa.evaluation.cost import cost
from smartiqa.results.study_results import Results
from smartiqa.training import plan as stage
from smartiqa.training.plan import (
    Images,
    Speed,
    count_images,
    described,
    list_trainings,
    speed_of_file,
    speed_of_paper,
    speed_of_runs,
)
from whole_files import whole_config, whole_machine, whole_manifest

PUBLISHED = yaml.safe_load((CONFIG / "published.yaml").read_text(encoding="utf-8"))
COUNTS = {
    name: {
        "multiply_accumulates": 2_000_000,
        **dict.fromkeys(("parameters", "backbone_parameters", "generated_values"), 1),
    }
    for name in CATALOGUE.experiments
}
IMAGES = Images(100, 10, 30, "made up")


@pytest.fixture
def results(tmp_path: Path) -> Results:
    """The koniq study cut down to four experiments and two seeds; nothing has run."""
    study = load_study(CONFIG / "koniq.yaml")
    experiments = ("C0", "C3", "T-centre", "P-test-selection")
    few = {"experiments": experiments, "cross_experiments": ("C0", "C3"), "seeds": (1, 2)}
    return Results(tmp_path, study.model_copy(update=few), CATALOGUE)


def write_run(
    results: Results, name: str, seed: int, epochs: int, seconds: float, processes: int = 1
) -> None:
    run = results.run(name, seed)
    run.mkdir(parents=True)
    history = {"epoch": range(epochs), "train_loss": 1.0, "validation_srcc": 0.5}
    pd.DataFrame(history).to_csv(run / "history.csv", index=False)
    machine = whole_machine(
        seconds=seconds,
        world_size=processes,
        device="A GPU",
        threads=8,
        peak_host_memory_mb=1000 + seed,
        peak_gpu_memory_mb=7000 - seed,
        precision="float32" if name == "C0" else "bfloat16",
        float32_products="tf32" if (name, seed) == ("C0", 2) else "ieee",
    )
    write_json(run / "environment.json", machine)
    experiment = resolve(results.study, results.catalogue, name).model_dump(mode="json")
    settings = whole_config(experiment, seed=seed, images=100, manifest=results.training_digest)
    write_json(run / "config.json", settings)
    write_json(run / "identity.json", {})


def write_manifest(results: Results) -> None:
    path = results.folder / "data" / "koniq10k" / "manifest.parquet"
    path.parent.mkdir(parents=True)
    splits = ["train"] * 100 + ["validation"] * 10 + ["test"] * 30
    whole_manifest(pd.DataFrame({"split": splits})).to_parquet(path)


def by_hand(results: Results, name: str, selecting: int, epochs: int) -> float:
    """Operations of a training: three passes for a trained crop, one for a validated one."""
    recipe = resolve(results.study, CATALOGUE, name).recipe
    crops = 3 * 100 * recipe.train_crops + selecting * recipe.validation_crops
    return 2 * 2_000_000 * crops * epochs


def test_every_training_is_listed_with_its_crops_and_hours(results: Results) -> None:
    speed = Speed({"cnn": 1e9}, 4e9, "a test")
    rows = {row.name: row for row in list_trainings(results, IMAGES, speed, COUNTS)}
    assert list(rows) == ["C0", "C3", "P-test-selection"]  # T-centre has no training of its own
    assert rows["C0"].crops == 100 * 25 * 16 * 2
    assert rows["C3"].crops == 100 * 20 * 10 * 2
    assert rows["C0"].hours == pytest.approx(2 * by_hand(results, "C0", 10, 16) / 1e9 / 3600)
    assert rows["C3"].hours == pytest.approx(2 * by_hand(results, "C3", 10, 10) / 4e9 / 3600)
    on_test = by_hand(results, "P-test-selection", 30, 10)
    assert rows["P-test-selection"].hours == pytest.approx(2 * on_test / 4e9 / 3600)


def test_an_experiment_with_seeds_of_its_own_counts_those(results: Results) -> None:
    results.study = results.study.model_copy(update={"experiment_seeds": {"C0": (1,)}})
    write_manifest(results)
    write_run(results, "C0", 2, 16, 5.0)
    rows = {row.name: row for row in list_trainings(results, IMAGES, Speed({}, 1e9, ""), COUNTS)}
    assert (rows["C0"].seeds, rows["C0"].done, rows["C3"].seeds) == (1, 0, 2)
    assert rows["C0"].crops == 100 * 25 * 16


def test_a_mixed_experiment_trains_on_more_images(results: Results) -> None:
    few = {"experiments": ("B-tiny", "M-mixed"), "roles": RoleChanges(reference="B-tiny")}
    few |= {"cross_experiments": ("B-tiny",), "mixed_with": {"M-mixed": ("spaq",)}}
    split = Split(kind="random", fractions=(0.8, 0.0, 0.2))
    spaq = results.study.datasets["spaq"].model_copy(update={"split": split})
    datasets = {**results.study.datasets, "spaq": spaq}
    study = results.study.model_copy(update={**few, "datasets": datasets})
    results = Results(results.folder, study, CATALOGUE)
    images = count_images(results, PUBLISHED)
    assert images.mixed == {"M-mixed": 8900}  # four fifths of 11,125
    rows = {row.name: row for row in list_trainings(results, images, Speed({}, 1e9, ""), COUNTS)}
    assert rows["M-mixed"].crops - rows["B-tiny"].crops == 8900 * 20 * 10 * 2
    assert f"{images.train + 8900:,}" in described([*rows.values()], images, Speed({}, 1e9, ""))


def test_an_experiment_on_a_share_of_the_images_counts_those(results: Results) -> None:
    few = {"experiments": ("C3", "N-25"), "cross_experiments": ("C3",)}
    results = Results(results.folder, results.study.model_copy(update=few), CATALOGUE)
    images, speed = Images(101, 10, 30, "made up"), Speed({}, 1e9, "")
    rows = {row.name: row for row in list_trainings(results, images, speed, COUNTS)}
    assert (rows["C3"].crops, rows["N-25"].crops) == (101 * 20 * 10 * 2, 26 * 20 * 10 * 2)
    assert re.search(r"^N-25 .* 26 ", described([*rows.values()], images, speed), re.MULTILINE)


def test_what_is_done_does_not_remain(results: Results) -> None:
    write_manifest(results)
    write_run(results, "C3", 1, 10, 5.0)
    rows = {row.name: row for row in list_trainings(results, IMAGES, Speed({}, 1e9, ""), COUNTS)}
    assert (rows["C3"].done, rows["C0"].done) == (1, 0)
    assert rows["C3"].remaining == pytest.approx(rows["C3"].hours / 2)
    assert rows["C0"].remaining == rows["C0"].hours


def test_a_run_that_is_trained_anew_is_not_done(results: Results) -> None:
    write_manifest(results)
    write_run(results, "C3", 1, 10, 5.0)
    (results.run("C3", 1) / "identity.json").unlink()  # which a training discards first
    rows = {row.name: row for row in list_trainings(results, IMAGES, Speed({}, 1e9, ""), COUNTS)}
    assert rows["C3"].done == 0


def test_finished_runs_give_the_speed_by_backbone(results: Results) -> None:
    assert speed_of_runs(results, IMAGES, COUNTS) is None
    write_manifest(results)
    write_run(results, "C3", 1, 4, 10.0)  # stopped early after four of ten epochs
    write_run(results, "C3", 2, 10, 5.0, processes=4)
    write_run(results, "C0", 1, 16, 100.0)
    speed = speed_of_runs(results, IMAGES, COUNTS)
    assert speed is not None
    rates = [by_hand(results, "C3", 10, 4) / 10, by_hand(results, "C3", 10, 10) / 20]
    assert speed.by_role["swin_base"] == pytest.approx(sum(rates) / 2)
    assert speed.default == min(speed.by_role.values())
    assert "3 finished runs of this study (A GPU, 8 threads a run)" in speed.source
    assert speed.on_gpu
    environment = results.run("C3", 1) / "environment.json"
    write_json(environment, read_json(environment) | {"peak_gpu_memory_mb": None})
    shutil.rmtree(results.run("C3", 2))
    shutil.rmtree(results.run("C0", 1))
    of_cores = speed_of_runs(results, IMAGES, COUNTS)
    assert of_cores is not None
    assert not of_cores.on_gpu


def test_without_any_measurement_the_papers_own_time_is_used(results: Results) -> None:
    counts = {"SMART-Base": {"multiply_accumulates": 15_539_000_000}}
    speed = speed_of_paper(PUBLISHED, counts)
    crops = 7046 * 20 * 10  # of the published training, in 1.7 hours
    assert speed.default == pytest.approx(6 * 15_539_000_000 * crops / (1.7 * 3600))
    assert "A100" in speed.source
    assert "nothing was measured here" in speed.source


def test_a_benchmark_gives_the_speed(tmp_path: Path) -> None:
    path = tmp_path / "gpu.json"
    models = {
        "SMART-Tiny": {"role": "swin_tiny", "training": {"operations": 3e14}},
        "SMART-Base": {"role": "swin_base", "training": {"operations": 2e14}},
    }
    write_json(path, {"device": "A GPU", "models": models})
    speed = speed_of_file(path)
    assert (speed.by_role, speed.default) == ({"swin_tiny": 3e14, "swin_base": 2e14}, 2e14)
    assert f"measured on A GPU ({path})" in speed.source
    with pytest.raises(InputError, match=r"nowhere\.json does not exist"):
        speed_of_file(tmp_path / "nowhere.json")
    for broken in ({"models": {}}, {"models": {"x": {"role": "cnn"}}, "device": "y"}, []):
        write_json(path, broken)
        with pytest.raises(InputError, match=r"gpu\.json is not what"):
            speed_of_file(path)


def test_images_are_counted_or_known_before_they_are_there(results: Results) -> None:
    assert count_images(results, PUBLISHED)[:3] == (7058, 1000, 2015)
    write_manifest(results)
    images = count_images(results, PUBLISHED)
    assert images[:3] == (100, 10, 30)
    assert "manifest.parquet" in images.source
    demo = Results(results.folder / "demo", load_study(CONFIG / "demo.yaml"), CATALOGUE)
    with pytest.raises(InputError, match="make it first: snakemake "):
        count_images(demo, PUBLISHED)
    study = load_study(CONFIG / "biq2021-part.yaml")
    part = Results(results.folder, study, load_catalogue(CONFIG / "experiments.yaml", study))
    assert count_images(part, PUBLISHED)[:3] == (2250, 250, 500)  # of 3,000 of the 12,000 photos


def test_the_list_adds_up_and_says_what_it_assumes(results: Results) -> None:
    rows = list_trainings(results, IMAGES, Speed({}, 1e9, "guessed for a test"), COUNTS)
    text = described(rows, IMAGES, Speed({}, 1e9, "guessed for a test"))
    hours = sum(row.hours for row in rows)
    assert f"6 trainings, 160,000 crops in all, {hours:.2f} hours; 0 are done" in text
    assert "Speed: guessed for a test" in text
    assert "Images: made up; of a share at least so many" in text
    assert [line.split()[0] for line in text.splitlines()[1:4]] == [row.name for row in rows]


def test_the_command_line_prints_the_list(
    results: Results,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    counts = {"experiments": COUNTS, "published": {"SMART-Base": COUNTS["C3"]}}
    write_json(results.folder / "complexity.json", counts)
    monkeypatch.setattr(Results, "of", lambda study, _: {"koniq.yaml": results}[study.name])
    smartiqa("trainings", study="koniq", published=CONFIG / "published.yaml")
    printed = capsys.readouterr().out
    assert "P-test-selection" in printed
    assert "nothing was measured here" in printed


def test_an_experiment_that_is_new_is_counted(results: Results) -> None:
    path = results.folder / "complexity.json"
    *others, new = results.catalogue.trained(results.planned)
    known = dict.fromkeys((*others, new), COUNTS["C0"])
    paper = {"SMART-Base": COUNTS["C3"]}
    write_json(path, {"experiments": known, "published": paper})
    assert stage.counted(results) == read_json(path)
    del known[new]  # as if it had been added since
    write_json(path, {"experiments": known, "published": paper})
    assert stage.counted(results)["experiments"][new]["parameters"] > 1_000_000


def test_a_missing_benchmark_is_named_before_models_are_counted(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "counted", lambda results: pytest.fail("counted too early"))
    with pytest.raises(InputError, match=r"nowhere\.json does not exist"):
        stage.planned(results, PUBLISHED, Path("nowhere.json"))


def test_the_cost_is_the_sum_over_all_trainings(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_manifest(results)
    for number, name in enumerate(("C0", "C3", "P-test-selection")):
        for seed in (1, 2):
            write_run(results, name, seed, 1, 10.0 * number + seed)
    found = cost(results).model_dump(mode="json")
    assert found["experiments"]["C3"] == {
        "1": {"seconds": 11.0, "epochs": 1},
        "2": {"seconds": 12.0, "epochs": 1},
    }
    assert (found["trainings"], found["seconds"], found["longest_seconds"]) == (6, 69.0, 22.0)
    assert (found["peak_host_memory_mb"], found["peak_gpu_memory_mb"]) == (1002, 6999)
    assert (found["gpu"], found["devices"], found["threads"]) == (True, ["A GPU"], 8)
    assert found["precisions"] == {
        "bfloat16": 4,
        "float32": 1,
        "float32 with TF32 products": 1,
    }
    read = (results.study, results.catalogue)
    monkeypatch.setattr(stage_settings, "read_study", lambda study, catalogue: read)
    output = tmp_path / "cost.json"
    catalogue = CONFIG / "experiments.yaml"
    smartiqa("cost", study="koniq", catalogue=catalogue, results=results.folder, output=output)
    assert json.loads(output.read_text()) == found


def test_a_study_that_is_not_trained_on_gpus_alone_says_so(results: Results) -> None:
    write_manifest(results)
    for name in ("C0", "C3", "P-test-selection"):
        for seed in (1, 2):
            write_run(results, name, seed, 1, 1.0)
    path = results.run("C0", 1) / "environment.json"
    write_json(path, read_json(path) | {"peak_gpu_memory_mb": None})
    found = cost(results).model_dump(mode="json")
    assert (found["gpu"], found["peak_gpu_memory_mb"]) == (False, 6999)
    for path in results.folder.glob("runs/*/*/environment.json"):
        write_json(path, read_json(path) | {"peak_gpu_memory_mb": None})
    found = cost(results).model_dump(mode="json")
    assert (found["gpu"], found["peak_gpu_memory_mb"]) == (False, None)


def test_the_cost_of_an_unfinished_study_is_refused(results: Results) -> None:
    write_manifest(results)
    write_run(results, "C0", 1, 1, 1.0)
    with pytest.raises(InputError, match="C0/seed2 holds no finished run"):
        cost(results)


def test_every_training_of_a_real_study_is_listed() -> None:
    for name in ("demo", "koniq"):
        study: Any = load_study(CONFIG / f"{name}.yaml")
        results = Results(Path("nowhere"), study, CATALOGUE)
        rows = list_trainings(results, IMAGES, Speed({}, 1e9, ""), COUNTS)
        expected = [n for n in results.planned if CATALOGUE.experiments[n].checkpoint_of is None]
        assert [row.name for row in rows] == expected
        assert all(row.hours > 0 for row in rows)
