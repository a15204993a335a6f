#!/bin/sh
# torchattacks 3.5.1: attacks on a model of one score do nothing, or add noise, without a word.
#
# Expected by most: PGD and BIM move the score of a model that gives one number a photo, or refuse it.
# Seen: both follow the cross entropy of the outputs, which is 0 for one output, whatever it is. BIM
# returns the photos as they were; PGD returns its random start, noise, and the model passes for robust.
# The gradient of the score itself, one line of torch, moves it many times as far.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.13.0 torchattacks==3.5.1
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
from importlib.metadata import version

import torch
import torchattacks
from torch import nn

torch.manual_seed(0)
layers = nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(128, 1)
model = nn.Sequential(*layers)
photos = torch.rand(16, 3, 32, 32)
size = 4 / 255
before = model(photos).detach()


def moved(changed):
    return (model(changed).detach() - before).abs().mean().item()


labels = torch.zeros(16, dtype=torch.long)
bim = torchattacks.BIM(model, eps=size, alpha=size / 4, steps=10)(photos, labels)
pgd = torchattacks.PGD(model, eps=size, alpha=size / 4, steps=10)(photos, labels)
noise = moved((photos + torch.empty_like(photos).uniform_(-size, size)).clamp(0, 1))
own = photos.clone().requires_grad_()
model(own).sum().backward()
direct = moved((photos + size * own.grad.sign()).clamp(0, 1))
print(f"torchattacks {version('torchattacks')}, torch {torch.__version__}; scores under 4/255")
print(f"expected: BIM and PGD move it about as far as one step along its gradient, {direct:.5f}")
print(f"seen:     BIM {moved(bim):.5f}, PGD {moved(pgd):.5f}, noise of that size {noise:.5f}")
if moved(bim) > 0 or moved(pgd) > 3 * noise or direct < 5 * noise:
    raise SystemExit("the behaviour has changed")
PYTHON
