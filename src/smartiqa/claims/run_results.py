"""Run results, as claims ask for them.

What a study did not run or could not compute makes a claim not testable; a name that does not exist
is an error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from smartiqa.claims.quantities import Quantity, Value, exact
from smartiqa.config.catalogue import REFERENCE
from smartiqa.core.errors import InputError
from smartiqa.core.strict import Count, Strict, Text, unknown_name
from smartiqa.metrics.by_quality import THIRDS, Third
from smartiqa.metrics.measures import Measure
from smartiqa.metrics.verdicts import LEAST_SEEDS, too_little_for_a_verdict
from smartiqa.results.image_records import Attention
from smartiqa.results.measures import Bounded, Measures
from smartiqa.results.paper_results import ExperimentResults, PaperResults

OF_ONE_RUN = (
    f"one run of each model is embedded, where a verdict takes {LEAST_SEEDS}: two runs of one "
    "model may differ as much"
)


def is_opinion(score_name: str) -> bool:
    """Whether labels of this name are opinions of people (MOS, DMOS), not a proxy for them."""
    return "MOS" in score_name


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

    def __init__(self, paper: PaperResults | None) -> None:
        self.paper = paper

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

    def lacks_to_decide(self, rule: DecidingStudy, of_reference: bool) -> str:
        """Say why this study does not decide a claim about published results; "" if it does.

        Args:
            rule: what a study must be to decide.
            of_reference: whether the claim is about the full model, as which `reference` stands.
        """
        if self.paper is None:
            return "there are no run results"
        study, reference = self.paper.study, self.paper.roles.reference
        data = self.paper.datasets[study.training_dataset]
        if data.adapter != rule.adapter:
            return f"it trains on {data.title}, not on {rule.adapter}"
        if data.images < rule.images:
            return f"it has {data.images} images of {rule.adapter}"
        if (crop := self.paper.experiments[reference].crop) != rule.crop:
            return f"the crops of {reference} have {crop} pixels, not {rule.crop}"
        pretraining = str(self.paper.experiments[reference].pretraining)
        if rule.pretraining not in pretraining:
            return f"the pretraining of {reference} is {pretraining}, not {rule.pretraining}"
        if of_reference and reference != (full := self._rebuilt("smart_base")):
            return f"its full model is {reference}, not {full}"
        return ""

    @property
    def study(self) -> str:
        """The study's name."""
        return self.paper.study.name if self.paper else ""

    @property
    def score_name(self) -> str:
        """What the study's labels are called."""
        return self.paper.study.score_name if self.paper else ""

    @property
    def measured_on(self) -> str:
        """What a measurement that decides nothing was made on."""
        if self.paper is None or not is_opinion(self.score_name):
            return f"{self.study}-scale measurement"
        return f"on other human data ({self.paper.datasets[self._training_dataset()].title})"

    def require_run(self, experiment: str) -> ExperimentResults:
        """Return the results of an experiment, or of the one that `reference` stands for.

        Raises:
            MissingResultError: the study did not run it.
            InputError: there is no such experiment.
        """
        experiments = self._paper(f"a run of {experiment}").experiments
        experiment = self._id(experiment)
        if experiment not in experiments:
            raise InputError(unknown_name("experiment", experiment, list(experiments)))
        if not experiments[experiment].is_run:
            raise MissingResultError(f"a run of {experiment}")
        return experiments[experiment]

    def metric(self, experiment: str, name: Measure, dataset: str = "") -> Quantity:
        """A metric of an experiment on a dataset (default: the training dataset's test split)."""
        tested = self.require_run(experiment).results
        dataset = dataset or self._training_dataset()
        if dataset not in tested:
            raise MissingResultError(f"a test of {experiment} on {dataset}")
        if name not in Measures.model_fields:
            raise InputError(unknown_name("measure", name, list(Measures.model_fields)))
        found = tested[dataset][name]
        return replace(
            Quantity(found.mean, found.low, found.high, "correlation"),
            too_little=self._too_little(dataset, experiment),
        )

    def difference(self, first: str, second: str, dataset: str = "") -> Quantity:
        """SRCC of `second` minus that of `first`, with its paired interval."""
        for experiment in (first, second):
            self.require_run(experiment)
        first, second = self._id(first), self._id(second)
        dataset = dataset or self._training_dataset()
        what = f"a comparison of {first} and {second} on {dataset}"
        for _, group in sorted(self._paper(what).comparisons.items()):
            for entry in (entry for entry in group if entry.speaks_of("srcc", dataset)):
                if {entry.first, entry.second} != {first, second}:
                    continue
                ends = entry.statistic()
                low, high = (ends.get(end, entry.difference) for end in ("low", "high"))
                found = Quantity(entry.difference, low, high, "correlation")
                found = replace(found, too_little=self._too_little(dataset, first, second))
                return found if entry.first == first else -found
        raise MissingResultError(what)

    def train_srcc(self, experiment: str) -> Quantity:
        """SRCC on training crops in the last epoch, mean over the seeds, with its interval."""
        import numpy as np  # here, since a plan reads the claims where there is no NumPy

        from smartiqa.metrics.inference import Runs, correlation_interval

        trainings = self.require_run(experiment).training.values()
        last = np.array([training.history[-1].train_srcc for training in trainings])
        # Its chance is that of training alone, since no test contents are in it.
        found = correlation_interval(Runs(last, left_out=np.zeros((len(last), 2))))
        return replace(
            Quantity(*found, unit="correlation"),
            too_little=self._too_little(self._training_dataset(), experiment),
        )

    def attention_weight(self, quality: Third, stage: Quantity) -> Quantity:
        """Mean weight of a stage (from 1) over images of low, middle or high quality."""
        attention = self._attention()
        if quality not in THIRDS:
            raise InputError(unknown_name("third by quality", quality, list(THIRDS)))
        if quality not in attention.by_quality:
            raise MissingResultError(f"images of {quality} quality")
        weight = attention.by_quality[quality][int(stage.value) - 1]
        return self._of_full_model(_bounded(weight, "weight"))

    def attention_trend(self, stage: Quantity) -> Quantity:
        """Rank correlation of a stage's weight (from 1) with quality over the test set."""
        number = int(stage.value)
        trend = self._attention().rank_correlation[number - 1]
        if trend is None:
            raise MissingResultError(f"a weight of stage {number} that varies")
        return self._of_full_model(_bounded(trend, "correlation"))

    def silhouette(self, experiment: str) -> Quantity:
        """How well the generated weights of one run separate by content, from -1 to 1."""
        self.require_run(experiment)
        embedded = self._paper("runs").embedding
        if experiment not in embedded:
            raise MissingResultError(f"the generated weights of {experiment}")
        value = exact(embedded[experiment].silhouette_content, "silhouette")
        return replace(value, too_little=OF_ONE_RUN)

    def gain_share(self, part: str) -> Quantity:
        """Share in per cent that a step of the ablation has in the total gain."""
        what = "the decomposition of the gain"
        ablation = self._paper(what).roles.ablation
        ends = tuple(self._rebuilt(model) for model in ("hyperiqa", "smart_base"))
        if (*ablation[:1], *ablation[-1:]) != ends:
            raise MissingResultError(f"{what} from {ends[0]} to {ends[1]}")
        gain = self._paper(what).gain
        if gain is None:
            raise MissingResultError(what)
        if gain.shares is None:  # noise divided by noise
            raise MissingResultError(f"a clear gain to be shared out, {' to '.join(ends)}")
        if part not in gain.shares:
            raise InputError(unknown_name("step", part, list(gain.shares)))
        return _bounded(gain.shares[part], "%", scale=100)

    def _attention(self) -> Attention:
        what = "attention weights"
        attention = self._paper(what).attention
        if attention is None:
            raise MissingResultError(what)
        return attention

    def _of_full_model(self, quantity: Quantity) -> Quantity:
        """A quantity of the gate, over the seeds of the full model.

        Another reference than the published model has a gate that no claim is about.
        """
        experiment, full = self._attention().experiment, self._rebuilt("smart_base")
        if experiment != full:
            raise MissingResultError(f"attention weights of {full}")
        lacking = self._too_little(self._training_dataset(), experiment)
        return replace(quantity, too_little=lacking)

    def _too_little(self, dataset: str, *experiments: str) -> str:
        """Say what lacks for a verdict on these experiments on a dataset; empty if nothing."""
        seeds = [len(self.require_run(name).seeds) for name in experiments]
        contents = self._paper("datasets").datasets[dataset].test_contents
        return too_little_for_a_verdict(seeds, contents)

    def _id(self, experiment: str) -> str:
        """The experiment that a claim names, where `reference` stands for the full model."""
        named = self._paper(f"a run of {experiment}").roles.reference
        return named if experiment == REFERENCE else experiment

    def _rebuilt(self, model: str) -> str:
        """The experiment that rebuilds a published model."""
        return str(self._paper(f"a run of {model}").published["models"][model])

    def _training_dataset(self) -> str:
        return self._paper("the training dataset").study.training_dataset

    def _paper(self, what: str) -> PaperResults:
        """The results; where there are none, `what` could not be computed."""
        if self.paper is None:
            raise MissingResultError(what)
        return self.paper


def _bounded(entry: Bounded, unit: str, scale: float = 1) -> Quantity:
    """A quantity from a value with its interval."""
    return Quantity(scale * entry.value, scale * entry.low, scale * entry.high, unit)
