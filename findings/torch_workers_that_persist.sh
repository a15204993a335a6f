#!/bin/sh
# torch 2.15.0: `persistent_workers` changes the numbers that are drawn from the second epoch on.
#
# Expected by most: it saves the time that it takes to start workers; crops and distortions stay what they were.
# Seen: a worker is seeded when it starts. One that starts anew gets the epoch's seed; one that persists goes
# on with its own numbers. The first epoch is the same, all others are not. Seed each photo from its epoch and id.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.15.0
cat > "$folder/draws.py" <<'PYTHON'
import torch
from torch.utils.data import DataLoader, Dataset


class Crops(Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return torch.randint(0, 100, ())


def epochs(persistent):
    torch.manual_seed(0)
    loader = DataLoader(Crops(), batch_size=4, num_workers=1, persistent_workers=persistent)
    return [next(iter(loader)).tolist() for _ in range(3)]


if __name__ == "__main__":
    print(f"torch {torch.__version__}, the place of 4 crops in three epochs, one seed")
    seen = {flag: epochs(flag) for flag in (False, True)}
    print("expected:", *seen[False])
    print("seen:    ", *seen[True], "with persistent workers")
    if seen[False][0] != seen[True][0] or seen[False][1] == seen[True][1]:
        raise SystemExit("the behaviour has changed")
PYTHON
cd "$folder"
venv/bin/python -W error draws.py
