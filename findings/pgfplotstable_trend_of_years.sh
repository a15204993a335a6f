#!/bin/sh
# PGFPlotsTable 1.18.1: the line through values of seven years is more than twice as steep as the values.
#
# Expected by most: a linear regression has three right digits, as other results of PGF have.
# Seen: the sums of the normal equations are kept to six digits. For years, which are large beside what they differ
# by, the digits that matter are cut off. Years counted from 2018 give the right slope.
#
# Needs pdflatex with PGFPlots, which is of the system; nothing is downloaded.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >trend.tex <<'TEX'
\documentclass{article}
\usepackage{pgfplotstable}
\pgfplotsset{compat=1.18}
\begin{document}
\pgfplotstableread{
year count srcc
2018 0 .768
2019 1 .820
2020 2 .812
2021 3 .817
2022 4 .835
2023 5 .842
2024 6 .849
}\table
\pgfplotstablecreatecol[linear regression={x=year, y=srcc}]{fit}{\table}
\typeout{SEEN year \pgfplotstableregressiona}
\pgfplotstablecreatecol[linear regression={x=count, y=srcc}]{fit2}{\table}
\typeout{SEEN count \pgfplotstableregressiona}
\end{document}
TEX
pdflatex -interaction=nonstopmode -halt-on-error trend.tex >/dev/null
python3 - <<'PYTHON'
import re
from pathlib import Path
from statistics import linear_regression

log = Path("trend.log").read_text(encoding="latin-1")
version = re.search(r"Package: pgfplotstable \S+ (\S+)", log)[1]
srcc = [0.768, 0.820, 0.812, 0.817, 0.835, 0.842, 0.849]
expected = linear_regression(range(2018, 2025), srcc).slope
seen = {name: float(value) for name, value in re.findall(r"SEEN (\w+) (\S+)", log)}
print(f"PGFPlotsTable {version}; SRCC of seven years, change in a year")
print(f"expected: {expected:.4f}")
print(f"seen:     {seen['year']:.4f} by the year, {seen['count']:.4f} by years since 2018")
if not (seen["year"] > 2 * expected and abs(seen["count"] - expected) < 0.0001):
    raise SystemExit("the behaviour has changed")
PYTHON
