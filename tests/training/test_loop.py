from __future__ import annotations

import itertools
import logging
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from scipy import stats

from smartiqa.config.experiment import ColorJitter, Experiment, Loss, Model
from smartiqa.config.study import load_catalogue
from smartiqa.core.errors import InputError
from smartiqa.data.manifest import read_manifest
from smartiqa.data.store.pixel_store import PixelStore, digest_of
from smartiqa.machine.record import Meter
from smartiqa.models.inference import place_crops
from smartiqa.models.quality import QualityModel, build_model
from smartiqa.provenance.identity import identity_of_training
from smartiqa.training import batches, loop
from smartiqa.training.batches import LabelledRows
from smartiqa.training.checkpoints import copy_weights
from smartiqa.training.loop import Progress, correlations, evaluate, train
from smartiqa.training.optimisers import build_optimiser
from smartiqa.training.schedules import rates_of_epoch
from tiny_study import CROP, TINY_SWIN, Prepared, experiment

CATALOGUE = Path(__file__).parents[2] / "workflow" / "config" / "experiments.yaml"
MODELS = {e.model: n for n, e in reversed(load_catalogue(CATALOGUE).experiments.items())}
HYPERIQA = Model(hyper_input="last_stage", gate="none")


class Data(NamedTuple):
    training: LabelledRows
    selection: LabelledRows


class Interruption(BaseException):
    """What no handler of errors catches, as if the process were killed."""


@pytest.fixture(scope="module")
def data(dataset: Prepared) -> Data:
    """Sixteen images to train on and twelve to select with."""
    return data_of(dataset)


