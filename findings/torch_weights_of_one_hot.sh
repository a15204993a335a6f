#!/bin/sh
# torch 2.15.0: a weighted cross entropy is 2.4 times as large when targets are given one-hot.
#
# Expected by most: the number of a grade and its one-hot row are one target, and `cross_entropy` gives one loss.
# Seen: so it does without weights. With weights of the grades the mean divides by the sum of the targets' weights
# for numbers, and by the number of photos for rows. With weights of 1 to 5 the loss is 4.78
# instead of 2.00, and so is each gradient: mixed targets, given as rows, train at another rate.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.15.0
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import torch
from torch.nn.functional import cross_entropy, one_hot

torch.manual_seed(0)
logits = torch.randn(64, 5)
grades = torch.randint(0, 5, (64,))
rows = one_hot(grades, 5).float()
weights = {"no weights": None, "weights 1 to 5": torch.tensor([1.0, 2, 3, 4, 5])}
print(f"torch {torch.__version__}, 64 photos in five grades")
seen = {}
for name, weight in weights.items():
    seen[name] = [cross_entropy(logits, target, weight=weight).item() for target in (grades, rows)]
    print(f"{name}: expected: {seen[name][0]:.3f} for both  seen: {seen[name][1]:.3f} for one-hot rows")
plain, weighted = seen.values()
if abs(plain[0] - plain[1]) > 1e-5 or weighted[1] < 2 * weighted[0]:
    raise SystemExit("the behaviour has changed")
PYTHON
