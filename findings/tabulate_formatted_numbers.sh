#!/bin/sh
# tabulate 0.10.0, and `DataFrame.to_markdown` of pandas with it: a formatted number is formatted anew.
#
# Expected by most: cells that are text are printed as they are; .840 and .900 keep their three decimals.
# Seen: text that looks like a number is read as one and printed with `g`: 0.84 and 0.9. Runs called
# 1e3 and 2e3 become 1000 and 2000. In one column, whatever each row needs is printed, so the
# last digit, with which a table says how exact it is, goes. `disable_numparse=True` leaves text alone.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 tabulate==0.10.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import pandas as pd
import tabulate

table = pd.DataFrame({"run": ["1e3", "2e3"], "SRCC": [f"{value:.3f}" for value in (0.84, 0.9)]})


def cells(**options):
    lines = table.to_markdown(index=False, **options).splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


print(f"tabulate {tabulate.__version__}, pandas {pd.__version__}")
print("expected:", cells(disable_numparse=True))
print("seen:    ", cells())
if (
    cells() != [["1000", "0.84"], ["2000", "0.9"]]
    or cells(disable_numparse=True) != table.to_numpy().tolist()
):
    raise SystemExit("the behaviour has changed")
PYTHON
