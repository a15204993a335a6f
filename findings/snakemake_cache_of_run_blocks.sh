#!/bin/sh
# Snakemake 9.27.1: the code of a `run` block does not count for its cache.
#
# Expected by most: `cache: True` looks a result up by the code that makes it, as it does for `shell` and `script`, or
# is refused for a rule with `run`.
# Seen: the block is left out. The mean of a table is the answer to its count as well, since both are `run` rules
# without parameters on one input; and after the code of the mean was corrected, and its old file removed, the old one
# comes back. The two rules with `shell` beside them are right.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet snakemake==9.27.1
cd "$folder"
mkdir cache
export SNAKEMAKE_OUTPUT_CACHE="$folder/cache"
seq 10 14 > scores.csv
cat > Snakefile <<'RULES'
rule all:
    input: "mean.txt", "count.txt", "least.txt", "lines.txt"
rule mean:
    input: "scores.csv"
    output: "mean.txt"
    cache: True
    run:
        scores = [float(line) for line in open(input[0])]
        open(output[0], "w").write(f"mean {sum(scores) / 4}\n")
rule count:
    input: "scores.csv"
    output: "count.txt"
    cache: True
    run:
        open(output[0], "w").write(f"count {len(list(open(input[0])))}\n")
rule least:
    input: "scores.csv"
    output: "least.txt"
    cache: True
    shell: "echo least $(head -1 {input}) > {output}"
rule lines:
    input: "scores.csv"
    output: "lines.txt"
    cache: True
    shell: "echo lines $(wc -l < {input}) > {output}"
RULES
echo "Snakemake $(venv/bin/snakemake --version)"
results() { # the mean first, then the rest
    venv/bin/snakemake --cores 1 --cache -- mean.txt > log 2>&1
    venv/bin/snakemake --cores 1 --cache > log 2>&1
    echo "$(cat mean.txt), $(cat count.txt), $(cat least.txt), $(cat lines.txt)"
}
echo "expected: mean 15.0, count 5, least 10, lines 5"
first=$(results)
echo "seen:     $first"
sed -i 's|sum(scores) / 4|sum(scores) / 5|' Snakefile
rm ./*.txt
echo "expected: mean 12.0, count 5, least 10, lines 5 (after a correction, in an empty folder)"
second=$(results)
echo "seen:     $second"
wrong="mean 15.0, mean 15.0, least 10, lines 5"
test "$first $second" = "$wrong $wrong" || { echo "the behaviour has changed"; exit 1; }
