"""Measured times, as claims ask for them: a study's `timing.json` and `cost.json`.

They are an input of their own, apart from the run results, because no two builds have them alike.
Claims about speed are claims about a GPU: without one that timed the models, or that trained them,
`lacks` says so and nothing is looked up.
"""

from __future__ import annotations

from collections.abc import Callable

from smartiqa.claims.quantities import Quantity, Value
from smartiqa.claims.run_results import MissingResultError, RunResults
from smartiqa.core.errors import InputError
from smartiqa.core.strict import unknown_name
from smartiqa.results.records import Cost, Timing

SECONDS_OF_HOUR = 3600


class MeasuredTimes:
    """What a study timed, or nothing at all.

    Args:
        results: the run results of the same study, which know its experiments.
        timing: of the models, if they were timed.
        cost: of the trainings, if it is known.
    """

    NEEDS = {"latency": "gpu", "slowdown": "training", "training_hours": "training"}

    def __init__(
        self,
        results: RunResults,
        timing: Timing | None = None,
        cost: Cost | None = None,
    ) -> None:
        self.results = results
        self.timing = timing
        self.cost = cost

    def functions(self) -> dict[str, Callable[..., Value]]:
        """The functions that expressions may call, by name; `NEEDS` has the same names."""
        return {
            "latency": self.latency,
            "slowdown": self.slowdown,
            "training_hours": self.training_hours,
        }

    def lacks(self, needs: str) -> str:
        """Say why no claim with these needs can be decided; "" if nothing of this file lacks."""
        if needs == "gpu":
            if self.timing is None:
                return "nothing was timed"
            if not self.timing.hardware.gpu:
                return f"no GPU timed it: the models were timed on {self.timed_on}"
        if needs == "training":
            if self.cost is None:
                return "no training was timed"
            if not self.cost.gpu:
                devices = " and ".join(self.cost.devices)
                return f"no GPU timed it: the models were trained on {devices}"
        return ""

    @property
    def timed_on(self) -> str:
        """The device that timed the models; "" if nothing was timed."""
        return self.timing.hardware.device if self.timing else ""

    def latency(self, model: str) -> Quantity:
        """Milliseconds that a published model takes for one crop: median and quartiles."""
        models = self.timing.published if self.timing else {}
        if model not in models:
            raise InputError(unknown_name("timed model", model, list(models)))
        timed = models[model]
        ends = (timed.milliseconds_low, timed.milliseconds_high)
        return Quantity(timed.milliseconds, *ends, "ms")

    def training_hours(self, experiment: str, epochs: Quantity) -> Quantity:
        """Hours that so many epochs of a training take: mean and range over the seeds."""
        hours = [epochs.value * s / SECONDS_OF_HOUR for s in self._seconds_an_epoch(experiment)]
        return Quantity(sum(hours) / len(hours), min(hours), max(hours), "h")

    def slowdown(self, first: str, second: str) -> Quantity:
        """Time of an epoch of `second` divided by that of `first`: means, and range over seeds."""
        fast, slow = (self._seconds_an_epoch(name) for name in (first, second))
        ratio = (sum(slow) / len(slow)) / (sum(fast) / len(fast))
        return Quantity(ratio, min(slow) / max(fast), max(slow) / min(fast))

    def _seconds_an_epoch(self, experiment: str) -> list[float]:
        self.results.require_run(experiment)
        trainings = self.cost.experiments if self.cost else {}
        if experiment not in trainings:
            raise MissingResultError(f"a training of {experiment} by itself")
        return [run.seconds / run.epochs for run in trainings[experiment].values()]
