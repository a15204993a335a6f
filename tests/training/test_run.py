from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from code_digests import reached_files
from command_line import command, smartiqa, study_files, variables
from shared_places import BUCKET, poison
from smartiqa.config.experiment import Experiment, Model
from smartiqa.config.stage_settings import settings_digest
from smartiqa.core.errors import InputError
from smartiqa.core.files import DIGESTS, UNFINISHED, sha256_of
from smartiqa.core.json_files import read_json
from smartiqa.models.backbones import load_weights
from smartiqa.models.quality import build_model
from smartiqa.provenance.code_digest import SOURCE, code_digest
from smartiqa.provenance.identity import read_identity
from smartiqa.sharing import shared_runs as sharing
from smartiqa.training import run as stage
from smartiqa.training.run import train_run
from smartiqa.training.run_data import labelled_rows, share_of
from surroundings import VARIABLES
from tiny_study import TINY_SWIN, Prepared, experiment

FILES = {
    "best.safetensors",
    "last.safetensors",
    "history.csv",
    "config.json",
    "identity.json",
    "environment.json",
}
QUICK = experiment(batch_size=51, epochs=1)


def go(
    dataset: Prepared, weights: Path, output: Path, settings: Experiment = QUICK, seed: int = 1
) -> Path:
    train_run(settings, seed, dataset.manifest, dataset.store, weights, output)
    return output


def same_results(first: Path, second: Path) -> bool:
    names = FILES - {"environment.json"}  # has the duration
    return all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


def relabelled(dataset: Prepared, folder: Path, split: str, size: float = 1e30) -> Prepared:
    """The dataset with wild labels in one split."""
    frame = pd.read_parquet(dataset.manifest)
    chosen = frame["split"] == split
    wild = np.where(np.arange(chosen.sum()) % 2, -size, size)
    frame.loc[chosen, "quality"] = wild
    frame.to_parquet(folder / "manifest.parquet")
    return dataset._replace(manifest=folder / "manifest.parquet")


def repainted(dataset: Prepared, folder: Path, split: str) -> Prepared:
    """The dataset with noise for the pixels of one split."""
    frame, store = pd.read_parquet(dataset.manifest), folder / "store"
    shutil.copytree(dataset.store, store)
    index = pd.read_parquet(store / "index.parquet")
    pixels = np.fromfile(store / "pixels.u8", np.uint8)
    for row in np.flatnonzero(frame["split"] == split):
        start, size = index["offset"][row], 3 * index["height"][row] * index["width"][row]
        pixels[start : start + size] = np.random.default_rng(row).integers(0, 256, size)
    pixels.tofile(store / "pixels.u8")
    return dataset._replace(store=store)


def test_a_run_leaves_its_files_and_nothing_else(run: Path, dataset: Prepared) -> None:
    assert {path.name for path in run.iterdir()} == {DIGESTS, *FILES}
    config = read_json(run / "config.json")
    settings = Experiment.model_validate(config["experiment"])
    assert settings == experiment(batch_size=34)
    identity = read_identity(run / "identity.json")
    assert config["seed"] == identity.settings["seed"] == 1
    assert config["resize"] == {"kind": "none", "size": []}
    assert config["code"] == identity.code == code_digest(["smartiqa.training.run"], settings)
    assert config["manifest"] == identity.data["manifest"] == sha256_of(dataset.manifest)
    assert identity.data["store"] == sha256_of(dataset.store / "store.json")
    assert identity.number_format == "float32"
    assert identity.device.startswith("cpu ")
    history = pd.read_csv(run / "history.csv")
    assert history["epoch"].tolist() == [1, 2]
    assert history.columns.tolist() == [
        "epoch",
        "train_loss",
        "train_srcc",
        "validation_srcc",
        "validation_plcc",
        "backbone_rate",
        "head_rate",
    ]
    assert config["best_epoch"] == history["epoch"][history["validation_srcc"].idxmax()]
    environment = read_json(run / "environment.json")
    assert (environment["threads"], environment["precision"]) == (1, "float32")
    model = build_model(settings.model, settings.backbone, settings.crop)
    for name in ("best", "last"):
        load_weights(model, run / f"{name}.safetensors")


