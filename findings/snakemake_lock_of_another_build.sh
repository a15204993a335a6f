#!/bin/sh
# Snakemake 9.27.1: a build that ends removes the locks of the builds that go on beside it.
#
# Expected by most: while a training runs, a second call for the same checkpoint is refused, as the first such
# call is, whatever else was built in that folder meanwhile.
# Seen: it is refused until a call for any other file has ended, one with nothing to do too. Then it is not, and
# the same checkpoint is trained by two processes at one time.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet snakemake==9.27.1
cd "$folder"
cat > Snakefile <<'RULES'
rule train:
    output: "checkpoint.txt"
    shell: "echo begun >> trainings.txt; while [ ! -e go ]; do sleep 0.2; done; touch {output}"
rule table:
    output: "table.txt"
    shell: "touch {output}"
RULES
build() { # prints the status
    status=0
    venv/bin/snakemake --cores 1 "$1" > "log-$1" 2>&1 || status=$?
    echo "$status"
}
begun() { # waits until so many trainings have begun, for a minute at most
    for _ in $(seq 300); do
        test "$(grep -c begun trainings.txt 2> /dev/null)" = "$1" && return
        sleep 0.2
    done
}
echo "Snakemake $(venv/bin/snakemake --version)"
build checkpoint.txt > first &
begun 1
again=$(build checkpoint.txt)
other=$(build table.txt)
build checkpoint.txt > later &
begun 2
touch go
wait
echo "expected: of the second call status 1, of one for another file 0, of a third call 1; one training"
echo "seen:     $again, $other, $(cat later); $(grep -c begun trainings.txt) trainings at one time"
test "$again $other $(cat later) $(grep -c begun trainings.txt)" = "1 0 0 2" || { echo "the behaviour has changed"; exit 1; }
