"""From values to verdicts.

The rules, in order:

1. A result that is not there makes a claim *not testable here*, and so does the lack of a GPU where
   times are claimed. A result of fewer seeds or test contents than a verdict takes is shown, and
   nothing is concluded from it, be it a difference, a single value or a weight of the gate: one run
   cannot tell a published value from the chance of training. Nor is anything concluded from a
   published step of which only predictions that were not published tell the sampling error.
2. A claim that needs data or a training is decided only by the deciding study (for results on
   KonIQ-10k: the whole dataset, the published crop, ImageNet weights). Any other study leaves it
   *not testable here*; if the claim is about the method, the study measures it all the same, and
   the entry says at which scale, or on which other human data, and whether that measurement agrees.
3. Where the relation of our value to its bound holds within the tolerance, for an inequality that
   of its whole interval: *confirmed*.
4. Where our value has an interval that includes the bound: *within noise*. Intervals are not
   corrected for the number of claims.
5. Else *inconsistent within the paper* if our value was recomputed from nothing but what paper,
   notes and code of the publication say themselves, and *contradicted* if it was counted, measured
   or published by others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from smartiqa.claims.expressions import Vocabulary, evaluate, names_in, texts_in
from smartiqa.claims.functions import FUNCTIONS
from smartiqa.claims.measured_times import MeasuredTimes
from smartiqa.claims.outcomes import Outcome, check_tolerance, outcome_of, phrase_of
from smartiqa.claims.printing import as_printed, printed_decimals, text_of, why_nothing_follows
from smartiqa.claims.quantities import Quantity, Value, exact, unit_of, with_unit
from smartiqa.claims.run_results import MissingResultError
from smartiqa.claims.schema import NUMBER, UNITS_OF_WORDS, Claim, Ledger, Unit
from smartiqa.config.catalogue import REFERENCE
from smartiqa.core.errors import InputError
from smartiqa.core.strict import validated
from smartiqa.results.records import ClaimVerdict, JudgedClaim

VERDICTS: tuple[ClaimVerdict, ...] = get_args(ClaimVerdict)  # in the order of the tables
CONFIRMED, CONTRADICTED, INCONSISTENT, WITHIN_NOISE, NOT_TESTABLE = VERDICTS
INDICATIONS = {Outcome.HOLDS: "agrees", Outcome.UNCLEAR: "unclear", Outcome.FAILS: "disagrees"}
PUBLICATION = {"published", *FUNCTIONS}


class Judge:
    """Judges claims by published numbers, static facts and run results.

    Args:
        ledger: the claims and their units.
        namespaces: nested mappings that expressions may name.
        times: measured times, with the run results of the same study.
        place: the ledger's file name, for messages.
    """

    def __init__(
        self,
        ledger: Ledger,
        namespaces: Mapping[str, Mapping[str, Any]],
        times: MeasuredTimes,
        place: str,
    ) -> None:
        self.ledger = ledger
        self.times = times
        self.results = times.results
        self.place = place
        asked = self.results.functions() | times.functions()
        self.needs = dict.fromkeys(asked, "data") | times.NEEDS
        self.scope = Vocabulary(namespaces, FUNCTIONS | asked, ledger.unit_of_key)

    def judge(self, claim: Claim) -> JudgedClaim:
        """Judge one claim.

        Raises:
            InputError: an expression cannot be evaluated, units do not match, or the tolerance
                would accept too much; the message names the claim.
        """
        try:
            self._check_needs(claim)
            published = self._valued(claim, claim.published)
            check_tolerance(claim, self._bound(claim), self._unit(claim))
            findings = self._findings(claim, published)
        except InputError as error:
            raise InputError(f"{self.place}: claim {claim.id}: {error}") from error
        facts = claim.model_dump(include={"id", "source", "claim", "kind", "needs", "unit"})
        alone, _ = as_printed(published, published, self._unit(claim).decimals, None)
        entry = {**facts, "published": alone, "scope": "", "indication": "", **findings}
        return validated(JudgedClaim, entry, self.place)

    def _unit(self, claim: Claim) -> Unit:
        return self.ledger.units.get(claim.unit, Unit())

    def _bound(self, claim: Claim) -> Value:
        return self._valued(claim, claim.published if claim.bound is None else claim.bound)

    def _findings(self, claim: Claim, published: Value) -> dict[str, str]:
        """Both values, the verdict and its reason, and what it rests on."""
        if untimed := self.times.lacks(claim.needs):
            return _untestable(untimed)
        rule = self.ledger.decided_by
        studied = claim.needs in ("data", "training")
        of_reference = REFERENCE in texts_in(claim.ours)
        lacking = self.results.lacks_to_decide(rule, of_reference) if studied else ""
        if lacking and claim.subject == "publication":
            return _untestable(f"a study of {rule.adapter} decides, but {lacking}")
        try:
            ours = self._valued(claim, claim.ours)
        except MissingResultError as missing:
            return _untestable(f"missing: {missing}")
        if too_little := why_nothing_follows(ours):
            return self._seen(claim, published, ours, too_little)
        return self._judged(claim, published, ours, lacking)

    def _seen(self, claim: Claim, published: Value, ours: Value, why: str) -> dict[str, str]:
        """What was measured or printed with too little behind it to conclude anything."""
        static = claim.needs == "nothing"
        if static and isinstance(ours, Quantity):
            ours = replace(ours, too_little="")  # from printed numbers, all of whose digits count
        both = as_printed(published, ours, self._unit(claim).decimals, None)
        scope = self._scope(claim) if static else f"seen in {self.results.study}"
        return _untestable(why) | {"ours": both[1], "scope": scope}

    def _judged(self, claim: Claim, published: Value, ours: Value, lacking: str) -> dict[str, str]:
        """Compare ours with its bound; `lacking` says why this study does not decide, if so."""
        bound = self._bound(claim)
        outcome = outcome_of(claim, ours, bound)
        both = as_printed(published, ours, self._unit(claim).decimals, outcome)
        reason = f"{self._phrase(claim, both, ours, outcome)} ({claim.why})"
        texts = {"published": both[0], "ours": both[1]}
        if lacking:
            return texts | self._measurement(outcome, reason, lacking)
        return texts | {
            "verdict": verdict_of(claim, outcome),
            "reason": reason + (self._readings(claim, bound) if outcome == Outcome.FAILS else ""),
            "scope": self._scope(claim),
        }

    def _phrase(self, claim: Claim, both: tuple[str, str], ours: Value, outcome: Outcome) -> str:
        """Say in words how ours lies to what it is compared with."""
        if isinstance(ours, bool):
            return "it is so" if ours else "it is not so"
        if claim.bound is None:
            return phrase_of(claim, both[1], both[0], outcome)
        bound = self._bound(claim)
        return phrase_of(claim, both[1], text_of(bound, printed_decimals(bound)), outcome)

    def _scope(self, claim: Claim) -> str:
        """What a verdict rests on."""
        if claim.needs == "gpu":
            return f"timed on {self.times.timed_on}"
        return "static" if claim.needs == "nothing" else self.results.study

    def _measurement(self, outcome: Outcome, reason: str, lacking: str) -> dict[str, str]:
        scope = self.results.measured_on
        labels = f"labels are {self.results.score_name}s"
        return {
            "verdict": NOT_TESTABLE,
            "reason": f"{scope} ({labels}) {INDICATIONS[outcome]}: {reason}; {lacking}",
            "scope": scope,
            "indication": INDICATIONS[outcome],
        }

    def _readings(self, claim: Claim, bound: Value) -> str:
        """Name the other readings under which the published value holds."""
        least = self._unit(claim).decimals
        values = {name: self._valued(claim, text) for name, text in claim.readings.items()}
        fitting = [
            f"{name} gives {text_of(value, max(least, printed_decimals(bound)))}"
            for name, value in values.items()
            if outcome_of(claim, value, bound) == Outcome.HOLDS
        ]
        return f"; {' and '.join(fitting)}" if fitting else ""

    def _valued(self, claim: Claim, expression: str | float | bool) -> Value:
        """The value of one of the claim's expressions, in the claim's unit."""
        if isinstance(expression, bool):
            return expression
        if isinstance(expression, float | int):
            return exact(expression, None if claim.unit == NUMBER else claim.unit)
        value = evaluate(expression, self.scope)
        unit = unit_of(value)
        if unit not in (None, claim.unit):
            raise InputError(
                f"units do not match: '{expression}' is in {unit}, but the claim in {claim.unit}"
            )
        return (
            value
            if unit or claim.unit in (NUMBER, *UNITS_OF_WORDS)
            else with_unit(value, claim.unit)
        )

    def _check_needs(self, claim: Claim) -> None:
        asked = {self.needs[name] for name in names_in(claim.ours) if name in self.needs}
        if asked - {claim.needs} or (not asked and claim.needs != "nothing"):
            found = " and ".join(sorted(asked)) or "nothing"
            raise InputError(f"needs is '{claim.needs}', but '{claim.ours}' needs {found}")


def _untestable(reason: str) -> dict[str, str]:
    return {"ours": "", "verdict": NOT_TESTABLE, "reason": reason}


def verdict_of(claim: Claim, outcome: Outcome) -> ClaimVerdict:
    """The verdict on a claim that this study decides."""
    if outcome == Outcome.HOLDS:
        return CONFIRMED
    if outcome == Outcome.UNCLEAR:
        return WITHIN_NOISE
    return INCONSISTENT if names_in(claim.ours) <= PUBLICATION else CONTRADICTED
