"""Successive halving trains with the ordinary code, and less of it; on validation images only."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from command_line import study_files
from smartiqa.config.experiment import Experiment
from smartiqa.config.study import load_catalogue, load_study
from smartiqa.config.sweeps import candidates_of
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import read_json
from smartiqa.results.study_results import Results
from smartiqa.training import sweep as module
from smartiqa.training.loop import DivergedError
from smartiqa.training.run import STATE, train_run
from smartiqa.training.sweep import halve, sweep
from tiny_study import Prepared, experiment

EPOCHS = 4
RATES = (1e-5, 3e-3, 1e-4, 1e30)  # the last one diverges
NAMES = [f"C3-rate-{rate:g}" for rate in RATES]


def expected_calls(
    scores: dict[str, list[float]], epochs: int, factor: int
) -> Iterator[tuple[str, int]]:
    """Successive halving as its paper has it, with rungs that end at the whole number of epochs."""
    steps = 0
    while factor ** (steps + 1) <= len(scores):
        steps += 1
    rung = max(1, epochs // factor**steps)
    left = list(scores)
    for _ in range(steps + 1):
        yield from ((name, rung) for name in left)
        left.sort(key=lambda name: scores[name][rung - 1], reverse=True)
        left = left[: math.ceil(len(left) / factor)]
        rung *= factor
        if rung > epochs:
            return


@settings(deadline=None, max_examples=15)
@given(st.integers(2, 28), st.integers(1, 30), st.integers(2, 4), st.randoms())
def test_the_better_ones_go_on_whatever_their_order(
    number: int, epochs: int, factor: int, random: Any
) -> None:
    ranks = random.sample(range(10_000), number * epochs)
    scores = {f"c{n}": sorted(ranks[n * epochs : (n + 1) * epochs]) for n in range(number)}
    called = []

    def train(name: str, until: int) -> float:
        called.append((name, until))
        return scores[name][until - 1]

    rungs = halve(list(scores), epochs, factor, train)
    assert sorted(called) == sorted(expected_calls(scores, epochs, factor))
    assert list(rungs.index) == list(scores)
    table = {(n, e): s for n, row in rungs.iterrows() for e, s in row.dropna().items()}
    assert table == {(name, until): scores[name][until - 1] for name, until in called}
    shuffled = random.sample(list(scores), number)
    assert halve(shuffled, epochs, factor, train).loc[list(scores)].equals(rungs)


def test_the_order_of_equals_does_not_matter() -> None:
    names = [f"c{n}" for n in range(20)]
    found = [halve(order, 8, 2, lambda *_: 0.5).loc[names] for order in (names, names[::-1])]
    assert found[0].equals(found[1])


@pytest.fixture
def results(dataset: Prepared, weights: Path, tmp_path: Path) -> Results:
    """A study whose data and weights are there."""
    files = study_files(tmp_path / "study", experiment(batch_size=51, epochs=EPOCHS))
    study = load_study(files["study"])
    folder = tmp_path / "results"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "home").symlink_to(dataset.manifest.parent)
    (folder / "weights").symlink_to(weights.parent)
    return Results(folder, study, load_catalogue(files["catalogue"], study))


def swept(results: Results, output: Path, **given: Any) -> str:
    found = candidates_of(results.study, results.catalogue, "C3", RATES, [])
    return sweep(results, found, 1, 2, output, **given)


def test_a_sweep_stops_what_cannot_win_and_ends_as_one_that_does_not(
    results: Results,
    dataset: Prepared,
    weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = tmp_path / "sweep"
    with monkeypatch.context() as patch:  # killed in the second rung
        calls = iter(range(5))

        def killed(*given: Any, **more: Any) -> None:
            if next(calls, None) is None:
                raise KeyboardInterrupt
            train_run(*given, **more)

        patch.setattr(module, "train_run", killed)
        with pytest.raises(KeyboardInterrupt):
            swept(results, output)
    assert not (output / "sweep.json").exists()
    shown = swept(results, output)
    decided, took = read_json(output / "sweep.json"), read_json(output / "seconds.json")
    found, winner = decided["candidates"], decided["winner"]
    assert found.keys() == {*NAMES}
    assert found[NAMES[3]]["rungs"] == {"1": -1}
    assert found[NAMES[3]]["epochs"] == 0
    assert sorted(found[name]["epochs"] for name in NAMES[:3]) == [1, 2, 4]
    assert (decided["epochs"], decided["all_epochs"]) == (7, 12)  # one ends by itself
    assert decided["winner_of_all"] is None
    assert 0 < took["seconds"] < took["all_seconds"]
    assert f"winner: {winner}" in shown
    assert "7 of 12 epochs: 42% saved" in shown
    # What was trained is what a training of its own is; what was stopped is not finished.
    every = candidates_of(results.study, results.catalogue, "C3", RATES, [])
    alone = tmp_path / "alone"
    own = next(candidate for candidate in every if candidate.id == winner)
    train_run(own, 1, dataset.manifest, dataset.store, weights, alone)
    srcc = pd.read_csv(alone / "history.csv")["validation_srcc"]
    assert found[winner]["rungs"] == {str(epoch): srcc[:epoch].max() for epoch in (1, 2, 4)}
    first = min(NAMES[:3], key=lambda name: found[name]["epochs"])
    assert len(pd.read_csv(output / first / "history.csv")) == 1
    assert (output / first / STATE).exists()
    for file in ("best.safetensors", "last.safetensors", "history.csv", "identity.json"):
        assert (output / winner / file).read_bytes() == (alone / file).read_bytes()
        assert (output / first / file).exists() is (file == "history.csv")
    # Exhaustively, it decides the same, and says who would have won.
    shown = swept(results, output, exhaustive=True)
    decided = read_json(output / "sweep.json")
    ends = {name: one["end"] for name, one in decided["candidates"].items()}
    for name in NAMES[:3]:
        assert ends[name] == pd.read_csv(output / name / "history.csv")["validation_srcc"].max()
    assert ends[NAMES[3]] == -1
    best = max(ends, key=lambda name: ends[name])
    assert (decided["winner"], decided["winner_of_all"]) == (winner, best)
    assert (decided["epochs"], decided["all_epochs"]) == (7, 12)
    assert ("as without halving" if best == winner else f"without halving {best}") in shown


def test_where_all_diverge_nothing_has_won(results: Results, tmp_path: Path) -> None:
    found = candidates_of(results.study, results.catalogue, "C3", [1e30, 1e29], [])
    output = tmp_path / "sweep"
    output.mkdir()
    (output / "sweep.json").write_text("{}")  # of another sweep
    with pytest.raises(InputError, match="that went on to the end diverged; give lower rates"):
        sweep(results, found, 1, 2, output)
    assert not (output / "sweep.json").exists()


def test_a_winner_that_diverges_in_the_end_has_not_won(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*given: Any, until: int) -> None:
        if until == EPOCHS:
            raise DivergedError("")
        train_run(*given, until=until)

    monkeypatch.setattr(module, "train_run", late)
    found = candidates_of(results.study, results.catalogue, "C3", RATES[:3], [])
    with pytest.raises(InputError, match="that went on to the end diverged"):
        sweep(results, found, 1, 3, tmp_path / "sweep")  # the last rung has three epochs
    assert not (tmp_path / "sweep" / "sweep.json").exists()


def test_what_another_recipe_left_does_not_count(results: Results, tmp_path: Path) -> None:
    found = candidates_of(results.study, results.catalogue, "C3", RATES[:2], [])

    def changed(number: int, **changes: float) -> Experiment:
        recipe = found[number].recipe.model_copy(update={"epochs": 1, **changes})
        return found[number].model_copy(update={"recipe": recipe})

    sweep(results, [changed(0), changed(1)], 1, 2, tmp_path / "sweep")
    found = [changed(0), changed(1, backbone_rate=1e30, head_rate=1e30)]  # which diverges
    for output in (tmp_path / "sweep", tmp_path / "empty"):
        sweep(results, found, 1, 2, output)
    assert (tmp_path / "sweep" / "sweep.json").read_bytes() == (
        tmp_path / "empty" / "sweep.json"
    ).read_bytes()


def test_what_a_build_has_not_made_is_told_with_the_command(
    results: Results, tmp_path: Path
) -> None:
    (results.folder / "weights").unlink()
    missing = results.folder / "weights" / "swin_base.safetensors"
    with pytest.raises(InputError) as caught:
        swept(results, tmp_path / "sweep")
    assert str(caught.value) == (
        f"{missing} is not there; make it: snakemake --cores 2 --config study=made-up -- {missing}"
    )
    assert not (tmp_path / "sweep").exists()


def test_a_sweep_does_not_mix_with_the_runs_of_the_study(results: Results) -> None:
    with pytest.raises(InputError, match="is among the results of the study; name another"):
        swept(results, results.folder / "runs" / "C3")
    assert not (results.folder / "runs").exists()
