#!/bin/sh
# NumPy 2.4.6, pandas 3.1.1: photos of equal score are sorted in another order by another processor.
#
# Expected by most: `argsort` and `sort_values` are not stable unless asked to be, but one version of one library on one
# table gives one order, on every machine; ties are where the algorithm leaves them.
# Seen: there is an algorithm for each set of instructions (AVX-512, AVX2, neither), and each leaves them elsewhere. Of
# 1000 photos with opinions in tenths, sorted by opinion to put every fifth into the test set, a quarter of that set is the
# same on a server and on a laptop. Below, NumPy is told to leave instructions alone that the processor has.
# `kind="stable"` is one order everywhere.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1
cd "$folder"
cat >test_set.py <<'PYTHON'
import json
import sys

import numpy as np
import pandas as pd

opinions = np.random.default_rng(0).normal(3, 0.7, 1000).clip(1, 5).round(1)
photos = pd.DataFrame({"mos": opinions})
kinds = [{}, {"kind": "stable"}]
sets = [photos.sort_values("mos", **kind).index[::5].tolist() for kind in kinds]
sets += [np.argsort(opinions, **kind)[::5].tolist() for kind in kinds]
json.dump(sets, sys.stdout)
PYTHON
cat >compare.py <<'PYTHON'
import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd

found = np.show_config(mode="dicts")["SIMD Extensions"]["found"]
print(f"NumPy {np.__version__}, pandas {pd.__version__}; this processor has {', '.join(found)}")
if "X86_V3" not in found:
    raise SystemExit("a processor with AVX2 is needed to show it")


def test_sets(without):
    told = {**os.environ, "NPY_DISABLE_CPU_FEATURES": " ".join(without)}
    return json.loads(subprocess.check_output([sys.executable, "test_set.py"], env=told))


newest = [name for name in found if name != "X86_V3"]
machines = {"as it is": test_sets([]), "AVX2": test_sets(newest), "neither": test_sets(found)}
names = ["sort_values", "sort_values, stable", "argsort", "argsort, stable"]
print("expected: all 200 photos of the test set are the same")
seen = {}
for at, name in enumerate(names):
    first, *others = (set(sets[at]) for sets in machines.values())
    seen[name] = [len(first & other) for other in others]
    print(f"seen:     {seen[name]} are, with AVX2 at most and with neither ({name})")
if any(min(seen[name]) > 150 for name in names[::2]) or any(min(seen[name]) < 200 for name in names[1::2]):
    raise SystemExit("the behaviour has changed")
PYTHON
venv/bin/python compare.py
