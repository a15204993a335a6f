#!/bin/sh
# polars 2.1.0: a photo without a score takes the SRCC from 1 to .14.
#
# Expected by most: a missing value is left out of a correlation, as pandas does, or makes it NaN.
# Seen: `corr` of polars is NaN for Pearson. For Spearman it ranks NaN above all numbers: the photo that failed
# is the best one. `propagate_nans=True` gives NaN; nulls are left out.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 polars==2.1.0 pandas==3.1.1
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import pandas
import polars

columns = {"score": [float("nan"), 2.0, 3.0, 4.0, 5.0, 6.0], "opinion": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}
nan = polars.DataFrame(columns)
null = nan.fill_nan(None)


def corr(table, method, **options):
    return table.select(polars.corr("score", "opinion", method=method, **options)).item()


expected = pandas.DataFrame(columns)["score"].corr(pandas.DataFrame(columns)["opinion"], method="spearman")
seen = {
    "Spearman, NaN": corr(nan, "spearman"),
    "Spearman, null": corr(null, "spearman"),
    "Pearson, NaN": corr(nan, "pearson"),
    "Spearman, NaN, propagate_nans": corr(nan, "spearman", propagate_nans=True),
}
print(f"polars {polars.__version__}, six photos in order, the first without a score")
print(f"expected: {expected:.3f}, or NaN")
print("seen:    ", *(f"{value:.3f} ({name})" for name, value in seen.items()))
if not (seen["Spearman, NaN"] < 0.5 and seen["Spearman, null"] > 0.999):
    raise SystemExit("the behaviour has changed")
PYTHON
