#!/bin/sh
# torch 2.15.0: layers that join a training during its warm-up end at a multiple of their learning rate.
#
# Expected by most: a group of weights added to the optimiser at epoch 3 (a backbone that is unfrozen) follows the
# schedule from there, or the schedule refuses it, as `LambdaLR` and `OneCycleLR` do.
# Seen: schedules multiply whatever rate they find by the ratio of two epochs, so a group that joins at its own rate is
# raised by what is left of the warm-up: .1 becomes .27 after 3 of 10 epochs of `LinearLR`, 1.0 in `ConstantLR`, 5.0
# after 10 of 1000 steps from a hundredth. The head, which was there, ends at .1. Add the group from the start.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.15.0
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import torch
from torch.optim.lr_scheduler import ConstantLR, LambdaLR, LinearLR

WARM_UPS = {
    "LinearLR, 10 epochs from a tenth": (LinearLR, {"start_factor": 0.1, "total_iters": 10}, 3),
    "ConstantLR, 5 epochs of a tenth": (ConstantLR, {"factor": 0.1, "total_iters": 5}, 3),
    "LinearLR, 1000 steps from a hundredth": (LinearLR, {"start_factor": 0.01, "total_iters": 1000}, 10),
    "LambdaLR, 10 epochs": (LambdaLR, {"lr_lambda": lambda epoch: min(1, (epoch + 1) / 10)}, 3),
}


def rates(kind, options, joins):
    head, backbone = (torch.zeros(1, requires_grad=True) for _ in range(2))
    optimiser = torch.optim.SGD([head], lr=0.1)
    schedule = kind(optimiser, **options)
    for step in range(options.get("total_iters", 10)):
        if step == joins:
            optimiser.add_param_group({"params": [backbone], "lr": 0.1})
        optimiser.step()
        schedule.step()
    return [group["lr"] for group in optimiser.param_groups]


print(f"torch {torch.__version__}; rates of the head and of a group that joins, after the warm-up")
seen = {}
for name, (kind, options, joins) in WARM_UPS.items():
    try:
        seen[name] = rates(kind, options, joins)
    except ValueError as error:
        seen[name] = []
        print(f"{name}: refused ({error})")
        continue
    head, joined = seen[name]
    print(f"{name}, joined at {joins}: expected: {head:.2f}, 0.10  seen: {head:.2f}, {joined:.2f}")
if any(found and found[1] < 0.2 for found in seen.values()) or seen["LambdaLR, 10 epochs"]:
    raise SystemExit("the behaviour has changed")
PYTHON
