#!/bin/sh
# Snakemake 9.27.1: a photo that changes inside a folder is seen or not, depending on what made the folder.
#
# Expected by most: a folder is as new as the newest file in it, or as the folder's own time.
# Seen: of a folder of sources, a new file is seen (the folder's own time changes), an edited one is not.
# Of a folder that a rule made with `directory()`, neither is: a stamp file inside it stands
# for it, and even a removed file goes unseen. So scores of replaced photos stay. List the files.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet snakemake==9.27.1
cd "$folder"
mkdir photos
echo 1 > photos/1
cat > Snakefile <<'RULES'
rule all:
    input: "from_sources", "from_rule"

rule from_sources:
    input: "photos"
    output: "from_sources"
    shell: "cat {input}/* > {output}"

rule made:
    output: directory("made")
    shell: "mkdir -p {output}; echo 1 > {output}/1"

rule from_rule:
    input: "made"
    output: "from_rule"
    shell: "cat {input}/* > {output}"
RULES
run() { venv/bin/snakemake --cores 1 --quiet all; }
plan() { venv/bin/snakemake --dry-run 2>&1 | grep -oE 'output: from_[a-z]+' | sort -u | tr '\n' ' '; }
run
sleep 1.1
echo edited > photos/1
echo edited > made/1
after_edit=$(plan)
echo 2 > photos/2
echo 2 > made/2
after_addition=$(plan)
rm made/1
after_removal=$(plan)
echo "Snakemake $(venv/bin/snakemake --version)"
echo "expected: both rules run again after each change"
echo "seen:     edit: ${after_edit:-none}; addition: ${after_addition:-none}; removal: ${after_removal:-none}"
test "$after_edit/$after_addition/$after_removal" = "/output: from_sources /output: from_sources " \
  || { echo "the behaviour has changed"; exit 1; }
