#!/bin/sh
# datatool 2.32: the smallest p-value of a table, written 5e-05, is not below .05 and is sorted last.
#
# Expected by most: a table whose column holds numbers is compared and sorted by numbers, or there is an error.
# Seen: "5e-05", as Python writes what is below .0001, counts as text. One such cell makes \DTLsort sort the whole
# column by letters, so that 9.1 comes after 10.2, and \DTLiflt and \DTLislt compare it by letters with 0.05: of three
# models that differ, the one that differs most is not marked. Only \DTLifnumlt and the means stop with an error.
#
# Needs pdflatex with datatool, which is of the system; nothing is downloaded. Version 3 reads exponents.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 - <<'PYTHON'
from pathlib import Path

ROWS = [("A", 0.21, 10.2), ("B", 0.03, 0.2), ("C", 0.00005, 1e-06), ("D", 0.0004, 9.1), ("E", 0.8, 0.05)]
Path("models.csv").write_text("model,p,error\n" + "".join(f"{name},{p},{error}\n" for name, p, error in ROWS))
PYTHON
cat >table.tex <<'TEX'
\documentclass{article}
\usepackage{datatool}
\begin{document}
\DTLloaddb{models}{models.csv}
\DTLforeach*{models}{\model=model,\p=p}{\DTLiflt{\p}{0.05}{\typeout{SEEN marked \model\space\p}}{}}
\DTLforeach*[\DTLislt{\p}{0.05}]{models}{\model=model,\p=p}{\typeout{SEEN chosen \model\space\p}}
\DTLsort{p}{models}
\DTLforeach*{models}{\model=model,\p=p}{\typeout{SEEN p \model\space\p}}
\DTLsort{error}{models}
\DTLforeach*{models}{\model=model,\error=error}{\typeout{SEEN error \model\space\error}}
\end{document}
TEX
pdflatex -interaction=nonstopmode -halt-on-error table.tex >/dev/null
python3 - <<'PYTHON'
import csv
import re
from pathlib import Path

log = Path("table.log").read_text(encoding="latin-1")
version = re.search(r"Package: datatool \S+ v(\S+)", log)[1]
with open("models.csv", newline="") as file:
    rows = list(csv.DictReader(file))
significant = [row["model"] for row in rows if float(row["p"]) < 0.05]
expected = {"marked": significant, "chosen": significant}
expected |= {name: [row["model"] for row in sorted(rows, key=lambda row: float(row[name]))] for name in ("p", "error")}
print(f"datatool {version}")
changed = False
for name, models in expected.items():
    cells = re.findall(rf"SEEN {name} (\w) (\S+)", log)
    seen = [model for model, _ in cells]
    title = f"{name} as p < .05" if name in ("marked", "chosen") else f"sorted by {name}"
    print(f"{title}; expected: {' '.join(models)}  seen: {', '.join(f'{model} {cell}' for model, cell in cells)}")
    changed |= seen == models
if changed:
    raise SystemExit("the behaviour has changed")
PYTHON
