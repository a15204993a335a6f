#!/bin/sh
# plotnine 0.15.9, Matplotlib 3.11.2: the median that a violin marks is not that of the opinions.
#
# Expected by most: lines at the quartiles of a violin are at those of its data, as in a box or in Matplotlib's violin.
# Seen: `geom_violin(draw_quantiles=...)` marks those of the smoothed outline, cut off at the ends of the scale. Where
# 70 of 100 votes are 4, the quartiles are drawn at 3.3 and 4.3; a photo that most give a 5 and others a 1 has its
# median at 3.6, below that of a photo whose median is 4.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 matplotlib==3.11.2 plotnine==0.15.9
cd "$folder"
MPLCONFIGDIR="$folder" MPLBACKEND=agg venv/bin/python -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from plotnine import aes, geom_violin, ggplot

counts = {  # of votes for 1 to 5
    "liked by most": (3, 3, 4, 35, 55),
    "agreed on": (0, 4, 16, 70, 10),
    "loved or hated": (42, 4, 0, 0, 54),
}
votes = {name: np.repeat(np.arange(1, 6), number) for name, number in counts.items()}


def by_plotnine(opinions):
    """The heights of the three lines that the violin of one photo marks."""
    table = pd.DataFrame({"photo": "photo", "vote": opinions})
    figure = (ggplot(table, aes("photo", "vote")) + geom_violin(draw_quantiles=[0.25, 0.5, 0.75])).draw()
    paths = [path.vertices for part in figure.axes[0].collections for path in part.get_paths()]
    return sorted(float(path[0, 1]) for path in paths if len(path) == 2)


def by_matplotlib(opinions):
    parts = plt.figure().add_subplot().violinplot(opinions, quantiles=[0.25, 0.5, 0.75])
    return sorted(float(line[0, 1]) for line in parts["cquantiles"].get_segments())


print(", ".join(f"{name} {version(name)}" for name in ("plotnine", "matplotlib", "pandas")))
seen = {name: (np.quantile(of, [0.25, 0.5, 0.75]), by_matplotlib(of), by_plotnine(of)) for name, of in votes.items()}
for name, lines in seen.items():
    quartiles, matplotlib, plotnine = ([round(float(value), 2) for value in values] for values in lines)
    print(f"expected: {quartiles}  seen: {plotnine}; Matplotlib {matplotlib} ({name})")
(median, _, drawn), (divided, _, drawn_divided) = ([values[1] for values in seen[name]] for name in list(seen)[1:])
if not (median < divided and drawn_divided < drawn):
    raise SystemExit("the behaviour has changed")
PYTHON
