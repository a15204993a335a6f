#!/bin/sh
# correlation-with-confidence 1.0.1: of 95 % intervals for the SRCC of data with five votes a photo 18 % hold it.
#
# Expected by most: a bootstrap interval for the correlation of mean opinions with a metric is around the correlation
# of these opinions, and in 95 of 100 studies it holds the one of all photos with as many votes.
# Seen: each round draws a photo's votes anew, on top of the chance that is in their mean already: opinions are made
# noisier than those of the study, and all correlations smaller. With five votes a photo the interval holds the SRCC of
# all photos in 38 % of the studies, with 15 in 68 %, with 50 in 90 %: datasets of few votes seem the harder ones.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 \
    correlation-with-confidence==1.0.1
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import importlib.metadata

import numpy as np
import pandas as pd
from correlation_with_confidence import analyze
from scipy.stats import pearsonr, spearmanr

PHOTOS, STUDIES, COUNTS = 200, 40, (5, 15, 50)
draw = np.random.default_rng(0)


def study(photos, count):
    quality = draw.uniform(20, 80, photos)
    metric = quality + draw.normal(0, 8, photos)
    return metric, np.clip(quality[:, None] + draw.normal(0, 20, (photos, count)), 0, 100)


def intervals(metric, votes):
    names = [f"{photo}.png" for photo in range(len(metric))]
    opinions = pd.DataFrame(votes, columns=[f"rater {rater}" for rater in range(votes.shape[1])], index=names)
    opinions = opinions.rename_axis("name").reset_index()
    metrics = pd.DataFrame({"name": names, "metric": metric})
    options = {"n_bootstrap": 1000, "inner_bootstrap": 300, "seed": 1, "n_threads": 1}
    table = analyze(opinions, metrics, coefficients=["pearson", "spearman"], **options).summary()
    return table.set_index("coefficient")[["ci_low", "ci_high"]].to_numpy().tolist()


def correlations(metric, votes):
    opinions = votes.mean(axis=1)
    return pearsonr(metric, opinions), spearmanr(metric, opinions)


print(f"correlation-with-confidence {importlib.metadata.version('correlation-with-confidence')}")
print(f"studies of {STUDIES} whose 95 % interval holds the correlation of all photos, or that of the study")
seen = {}
for count in COUNTS:
    plcc, srcc = (float(result.statistic) for result in correlations(*study(50_000, count)))
    held = np.zeros(5)
    for _ in range(STUDIES):
        metric, votes = study(PHOTOS, count)
        own, own_ranks = correlations(metric, votes)
        fisher = own.confidence_interval()
        bounds = [[fisher.low, fisher.high], *intervals(metric, votes)]
        values = [(plcc,), (plcc, own.statistic), (srcc, own_ranks.statistic)]
        held += [low <= value <= high for (low, high), row in zip(bounds, values, strict=True) for value in row]
    fisher, *seen[count] = (held / STUDIES).tolist()
    print(
        f"{count} votes a photo; expected: 95 % and 100 % ({fisher:.0%} for Fisher's)  "
        "seen: {:.0%} and {:.0%} of PLCC, {:.0%} and {:.0%} of SRCC".format(*seen[count])
    )
    example = intervals(metric, votes)[1]
    print(f"    the last one: SRCC {own_ranks.statistic:.3f}, interval {example[0]:.3f} to {example[1]:.3f}")
if max(seen[5]) > 0.6 or min(seen[50]) < 0.8:
    raise SystemExit("the behaviour has changed")
PYTHON
