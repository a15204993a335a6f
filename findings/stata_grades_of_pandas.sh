#!/bin/sh
# pandas 3.1.1 with files of pyreadstat 1.3.7: grades of 1 to 5 are 0 to 4 once a file of Stata was read and written.
#
# Expected by most: a table that pandas reads from a .dta file and writes to another one, without a change, holds the
# same numbers, or there is a warning.
# Seen: grades with a label each, "bad" to "excellent", are read as categories, and written as the places of these,
# from 0, among those that were given. A mean opinion of 3.50 is 2.50, one of 4.12 is 1.12 where nobody voted 1 or 2,
# and 70 of 100 is 2.50. In pandas the labels still look right; who reads the numbers, as Stata does, is misled.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile pandas==3.1.1 pyreadstat==1.3.7
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import importlib.metadata

import pandas as pd
import pyreadstat

LABELS = ["bad", "poor", "fair", "good", "excellent"]


def mean_opinions(votes, step):
    labels = {step * place: name for place, name in enumerate(LABELS, start=1)}
    table = pd.DataFrame({"vote": [step * vote for vote in votes]})
    pyreadstat.write_dta(table, "raw.dta", variable_value_labels={"vote": labels})
    pd.read_stata("raw.dta").to_stata("copy.dta", write_index=False)
    assert pd.read_stata("copy.dta")["vote"].tolist() == [LABELS[vote - 1] for vote in votes]
    return [float(pyreadstat.read_dta(name)[0]["vote"].mean()) for name in ("raw.dta", "copy.dta")]


cases = {
    "1 to 5": ([5, 4, 2, 1, 3, 4, 4, 5], 1),
    "1 to 5, nobody voted 1 or 2": ([5, 4, 3, 5, 3, 4, 4, 5], 1),
    "20 to 100": ([5, 4, 2, 1, 3, 4, 4, 5], 20),
}
print(*(f"{name} {importlib.metadata.version(name)}" for name in ("pandas", "pyreadstat")), end="; mean opinions\n")
seen = {}
for case, votes in cases.items():
    seen[case] = mean_opinions(*votes)
    print("expected: {:.2f}  seen: {:.2f}".format(*seen[case]), f"({case})")
if any(before - after < 0.99 for before, after in seen.values()):
    raise SystemExit("the behaviour has changed")
PYTHON
