#!/bin/sh
# NumPy 2.4.6: zeros at the end of a list of seeds count for nothing.
#
# Expected by most: generators from the seeds 7, [7, 0] and [7, 0, 0] are independent, as those from
# [7, 1] and [7, 2] are; that is what lists of seeds are for.
# Seen: `SeedSequence` fills up to four words with zeros, so they are one generator: that of a study's
# seed 7, of its epoch 0, and of that epoch's image 0 draw the same numbers. And as a large
# number is cut in words of 32 bits, [7, 5] is the single seed 7 + 5 * 2**32. Count from 1, put a constant
# tag that is not 0 last, or use `spawn`.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np


def draw(seed):
    return tuple(np.random.default_rng(seed).integers(0, 1000, 4).tolist())


print(f"NumPy {np.__version__}, the first four numbers of a generator")
print("expected: other numbers in each line")
seeds = (7, [7], [7, 0], [7, 0, 0], [7, 0, 0, 0], [7, 1], [7, 5], 7 + 5 * 2**32)
for seed in seeds:
    print("seen:    ", draw(seed), "of", seed)
if len({draw(seed) for seed in seeds[:5]}) != 1 or draw(seeds[6]) != draw(seeds[7]):
    raise SystemExit("the behaviour has changed")
spawned = [np.random.default_rng(child) for child in np.random.SeedSequence(7).spawn(1)]
if draw(7) in (draw([7, 1]), tuple(spawned[0].integers(0, 1000, 4).tolist())):
    raise SystemExit("the behaviour has changed")
PYTHON
