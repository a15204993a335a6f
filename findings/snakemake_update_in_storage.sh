#!/bin/sh
# Snakemake 9.27.1 and its storage plugin for folders 1.1.3: an output marked `update` is not updated where
# outputs lie in a storage.
#
# Expected by most: `update` says that a job adds to its last output; a second run of it does so, on a disk
# and in a storage alike.
# Seen: on a disk it adds. In a storage the first run works and every later one fails before it starts, since
# the local copy, which was removed after the first, is to be backed up.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet snakemake==9.27.1 snakemake-storage-plugin-fs==1.1.3
cd "$folder"
cat > Snakefile <<'RULES'
rule history:
    output: update("history.txt")
    shell: "echo one more run >> {output}"
RULES
runs() { # of the same job, twice
    for _ in 1 2; do
        venv/bin/snakemake --cores 1 --forceall "$@" > log 2>&1 || true
    done
}
runs
echo "Snakemake $(venv/bin/snakemake --version)"
echo "expected: two runs leave two lines, wherever the file lies"
disk=$(wc -l < history.txt)
rm history.txt
runs --default-storage-provider fs --default-storage-prefix "$folder/place"
storage=$(wc -l < place/history.txt)
error=$(grep -o 'FileNotFoundError' log | head -1 || true)
echo "seen:     $disk lines on a disk, $storage in a storage (second run: ${error:-no error})"
test "$disk $storage $error" = "2 1 FileNotFoundError" || { echo "the behaviour has changed"; exit 1; }
