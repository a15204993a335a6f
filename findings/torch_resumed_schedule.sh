#!/bin/sh
# torch 2.13.0: a training that is resumed for more epochs keeps the old length, and its rate goes up again.
#
# Expected by most: the state of a schedule is where it stands; its length is what the new run was built with.
# Seen: `load_state_dict` brings back every number, the length too. `CosineAnnealingLR(T_max=20)` with
# the state of a run of 10 epochs has `T_max` 10: at epoch 10 the rate is 0, and then the cosine
# climbs back to the first rate, which is reached at epoch 20, where it should be 0. No warning.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.13.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR


def build(epochs):
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    return optimiser, CosineAnnealingLR(optimiser, T_max=epochs)


def train(optimiser, schedule, epochs):
    rates = []
    for _ in range(epochs):
        optimiser.step()
        schedule.step()
        rates.append(round(schedule.get_last_lr()[0], 2))
    return rates


whole = train(*build(20), 20)
optimiser, schedule = build(10)
train(optimiser, schedule, 8)
longer, resumed = build(20)
longer.load_state_dict(optimiser.state_dict())
resumed.load_state_dict(schedule.state_dict())
seen = train(longer, resumed, 12)
print(f"torch {torch.__version__}, rates of epochs 9 to 20; 8 of 10 epochs, then resumed for 20")
print(f"expected: falling to 0, as in {whole[8:]}")
print(f"seen:     {seen}, T_max {resumed.T_max}")
if resumed.T_max != 10 or seen[-1] != 1.0 or whole[-1] != 0.0:
    raise SystemExit("the behaviour has changed")
PYTHON