def test_training_starts_from_the_given_weights(
    dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    settings = experiment(batch_size=102, epochs=1, backbone_rate=1e-12, weight_decay=0.0)
    go(dataset, weights, tmp_path, settings)
    trained = load_file(tmp_path / "last.safetensors")
    for name, tensor in load_file(weights).items():
        torch.testing.assert_close(trained[f"backbone.network.{name}"], tensor, atol=1e-9, rtol=0)


def test_equal_runs_give_equal_files(dataset: Prepared, weights: Path, tmp_path: Path) -> None:
    first, second = (go(dataset, weights, tmp_path / name) for name in "ab")
    assert same_results(first, second)


def test_a_finished_run_is_not_trained_again(
    dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    output = go(dataset, weights, tmp_path / "run")
    before = {name: (output / name).read_bytes() for name in FILES}
    go(dataset, weights, output)  # a second training would leave another duration
    assert {name: (output / name).read_bytes() for name in FILES} == before
    go(dataset, weights, output, seed=2)
    assert read_identity(output / "identity.json").settings["seed"] == 2
    assert (output / "best.safetensors").read_bytes() != before["best.safetensors"]
    go(dataset, weights, output)
    assert same_results(output, go(dataset, weights, tmp_path / "other"))


def test_a_run_that_lacks_a_file_is_trained_again(
    dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    output = go(dataset, weights, tmp_path / "run")
    best = (output / "best.safetensors").read_bytes()
    (output / "best.safetensors").unlink()
    go(dataset, weights, output)
    assert (output / "best.safetensors").read_bytes() == best


def test_of_a_share_of_the_images_nothing_else_is_learnt(
    dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    frame = pd.read_parquet(dataset.manifest)
    whole = labelled_rows(dataset.manifest, dataset.store, "train")
    kept = share_of(whole, dataset.manifest, 0.5, seed=1)
    photos = frame.groupby("reference")["split"].agg("first")
    (photo,) = set(frame["reference"][kept.rows])  # of two, all distortions
    assert photos[photo] == "train"
    assert kept.rows.tolist() == np.flatnonzero(frame["reference"] == photo).tolist()
    assert kept.quality.tolist() == frame["quality"][kept.rows].tolist()
    frame.loc[(frame["split"] == "train") & (frame["reference"] != photo), "quality"] = 0.0
    frame.to_parquet(tmp_path / "manifest.parquet")
    other = dataset._replace(manifest=tmp_path / "manifest.parquet")
    for settings, same in ((QUICK, False), (experiment(epochs=1, train_share=0.5), True)):
        outputs = [tmp_path / f"{settings.recipe.train_share}-{name}" for name in "ab"]
        first, second = (
            go(each, weights, output, settings)
            for each, output in zip((dataset, other), outputs, strict=True)
        )
        histories = [(run / "history.csv").read_bytes() for run in (first, second)]
        assert (histories[0] == histories[1]) is same
        learnt = kept if same else whole
        assert read_json(first / "config.json")["images"] == len(learnt.rows)


def test_shares_are_nested_and_their_targets_stay_with_their_images(dataset: Prepared) -> None:
    whole = labelled_rows(dataset.manifest, dataset.store, "train")
    named = replace(whole, others={"row": torch.from_numpy(whole.rows)})
    shares = [share_of(named, dataset.manifest, share, seed=3) for share in (0.1, 0.6)]
    few, many = (share.rows.tolist() for share in shares)
    assert set(few) < set(many) == set(whole.rows.tolist())
    assert [share.others["row"].tolist() for share in shares] == [few, many]
    halves = [share_of(whole, dataset.manifest, 0.5, seed) for seed in range(9)]
    assert len({half.rows[0] for half in halves}) == 2
    quality = pd.read_parquet(dataset.manifest)["quality"]
    assert all(half.quality.tolist() == quality[half.rows].tolist() for half in halves)


def test_what_a_killed_training_was_writing_is_removed(
    dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    left = tmp_path / "run" / f"{UNFINISHED}x1.pt"
    left.touch()
    train_run(QUICK, 1, dataset.manifest, dataset.store, weights, tmp_path / "run")
    assert not left.exists()


def test_what_one_trains_another_takes(dataset: Prepared, weights: Path, tmp_path: Path) -> None:
    shared = str(tmp_path / "shared")
    first, second, third = (tmp_path / name for name in "abc")
    inputs = dataset.manifest, dataset.store, weights
    train_run(QUICK, 1, *inputs, first, shared)
    train_run(QUICK, 1, *inputs, second, shared)
    times = [(folder / "environment.json").read_bytes() for folder in (first, second)]
    assert times[0] == times[1]  # has the duration of the first
    assert same_results(first, second)
    train_run(QUICK, 2, *inputs, third, shared)
    assert read_identity(third / "identity.json").settings["seed"] == 2
    assert len(list((tmp_path / "shared").iterdir())) == 2


def test_a_run_that_cannot_be_shared_stays(
    dataset: Prepared,
    weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full(*given: object) -> None:
        raise InputError("the shared place is full")

    monkeypatch.setattr(sharing, "put_run", full)
    inputs = dataset.manifest, dataset.store, weights
    train_run(QUICK, 1, *inputs, tmp_path / "run", str(tmp_path / "shared"))
    assert "finished but not shared: the shared place is full" in caplog.text
    assert {*stage.FILES} <= {path.name for path in (tmp_path / "run").iterdir()}


def test_clones_share_runs_through_a_bucket(
    dataset: Prepared,
    weights: Path,
    tmp_path: Path,
    s3_variables: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The second clone is a job of its own, which sees the variables that it may."""
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    place, inputs = f"s3://{BUCKET}/{tmp_path.name}", (dataset.manifest, dataset.store, weights)
    for name, value in s3_variables.items():
        monkeypatch.setenv(name, value)
    train_run(QUICK, 1, *inputs, first, place)
    job = subprocess.run(
        command("train", **options(dataset, weights, second, QUICK), shared=place),
        env={**os.environ, **VARIABLES, "PYTHONPATH": str(SOURCE.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"taken from {place}" in job.stderr
    assert "train_loss" not in job.stderr
    poison(place, s3_variables)
    with caplog.at_level(logging.INFO):
        train_run(QUICK, 1, *inputs, third, place)
    assert f"in {place} is refused" in caplog.text
    assert "train_loss" in caplog.text
    assert same_results(first, second)
    assert same_results(first, third)
    times = [(folder / "environment.json").read_bytes() for folder in (first, second, third)]
    assert times[0] == times[1] != times[2]


def test_sharing_is_no_part_of_a_runs_code() -> None:
    names = {path.stem for path in reached_files(["smartiqa.training.run"])}
    assert {"loop", "losses"} <= names
    assert not {"sharing", "archives", "extraction"} & names


@pytest.mark.parametrize("spoil", [relabelled, repainted])
def test_test_images_have_no_part_in_training_or_selection(
    dataset: Prepared, weights: Path, run: Path, tmp_path: Path, spoil: Any
) -> None:
    settings = Experiment.model_validate(read_json(run / "config.json")["experiment"])
    spoilt = go(spoil(dataset, tmp_path, "test"), weights, tmp_path / "run", settings)
    for name in ("best.safetensors", "last.safetensors", "history.csv"):
        assert (spoilt / name).read_bytes() == (run / name).read_bytes()


@pytest.mark.parametrize("selection", ["validation", "test_as_published"])
def test_which_split_trains_and_which_one_chooses(
    dataset: Prepared, weights: Path, tmp_path: Path, selection: Any
) -> None:
    settings = experiment(batch_size=51, epochs=1, selection=selection, loss={"name": "srcc"})
    plain = go(dataset, weights, tmp_path / "plain", settings)
    trains, chooses = set(), set()
    for split in ("train", "validation", "test"):
        other = relabelled(dataset, tmp_path, split, size=100)
        spoilt = go(other, weights, tmp_path / split, settings)
        for file, splits in (("last.safetensors", trains), ("history.csv", chooses)):
            if (plain / file).read_bytes() != (spoilt / file).read_bytes():
                splits.add(split)
    assert trains == {"train"}
    assert chooses == {"train", "test" if selection == "test_as_published" else "validation"}


def options(
    dataset: Prepared, weights: Path, output: Path, settings: Experiment
) -> dict[str, object]:
    """The options of the stage; the study that it reads is written beside its output."""
    return {
        **study_files(output.with_name(f"{output.name}-study"), settings),
        "experiment": settings.id,
        "seed": 1,
        "manifest": dataset.manifest,
        "store": dataset.store,
        "weights": weights,
        "output": output,
    }


def killed_after(
    epochs: int, given: dict[str, object], output: Path, source: Path | None = None
) -> None:
    """Train in a process of its own, and kill it as soon as it has saved so many epochs."""
    process = subprocess.Popen(
        command("train", **given),
        env=variables([source] if source else [], OMP_NUM_THREADS="1"),
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 120
        while saved_epochs(output) < epochs:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.002)
    finally:
        process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert FILES & {path.name for path in output.iterdir()} == {"history.csv"}


def saved_epochs(output: Path) -> int:
    if not (output / stage.STATE).exists():
        return 0
    return int(torch.load(output / stage.STATE, weights_only=True)["progress"]["epoch"])


def test_a_killed_process_goes_on_to_the_same_bytes(
    dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    settings = experiment(batch_size=17, epochs=5)
    output = tmp_path / "killed"
    killed_after(1, options(dataset, weights, output, settings), output)
    assert 1 <= saved_epochs(output) < 5
    spent = torch.load(output / stage.STATE, weights_only=True)["spent"]
    started = time.monotonic()
    go(dataset, weights, output, settings)
    seconds = time.monotonic() - started
    assert not (output / stage.STATE).exists()
    record = read_json(output / "environment.json")
    assert record["processes"] == 2
    assert spent["seconds"] > 0
    assert spent["seconds"] < record["seconds"] <= spent["seconds"] + seconds
    peaks = {name: value for name, value in record.items() if name.startswith("peak_")}
    assert peaks.keys() == spent["peaks"].keys() != set()
    assert all((peaks[n] or 0) >= (spent["peaks"][n] or 0) for n in peaks)
    whole = go(dataset, weights, tmp_path / "whole", settings)
    assert same_results(output, whole)
    assert read_json(whole / "environment.json")["processes"] == 1


def test_a_killed_process_does_not_go_on_from_the_state_of_other_code(
    dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    settings = experiment(batch_size=17, epochs=5)
    source, output = tmp_path / "src", tmp_path / "killed"
    shutil.copytree(SOURCE, source / "smartiqa")
    given = options(dataset, weights, output, settings)
    killed_after(2, given, output, source)
    loss = source / "smartiqa" / "training" / "losses.py"
    old, new = (
        "return F.l1_loss(predictions, targets)",
        "return 9 * F.l1_loss(predictions, targets)",
    )
    assert loss.read_text().count(old) == 1
    loss.write_text(loss.read_text().replace(old, new))
    runs = [output, tmp_path / "whole"]
    said = []
    for folder in runs:
        done = subprocess.run(
            command("train", **{**given, "output": folder}),
            env=variables([source]),
            check=True,
            capture_output=True,
            text=True,
        )
        said.append([line for line in done.stderr.splitlines() if "is not used" in line])
    assert same_results(*runs)
    assert pd.read_csv(output / "history.csv")["train_loss"].iloc[0] > 9  # the new loss's size
    codes = [read_identity(run / "identity.json").code for run in runs]
    before = code_digest(["smartiqa.training.run"], settings)
    assert codes[0] == codes[1] != before
    [[line], nothing] = said
    assert line.endswith(f"is of another run and is not used: code {before}, now {codes[0]}")
    assert nothing == []
    assert read_json(output / "environment.json")["processes"] == 1


def test_the_state_of_other_settings_is_not_taken_up(
    dataset: Prepared, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(stage, "save_weights", killed)
        with pytest.raises(KeyboardInterrupt):
            go(dataset, weights, tmp_path / "run", experiment(batch_size=51, epochs=1, flip=False))
    assert (tmp_path / "run" / stage.STATE).exists()
    go(dataset, weights, tmp_path / "run")
    assert same_results(tmp_path / "run", go(dataset, weights, tmp_path / "fresh"))


def test_labelled_rows_are_those_of_the_split(dataset: Prepared) -> None:
    frame = pd.read_parquet(dataset.manifest)
    for split in ("train", "validation", "test"):
        labelled = labelled_rows(dataset.manifest, dataset.store, split)
        expected = frame[frame["split"] == split]
        assert labelled.store.ids[labelled.rows].tolist() == expected["id"].tolist()
        assert labelled.quality.tolist() == expected["quality"].tolist()


def test_an_empty_split_is_named(dataset: Prepared, tmp_path: Path) -> None:
    frame = pd.read_parquet(dataset.manifest)
    frame.assign(split="test").to_parquet(tmp_path / "manifest.parquet")
    with pytest.raises(InputError, match=r"manifest\.parquet: no image belongs to the split 'tr"):
        labelled_rows(tmp_path / "manifest.parquet", dataset.store, "train")


def test_a_store_of_another_manifest_is_refused(
    dataset: Prepared, mixed: Prepared, weights: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"was not made from .*: build the store again"):
        go(dataset._replace(store=mixed.store), weights, tmp_path)


def test_a_crop_larger_than_the_images_is_refused_before_training(
    dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    backbone = TINY_SWIN.model_copy(update={"options": {**TINY_SWIN.options, "img_size": 96}})
    settings = QUICK.model_copy(update={"crop": 96, "backbone": backbone})
    with pytest.raises(InputError, match="smaller than the crop of 96 pixels"):
        go(dataset, weights, tmp_path / "run", settings)
    assert not (tmp_path / "run").exists()


def test_weights_of_another_backbone_are_refused(
    dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    wide = TINY_SWIN.model_copy(update={"options": {**TINY_SWIN.options, "embed_dim": 16}})
    with pytest.raises(InputError, match=r"swin_base\.safetensors does not fit: .*another shape"):
        go(dataset, weights, tmp_path / "run", QUICK.model_copy(update={"backbone": wide}))
    with pytest.raises(InputError, match=r"nowhere\.safetensors: no such file"):
        go(dataset, tmp_path / "nowhere.safetensors", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_run_that_fails_leaves_no_results(
    dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    settings = experiment(batch_size=51, epochs=1, backbone_rate=1e30, head_rate=1e30)
    with pytest.raises(InputError, match="experiment C3, seed 1"):
        go(dataset, weights, tmp_path / "run", settings)
    assert [*(tmp_path / "run").iterdir()] == []


def test_the_command_line_trains(dataset: Prepared, weights: Path, tmp_path: Path) -> None:
    given = options(dataset, weights, tmp_path / "called", QUICK)
    smartiqa("train", **given, expect=settings_digest(QUICK))
    assert same_results(tmp_path / "called", go(dataset, weights, tmp_path / "expected"))


def test_a_study_that_was_edited_after_planning_trains_nothing(
    dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    planned = settings_digest(QUICK)
    edited = experiment(batch_size=51, epochs=3)
    given = options(dataset, weights, tmp_path / "run", edited)
    with pytest.raises(InputError, match=f"changed after it was planned .*not {planned}"):
        smartiqa("train", **given, expect=planned)
    assert not (tmp_path / "run").exists()


def test_the_command_line_names_a_misspelt_key(
    dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    given = options(dataset, weights, tmp_path / "run", QUICK)
    catalogue = tmp_path / "run-study" / "experiments.yaml"
    catalogue.write_text(catalogue.read_text().replace("epochs:", "epocs:"))
    with pytest.raises(InputError, match=r"experiments\.yaml: .*unknown key 'epocs' \(did you"):
        smartiqa("train", **given)


def test_every_design_trains_from_the_same_weights(
    dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    design = Model(design="cnn_variant", projection="own_width", dropout=0.3)
    settings = experiment(design, name="R3", batch_size=102, epochs=1)
    go(dataset, weights, tmp_path, settings)
    assert read_json(tmp_path / "config.json")["experiment"]["model"]["design"] == "cnn_variant"
