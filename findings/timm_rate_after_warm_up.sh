#!/bin/sh
# timm 1.0.31: after a warm-up of half the epochs the rate begins at half of what was asked for.
#
# Expected by most: the rate climbs to `lr` and falls from there along a cosine.
# Seen: it climbs towards `lr`, then takes the place that the cosine has in that epoch: .5 after 10 of 20 epochs,
# .85 after 5. The largest rate of all epochs is .90 and .85, and a log of `lr` says 1. With `warmup_prefix=True`
# it starts at `lr`; then it ends before it is low, unless the epochs of the warm-up are added.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.15.0 torchvision==0.29.2
"$folder/venv/bin/pip" install --quiet --no-compile timm==1.0.31
cd "$folder"
venv/bin/python - <<'PYTHON'
import timm
import torch
from timm.scheduler import create_scheduler_v2


def rates(warm_up):
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    options = {"num_epochs": 20, "warmup_epochs": warm_up, "warmup_lr": 0.0}
    schedule, epochs = create_scheduler_v2(optimiser, sched="cosine", **options)
    found = []
    for epoch in range(epochs):
        found.append(optimiser.param_groups[0]["lr"])
        schedule.step(epoch + 1)
    return found


print(f"timm {timm.__version__}, a cosine over 20 epochs, lr=1")
seen = {warm_up: rates(warm_up) for warm_up in (0, 5, 10)}
for warm_up, found in seen.items():
    print(f"warm-up of {warm_up}: expected: 1.00 after it  seen: {found[warm_up]:.2f}, {max(found):.2f} at most")
if seen[0][0] != 1 or seen[10][10] > 0.6 or max(seen[10]) > 0.95:
    raise SystemExit("the behaviour has changed")
PYTHON
