#!/bin/sh
# Snakemake 9.27.1: `--config pretrained=false` is true, and other values change their type, too.
#
# Expected by most: a value on the command line is read as in the YAML config file.
# Seen: only `True` and `False` are booleans; `false` is a text, hence true in an `if`. A number is what
# Python's int() and float() take: run 2024_01 becomes 202401, commit 12e4567 infinity, id 007 seven.
# The items of a list are texts: [1,2] is ['1', '2'] (numbers in a config file). Names of one letter
# are refused. So a run repeated with the same settings on the command line may be another run.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet snakemake==9.27.1
cd "$folder"
cat > Snakefile <<'RULES'
with open("seen", "w") as file:
    print({name: config[name] for name in sorted(config)}, file=file)

rule nothing:
    shell: "true"
RULES
venv/bin/snakemake --dry-run --quiet all --config \
  pretrained=false run=2024_01 commit=12e4567 image=007 'seeds=[1,2]' >/dev/null 2>&1
echo "Snakemake $(venv/bin/snakemake --version)"
echo "expected: {'commit': '12e4567', 'image': '007', 'pretrained': False, 'run': '2024_01', 'seeds': [1, 2]}"
echo "seen:     $(cat seen)"
recorded="{'commit': inf, 'image': 7, 'pretrained': 'false', 'run': 202401, 'seeds': ['1', '2']}"
test "$(cat seen)" = "$recorded" || { echo "the behaviour has changed"; exit 1; }
if venv/bin/snakemake --dry-run --quiet all --config k=5 >refusal 2>&1; then
  echo "the behaviour has changed"
  exit 1
fi
echo "seen:     k=5 is refused: $(grep -o 'Config entry must [a-z ]*' refusal | tail -1)"
