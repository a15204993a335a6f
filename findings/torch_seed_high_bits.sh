#!/bin/sh
# torch 2.13.0: seeds that differ by 2**32 are one seed.
#
# Expected by most: `manual_seed` takes 64 bits, `initial_seed` gives them back, so all of them count.
# Seen: on a CPU the generator is begun from the lower 32 bits. A seed that is put together as
# `study << 32 | epoch`, or one made of a hash's upper bits, is that of the lower half alone: every study
# has the weights, crops and dropout of the first. NumPy reads all bits.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.13.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import torch

epoch = 3
seeds = [study << 32 | epoch for study in (0, 1, 2)]


def by_torch(seed):
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(1000, generator=generator)[:3].tolist()
    return generator.initial_seed() == seed, tuple(order), torch.randn(1, generator=generator).item()


print(f"torch {torch.__version__}; seeds {seeds}")
print("expected: three orders")
for seed in seeds:
    print("seen:    ", by_torch(seed)[1], "of seed", seed)
drawn = {by_torch(seed) for seed in seeds}
by_numpy = {np.random.default_rng(seed).random() for seed in seeds}
if len(drawn) != 1 or not drawn.pop()[0] or len(by_numpy) != 3:
    raise SystemExit("the behaviour has changed")
PYTHON
