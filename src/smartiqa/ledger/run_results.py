"""Run results, as claims ask for them; the layout is that of a study's `paper.json`.

What a study did not run or could not compute is told from a key that nobody writes: the first makes
a claim not testable, the second is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from smartiqa.errors import InputError
from smartiqa.ledger.quantities import Quantity, Value, exact
from smartiqa.metrics.verdicts import LEAST_SEEDS, too_little_for_a_verdict
from smartiqa.strict import Count, Strict, Text, unknown_name

PAPER = "paper.json"
OF_ONE_RUN = (
    f"one run of each model is embedded, where a verdict takes {LEAST_SEEDS}: two runs of one "
    "model may differ as much"
)


class MissingResultError(Exception):
    """A result that a claim needs is not there; the message says which."""


class DecidingStudy(Strict):
    """Which study's runs decide claims about published results.

    Attributes:
        adapter: of the training dataset.
        images: the least number of usable images in it.
        crop: side of the crops in pixels.
        pretraining: what the backbone's pretraining must be called, at least in part.
    """

    adapter: Text
    images: Count
    crop: Count
    pretraining: Text


class RunResults:
    """What a study measured, or nothing at all.

    The public methods that return a quantity are functions of the claims' expressions. They raise
    `MissingResultError` where a run is missing, and `InputError` for an unknown experiment.
    """

    def __init__(self, values: Mapping[str, Any] | None) -> None:
        self.values = values

    def functions(self) -> dict[str, Callable[..., Value]]:
        """The functions that expressions may call, by name."""
        return {
            "attention_trend": self.attention_trend,
            "attention_weight": self.attention_weight,
            "difference": self.difference,
            "gain_share": self.gain_share,
            "metric": self.metric,
            "silhouette": self.silhouette,
            "train_srcc": self.train_srcc,
        }

    def lacks_to_decide(self, rule: DecidingStudy) -> str:
        """Say why this study does not decide claims about published results; "" if it does."""
        if self.values is None:
            return "there are no run results"
        study = self.values["study"]
        data = self.values["datasets"][study["training_dataset"]]
        if data["adapter"] != rule.adapter:
            return f"it trains on {data['title']}, not on {rule.adapter}"
        if data["images"] < rule.images:
            return f"it has {data['images']} images of {rule.adapter}"
        if study["crop"] != rule.crop:
            return f"its crops have {study['crop']} pixels, not {rule.crop}"
        pretraining = str(self._experiment("C3").get("pretraining"))
        if rule.pretraining not in pretraining:
            return f"the pretraining of C3 is {pretraining}, not {rule.pretraining}"
        return ""

    @property
    def study(self) -> str:
        """The study's name."""
        return str(self.values["study"]["name"]) if self.values else ""

    @property
    def score_name(self) -> str:
        """What the study's labels are called."""
        return str(self.values["study"]["score_name"]) if self.values else ""

    def require_run(self, experiment: str) -> Mapping[str, Any]:
        """Return an experiment's entry.

        Raises:
            MissingResultError: the study did not run it.
            InputError: there is no such experiment.
        """
        entry = self._experiment(experiment)
        if entry["status"] != "run":
            raise MissingResultError(f"a run of {experiment}")
        return entry

    def metric(self, experiment: str, name: str, dataset: str = "") -> Quantity:
        """A metric of an experiment on a dataset (default: the training dataset's test split)."""
        entry = self.require_run(experiment)
        dataset = dataset or self._training_dataset()
        tested = looked_up(entry, PAPER, "results")
        if dataset not in tested:
            raise MissingResultError(f"a test of {experiment} on {dataset}")
        found = _estimate(looked_up(tested, PAPER, dataset, name), "mean", "correlation")
        return replace(found, too_little=self._too_little(dataset, experiment))

    def difference(self, first: str, second: str, dataset: str = "") -> Quantity:
        """SRCC of `second` minus that of `first`, with its paired interval."""
        for experiment in (first, second):
            self.require_run(experiment)
        dataset = dataset or self._training_dataset()
        groups = self._result("comparisons", "comparisons")
        for entry in (entry for group in sorted(groups) for entry in groups[group]):
            if (entry["dataset"], entry["metric"]) != (dataset, "srcc"):
                continue
            if {entry["first"], entry["second"]} != {first, second}:
                continue
            found = _estimate(entry, "difference", "correlation")
            found = replace(found, too_little=self._too_little(dataset, first, second))
            return found if entry["first"] == first else -found
        raise MissingResultError(f"a comparison of {first} and {second} on {dataset}")

    def train_srcc(self, experiment: str) -> Quantity:
        """SRCC on training crops in the last epoch, mean over the seeds."""
        seeds = looked_up(self.require_run(experiment), PAPER, "training")
        last = [looked_up(seed["history"][-1], PAPER, "train_srcc") for seed in seeds.values()]
        return replace(
            exact(sum(last) / len(last), "correlation"),
            too_little=self._too_little(self._training_dataset(), experiment),
        )

    def attention_weight(self, quality: str, stage: Quantity) -> Quantity:
        """Mean weight of a stage (from 1) over images of low, middle or high quality."""
        groups = self._result("attention weights", "attention", "by_quality")
        weights = looked_up(groups, PAPER, quality)
        return self._of_full_model(weights[int(stage.value) - 1], "weight")

    def attention_trend(self, stage: Quantity) -> Quantity:
        """Rank correlation of a stage's weight (from 1) with quality over the test set."""
        stages = self._result("attention weights", "attention", "rank_correlation")
        number = int(stage.value)
        if stages[number - 1] is None:
            raise MissingResultError(f"a weight of stage {number} that varies")
        return self._of_full_model(stages[number - 1], "correlation")

    def silhouette(self, experiment: str) -> Quantity:
        """How well the generated weights of one run separate by content, from -1 to 1."""
        self.require_run(experiment)
        what = f"the generated weights of {experiment}"
        entry = self._result(what, "embedding", experiment, "silhouette_content")
        return replace(_estimate(entry, "value", "silhouette"), too_little=OF_ONE_RUN)

    def gain_share(self, part: str) -> Quantity:
        """Share in per cent that backbone, multi_scale or attention has in the total gain."""
        entry = self._result("the decomposition of the gain", "gain", "shares", part)
        return _estimate(entry, "value", "%", scale=100)

    def _of_full_model(self, entry: Any, unit: str) -> Quantity:
        """A quantity of the gate, over the seeds of the full model."""
        experiment = str(self._result("attention weights", "attention", "experiment"))
        lacking = self._too_little(self._training_dataset(), experiment)
        return replace(_estimate(entry, "value", unit), too_little=lacking)

    def _too_little(self, dataset: str, *experiments: str) -> str:
        """Say what lacks for a verdict on these experiments on a dataset; empty if nothing."""
        seeds = [len(looked_up(self.require_run(name), PAPER, "seeds")) for name in experiments]
        datasets = self._result("datasets", "datasets")
        return too_little_for_a_verdict(seeds, looked_up(datasets, PAPER, dataset, "test_contents"))

    def _training_dataset(self) -> str:
        return str(self._result("the training dataset", "study", "training_dataset"))

    def _experiment(self, experiment: str) -> Mapping[str, Any]:
        experiments = self._result(f"a run of {experiment}", "experiments")
        if experiment not in experiments:
            raise InputError(unknown_name("experiment", experiment, list(experiments)))
        found: Mapping[str, Any] = experiments[experiment]
        return found

    def _result(self, what: str, *path: str) -> Any:
        """What lies at a path of the results; where it is null, `what` could not be computed."""
        if self.values is None:
            raise MissingResultError(what)
        content: Any = self.values
        for key in path:
            content = looked_up(content, PAPER, key)
            if content is None:
                raise MissingResultError(what)
        return content


def looked_up(content: Mapping[str, Any], file: str, *path: str) -> Any:
    """What lies at a path of a result file.

    Raises:
        InputError: there is no such key, which the stage that writes the file should have written.
    """
    found: Any = content
    for key in path:
        if not isinstance(found, Mapping) or key not in found:
            raise InputError(f"{file} has no '{key}' where the ledger looks for it: make it anew")
        found = found[key]
    return found


def _estimate(entry: Any, key: str, unit: str | None, scale: float = 1) -> Quantity:
    """A quantity from a bare number, or from a mapping that has an interval beside `key`."""
    if not isinstance(entry, Mapping):
        entry = {key: entry}
    value = entry[key]
    low, high = (value if entry.get(end) is None else entry[end] for end in ("low", "high"))
    return Quantity(scale * value, scale * low, scale * high, unit)
