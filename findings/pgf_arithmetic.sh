#!/bin/sh
# PGF 3.1.10 (TeX Live 2022): numbers computed or rounded in LaTeX are not those of Python.
#
# Expected by most: a difference times 100 is right to the digits that a table prints, and a number
# is rounded to two places as Python's format rounds it.
# Seen: pgfmath has some five digits: 100 (.847 - .842) is .50049, and .6 / .0001 is 6000.06. It
# rounds the written decimals half up, where Python rounds the binary number, so .125 is .13 in
# a table and .12 in a figure. PGF is no package of pip: this needs `pdflatex` and prints the version.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > sums.tex <<'TEX'
\documentclass{article}
\usepackage{pgf}
\makeatletter
\typeout{PGF: \pgfversion}
\pgfmathparse{100*(0.847-0.842)}\typeout{SEEN \pgfmathresult}
\pgfmathparse{0.6/0.0001}\typeout{SEEN \pgfmathresult}
\pgfmathprintnumberto[fixed,precision=2]{0.125}{\rounded}\typeout{SEEN \rounded}
\begin{document}\end{document}
TEX
pdflatex -interaction=batchmode sums.tex >/dev/null
seen=$(sed -n 's/^SEEN //p' sums.log | tr '\n' ' ')
grep '^PGF: ' sums.log
echo "expected: $(python3 -c 'print(f"{100 * (0.847 - 0.842):.5g} {0.6 / 0.0001:.6g} {0.125:.2f}")')"
echo "seen:     $seen"
test "$seen" = '0.50049 6000.06104 $0.13$ ' || { echo "the behaviour has changed"; exit 1; }
