#!/bin/sh
# Altair 6.3.0 and Vega by vl-convert 1.9.0: a 95 % interval is another one each time a chart is drawn.
#
# Expected by most: one specification and one table give one picture; an error bar is computed from the data.
# Seen: `extent="ci"` is a bootstrap of 1000 draws inside Vega, which has no seed. Five renderings have five
# intervals, some a twentieth wider than others, and a figure cannot be rebuilt byte by byte. Standard errors
# are steady. Compute intervals before, with a seed, and draw `x` to `x2`.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile altair==6.3.0 vl-convert-python==1.9.0.post1 pandas==3.1.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import re

import altair
import numpy
import pandas
import vl_convert

srcc = 0.85 + 0.05 * numpy.random.default_rng(0).normal(size=12)
table = pandas.DataFrame({"srcc": srcc, "model": "ours"})


def interval(extent):
    chart = altair.Chart(table).mark_errorbar(extent=extent).encode(x="srcc", y="model")
    label = re.search(r'aria-label="(srcc: [^"]*)"', vl_convert.vegalite_to_svg(chart.to_json()))[1]
    ends = re.findall(r"(?:Ci[01] of|upper_|lower_)\s?srcc: ([\d.]+)", label)
    return tuple(sorted({round(float(end), 4) for end in ends}))


print(f"Altair {altair.__version__}, vl-convert {importlib.metadata.version('vl-convert-python')}")
print("expected: one interval, the same in each of five renderings")
seen = {extent: {interval(extent) for _ in range(5)} for extent in ("ci", "stderr")}
widths = [end - start for start, end in seen["ci"]]
count = len(seen["ci"])
print(f"seen:     {count} intervals, {min(widths):.4f} to {max(widths):.4f} wide; {len(seen['stderr'])} of stderr")
if count < 3 or len(seen["stderr"]) != 1:
    raise SystemExit("the behaviour has changed")
PYTHON
