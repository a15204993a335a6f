#!/bin/sh
# Snakemake 9.27.1: a job that fails to renew an output marked `update` is recorded as done.
#
# Expected by most: after a failure the old file is put back, and the next call runs the job again, since its
# parameters (and its inputs) are still others than those of that file.
# Seen: the old file is put back with the time of now, and the parameters of the job that failed are recorded
# as its own. The next call has nothing to do and ends with status 0; without the mark it runs the job again.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet snakemake==9.27.1
cd "$folder"
build() { # with another rate; prints the status
    status=0
    venv/bin/snakemake --cores 1 --config rate="$1" > log 2>&1 || status=$?
    echo "$status"
}
statuses() { # of a good training, of one that fails, and of the call after it
    rm -rf .snakemake checkpoint.txt
    cat > Snakefile <<RULES
rule train:
    output: $1
    params: rate=config["rate"]
    shell: "test {params.rate} -lt 5 && echo trained with rate {params.rate} > {output}"
RULES
    echo "$(build 1) $(build 9) $(build 9)"
}
echo "Snakemake $(venv/bin/snakemake --version)"
plain=$(statuses '"checkpoint.txt"')
updated=$(statuses 'update("checkpoint.txt")')
echo "expected: statuses 0 1 1 with and without the mark"
echo "seen:     $plain without it; $updated with it, and the file says '$(cat checkpoint.txt)'"
test "$plain, $updated" = "0 1 1, 0 1 0" || { echo "the behaviour has changed"; exit 1; }
