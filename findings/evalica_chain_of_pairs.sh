#!/bin/sh
# evalica 0.4.2: Bradley-Terry scores of photos that were compared with their neighbours are those of a fit cut short.
#
# Expected by most: the scores are the most likely ones, as in choix, or a warning says that they are not.
# Seen: the fit stops after 100 rounds in silence (only `iterations` of the result says so). Where each photo was
# compared with the next one only, as after a sorting, it needs thousands: the SRCC with the quality that the votes
# were drawn from is .61 instead of .99, which the same call reaches with a larger `limit`.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 choix==0.4.1 evalica==0.4.2
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
from importlib.metadata import version

import choix
import evalica
import numpy as np
from scipy.stats import spearmanr

PHOTOS, VOTES = 100, 40
draw = np.random.default_rng(0)
quality = draw.permutation(np.linspace(0, 10, PHOTOS))
order = np.argsort(quality)
won = []  # of each vote: the winner, the loser
for worse, better in zip(order, order[1:], strict=False):
    right = draw.random(VOTES) < 1 / (1 + np.exp(quality[worse] - quality[better]))
    won += [(int(better), int(worse)) if vote else (int(worse), int(better)) for vote in right]
winners, losers = zip(*won, strict=True)


def fit(**options):
    """The SRCC of the scores with the quality, and the rounds of the fit."""
    result = evalica.bradley_terry(winners, losers, [evalica.Winner.X] * len(won), **options)
    return spearmanr(result.scores.sort_index(), quality).statistic, result.iterations


expected = spearmanr(choix.ilsr_pairwise(PHOTOS, won, max_iter=1000), quality).statistic
seen, rounds = fit()
more, rounds_of_more = fit(limit=1_000_000)
print(f"evalica {version('evalica')}, choix {version('choix')}; {PHOTOS} photos, {len(won)} votes between neighbours")
print(f"expected: SRCC {expected:.3f} with the quality that was drawn (choix)")
print(f"seen:     {seen:.3f} after {rounds} rounds, {more:.3f} after {rounds_of_more}")
if not (seen < expected - 0.2 and abs(more - expected) < 0.02):
    raise SystemExit("the behaviour has changed")
PYTHON
