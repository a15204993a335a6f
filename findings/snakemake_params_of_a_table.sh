#!/bin/sh
# Snakemake 9.27.1 with pandas 3.1.1: a learning rate that was edited in a table runs the job again, a seed does not.
#
# Expected by most: an edited parameter is a reason to run a job again, whatever its type.
# Seen: those that are neither of Python's own types nor whole pandas tables are not recorded. A cell of a table is
# NumPy's: float64 counts as Python's float and is seen, int64 and bool_ are not; nor are arrays of any size, or a
# `Path`. There is no word of it, at the first run or the second. Put `int(...)`, `.tolist()` or `str(...)` around them.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet snakemake==9.27.1 numpy==2.4.6 pandas==3.1.1
cd "$folder"
cat > Snakefile <<'RULES'
from pathlib import Path

import pandas as pd

runs = pd.read_csv("runs.csv").set_index("run")
values = {
    "rate": runs.at["first", "rate"],
    "name": runs.at["first", "name"],
    "seed": runs.at["first", "seed"],
    "flip": runs.at["first", "flip"],
    "int_of_seed": int(runs.at["first", "seed"]),
    "array": runs["seed"].to_numpy(),
    "list": runs["seed"].tolist(),
    "path": Path(runs.at["first", "name"]),
}

rule all:
    input: expand("{of}.txt", of=values)
rule report:
    output: "{of}.txt"
    params: value=lambda wildcards: values[wildcards.of]
    shell: "echo {params.value} > {output}"
RULES
run() {
    venv/bin/snakemake --cores 1 > log 2>&1
}
printf 'run,name,rate,seed,flip\nfirst,resnet,0.1,1,True\nother,vit,0.3,5,False\n' > runs.csv
run
printf 'run,name,rate,seed,flip\nfirst,swin,0.2,2,False\nother,vit,0.3,5,False\n' > runs.csv
run
echo "Snakemake $(venv/bin/snakemake --version)"
seen=""
for of in rate name int_of_seed list seed flip array path; do
    case "$of" in
        rate) expected=0.2 ;;
        name | path) expected=swin ;;
        flip) expected=False ;;
        array | list) expected="2 5" ;;
        *) expected=2 ;;
    esac
    found=$(cat "$of.txt")
    echo "$of: expected: $expected  seen: $found"
    test "$expected" = "$found" || seen="$seen $of"
done
test "$seen" = " seed flip array path" || { echo "the behaviour has changed"; exit 1; }
