"""A byte flipped, cut off or swapped in any file of a stage: no reader accepts it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
import torch

from smartiqa.config import experiment as config
from smartiqa.core.errors import InputError
from smartiqa.core.files import DIGESTS, discard, place_of, replace_atomically, verified
from smartiqa.core.json_files import read_json, write_json
from smartiqa.core.tables import read_parquet
from smartiqa.data.checks.findings import left_out, verified_report
from smartiqa.data.checks.near_pairs import read_pairs
from smartiqa.data.checks.overlap import counted_by_pair, list_shared_images
from smartiqa.data.fetch.checksums import CHECKSUMS
from smartiqa.data.manifest import read_manifest
from smartiqa.data.preparation import prepare
from smartiqa.data.store.building import ResizeRule, build_store
from smartiqa.data.store.pixel_store import PixelStore
from smartiqa.evaluation.feature_maps import write_feature_maps
from smartiqa.evaluation.prediction import load_run, predict_dataset
from smartiqa.evaluation.scoring import score_predictions
from smartiqa.models.backbones import load_weights
from smartiqa.models.quality import build_model
from smartiqa.paper.typesetting import typeset
from smartiqa.provenance.identity import FILE as IDENTITY
from smartiqa.provenance.identity import read_identity
from smartiqa.reruns.job_ledger import read_ledger
from smartiqa.training.checkpoints import STATE_KEYS, load_state, save_state
from tiny_study import experiment
from vouching import record_digest

RUN = "results/tiny/runs/C3/seed1"
DATA = "results/tiny/data/synthetic"
FLIPS = 4  # of each file, spread over it
SCALE = {"low": 0, "high": 100}
SPLIT = {"kind": "official", "fractions": [0.7, 0.1, 0.2], "round": 0, "seed": 0}


class Case(NamedTuple):
    """A file of a stage and what reads it."""

    file: str
    read: Callable[[Path], object]


def read_store(folder: Path) -> None:
    store = PixelStore.open(folder / DATA / "store-none")
    for row in range(len(store)):
        store.image(row)


def read_raw(folder: Path) -> None:
    root, output = folder / "results/tiny/raw/single", folder / "other/manifest.parquet"
    prepare("folder", root, SCALE, SPLIT, "skip", 1, output)


def read_report(folder: Path) -> None:
    list_shared_images([folder / DATA / "checks/images.parquet"], folder / "other.csv")


def read_jobs(folder: Path) -> None:
    read_ledger(folder / "results/tiny/jobs.json")


def read_state(folder: Path) -> None:
    if load_state(folder / RUN / "unfinished.pt", read_identity(folder / RUN / IDENTITY)) is None:
        raise InputError("unfinished.pt is damaged, so it was not used: run again")


def read_weights(folder: Path) -> None:
    tiny = experiment()
    model = build_model(tiny.model, tiny.backbone, tiny.crop)
    load_weights(model.backbone.network, folder / "results/tiny/weights/swin_base.safetensors")


def checked(name: str) -> Callable[[Path], object]:
    return lambda folder: verified(folder / name)


def json_file(name: str) -> Callable[[Path], object]:
    return lambda folder: read_json(folder / name)


def read_shared(folder: Path) -> None:
    counted_by_pair(folder / "results/tiny/data/shared_images.csv")


# Every one has this one reader: see test_only_checked_files_are_read.
JSON = (
    f"{RUN}/metrics.json",
    f"{RUN}/generated.json",
    f"{RUN}/calibration.json",
    f"{RUN}/robustness.json",
    f"{RUN}/masking.json",
    f"{RUN}/attack.json",
    f"{DATA}/raw.json",
    "results/tiny/weights/swin_base.json",
    "results/tiny/complexity.json",
    "results/tiny/cost.json",
    "results/tiny/floors.json",
    "results/tiny/timing.json",
    "results/tiny/claims.json",
    "results/tiny/paper.json",
)
CASES = [
    Case(f"{DATA}/manifest.parquet", lambda f: read_manifest(f / DATA / "manifest.parquet")),
    Case(f"{DATA}/checks/images.parquet", read_report),
    Case(f"{DATA}/source.json", checked(f"{DATA}/source.json")),
    Case(f"{DATA}/checks/findings.csv", lambda f: left_out(f / DATA / "checks")),
    Case(
        f"{DATA}/checks/near_duplicates.csv",
        lambda f: read_pairs(f / DATA / "checks/near_duplicates.csv"),
    ),
    Case(
        f"{DATA}/checks/splits.json",
        lambda f: read_json(verified_report(f / DATA / "checks/splits.json")),
    ),
    Case(f"{DATA}/store-none/pixels.u8", read_store),
    Case(f"{DATA}/store-none/index.parquet", read_store),
    Case(f"{DATA}/store-none/store.json", read_store),
    Case("results/tiny/raw/single/labels.csv", read_raw),
    Case("results/tiny/raw/single/SHA256SUMS", read_raw),
    Case("results/tiny/raw/single/images/quarry_01_1.png", read_raw),
    Case("results/tiny/weights/swin_base.safetensors", read_weights),
    Case(f"{RUN}/unfinished.pt", read_state),
    Case(f"{RUN}/best.safetensors", lambda f: load_run(f / RUN)),
    Case(f"{RUN}/config.json", lambda f: load_run(f / RUN)),
    Case(f"{RUN}/environment.json", lambda f: read_json(f / RUN / "environment.json")),
    Case(f"{RUN}/history.csv", checked(f"{RUN}/history.csv")),
    Case(
        f"{RUN}/predictions/synthetic.parquet",
        lambda f: score_predictions(f / RUN / "predictions/synthetic.parquet", 50, 0),
    ),
    Case(
        f"{RUN}/predictions/synthetic_crops.parquet",
        checked(f"{RUN}/predictions/synthetic_crops.parquet"),
    ),
    Case(f"{RUN}/feature_maps.npz", checked(f"{RUN}/feature_maps.npz")),
    Case(f"{RUN}/identity.json", lambda f: read_identity(f / RUN / IDENTITY)),
    Case(
        f"{RUN}/generated.parquet",
        lambda f: read_parquet(f / RUN / "generated.parquet", {}, "embed"),
    ),
    Case("results/tiny/data/shared_images.csv", read_shared),
    Case("results/tiny/jobs.json", read_jobs),
    *(Case(name, json_file(name)) for name in JSON),
    Case("paper/tables/a.tex", lambda f: typeset(f / "paper/main.tex", f / "paper/main.pdf")),
]
FILES = [pytest.param(case, id=case.file) for case in CASES]


@pytest.fixture(scope="module")
def made(
    raw: Path,
    weights: Path,
    run: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A study's files, each written by its stage."""
    folder = tmp_path_factory.mktemp("integrity")
    study = folder / "results/tiny"
    shutil.copytree(raw, study / "raw")
    manifest, store = folder / DATA / "manifest.parquet", folder / DATA / "store-none"
    prepare("folder", study / "raw/single", SCALE, SPLIT, "strict", 1, manifest)
    build_store(read_manifest(manifest), study / "raw/single", store, ResizeRule("none"), 1)
    shutil.copytree(run, folder / RUN)
    shutil.copytree(weights.parent, study / "weights")
    settings, model = load_run(folder / RUN)
    output = folder / RUN / "predictions/synthetic.parquet"
    predict_dataset(settings, model, config.Testing(crops=2), manifest, store, output)
    write_feature_maps(folder / RUN, manifest, store, folder / RUN / "feature_maps.npz")
    identity = read_identity(folder / RUN / IDENTITY).model_dump(mode="json")
    state = {key: {} for key in STATE_KEYS} | {"identity": identity, "model": torch.arange(3000)}
    save_state(folder / RUN / "unfinished.pt", state)
    for name in JSON:
        write_json(folder / name, {"name": name, "values": list(range(50))})
    write_json(study / "jobs.json", {})
    with replace_atomically(folder / RUN / "generated.parquet") as temporary:
        pd.DataFrame({"id": ["a"], "weight": [0.5]}).to_parquet(temporary)
    list_shared_images([folder / DATA / "checks/images.parquet"], study / "data/shared_images.csv")
    write_json(folder / "paper/tables/a.tex", "text")
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "copy")
    return tmp_path / "copy"


