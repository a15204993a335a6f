#!/bin/sh
# Snakemake 9.27.1: inputs in another order are no reason to run again, though the output has their order.
#
# Expected by most: `rerun-triggers: input` sees any change of the list of inputs.
# Seen: it compares sets. A rule that concatenates, averages with weights by place, or takes `input[0]`
# as the reference keeps its old output when the list is re-ordered; a dry run says that there is
# nothing to do. Sort the list, or repeat it in `params`, whose change is seen.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet snakemake==9.27.1
cd "$folder"
echo a > a
echo b > b
echo "a b" > order
cat > Snakefile <<'RULES'
rule all:
    input: "joined", "joined_params"

rule joined:
    input: open("order").read().split()
    output: "joined"
    shell: "cat {input} | tr -d '\n' > {output}"

rule joined_params:
    input: open("order").read().split()
    output: "joined_params"
    params: order=lambda wildcards: open("order").read().split()
    shell: "cat {input} | tr -d '\n' > {output}"
RULES
run() { venv/bin/snakemake --cores 1 --quiet all; }
run
echo "b a" > order
run
echo "Snakemake $(venv/bin/snakemake --version)"
echo "expected: ba, ba"
seen="$(cat joined), $(cat joined_params)"
echo "seen:     $seen (the second repeats the order in params)"
test "$seen" = "ab, ba" || { echo "the behaviour has changed"; exit 1; }
