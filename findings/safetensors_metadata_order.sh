#!/bin/sh
# safetensors 0.8.0: a file with two or more metadata entries has other bytes at each run.
#
# Expected by most: equal tensors and equal metadata give equal files.
# Seen: the entries are written in the order of a hash table that is seeded anew in each process, so
# two files of the same weights differ in their headers. Without metadata, or with one entry
# (`format: pt`), they are equal. Digests of weights must not cover the header, or metadata stays out.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 safetensors==0.8.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import subprocess
import sys

PROGRAM = """
import hashlib, sys
import numpy as np
from safetensors.numpy import save
entries = {str(number): "value" for number in range(int(sys.argv[1]))}
content = save({"weight": np.ones(3, np.float32)}, metadata=entries)
print(hashlib.sha256(content).hexdigest()[:8])
"""


def digests(entries, runs=12):
    command = [sys.executable, "-c", PROGRAM, str(entries)]
    return {subprocess.check_output(command, text=True).strip() for _ in range(runs)}


seen = {entries: len(digests(entries)) for entries in (0, 1, 6)}
print(f"safetensors {importlib.metadata.version('safetensors')}; different files from 12 runs")
for entries, files in seen.items():
    print(f"{entries} metadata entries  expected: 1  seen: {files}")
if seen[0] != 1 or seen[1] != 1 or seen[6] == 1:
    raise SystemExit("the behaviour has changed")
PYTHON
