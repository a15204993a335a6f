#!/bin/sh
# jq 1.13.0 (PyPI, libjq) with JSON of Python: the run whose loss is NaN has the smallest loss.
#
# Expected by most: a NaN that Python writes into JSON is refused by jq, or is in no comparison true, as in Python.
# Seen: it is read, is smaller than all numbers and is printed as null: `min_by(.loss)` names the diverged run,
# `.loss < 0.25` keeps it, a ranking begins with it, and `.loss != null` does not take it out, although what is printed
# is null. Only `isnan` finds it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile jq==1.13.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import json
import math
import sys

import jq

runs = [{"run": "a", "loss": 0.31}, {"run": "diverged", "loss": math.nan}, {"run": "c", "loss": 0.2}]
text = json.dumps(runs)
QUERIES = {
    "min_by(.loss) | .run": "c",
    "map(select(.loss < 0.25) | .run)": ["c"],
    "sort_by(.loss) | map(.run)": ["c", "a", "diverged"],
    "map(select(.loss != null) | .run)": ["a", "c"],
    "map(select(.loss | isnan | not) | .run)": ["a", "c"],
    "map(.loss)": [0.31, math.nan, 0.2],
}
print(f"jq {importlib.metadata.version('jq')}, Python {sys.version_info.major}.{sys.version_info.minor}; {text}")
seen = [jq.compile(query).input_text(text).first() for query in QUERIES]
for (query, expected), value in zip(QUERIES.items(), seen):
    print(f"expected: {expected}  seen: {value} ({query})")
best, small, ranked, known, numbers, losses = seen
first = best == ranked[0] == small[0] == "diverged" and "diverged" in known
if not first or numbers != ["a", "c"] or losses[1] is not None:
    raise SystemExit("the behaviour has changed")
PYTHON
