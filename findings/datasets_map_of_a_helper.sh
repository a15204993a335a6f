#!/bin/sh
# datasets 5.2.0: `map` gives the old result after its code was edited.
#
# Expected by most: `map` keeps results by a hash of the function, so an edit of the code computes anew.
# Seen: of a function in a module that is imported only the name is hashed, and of what it calls as well.
# An edit of the module that holds the preparation, be it of the function that is mapped or of one
# that it calls, loads yesterday's result from the cache in silence. Only code of the script itself counts.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile datasets==5.2.0
cd "$folder"
export HF_HOME="$folder/home" HF_HUB_OFFLINE=1
venv/bin/python - <<'PYTHON'
import pathlib
import subprocess
import sys

import datasets

pathlib.Path("scores.csv").write_text("score\n1\n2\n")
pathlib.Path("run.py").write_text("""
import datasets
import preparation

datasets.disable_progress_bars()
scores = datasets.Dataset.from_csv("scores.csv", cache_dir="cache")


def prepare(row):
    return preparation.prepare(row)


print(list(scores.map(preparation.prepare)["scaled"]), list(scores.map(prepare)["scaled"]))
""")


def run(factor):
    code = f"def prepare(row):\n    return {{'scaled': {factor} * row['score']}}\n"
    pathlib.Path("preparation.py").write_text(code)
    command = [sys.executable, "-B", "run.py"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


first, edited = run(1), run(100)
print(f"datasets {datasets.__version__}; scores 1 and 2 by an imported function, and by one that calls it")
print("expected: [100, 200] [100, 200], as a factor of 1 became 100")
print("seen:    ", edited)
if (first, edited) != ("[1, 2] [1, 2]", "[1, 2] [1, 2]"):
    raise SystemExit("the behaviour has changed")
PYTHON
