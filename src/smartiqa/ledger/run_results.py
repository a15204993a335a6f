"""Run results, as claims ask for them; the layout is that of a study's `paper.json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from smartiqa.config import Strict, unknown_name
from smartiqa.errors import InputError
from smartiqa.ledger.quantities import Quantity, Value, exact
from smartiqa.metrics.verdicts import LEAST_CONTENTS, LEAST_SEEDS

GPU = "cuda"


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

    adapter: str
    images: int
    crop: int
    pretraining: str


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
            "latency": self.latency,
            "metric": self.metric,
            "silhouette": self.silhouette,
            "slowdown": self.slowdown,
            "train_srcc": self.train_srcc,
            "training_hours": self.training_hours,
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

    def metric(self, experiment: str, name: str, dataset: str = "") -> Quantity:
        """A metric of an experiment on a dataset (default: the training dataset's test split)."""
        self._run(experiment)
        dataset = dataset or self._training_dataset()
        entry = self._result(
            f"{name} of {experiment} on {dataset}",
            "experiments",
            experiment,
            "results",
            dataset,
            name,
        )
        return _estimate(entry, "mean", "correlation")

    def difference(self, first: str, second: str, dataset: str = "") -> Quantity:
        """SRCC of `second` minus that of `first`, with its paired interval."""
        for experiment in (first, second):
            self._run(experiment)
        dataset = dataset or self._training_dataset()
        groups = self._result("comparisons", "comparisons")
        for entry in (entry for group in sorted(groups) for entry in groups[group]):
            if (entry["dataset"], entry["metric"]) == (dataset, "srcc"):
                if entry["p_value"] is None:
                    raise MissingResultError(
                        f"a test of {first} and {second} on {dataset}: it takes "
                        f"{LEAST_SEEDS} seeds of both and {LEAST_CONTENTS} contents"
                    )
                found = _estimate(entry, "difference", "correlation")
                if (entry["first"], entry["second"]) == (first, second):
                    return found
                if (entry["first"], entry["second"]) == (second, first):
                    return -found
        raise MissingResultError(f"a comparison of {first} and {second} on {dataset}")

    def train_srcc(self, experiment: str) -> Quantity:
        """SRCC on training crops in the last epoch, mean over the seeds."""
        self._run(experiment)
        what = f"the training SRCC of {experiment}"
        seeds = self._result(what, "experiments", experiment, "training")
        last = [seed["history"][-1].get("train_srcc") for seed in seeds.values()]
        if None in last:
            raise MissingResultError(what)
        return exact(sum(last) / len(last), "correlation")

    def attention_weight(self, quality: str, stage: Quantity) -> Quantity:
        """Mean weight of a stage (from 1) over images of low, middle or high quality."""
        groups = self._result("attention weights", "attention", "by_quality")
        return _estimate(groups[quality][int(stage.value) - 1], "value", "weight")

    def attention_trend(self, stage: Quantity) -> Quantity:
        """Rank correlation of a stage's weight (from 1) with quality over the test set."""
        stages = self._result("attention weights", "attention", "rank_correlation")
        number = int(stage.value)
        if stages[number - 1] is None:
            raise MissingResultError(f"a weight of stage {number} that varies")
        return _estimate(stages[number - 1], "value", "correlation")

    def silhouette(self, experiment: str) -> Quantity:
        """How well the generated weights of different contents separate, from -1 to 1."""
        what = f"the generated weights of {experiment}"
        entry = self._result(what, "embedding", experiment, "silhouette_content")
        return _estimate(entry, "value", "silhouette")

    def gain_share(self, part: str) -> Quantity:
        """Share in per cent that backbone, multi_scale or attention has in the total gain."""
        entry = self._result("the decomposition of the gain", "gain", "shares", part)
        return _estimate(entry, "value", "%", scale=100)

    def latency(self, model: str) -> Quantity:
        """Milliseconds that a published model takes for an image, on a GPU."""
        self._need_gpu()
        entry = self._result(f"the latency of {model}", "timings", "latency", model)
        return _estimate(entry, "value", "ms")

    def training_hours(self) -> Quantity:
        """Hours that the published recipe of SMART-Base takes, on a GPU."""
        self._need_gpu()
        entry = self._result("the training time of C3", "timings", "training_hours")
        return _estimate(entry, "value", "h")

    def slowdown(self) -> Quantity:
        """Training time with colour jitter divided by that without, on a GPU."""
        self._need_gpu()
        entry = self._result("training times with colour jitter", "timings", "jitter_slowdown")
        return _estimate(entry, "value", None)

    def _need_gpu(self) -> None:
        if self._result("timings", "timings", "device") != GPU:
            raise MissingResultError("timings on a GPU")

    def _training_dataset(self) -> str:
        return str(self._result("the training dataset", "study", "training_dataset"))

    def _run(self, experiment: str) -> None:
        if self._experiment(experiment)["status"] != "run":
            raise MissingResultError(f"a run of {experiment}")

    def _experiment(self, experiment: str) -> Mapping[str, Any]:
        experiments = self._result(f"a run of {experiment}", "experiments")
        if experiment not in experiments:
            raise InputError(unknown_name("experiment", experiment, list(experiments)))
        found: Mapping[str, Any] = experiments[experiment]
        return found

    def _result(self, what: str, *path: str) -> Any:
        content: Any = self.values
        for key in path:
            if not isinstance(content, Mapping) or content.get(key) is None:
                raise MissingResultError(what)
            content = content[key]
        return content


def _estimate(entry: Any, key: str, unit: str | None, scale: float = 1) -> Quantity:
    """A quantity from a bare number, or from a mapping that has an interval beside `key`."""
    if not isinstance(entry, Mapping):
        entry = {key: entry}
    value = entry[key]
    low, high = (value if entry.get(end) is None else entry[end] for end in ("low", "high"))
    return Quantity(scale * value, scale * low, scale * high, unit)
