#!/bin/sh
# latexmk 4.79: a table or figure that was missing and is there now is not put into the paper.
#
# Expected by most: latexmk knows what the document reads, and runs again once a file that it asked for
# is there. With \InputIfFileExists a draft compiles before all its tables are made.
# Seen: only files that were read are known; those that were looked for and not found are in neither the
# list nor the log. "All targets are up-to-date", exit status 0, and the paper still says "to come". The
# other way it works: a file that was read and is gone makes it run. This needs `latexmk` and `pdflatex`.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > paper.tex <<'TEX'
\documentclass{article}
\begin{document}
\InputIfFileExists{table.tex}{}{\typeout{SEEN to come}}
A text.
\end{document}
TEX
set_paper() { latexmk -pdf -interaction=batchmode paper.tex >/dev/null 2>&1; }
seen() { sed -n 's/^SEEN //p' paper.log; }
set_paper
printf '%s\n' '\typeout{SEEN table 1}' > table.tex
set_paper
appeared=$(seen)
echo '% edited' >> paper.tex
set_paper
read_once=$(seen)
printf '%s\n' '\typeout{SEEN table 2}' > table.tex
set_paper
latexmk -version | sed -n 's/^Latexmk,.*Version /latexmk /p'
echo "expected: table 1, and table 2 once edited"
echo "seen:     $appeared, $read_once after an edit of the paper, $(seen) once edited"
test "$appeared, $read_once, $(seen)" = "to come, table 1, table 2" || { echo "the behaviour has changed"; exit 1; }