def data_of(dataset: Prepared) -> Data:
    frame, store = read_manifest(dataset.manifest), PixelStore.open(dataset.store)

    def some(split: str, count: int) -> LabelledRows:
        rows = np.flatnonzero(frame["split"] == split)[:: 51 // count][:count]
        return LabelledRows(store, rows, frame["quality"].to_numpy()[rows])

    return Data(some("train", 16), some("validation", 12))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def new_model(settings: Experiment, seed: int = 1) -> QualityModel:
    torch.manual_seed(seed)
    return build_model(settings.model, settings.backbone, settings.crop)


def run(
    data: Data,
    folder: Path,
    settings: Experiment,
    *,
    seed: int = 1,
    data_digest: str = "0123",
    model: QualityModel | None = None,
    precision: Any = "float32",
) -> tuple[Progress, QualityModel]:
    """Train from a state file in `folder`, or from the beginning."""
    model = model or new_model(settings)
    progress = train(
        settings,
        model,
        *data,
        seed=seed,
        precision=precision,
        state_file=folder / "state.pt",
        history_file=folder / "history.csv",
        identity=identity_of_training(settings, seed, {"manifest": data_digest}, "cpu", precision),
        meter=Meter(dict),
    )
    return progress, model


def equal(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(first[n].equal(second[n]) for n in first)


def assert_same(first: Any, second: Any) -> None:
    """Two pairs of progress and model are equal to the last bit."""
    assert first[0].history == second[0].history
    assert first[0].best_epoch == second[0].best_epoch
    assert equal(first[0].best_weights, second[0].best_weights)
    assert equal(first[1].state_dict(), second[1].state_dict())


def scripted(monkeypatch: pytest.MonkeyPatch, srccs: list[float]) -> list[dict[str, torch.Tensor]]:
    """Let validation find these SRCC, and record the weights that it was asked about."""
    script, seen = iter(srccs), []

    def judge(_: Experiment, model: QualityModel, *__: Any) -> dict[str, float]:
        seen.append(copy_weights(model))
        return {"validation_srcc": next(script), "validation_plcc": 0.0}

    monkeypatch.setattr(loop, "evaluate", judge)
    return seen


# Repeatable, resumable

WAYS = {
    "mended": experiment(epochs=3),
    "as published": experiment(
        HYPERIQA, epochs=3, optimizer_lifetime="rebuilt_as_published", schedule="step"
    ),
    "all switches": experiment(
        Model(projection="own_width", gate="sigmoid"),
        epochs=3,
        optimizer="adam",
        color_jitter=ColorJitter(),
        gradient_clipping=1.0,
        train_crops=2,
        patience=2,
        loss={"name": "l1_ranking", "alpha": 0.3},
    ),
}


@pytest.fixture(scope="module", params=WAYS)
def whole(
    request: pytest.FixtureRequest, data: Data, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Experiment, Progress, QualityModel]:
    """A run that nothing interrupts."""
    settings = WAYS[request.param]
    return settings, *run(data, tmp_path_factory.mktemp("whole"), settings)


def test_equal_runs_give_equal_bytes(whole: Any, data: Data, tmp_path: Path) -> None:
    settings, *first = whole
    assert_same(first, run(data, tmp_path, settings))


def test_another_seed_gives_another_run(data: Data, tmp_path: Path) -> None:
    settings = experiment(epochs=1)
    first, second = (run(data, tmp_path / str(seed), settings, seed=seed) for seed in (1, 2))
    assert first[0].history != second[0].history


def test_a_killed_run_ends_as_if_it_had_not_been(
    whole: Any, data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, *uninterrupted = whole
    finished = 1 if settings.recipe.train_crops == 1 else 2  # epochs before the kill
    number = 16 * settings.recipe.train_crops // settings.recipe.batch_size
    calls = itertools.count(1)

    def killing(*arguments: Any, **options: Any) -> Any:
        if next(calls) == finished * number + 2:  # within an epoch
            raise Interruption
        return normalise(*arguments, **options)

    with monkeypatch.context() as patch:
        normalise = batches.normalise
        patch.setattr(batches, "normalise", killing)
        with pytest.raises(Interruption):
            run(data, tmp_path / "killed", settings)
    epochs = []
    with monkeypatch.context() as patch:
        train_epoch = loop.train_epoch
        patch.setattr(loop, "train_epoch", lambda *a: epochs.append(a[5]) or train_epoch(*a))
        resumed = run(data, tmp_path / "killed", settings, model=new_model(settings, seed=99))
    assert epochs == list(range(finished, 3))
    assert_same(uninterrupted, resumed)


def test_the_log_has_every_epoch_and_where_a_run_goes_on(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rates = {"train_loss": 12.345678, "train_srcc": 0.25}
    monkeypatch.setattr(loop, "train_epoch", lambda *_: rates)
    scripted(monkeypatch, [0.5, 0.75])
    recipe = {"backbone_rate": 0.001, "head_rate": 0.002, "schedule": "constant"}
    settings = experiment(epochs=2, **recipe)
    with caplog.at_level(logging.INFO):
        run(data, tmp_path, settings)
        run(data, tmp_path, settings)
    trained = "train_loss 12.346 train_srcc 0.25 validation_srcc"
    rest = "validation_plcc 0 backbone_rate 0.001 head_rate 0.002"
    assert caplog.messages == [
        f"epoch 1 {trained} 0.5 {rest}",
        f"epoch 2 {trained} 0.75 {rest}",
        "going on after epoch 2",
    ]


def test_the_history_is_on_disk_after_every_epoch(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, found = tmp_path / "history.csv", []
    train_epoch = loop.train_epoch

    def looking(*arguments: Any) -> Any:
        found.append(pd.read_csv(file)["epoch"].tolist() if file.is_file() else [])
        return train_epoch(*arguments)

    monkeypatch.setattr(loop, "train_epoch", looking)
    run(data, tmp_path, experiment(epochs=3))
    run(data, tmp_path, experiment(epochs=3, head_rate=0.1))  # another run in the same folder
    assert found == [[], [1], [1, 2]] * 2
    assert pd.read_csv(file)["epoch"].tolist() == [1, 2, 3]


def test_no_two_epochs_share_their_dropout(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, [0.1, 0.2, 0.3] * 2)
    networks = [new_model(experiment()) for _ in (1, 2)]
    seeds: list[int] = []
    monkeypatch.setattr(loop.torch, "manual_seed", seeds.append)
    for seed, network in enumerate(networks):
        run(data, tmp_path / str(seed), experiment(epochs=3), seed=seed, model=network)
    assert len(set(seeds)) == len(seeds) == 6


def test_a_finished_run_is_not_trained_again(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(data, tmp_path, WAYS["mended"])
    monkeypatch.setattr(loop, "train_epoch", None)
    assert_same(whole, run(data, tmp_path, WAYS["mended"], model=new_model(WAYS["mended"], 99)))


def test_the_state_of_another_run_is_ignored(data: Data, tmp_path: Path) -> None:
    settings = experiment(epochs=1)
    fresh = run(data, tmp_path / "fresh", settings)
    run(data, tmp_path / "stale", experiment(epochs=1, head_rate=0.1))
    assert_same(fresh, run(data, tmp_path / "stale", settings))
    run(data, tmp_path / "other", settings, data_digest="4567")
    assert_same(fresh, run(data, tmp_path / "other", settings))


def test_a_damaged_state_is_ignored(data: Data, tmp_path: Path) -> None:
    settings = experiment(epochs=1)
    fresh = run(data, tmp_path, settings)
    file = tmp_path / "state.pt"
    file.write_bytes(file.read_bytes()[:-5000])
    assert_same(fresh, run(data, tmp_path, settings))


# Selection


def test_the_best_epoch_is_kept_and_patience_ends_the_run(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = scripted(monkeypatch, [0.1, 0.5, 0.3, 0.4, 0.9])
    progress, model = run(data, tmp_path, experiment(epochs=5, patience=2))
    assert (progress.epoch, progress.best_epoch, progress.best_srcc) == (4, 2, 0.5)
    assert [record["epoch"] for record in progress.history] == [1, 2, 3, 4]
    assert equal(progress.best_weights, seen[1])
    assert equal(copy_weights(model), seen[3])
    assert not equal(seen[1], seen[3])


def test_without_patience_every_epoch_is_run(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, [0.9, 0.5, 0.3, 0.4])
    progress, _ = run(data, tmp_path, experiment(epochs=4))
    assert (progress.epoch, progress.best_epoch) == (4, 1)


def test_of_equal_epochs_the_first_is_kept(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = scripted(monkeypatch, [-0.2, -0.2])
    progress, _ = run(data, tmp_path, experiment(epochs=2))
    assert progress.best_epoch == 1
    assert equal(progress.best_weights, seen[0])


def test_validation_is_the_srcc_of_the_mean_over_seeded_crops(data: Data) -> None:
    settings = experiment(validation_crops=3)
    model = new_model(settings)
    record = evaluate(settings, model, data.selection, 5, "float32")
    rows, store = data.selection.rows, data.selection.store
    tops, lefts = place_crops(store, rows, loop.Testing(crops=3), CROP, 5).positions
    mean, std = (np.array(values) for values in (TINY_SWIN.mean, TINY_SWIN.std))
    predictions = []
    for image, row in enumerate(rows):
        crops = [
            store.image(row)[tops[k] : tops[k] + CROP, lefts[k] : lefts[k] + CROP]
            for k in range(3 * image, 3 * image + 3)
        ]
        batch = torch.from_numpy((np.stack(crops) / 255 - mean) / std).permute(0, 3, 1, 2)
        with torch.inference_mode():
            predictions.append(float(model.eval()(batch.float()).scores.mean()))
    truth = data.selection.quality
    assert record["validation_srcc"] == pytest.approx(stats.spearmanr(predictions, truth)[0])
    assert record["validation_plcc"] == pytest.approx(
        stats.pearsonr(predictions, truth)[0], rel=1e-4
    )
    assert evaluate(settings, model.train(), data.selection, 5, "float32") == record
    assert evaluate(settings, model, data.selection, 6, "float32") != record


def test_a_constant_model_ranks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert correlations(np.arange(5.0), np.full(5, 50.0)) == (0, 0)
    message = "the model says the same of every image: its correlations count as 0"
    assert caplog.messages == [message]


def test_one_image_has_no_rank_whatever_the_model_says(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("WARNING"):
        assert correlations(np.array([3.0]), np.array([50.0])) == (0, 0)
    assert caplog.messages == ["one image has no rank: its correlations count as 0"]


# What is trained


@pytest.mark.parametrize("model", MODELS, ids=lambda model: MODELS[model])
def test_after_every_epoch_each_parameter_has_learnt(
    model: Model, data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = experiment(model, weight_decay=0.0, schedule="constant", epochs=2)
    network = new_model(settings)
    trainable = {name: p for name, p in network.named_parameters() if p.requires_grad}
    epochs = 0

    def observed(*arguments: Any) -> dict[str, float]:
        before = {name: p.detach().clone() for name, p in trainable.items()}
        record = train_epoch(*arguments)
        nonlocal epochs
        epochs += 1
        held = {id(p) for group in arguments[2].param_groups for p in group["params"]}
        for name, parameter in trainable.items():
            assert id(parameter) in held, name
            assert parameter.grad is not None, name
            assert not parameter.equal(before[name]), name  # without weight decay: a gradient
        return record

    train_epoch = loop.train_epoch
    monkeypatch.setattr(loop, "train_epoch", observed)
    scripted(monkeypatch, [0.1, 0.2])
    run(data, tmp_path, settings, model=network)
    assert epochs == 2
    groups = [*network.backbone_parameters(), *network.head_parameters()]
    assert sorted(map(id, groups)) == sorted(id(p) for p in network.parameters())


def test_as_published_the_head_stands_still_from_the_second_epoch_on(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = experiment(HYPERIQA, epochs=3, optimizer_lifetime="rebuilt_as_published")
    network = new_model(settings)
    named = {id(p): name for name, p in network.named_parameters()}
    head = [named[id(p)] for p in network.head_parameters()]
    backbone = [named[id(p)] for p in network.backbone_parameters()]
    start = copy_weights(network)
    seen = scripted(monkeypatch, [0.1, 0.2, 0.3])
    run(data, tmp_path, settings, model=network)
    first, second, third = seen
    assert all(not start[name].equal(first[name]) for name in head)
    assert all(first[name].equal(second[name]) for name in head)
    assert all(first[name].equal(third[name]) for name in head)
    assert all(not first[name].equal(second[name]) for name in backbone)
    assert all(not second[name].equal(third[name]) for name in backbone)


def test_a_parameter_that_gets_no_gradient_stops_the_run(data: Data, tmp_path: Path) -> None:
    settings = experiment()
    network = new_model(settings)
    for name in ("spare", "unused"):
        network.register_parameter(name, torch.nn.Parameter(torch.zeros(3)))
    message = "^these parameters are not being trained: spare, unused$"
    with pytest.raises(RuntimeError, match=message):
        run(data, tmp_path, settings, model=network)


def test_a_parameter_that_no_optimiser_holds_stops_the_run(data: Data) -> None:
    settings = experiment()
    network = new_model(settings)
    optimiser = build_optimiser(settings.recipe, network.backbone_parameters(), [])
    with pytest.raises(RuntimeError, match=r"not being trained: .*regressor\."):
        loop.train_epoch(settings, network, optimiser, data.training, 1, 0, "float32")


def test_rates_follow_the_schedule(data: Data, tmp_path: Path) -> None:
    settings = experiment(epochs=3, cosine_floor=1e-5)
    progress, _ = run(data, tmp_path, settings)
    for epoch, record in enumerate(progress.history):
        rates = rates_of_epoch(settings.recipe, epoch)
        assert (record["backbone_rate"], record["head_rate"]) == rates
    assert len({record["head_rate"] for record in progress.history}) == 3


def test_gradients_are_clipped_to_their_norm(data: Data) -> None:
    norms = {}
    for clipping in (None, 1e-3):
        settings = experiment(gradient_clipping=clipping)
        network = new_model(settings)
        groups = network.backbone_parameters(), network.head_parameters()
        optimiser = build_optimiser(settings.recipe, *groups)
        loop.train_epoch(settings, network, optimiser, data.training, 1, 0, "float32")
        gradients = [p.grad.norm() for p in network.parameters() if p.grad is not None]
        norms[clipping] = float(torch.stack(gradients).norm())
    assert norms[1e-3] == pytest.approx(1e-3, rel=1e-4)
    assert norms[None] > 1


@pytest.fixture(scope="module")
def plain(data: Data, tmp_path_factory: pytest.TempPathFactory) -> dict[str, torch.Tensor]:
    """What one epoch without any special setting ends with."""
    return run(data, tmp_path_factory.mktemp("plain"), experiment(epochs=1))[1].state_dict()


@pytest.mark.parametrize(
    "changes",
    [
        *({"loss": Loss(name=name)} for name in ("l2", "srcc", "pairwise_fidelity")),
        {"loss": Loss(name="pairwise_ranking")},
        {"loss": Loss(name="l1_ranking", alpha=0.5)},
        {"color_jitter": ColorJitter()},
        {"flip": False},
        {"optimizer": "adam", "weight_decay": 0.1},
        {"train_crops": 2},
    ],
    ids=str,
)
def test_every_switch_matters_and_runs(
    changes: dict[str, Any], plain: dict[str, torch.Tensor], data: Data, tmp_path: Path
) -> None:
    progress, model = run(data, tmp_path, experiment(epochs=1, **changes))
    assert np.isfinite(list(progress.history[0].values())).all()
    assert not equal(plain, model.state_dict())


def test_the_loss_falls(data: Data, tmp_path: Path) -> None:
    settings = experiment(epochs=6, head_rate=0.01, schedule="constant")
    losses = [record["train_loss"] for record in run(data, tmp_path, settings)[0].history]
    assert losses[-1] < 0.8 * losses[0]


def test_mixed_precision_trains_weights_in_full_precision(data: Data, tmp_path: Path) -> None:
    settings = experiment(epochs=1, schedule="constant")
    full = run(data, tmp_path / "full", settings)
    mixed = run(data, tmp_path / "mixed", settings, precision="bfloat16")
    assert {p.dtype for p in mixed[1].parameters()} == {torch.float32}
    assert not equal(full[1].state_dict(), mixed[1].state_dict())
    loss = [progress.history[0]["train_loss"] for progress, _ in (full, mixed)]
    assert loss[1] == pytest.approx(loss[0], rel=0.02)


@pytest.mark.parametrize(
    ("images", "what"),
    [(16, "the loss is nan in epoch 1"), (8, "the model's predictions are no numbers")],
    ids=["within an epoch", "in an epoch's only step"],
)
def test_a_loss_that_is_no_number_is_an_error_that_says_what_to_do(
    images: int, what: str, data: Data, tmp_path: Path
) -> None:
    rows, quality = data.training.rows[:images], data.training.quality[:images]
    few = Data(LabelledRows(data.training.store, rows, quality), data.selection)
    settings = experiment(backbone_rate=1e30, head_rate=1e30)
    with pytest.raises(InputError) as caught:
        run(few, tmp_path, settings, seed=4)
    advice = "lower backbone_rate and head_rate or set gradient_clipping"
    assert str(caught.value) == f"experiment C3, seed 4: {what}; {advice}"
    assert not (tmp_path / "state.pt").exists()


# The stream of crops


def flat_images(count: int, make: Callable[[int], NDArray[np.uint8]]) -> PixelStore:
    photos = [make(row) for row in range(count)]
    sizes = np.array([photo.shape[:2] for photo in photos])
    lengths = np.array([photo.size for photo in photos])
    return PixelStore(
        ids=np.array([f"image{row}" for row in range(count)], dtype=object),
        sizes=sizes,
        offsets=np.concatenate([[0], np.cumsum(lengths)[:-1]]),
        digests=np.array([digest_of(photo) for photo in photos], dtype=object),
        pixels=np.concatenate([photo.ravel() for photo in photos]),
        key="made up",
    )


def test_every_crop_comes_with_the_label_of_its_image() -> None:
    store = flat_images(20, lambda row: np.full((CROP + row, CROP + 3, 3), 10 * row, np.uint8))
    rows = np.array([3, 5, 8, 13, 19])
    labelled = LabelledRows(store, rows, rows * 2.0)
    settings = experiment(train_crops=3, batch_size=4)
    seen = []
    for images, targets in batches.labelled_batches(settings, labelled, 1, 0, torch.device("cpu")):
        labels = targets.quality
        assert len(images) == len(labels) <= 4
        values = (images[:, 0].mean(dim=(1, 2)) * TINY_SWIN.std[0] + TINY_SWIN.mean[0]) * 25.5
        assert torch.allclose(values * 2, labels, atol=1e-3)
        seen += labels.tolist()
    assert sorted(seen) == sorted(np.repeat(rows * 2.0, 3))
    assert seen != sorted(seen)


def test_crops_are_regions_of_the_stored_images_half_of_them_mirrored() -> None:
    ramp = np.arange(CROP + 40, dtype=np.uint8)
    photo = np.stack(np.broadcast_arrays(ramp[:, None], ramp[None, :], ramp[:1, None]), axis=-1)
    store = flat_images(1, lambda _: np.ascontiguousarray(photo))
    labelled = LabelledRows(store, np.array([0]), np.array([1.0]))
    settings = experiment(train_crops=200, batch_size=50)
    corners, mirrored = [], 0
    for images, _ in batches.labelled_batches(settings, labelled, 1, 0, torch.device("cpu")):
        std, mean = (torch.tensor(v)[:, None, None] for v in (TINY_SWIN.std, TINY_SWIN.mean))
        for crop in ((images * std + mean) * 255).round().numpy().astype(int):
            top, flip = crop[0, 0, 0], crop[1, 0, 0] > crop[1, 0, -1]
            left = crop[1, 0, -1] if flip else crop[1, 0, 0]
            expected = photo[top : top + CROP, left : left + CROP].transpose(2, 0, 1)
            assert np.array_equal(crop, expected[:, :, ::-1] if flip else expected)
            corners.append((top, left))
            mirrored += bool(flip)
    tops, lefts = zip(*corners, strict=True)
    assert {min(tops), min(lefts)} == {0}  # both ends of the range occur
    assert {max(tops), max(lefts)} == {40}
    assert 70 < mirrored < 130


def test_an_epoch_records_the_mean_loss_and_the_rank_correlation_of_its_crops(
    data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = experiment(batch_size=5, optimizer_lifetime="rebuilt_as_published")
    network = new_model(settings)
    optimiser = build_optimiser(
        settings.recipe, network.backbone_parameters(), network.head_parameters()
    )

    def step(*arguments: Any) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.tensor(float(len(arguments[4].quality))), -arguments[4].quality

    monkeypatch.setattr(loop, "train_step", step)
    record = loop.train_epoch(settings, network, optimiser, data.training, 1, 0, "float32")
    # of sixteen images: three batches of five and one of one, with losses of 5 and 1
    assert record == pytest.approx({"train_loss": (3 * 25 + 1) / 16, "train_srcc": -1})


def test_a_bar_counts_the_batches_of_an_epoch_and_goes_away(
    data: Data, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)  # elsewhere there is no bar
    settings = experiment(batch_size=5)
    found = batches.labelled_batches(settings, data.training, 1, 2, torch.device("cpu"))
    assert [len(targets.quality) for _, targets in found] == [5, 5, 5, 1]
    shown = capsys.readouterr().err
    assert shown.startswith("\repoch 3:   0%|")
    assert "0/4 [00:00<?, ?batch/s]" in shown
    assert "\n" not in shown


def test_epochs_differ_and_repeat(data: Data) -> None:
    def first_batch(seed: int, epoch: int) -> torch.Tensor:
        found = batches.labelled_batches(
            experiment(color_jitter=ColorJitter()), data.training, seed, epoch, torch.device("cpu")
        )
        return next(found)[0].clone()

    again = first_batch(1, 0)
    assert again.equal(first_batch(1, 0))
    assert not again.equal(first_batch(1, 1))
    assert not again.equal(first_batch(2, 0))


def test_a_compiled_training_goes_through_compiled_graphs(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graphs: list[bool] = []

    def backend(graph: torch.fx.GraphModule, _: Any) -> Callable[..., Any]:
        graphs.append(graph.training)
        return graph.forward

    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=backend))
    settings = experiment()
    compute = settings.compute.model_copy(update={"compile": True})
    plain, _ = run(data, tmp_path / "plain", settings)
    assert not graphs
    compiled, model = run(
        data, tmp_path / "compiled", settings.model_copy(update={"compute": compute})
    )
    assert graphs
    losses = [[epoch["train_loss"] for epoch in run.history] for run in (plain, compiled)]
    np.testing.assert_allclose(*losses, rtol=1e-4)
    assert compiled.best_weights.keys() == model.state_dict().keys()
