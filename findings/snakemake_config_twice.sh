#!/bin/sh
# snakemake 9.27.0: of two --config on a command line, the first is dropped.
#
# Expected by most: values of both count, as with -C key=value -C key=value elsewhere (git -c, docker -e), or
# an error says that the option is there twice.
# Seen: the last one replaces the first, in silence, so `--config data=real --cores 2 --config seed=7` builds
# the default data. Scripts that append an option to a given command line meet it. With --set-resources,
# which takes pairs in the same way, it is the same. Put all pairs behind one --config.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile snakemake==9.27.0
cd "$folder"
export HOME="$folder" XDG_CACHE_HOME="$folder/cache"
cat > Snakefile <<'RULE'
rule all:
    output: "asked.txt"
    params: data=config.get("data", "demo"), seed=config.get("seed", 1)
    resources: mem_mb=1, minutes=1
    shell: "echo {params.data} {params.seed} {resources.mem_mb} {resources.minutes} > {output}"
RULE
asked() { rm -rf asked.txt .snakemake; venv/bin/snakemake --quiet all "$@" >/dev/null 2>&1; cat asked.txt; }
venv/bin/snakemake --version
once=$(asked --cores 1 --config data=real seed=7)
twice=$(asked --config data=real --cores 1 --config seed=7)
resources=$(asked --cores 1 --set-resources all:mem_mb=5 --config seed=7 --set-resources all:minutes=5)
echo "expected: real 7 1 1, or an error, whether --config is there once or twice"
echo "seen:     $once behind one --config"
echo "seen:     $twice behind two"
echo "seen:     $resources with two --set-resources"
[ "$once" = "real 7 1 1" ] && [ "$twice" = "demo 7 1 1" ] && [ "$resources" = "demo 7 1 5" ] || { echo "the behaviour has changed"; exit 1; }
