#!/bin/sh
# krippendorff 0.9.0, simpledorff 0.0.2: raters who agree have an alpha below 0 if their votes are stored in 8 bits.
#
# Expected by most: an alpha of whole votes does not know the type that holds them.
# Seen: for `interval` and `ratio` votes in uint8, the type that `loadmat` and `to_numeric(downcast="unsigned")` of
# pandas give, krippendorff takes the distances in it: .95 becomes -.13, as if by chance, for votes of 0 to 100, and .86
# becomes .59 for grades of 1 to 5. Ordinal and nominal votes are right. simpledorff is off by little, .96 for .95.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 krippendorff==0.9.0 simpledorff==0.0.2
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import importlib.metadata

import krippendorff
import numpy as np
import pandas as pd
from simpledorff import calculate_krippendorffs_alpha_for_df
from simpledorff.metrics import interval_metric

draw = np.random.default_rng(0)
votes = np.clip(draw.uniform(10, 90, 40) + draw.normal(0, 5, (6, 40)), 0, 100).round()
TABLES = {"votes of 0 to 100": votes, "grades of 1 to 5": np.clip(np.round(1 + votes / 25), 1, 5)}


def peer(table):
    rater, photo = np.indices(table.shape)
    frame = pd.DataFrame({"rater": rater.ravel(), "photo": photo.ravel(), "vote": table.ravel()})
    return calculate_krippendorffs_alpha_for_df(frame, "photo", "rater", "vote", metric_fn=interval_metric)


def both(alpha, table, *arguments):
    return [float(alpha(table.astype(kind), *arguments)) for kind in (float, np.uint8)]


def own(table, level):
    return krippendorff.alpha(table, level_of_measurement=level)


print(*(f"{name} {importlib.metadata.version(name)}" for name in ("krippendorff", "simpledorff")), sep=", ")
seen = {}
for name, table in TABLES.items():
    for level in ("interval", "ratio", "ordinal", "nominal"):
        seen[name, level] = both(own, table, level)
    seen[name, "interval, simpledorff"] = both(peer, table)
for (name, level), (expected, value) in seen.items():
    print(f"expected: {expected:.2f}  seen: {value:.2f} ({name} in uint8, {level})")
steady = all(expected == value for (_, level), (expected, value) in seen.items() if level in ("ordinal", "nominal"))
votes_seen, grades_seen = (seen[name, "interval"] for name in TABLES)
if not steady or votes_seen[0] < 0.9 or votes_seen[1] > 0 or grades_seen[0] - grades_seen[1] < 0.2:
    raise SystemExit("the behaviour has changed")
PYTHON
