#!/bin/sh
# torch 2.13.0: a pass over validation data, unshuffled and without workers, changes the training.
#
# Expected by most: a DataLoader with `shuffle=False` needs no random number.
# Seen: every new iterator draws one from the global generator, as a seed for workers that there may not
# be. So dropout, augmentation and the order of the next epoch depend on how often one validated, and
# "validate every epoch" and "at the end only" are two trainings from one seed. A generator of the
# loader's own keeps them apart.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.13.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import torch
from torch.utils.data import DataLoader


def next_number(**options):
    torch.manual_seed(0)
    if options:
        list(DataLoader([1.0, 2.0], shuffle=False, num_workers=0, **options))
    return torch.rand(1).item()


without = next_number()
after_pass = next_number(batch_size=1)
own_generator = next_number(batch_size=1, generator=torch.Generator())
print(f"torch {torch.__version__}; the first random number after seed 0")
print(f"expected: {without:.6f}, whether or not a loader was read before")
print(f"seen:     {after_pass:.6f} after a pass, {own_generator:.6f} if it has its own generator")
if after_pass == without or own_generator != without:
    raise SystemExit("the behaviour has changed")
PYTHON
