#!/bin/sh
# torch 2.13.0: the bytes of a saved file depend on its name.
#
# Expected by most: equal tensors saved by one version give equal files, wherever they lie.
# Seen: the name without its ending is the name of the folder inside the archive. A checkpoint that
# is written to a temporary name and then renamed (the safe way) has another digest at each run, and a
# rerun decision by digest starts everything after it again. Saving to a buffer has a fixed name.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.13.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import hashlib
import io
from pathlib import Path

import torch

weights = {"weight": torch.ones(3)}


def digest(content):
    return hashlib.sha256(content).hexdigest()[:12]


def saved_as(name):
    torch.save(weights, name)
    return digest(Path(name).read_bytes())


def saved_to_buffer():
    buffer = io.BytesIO()
    torch.save(weights, buffer)
    return digest(buffer.getvalue())


seen = [saved_as("last.pt"), saved_as("last.pt"), saved_as("best.pt")]
buffers = [saved_to_buffer(), saved_to_buffer()]
print(f"torch {torch.__version__}")
print("expected: one digest")
print(f"seen:     last.pt {seen[0]}, again {seen[1]}, best.pt {seen[2]}, buffers {' '.join(buffers)}")
if seen[0] != seen[1] or seen[0] == seen[2] or buffers[0] != buffers[1]:
    raise SystemExit("the behaviour has changed")
PYTHON
