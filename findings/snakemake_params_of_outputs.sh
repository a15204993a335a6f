#!/bin/sh
# Snakemake 9.27.1: whether a changed parameter reruns a job depends on the arguments that the
# parameter's function names, not on its value.
#
# Expected by most: a parameter with another value reruns the job, whatever computes it.
# Seen: `lambda wildcards: ...` does; `lambda wildcards, output: ...` with the same body never does,
# with `--rerun-triggers params` and without a warning. So a setting must not be computed in a function
# that also asks for `output` or `input`, just to build a path beside it, if an edit of it is to count.
# Our rules use it the other way round, for what is no reason to run again.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet snakemake==9.27.1
cd "$folder"
echo 1 > setting
cat > Snakefile <<'RULES'
def setting():
    return open("setting").read().strip()

rule all:
    input: "plain", "derived"

rule plain:
    output: "plain"
    params: value=lambda wildcards: setting()
    shell: "echo {params.value} > {output}"

rule derived:
    output: "derived"
    params: value=lambda wildcards, output: setting()
    shell: "echo {params.value} > {output}"
RULES
run() { "$folder/venv/bin/snakemake" --cores 1 --quiet all --rerun-triggers params; }
run
echo 2 > setting
run
printf 'setting 2, plain %s, derived %s\n' "$(cat plain)" "$(cat derived)"
test "$(cat plain) $(cat derived)" = "2 1" || { echo "the behaviour has changed"; exit 1; }
