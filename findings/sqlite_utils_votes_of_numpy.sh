#!/bin/sh
# sqlite-utils 4.2.1, NumPy 2.4.6: votes put into SQLite as NumPy's integers have a mean of 0, and all are high.
#
# Expected by most: sqlite-utils knows NumPy's types: it makes a column INTEGER for an int64 and REAL for a float32. So
# numbers are in it.
# Seen: in these columns are the bytes of the numbers. The mean of votes is 0, "vote >= 4" is true for each of them and
# "score < 0.5" for none; scores are sorted by their last bits, and their mean is 13.2 for .5, since bytes that happen
# to be digits are read as a number. Only float64 is stored as a number, so that a table can be half right.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 sqlite-utils==4.2.1
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import importlib.metadata

import numpy as np
import sqlite_utils

votes = np.array([1, 2, 5, 4, 2])
scores = np.array([0.15, 0.3, 0.95, 0.75, 0.35])
QUERY = """
    SELECT avg(vote) AS mean, count(*) FILTER (WHERE vote >= 4) AS high, avg(score) AS score,
        count(*) FILTER (WHERE score < 0.5) AS low, (SELECT photo FROM opinions ORDER BY score DESC) AS best
    FROM opinions
"""


def answers(vote, score):
    database = sqlite_utils.Database(memory=True)
    rows = zip(vote, score, strict=True)
    table = database["opinions"]
    table.insert_all({"photo": place, "vote": v, "score": s} for place, (v, s) in enumerate(rows))
    assert table.columns_dict == {"photo": int, "vote": int, "score": float}
    return next(database.query(QUERY))


print(*(f"{name} {importlib.metadata.version(name)}" for name in ("sqlite-utils", "numpy")), sep=", ")
expected = answers(votes.tolist(), scores.tolist())
seen = answers(votes, scores.astype(np.float32))
print("expected:", expected)
print("seen:    ", seen, "(votes int64, scores float32)")
print("         ", answers(votes, scores), "(votes int64, scores float64)")
if (seen["mean"], seen["score"], seen["high"], seen["low"]) != (0, 13.2, len(votes), 0):
    raise SystemExit("the behaviour has changed")
PYTHON