def flip(path: Path, place: int, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << bit
    path.write_bytes(content)


@pytest.mark.parametrize("case", FILES)
def test_no_flipped_byte_is_accepted(case: Case, made: Path, folder: Path) -> None:
    if not case.file.endswith("tex"):
        case.read(folder)  # a sound file is
        shutil.rmtree(folder)
        shutil.copytree(made, folder)
    size = (folder / case.file).stat().st_size
    for bit, place in enumerate(np.linspace(0, size - 1, FLIPS).astype(int).tolist()):
        flip(folder / case.file, place, bit)
        with pytest.raises(InputError, match="damaged") as caught:
            case.read(folder)
        assert "\n" not in str(caught.value)
        assert "again" in str(caught.value)
        shutil.rmtree(folder)
        shutil.copytree(made, folder)


@pytest.mark.parametrize("kept", [0, 0.5])
@pytest.mark.parametrize("case", FILES)
def test_no_shortened_file_is_accepted(case: Case, folder: Path, kept: float) -> None:
    content = (folder / case.file).read_bytes()
    (folder / case.file).write_bytes(content[: int(kept * len(content))])
    with pytest.raises(InputError, match="damaged"):
        case.read(folder)


@pytest.mark.parametrize("place", [0, 10, 60, 90])
def test_a_damaged_record_is_not_believed(tmp_path: Path, place: int) -> None:
    file = tmp_path / "results/tiny/runs/C3/seed1/metrics.json"
    write_json(file, 1)
    flip(file.parent / DIGESTS / file.name, place, 0)
    with pytest.raises(InputError, match="damaged"):
        read_json(file)


def test_a_file_of_another_run_is_noticed_even_with_its_digest(tmp_path: Path) -> None:
    here, there = (tmp_path / f"results/tiny/runs/C3/seed{seed}/metrics.json" for seed in (1, 2))
    write_json(here, 1)
    write_json(there, 2)
    shutil.copy(there, here)
    shutil.copy(there.parent / DIGESTS / there.name, here.parent / DIGESTS / here.name)
    with pytest.raises(InputError, match=r"it is the file of runs/C3/seed2/metrics\.json"):
        read_json(here)


def test_a_damaged_file_is_moved_aside_and_goes_when_it_is_remade(tmp_path: Path) -> None:
    file = tmp_path / "results/tiny/timing.json"
    write_json(file, 1)
    file.write_text("2")
    with pytest.raises(InputError, match=r"it is now timing\.json\.damaged"):
        read_json(file)
    assert not file.exists()
    assert file.with_name("timing.json.damaged").read_text() == "2"
    write_json(file, 1)
    assert read_json(file) == 1
    assert [path.name for path in file.parent.iterdir() if path.is_file()] == ["timing.json"]


def test_a_study_moved_whole_is_accepted_and_one_without_digests_is_not(tmp_path: Path) -> None:
    write_json(tmp_path / "results/tiny/runs/C3/seed1/metrics.json", 1)
    (tmp_path / "results").rename(tmp_path / "a")
    (tmp_path / "b").mkdir()
    (tmp_path / "a").rename(tmp_path / "b/results")
    file = tmp_path / "b/results/tiny/runs/C3/seed1/metrics.json"
    assert read_json(file) == 1
    shutil.rmtree(file.parent / DIGESTS)
    with pytest.raises(InputError, match="has no digest"):
        read_json(file)
    assert file.exists()  # it may be sound
    record_digest(file)
    assert read_json(file) == 1
    shutil.copy(file, tmp_path / "own.json")
    assert read_json(tmp_path / "own.json") == 1


def test_whoever_is_killed_while_replacing_leaves_an_accepted_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "results/tiny/paper.json"
    write_json(file, 1)
    rename = Path.replace

    def killed(source: Path, target: Path) -> Path:
        if target == file:
            raise KeyboardInterrupt
        return rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            write_json(file, 2)
    assert read_json(file) == 1
    write_json(file, 3)
    assert read_json(file) == 3


def test_damaged_pixels_are_mended_by_building_again(folder: Path) -> None:
    store = folder / DATA / "store-none"
    sound = (store / "pixels.u8").read_bytes()
    flip(store / "pixels.u8", len(sound) // 2, 3)
    with pytest.raises(InputError, match=r"store\.json is damaged: '.*' in pixels\.u8"):
        read_store(folder)
    manifest = read_manifest(folder / DATA / "manifest.parquet")
    build_store(manifest, folder / "results/tiny/raw/single", store, ResizeRule("none"), 1)
    assert (store / "pixels.u8").read_bytes() == sound
    read_store(folder)


def test_a_damaged_dataset_of_ours_is_moved_aside_and_somebodys_own_stays(folder: Path) -> None:
    ours, own = folder / "results/tiny/raw/single", folder / "own"
    shutil.copytree(ours, own)
    for root in (ours, own):
        flip(root / "images/quarry_01_1.png", 200, 1)
        with pytest.raises(InputError, match=rf"damaged: .* {CHECKSUMS}"):
            prepare(
                "folder",
                root,
                {"low": 0, "high": 100},
                SPLIT,
                "skip",
                1,
                folder / "other/manifest.parquet",
            )
    assert not ours.exists()
    assert own.exists()
    assert not (folder / "other/manifest.parquet").exists()


def test_a_discarded_file_leaves_nothing(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", 1)
    discard(tmp_path / "a.json")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/x/results/demo/runs/C3/seed1/a.csv", "runs/C3/seed1/a.csv"),
        ("/results/x/results/demo/a.csv", "a.csv"),
        ("/x/paper/main.tex", None),
    ],
)
def test_places_are_within_the_study(path: str, place: str | None) -> None:
    assert place_of(Path(path)) == place
