"""Probes against scikit-learn used directly, and what must hold whatever the data."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from smartiqa.evaluation.probes import COSTS, GAMMAS, PENALTIES, TUBE, fit_probe

RNG = np.random.default_rng(3)
FEATURES = RNG.normal(3, 2, (90, 5)) * [1, 10, 0.1, 5, 1]
SCORES = 50 + 8 * np.tanh(FEATURES[:, 0] - 3) + FEATURES[:, 1] / 2 + RNG.normal(0, 3, 90)
TRAIN, VALIDATION, TEST = ((FEATURES[s], SCORES[s]) for s in np.split(np.arange(90), [50, 70]))


def independent(kind: str) -> dict[tuple[float, ...], tuple[np.ndarray, np.ndarray]]:
    """Predictions for validation and test by settings, with scikit-learn's own kernel."""
    mean, spread = TRAIN[1].mean(), TRAIN[1].std()
    machines = (
        {(p,): Ridge(alpha=p) for p in PENALTIES}
        if kind == "ridge"
        else {(c, g): SVR(C=c, gamma=g / 5, epsilon=TUBE) for c in COSTS for g in GAMMAS}
    )
    found = {}
    for settings, machine in machines.items():
        fitted = make_pipeline(StandardScaler(), machine)
        fitted.fit(TRAIN[0], (TRAIN[1] - mean) / spread)
        found[settings] = tuple(
            mean + spread * fitted.predict(part[0]) for part in (VALIDATION, TEST)
        )
    return found


@pytest.mark.parametrize("kind", ["ridge", "svr"])
def test_a_probe_is_the_best_of_scikit_learns_on_validation(kind: str) -> None:
    probe = fit_probe(kind, TRAIN, VALIDATION)
    assert probe is not None
    found = independent(kind)
    reached = {s: stats.spearmanr(v, VALIDATION[1]).statistic for s, (v, _) in found.items()}
    assert probe.validation_srcc == pytest.approx(max(reached.values()))
    chosen = tuple(probe.settings.values())
    assert reached[chosen] == pytest.approx(max(reached.values()))
    assert probe.predict(TEST[0]) == pytest.approx(found[chosen][1], rel=1e-6)


@pytest.mark.parametrize("kind", ["ridge", "svr"])
def test_a_feature_that_is_the_score_ranks_perfectly(kind: str) -> None:
    parts = [(scores[:, None], scores) for _, scores in (TRAIN, VALIDATION, TEST)]
    probe = fit_probe(kind, *parts[:2])
    assert probe is not None
    inside = TEST[1][(TEST[1] > TRAIN[1].min()) & (TEST[1] < TRAIN[1].max())]
    assert probe.validation_srcc == pytest.approx(1, abs=0.02 if kind == "svr" else 1e-12)
    assert stats.spearmanr(probe.predict(inside[:, None]), inside).statistic > 0.999


@pytest.mark.parametrize("kind", ["ridge", "svr"])
def test_of_equal_settings_the_simplest_is_chosen(kind: str) -> None:
    rising = np.linspace(0, 1, 12)
    probe = fit_probe(kind, (rising[:, None], rising), (rising[:3, None] / 2 + 0.2, rising[:3]))
    assert probe is not None
    first = {"penalty": PENALTIES[0]} if kind == "ridge" else {"C": COSTS[0], "gamma": GAMMAS[0]}
    assert probe.settings == first


@pytest.mark.parametrize("kind", ["ridge", "svr"])
def test_a_probe_of_constants_is_none(kind: str) -> None:
    flat = np.ones((10, 2)), np.full(10, 7.0)
    assert fit_probe(kind, flat, (np.ones((5, 2)), np.arange(5.0))) is None
