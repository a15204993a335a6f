#!/bin/sh
# torch 2.13.0: `ReduceLROnPlateau` never reduces the learning rate of a negative loss that stands still.
#
# Expected by most: a loss that does not change for longer than the patience is a plateau.
# Seen: the threshold is relative: better means below best * (1 - 1e-4). For a negative best that bound
# lies above it, so the same value counts as better, each time. A loss of -SRCC or -PLCC that stands
# still keeps its rate for ever, and one that gets slightly worse as well. `threshold_mode="abs"` helps.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.13.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau


def rate_after_30_epochs(loss, threshold_mode):
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = ReduceLROnPlateau(optimiser, patience=9, threshold_mode=threshold_mode)
    for _ in range(30):
        scheduler.step(loss)
    return optimiser.param_groups[0]["lr"]


seen = [rate_after_30_epochs(*case) for case in ((0.8, "rel"), (-0.8, "rel"), (-0.8, "abs"))]
print(f"torch {torch.__version__}; rate after 30 epochs of one loss, from 1, patience 9")
print("expected: the same for a loss of 0.8 and of -0.8")
print("seen:     {:.2g} for 0.8, {:.2g} for -0.8, {:.2g} for -0.8 with 'abs'".format(*seen))
if seen[1] != 1 or seen[0] > 0.1 or seen[2] > 0.1:
    raise SystemExit("the behaviour has changed")
PYTHON
