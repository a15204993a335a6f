#!/bin/sh
# torch 2.15.0: within one `autocast` block a training goes on for ever without learning anything.
#
# Expected by most: it makes no difference for the loss whether `torch.autocast` stands around each step or around
# the whole loop, only operations are chosen by it.
# Seen: the block keeps the bfloat16 copies that it made of the weights until it ends. An optimiser's step inside
# changes the weights, and the next forward pass still computes with the first copies: 30 steps, 30 times the
# loss of the first. No warning.
# Open a block for each step, or pass `cache_enabled=False`.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.15.0
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
from contextlib import nullcontext

import torch


def block(**options):
    return torch.autocast("cpu", dtype=torch.bfloat16, **options)


def losses(around_all, around_step):
    torch.manual_seed(0)
    model = torch.nn.Linear(8, 1)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    images = torch.randn(64, 8)
    scores = images.sum(1, keepdim=True)
    found = []
    with around_all:
        for _ in range(30):
            with around_step():
                loss = torch.nn.functional.mse_loss(model(images).float(), scores)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            found.append(loss.item())
    return found


seen = {
    "each step": losses(nullcontext(), block),
    "the whole loop": losses(block(), nullcontext),
    "the whole loop, cache_enabled=False": losses(block(cache_enabled=False), nullcontext),
}
print(f"torch {torch.__version__}, loss of the first and of the 30th step")
print("expected: equal but for rounding")
for place, values in seen.items():
    print(f"seen:     {values[0]:.3f} {values[-1]:.3f} for a block around {place}")
if len(set(seen["the whole loop"])) > 1 or seen["each step"][-1] > 0.1:
    raise SystemExit("the behaviour has changed")
PYTHON
