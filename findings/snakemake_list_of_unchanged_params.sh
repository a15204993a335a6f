#!/bin/sh
# Snakemake 9.27.1: what `--list-params-changes` names has the parameters that it was made with.
#
# Expected by most: after a build the list is empty, and `-R $(snakemake --list-params-changes)` repeats
# what has changed, as for code.
# Seen: it names an output of every job, though a dry run finds nothing to do; so after an edit of one
# parameter the idiom repeats the whole study. The lists for code and inputs are right.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet snakemake==9.27.1
cd "$folder"
write() { # rate of the second model
    cat > Snakefile <<EOF
RATES = {"one": 0.1, "two": $1, "three": 0.3}

rule all:
    input: expand("{model}.txt", model=RATES)

rule train:
    output: "{model}.txt"
    params: rate=lambda wildcards: RATES[wildcards.model]
    shell: "echo {params.rate} > {output}"
EOF
}
list() { # kind of change
    venv/bin/snakemake "--list-$1-changes" all 2> log | sort | tr '\n' ' '
}
planned() { # options of a dry run
    venv/bin/snakemake --dry-run --cores 1 "$@" all 2>&1 | sed -n 's/^train  *//p' | sort -u
}
write 0.2
venv/bin/snakemake --quiet --cores 1 all > log 2>&1
echo "nothing changed: planned trainings: $(planned | grep . || echo none)"
echo "  changed code: $(list code | grep . || echo none); changed inputs: $(list input | grep . || echo none)"
echo "  changed parameters: $(list params)"
write 0.25
echo "one rate changed: planned trainings: $(planned)"
# shellcheck disable=SC2046
again=$(planned -R $(list params))
echo "  with the list for -R: $again"
test "$(planned)" = 1
test "$again" = 3
