#!/bin/sh
# csvkit 2.2.0, agate 1.14.2: a viewing distance of 3H is three hours, a photo of 12M twelve minutes.
#
# Expected by most: a tool that sorts or joins rows leaves the cells as they are.
# Seen: cells are read by type and written anew. A column of 3H, 4.5H and 6H (viewing distances in heights of the
# picture, as in BT.500) becomes 3:00:00, 4:30:00 and 6:00:00, sizes of 8M and 12M 0:08:00 and 0:12:00, a screen
# of 16:9 stays one, votes of 0 and 1 are False and True. One cell of another kind (2160p) leaves its column alone.
# `--no-inference` leaves all alone, and sorts 10 before 9.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile agate==1.14.2 csvkit==2.2.0
cd "$folder"
cat >trials.csv <<'CSV'
photo,distance,pixels,screen,srcc,vote
b,3H,12M,16:9,0.840,1
a,4.5H,8M,4:3,0.900,0
c,6H,24M,16:9,0.810,1
CSV
venv/bin/csvsort --columns photo trials.csv >sorted.csv
venv/bin/python - <<'PYTHON'
import importlib.metadata
from pathlib import Path

print(*(f"{name} {importlib.metadata.version(name)}" for name in ("csvkit", "agate")), sep=", ")
head, *rows = Path("trials.csv").read_text().splitlines()
expected = [head, *sorted(rows)]
seen = Path("sorted.csv").read_text().splitlines()
for before, after in zip(expected, seen):
    print(f"expected: {before:28} seen: {after}")
if seen[1:3] != ["a,4:30:00,0:08:00,4:3,0.900,False", "b,3:00:00,0:12:00,16:9,0.840,True"]:
    raise SystemExit("the behaviour has changed")
PYTHON
