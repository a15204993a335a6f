"""Learning rates and losses by successive halving: what cannot win is not trained to the end.

All candidates are trained for a few epochs, the best of them, one in `factor`, for `factor` times
as many, and so on (Jamieson and Talwalkar 2016, https://arxiv.org/abs/1502.07943). scikit-learn
decides which go on, once a rung is complete: their order does not matter, and the same seed decides
the same. A candidate is trained as an experiment is, along the schedule of its whole recipe. One
that goes on does so from its state, and so does a sweep that was killed.

Only validation images decide. See `smartiqa.config.sweeps` for what may be a candidate.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from smartiqa.config.experiment import Experiment
from smartiqa.config.files import build_command
from smartiqa.core.errors import InputError
from smartiqa.core.files import discard, require_writable
from smartiqa.core.json_files import write_json
from smartiqa.results.run_files import read_history, read_machine
from smartiqa.results.study_results import Results
from smartiqa.training.loop import DivergedError
from smartiqa.training.run import HISTORY, train_run
from smartiqa.training.run_data import Inputs

logger = logging.getLogger(__name__)

DECIDED, TOOK = "sweep.json", "seconds.json"
DIVERGED = -1.0  # no rank correlation is lower
Train = Callable[[str, int], float]


def inputs_of(results: Results, experiment: Experiment) -> Inputs:
    """Return what an experiment is trained from, which a build has made.

    Raises:
        InputError: something is missing; the message has the command that makes it.
    """
    home = results.study.training_dataset
    manifest, store = results.manifest(home), results.store(home, experiment.recipe.resize)
    weights = results.folder / "weights" / f"{experiment.model.backbone}.safetensors"
    needed = (manifest, store / "store.json", weights)
    if missing := [str(path) for path in needed if not path.is_file()]:
        raise InputError(
            f"{missing[0]} is not there; make it: {build_command(results.study.name, *missing)}"
        )
    return Inputs(manifest, store, weights)


class _Candidate(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A candidate as scikit-learn asks for it."""

    def __init__(self, train: Train, name: str = "", epochs: int = 1) -> None:
        self.train, self.name, self.epochs = train, name, epochs

    def fit(self, *_: Any) -> _Candidate:
        self.validation_srcc_ = self.train(self.name, self.epochs)
        return self

    def score(self, *_: Any) -> float:
        return self.validation_srcc_


def halve(names: Sequence[str], epochs: int, factor: int, train: Train) -> pd.DataFrame:
    """Train candidates rung by rung.

    Args:
        names: of the candidates.
        epochs: that the last rung has at most; it has `factor` times those of the rung before.
        factor: one in so many goes on from a rung.
        train: trains a candidate up to an epoch; returns its score.

    Returns:
        The scores, a row for each candidate, a column for the epoch of each rung; NaN where a
        candidate was out.
    """
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401 (else the next fails)
    from sklearn.model_selection import HalvingGridSearchCV

    search = HalvingGridSearchCV(
        _Candidate(train),
        {"name": sorted(names)},  # of equal scores, some go on by their place
        resource="epochs",
        max_resources=epochs,
        factor=factor,
        cv=[([0], [0])],  # the split is the study's own
        refit=False,
        error_score="raise",
        return_train_score=False,
    )
    search.fit(np.zeros((1, 1)))
    scores = pd.DataFrame(search.cv_results_)
    rungs = scores.pivot(index="param_name", columns="n_resources", values="mean_test_score")
    return rungs.loc[list(names)].rename_axis(index=None, columns="after epoch")


