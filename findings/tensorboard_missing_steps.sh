#!/bin/sh
# TensorBoard 2.21.0: a curve that is read back from event files has holes after 10,000 steps.
#
# Expected by most: `EventAccumulator` returns every scalar that was written.
# Seen: it keeps 10,000 of a tag, chosen at random; the others are gone, anywhere in the curve. A loss
# logged at each step, and the minimum or mean taken from it, are those of a sample. Give
# `size_guidance={"scalars": 0}`.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 tensorboard==2.21.0 tensorboardX==2.6.5 'setuptools<81'
cd "$folder"
venv/bin/python - <<'PYTHON'
import logging

import tensorboard
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboardX import SummaryWriter

logging.disable()
STEPS = 12_000
with SummaryWriter("events") as writer:
    for step in range(STEPS):
        writer.add_scalar("loss", 1.0 / (step + 1), step)


def steps(**options):
    events = EventAccumulator("events", **options).Reload()
    return [scalar.step for scalar in events.Scalars("loss")]


default, everything = steps(), steps(size_guidance={"scalars": 0})
print(f"TensorBoard {tensorboard.__version__}")
print(f"expected: {STEPS} scalars")
missing = sorted(set(range(STEPS)) - set(default))
print(f"seen:     {len(default)}, without the steps {missing[:5]}...; {len(everything)} with 0")
if len(default) != 10_000 or len(everything) != STEPS:
    raise SystemExit("the behaviour has changed")
PYTHON
