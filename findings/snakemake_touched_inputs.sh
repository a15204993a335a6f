#!/bin/sh
# Snakemake 9.27.1: whether a newer time stamp reruns a job depends on the input's size, and an edit with
# an old time stamp never does.
#
# Expected by most: inputs are compared by time, or by content; either way all of them alike.
# Seen: an input up to a megabyte that was only touched is compared by its checksum and is no reason to
# run; one above is. But the checksum is asked only if the time is newer: another file put in its place
# with an older time (unpacked, synced or copied with its time) is taken for the same.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet snakemake==9.27.1
cd "$folder"
head -c 900000 /dev/zero > small
head -c 1100000 /dev/zero > large
echo first > replaced
cat > Snakefile <<'RULES'
rule all:
    input: expand("of_{name}", name=["small", "large", "replaced"])

rule one:
    input: "{name}"
    output: "of_{name}"
    shell: "head -c 10 {input} > {output}"
RULES
venv/bin/snakemake --cores 1 --quiet all
sleep 1.1
touch small large
echo second > replaced
touch -d 2020-01-01 replaced
plan=$(venv/bin/snakemake --dry-run 2>&1 | grep -oE 'output: of_[a-z]+' | sort -u | tr '\n' ' ')
echo "Snakemake $(venv/bin/snakemake --version)"
echo "expected: touched small and touched large alike; the replaced one runs again"
echo "seen:     runs again: $plan"
test "$plan" = "output: of_large " || { echo "the behaviour has changed"; exit 1; }
