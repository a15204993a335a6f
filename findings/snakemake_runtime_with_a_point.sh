#!/bin/sh
# Snakemake 9.27.1: a runtime of 240.0 on the command line is four minutes, one of 240 is four hours.
#
# Expected by most: a runtime without a unit is in minutes, as its documentation says, with a decimal
# point or without one.
# Seen: with one it is in seconds, rounded to whole minutes: a job that is given 1.5 times as long
# as 90 by a script that computes it gets 2 minutes, and is killed after them on a cluster.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet snakemake==9.27.1
cd "$folder"
cat > Snakefile <<'EOF'
rule long:
    output: "minutes.txt"
    resources: runtime=60
    shell: "echo {resources.runtime} > {output}"
EOF
minutes() { # as it is asked for
    rm -f minutes.txt
    venv/bin/snakemake --quiet --cores 1 --set-resources "long:runtime=$1" > log 2>&1
    cat minutes.txt
}
whole=$(minutes 240)
point=$(minutes 240.0)
longer=$(minutes "$(venv/bin/python -c 'print(1.5 * 90)')")
echo "runtime=240 is $whole minutes, 240.0 is $point, 135.0 is $longer"
test "$whole $point $longer" = "240 4 2"
