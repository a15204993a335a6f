#!/bin/sh
# Dask 2026.8.0: the median of 40,000 scores in four parts is 50.0 for 42.5, and 46.7 with the quartiles beside it.
#
# Expected by most: quantiles are said to be approximate, so they are a little off, less for more rows, and the median
# does not depend on which other quantiles are asked for.
# Seen: a part hands over no more than its own minimum, its quantiles that were asked for and its maximum. Where parts
# differ (a file per distortion, per dataset, per model), the median is 7.5 points off for 10,000 rows a part, and .9
# is at .77. For parts of ten rows, all drawn alike, .05 is at .35. No warning. `method="tdigest"` (it needs crick) is
# another algorithm; `repartition(npartitions=1)` is exact.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 pyarrow==26.0.1 \
  "dask[dataframe]==2026.8.0"
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import dask
import dask.dataframe as dd
import numpy as np
import pandas as pd

draw = np.random.default_rng(0)
by_distortion = [pd.DataFrame({"score": draw.normal(mean, 5, 10_000)}) for mean in (20, 35, 50, 80)]
alike = [pd.DataFrame({"score": draw.normal(50, 15, 10)}) for _ in range(100)]
ASKED = {
    "10,000 rows a part": (by_distortion, 0.5, 0.5),
    "the same, with both quartiles": (by_distortion, 0.5, [0.25, 0.5, 0.75]),
    "the same, .9": (by_distortion, 0.9, 0.9),
    "10 rows a part, all alike, .05": (alike, 0.05, 0.05),
    "the same in one part": ([pd.concat(alike)], 0.05, 0.05),
}
print(f"dask {dask.__version__}, pandas {pd.__version__}")
seen = {}
for name, (parts, level, asked) in ASKED.items():
    scores = np.sort(pd.concat(parts).score)
    expected = np.quantile(scores, level)
    found = dd.concat([dd.from_pandas(part, npartitions=1) for part in parts]).score.quantile(asked).compute()
    value = float(found[level] if isinstance(asked, list) else found)
    seen[name] = value - expected
    rank = np.searchsorted(scores, value) / len(scores)
    print(f"{name}: expected: {expected:.1f}  seen: {value:.1f}, which is at {rank:.2f}")
alone, beside, high, small, whole = seen.values()
if alone < 4 or alone - beside < 1 or high > -5 or small < 5 or abs(whole) > 0.01:
    raise SystemExit("the behaviour has changed")
PYTHON
