#!/bin/sh
# polars 2.1.0: with a seed, every group is shuffled in the same way.
#
# Expected by most: `shuffle(seed=0).over("photo")` draws an order of its own for each group, as pandas and
# NumPy loops do; the seed fixes all of them together.
# Seen: the generator starts anew in each group, so groups of one size have one order. Labels that are shuffled
# within contents for a null model move all alike: the differences between groups survive, and the "null"
# correlates. `sample` does the same. A global seed (`set_random_seed`) draws another order for each group.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 polars==2.1.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import pandas as pd
import polars

groups, size = "abcdef", 5
table = polars.DataFrame(
    {"group": [group for group in groups for _ in range(size)], "value": list(range(size)) * len(groups)}
)


def orders(column):
    return [tuple(column[start : start + size]) for start in range(0, len(column), size)]


def shuffled(**options):
    return orders(table.select(polars.col("value").shuffle(**options).over("group"))["value"].to_list())


by_polars = shuffled(seed=0)
polars.set_random_seed(0)
by_global_seed = shuffled()
of_two = table.group_by("group").agg(polars.col("value").sample(2, seed=0))["value"].to_list()
by_pandas = pd.DataFrame({"group": list(groups) * size}).groupby("group").sample(2, random_state=0).index // len(groups)
print(f"polars {polars.__version__}; orders among {len(groups)} groups of {size}")
print(f"expected: {len(set(by_global_seed))} (a global seed)")
print(f"seen:     {len(set(by_polars))} (shuffle with a seed), {len(set(map(tuple, of_two)))} (sample with a seed)")
pairs = {tuple(by_pandas[start : start + 2]) for start in range(0, len(by_pandas), 2)}
print(f"pandas' sample of groups with a seed: {len(pairs)}")
if len(set(by_polars)) != 1 or len(set(map(tuple, of_two))) != 1 or len(set(by_global_seed)) < 4 or len(pairs) < 3:
    raise SystemExit("the behaviour has changed")
PYTHON
