#!/bin/sh
# Snakemake 9.27.1: a missing file is not made, and all is well, if an `ancient` input is made anew.
#
# Expected by most: what is asked for and is not there is made, whatever happens to its inputs.
# Seen: the rule of an `ancient` input has another parameter. Only that rule runs; the file that was
# asked for is still missing, and Snakemake exits with 0. A second run makes it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet snakemake==9.27.1
cd "$folder"
write() { # parameter of rule `first`
    cat > Snakefile <<EOF
rule first:
    output: "first.txt"
    params: width=$1
    shell: "echo {params.width} > {output}"

rule last:
    input: ancient("first.txt")
    output: "last.txt"
    shell: "cp {input} {output}"
EOF
}
write 1
venv/bin/snakemake --quiet --cores 1 first.txt > log 2>&1
write 2
venv/bin/snakemake --quiet --cores 1 last.txt > log 2>&1
echo "asked for last.txt, exit status 0; there are: $(ls ./*.txt | tr '\n' ' ')"
test ! -e last.txt