def sweep(
    results: Results,
    candidates: Sequence[Experiment],
    seed: int,
    factor: int,
    output: Path,
    *,
    exhaustive: bool = False,
) -> str:
    """Find the best of some candidates, and write what was decided and what it took.

    The winner is trained to its end; with `exhaustive` all are, which tells whether another one
    would have won. A score is the best validation SRCC up to an epoch, by which a checkpoint is
    chosen, too, and -1 if the training diverged. `sweep.json` has the same bytes whenever the same
    is asked for; `seconds.json` has what was measured.

    Returns:
        Both as a table.

    Raises:
        InputError: an input is missing, the folder is one of the study's results, all candidates
            that went on diverge, or a training fails otherwise.
    """
    inputs, epochs = inputs_of(results, candidates[0]), candidates[0].recipe.epochs
    files = inputs.manifest, inputs.store, inputs.weights
    if output.resolve().is_relative_to(results.folder.resolve()):
        raise InputError(f"{output} is among the results of the study; name another folder")
    require_writable(output)
    for name in (DECIDED, TOOK):  # of other candidates, perhaps
        discard(output / name)
    by_name = {candidate.id: candidate for candidate in candidates}

    def train(name: str, until: int) -> float:
        logger.info("%s, up to epoch %d of %d", name, until, epochs)
        try:
            train_run(by_name[name], seed, *files, output / name, until=until)
        except DivergedError as error:
            logger.warning("%s; it is out of the sweep", error)
            return DIVERGED
        return float(read_history(output / name)["validation_srcc"][:until].max())

    rungs = halve(list(by_name), epochs, factor, train)
    last = rungs.iloc[:, -1].sort_index()
    winner = str(last.idxmax())
    end = DIVERGED if last.max() == DIVERGED else train(winner, epochs)
    if end == DIVERGED:
        raise InputError("the candidates that went on to the end diverged; give lower rates")
    others = [name for name in by_name if exhaustive and name != winner]
    ends = pd.Series({winner: end, **{name: train(name, epochs) for name in others}})
    lengths, seconds = zip(*(_length(output / name) for name in by_name), strict=True)
    trained = _epochs(rungs, winner, epochs, np.array(lengths), exhaustive=exhaustive)
    took = (
        trained.mul(np.array(seconds), axis=0).round(1).set_axis(["seconds", "all_seconds"], axis=1)
    )
    asked = {"study": results.study.name, "seed": seed, "factor": factor}
    best = str(ends.sort_index().idxmax()) if exhaustive else None
    decided = asked | {"winner": winner, "winner_of_all": best} | trained.sum().to_dict()
    decided["candidates"] = {
        name: {
            "recipe": candidate.recipe.model_dump(mode="json"),
            "rungs": rungs.loc[name].dropna().to_dict(),
            "end": ends.get(name),
            **trained.loc[name].to_dict(),
        }
        for name, candidate in by_name.items()
    }
    write_json(output / DECIDED, decided)
    whole = took.sum().round(1).to_dict()
    write_json(output / TOOK, {"candidates": took.to_dict("index"), **whole})
    shown = rungs.assign(end=ends, epochs=trained["epochs"], seconds=took["seconds"])
    saved = [_saved("epochs", *trained.sum()), _saved("seconds", *took.sum())]
    table = shown.to_string(na_rep="-", float_format="{:.4g}".format)
    return "\n".join([table, *saved, _told(winner, ends, exhaustive=exhaustive)])


def _epochs(
    rungs: pd.DataFrame, winner: str, epochs: int, lengths: NDArray[np.int64], *, exhaustive: bool
) -> pd.DataFrame:
    """Count the epochs that each candidate was trained for, and those without halving."""
    stops = rungs.notna().mul(rungs.columns).max(axis=1)
    stops[winner] = epochs
    trained = pd.DataFrame({"epochs": np.minimum(stops, lengths)}, rungs.index)
    known = exhaustive | rungs.eq(DIVERGED).any(axis=1)  # others may come to an end before the last
    trained["all_epochs"] = np.where(known, lengths, epochs)
    return trained


def _length(run: Path) -> tuple[int, float]:
    """Return the epochs that a run has, and the seconds that one of them took."""
    if not (run / HISTORY).is_file():  # it diverged in the first epoch
        return 0, 0.0
    epochs = len(read_history(run))
    if not (run / "environment.json").is_file():  # it diverged before the end of the first rung
        return epochs, 0.0
    return epochs, read_machine(run)["seconds"] / epochs


def _saved(unit: str, halving: float, whole: float) -> str:
    return f"{halving:.0f} of {whole:.0f} {unit}: {1 - halving / whole:.0%} saved"


def _told(winner: str, ends: pd.Series[float], *, exhaustive: bool) -> str:
    best = str(ends.sort_index().idxmax())
    if not exhaustive:
        return f"winner: {winner}"
    if best == winner:
        return f"winner: {winner}, as without halving"
    return f"winner: {winner}; without halving {best}, by {ends[best] - ends[winner]:.4f}"
