#!/bin/sh
# Snakemake 9.27.1: a rule gets another parameter, and in the same edit a second output that nothing asks for.
# Expected by most: the rule runs again, as it does for the other parameter alone.
# Seen: "Nothing to be done". Parameters, code and inputs are compared only if
# there is a record of every output of the job, and the new output has none.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet snakemake==9.27.1
cd "$folder"
mkdir project
cd project

write() { # width, outputs of rule `first`
    cat > Snakefile <<EOF
rule last:
    input: "first.txt"
    output: "last.txt"
    shell: "cp {input} {output}"
rule first:
    output: $2
    params: width=$1
    shell: "echo {params.width} | tee {output} > /dev/null"
EOF
}
plan() {
    "$folder/venv/bin/snakemake" --dry-run --cores 1 2>&1 | grep -c '^rule ' || true
}

write 1 '"first.txt"'
"$folder/venv/bin/snakemake" --quiet all --cores 1
write 2 '"first.txt"'
alone=$(plan)
write 2 '"first.txt", "second.txt"'
together=$(plan)

"$folder/venv/bin/snakemake" --version
echo "planned after another parameter: $alone (expected 2)"
echo "planned after another parameter and a second output: $together (expected 2, seen 0)"
test "$alone" = 2
test "$together" = 0
