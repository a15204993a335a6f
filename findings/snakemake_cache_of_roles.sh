#!/bin/sh
# Snakemake 9.27.1: in its cache, trained on A and tested on B is trained on B and tested on A.
#
# Expected by most: the cache between workflows knows a result by all that it comes from, as its documentation says
# (steps, parameters, inputs); wildcards that are only in names of files are allowed.
# Seen: it knows the contents of a job's inputs, sorted, but not which of them was which. Of two experiments across
# datasets one is run, and both files hold its result. Of inputs that other rules make it knows the rule alone: the
# number of training photos is that of test photos too, if one rule wrote both lists. Nothing is said of it, and exit
# status 0; without `--cache` all four are right. The documentation calls the cache experimental, and asks for `params`
# where a command reads wildcards, of which there are none here.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet snakemake==9.27.1
cd "$folder"
mkdir cache
export SNAKEMAKE_OUTPUT_CACHE="$folder/cache"
echo koniq > koniq.csv
echo spaq > spaq.csv
cat > Snakefile <<'RULES'
rule all:
    input: "koniq-spaq.txt", "spaq-koniq.txt", "train.count", "test.count"
rule experiment:
    input: train="{a}.csv", test="{b}.csv"
    output: "{a}-{b}.txt"
    cache: True
    shell: "echo trained on $(cat {input.train}), tested on $(cat {input.test}) > {output}"
rule split:
    output: "train.list", "test.list"
    shell: "seq 80 > {output[0]}; seq 20 > {output[1]}"
rule count:
    input: "{part}.list"
    output: "{part}.count"
    cache: True
    shell: "wc -l < {input} > {output}"
RULES
echo "Snakemake $(venv/bin/snakemake --version)"
results() {
    venv/bin/snakemake --cores 1 "$@" > log 2>&1
    for name in koniq-spaq.txt spaq-koniq.txt train.count test.count; do
        echo "$name: $(cat "$name")"
    done
}
results > without
rm ./*.txt ./*.count
results --cache > with
sed 's/^/expected: /' without
sed 's/^/seen:     /' with
pairs_are_one() {
    cmp -s koniq-spaq.txt spaq-koniq.txt && cmp -s train.count test.count
}
grep -q "^spaq-koniq.txt: trained on spaq" without && pairs_are_one || { echo "the behaviour has changed"; exit 1; }
