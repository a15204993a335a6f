#!/bin/sh
# siunitx 3: 10,073 photos, as Python writes a count, are set as 10.073, or as 10 in a table.
#
# Expected by most: \num and an S column group the digits of a number, and refuse what they cannot read.
# Seen: a comma is read as a decimal one, and set as a point: KonIQ-10k has 10.073 photos, KADID-10k 10.125. Where the
# table is rounded, 30,000 votes are 30.00 and 10,073 photos are 10. A number with two commas (1,169,000) is an error,
# one with none is right. `input-decimal-markers = .` with `input-ignore = {,}` reads them as they are meant.
#
# Needs pdflatex with siunitx, which is of the system; nothing is downloaded.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 - <<'PYTHON'
from pathlib import Path

SETTINGS = {
    "plain": "",
    "rounded": "round-mode=places, round-precision=2",
    "whole": "round-mode=places, round-precision=0",
    "told": "input-decimal-markers=., input-ignore={,}",
}
lines = [r"\setbox0\hbox{\num[%s]{%s}}\typeout{SEEN %s %d}\showbox0" % (options, f"{count:,}", name, count)
         for name, options in SETTINGS.items() for count in (10073, 30000)]
preamble = r"\documentclass{article}\usepackage{siunitx}\sisetup{mode=text}\showboxbreadth=999\showboxdepth=999"
Path("counts.tex").write_text("\n".join([preamble, r"\begin{document}\tracingonline=0", *lines, r"\end{document}"]))
PYTHON
pdflatex -interaction=nonstopmode counts.tex >/dev/null || true
python3 - <<'PYTHON'
import re
from pathlib import Path

log = Path("counts.log").read_text(encoding="latin-1")
print(f"siunitx {re.search(r'Package: siunitx (.*)', log)[1]}")
seen = {}
for part in re.split("^SEEN ", log, flags=re.MULTILINE)[1:]:
    name, count = re.match(r"(\w+) (\d+)", part).groups()
    box = part.partition("> \\box0=")[2].partition("!")[0]
    seen[name, count] = "".join(re.findall(r"/\d+(?:\.\d+)? (\S)", box))
    print(f"{int(count):,} ({name}): expected: {count}  seen: {seen[name, count]}")
if seen["plain", "10073"] != "10.073" or seen["whole", "30000"] != "30" or seen["told", "10073"] != "10073":
    raise SystemExit("the behaviour has changed")
PYTHON
