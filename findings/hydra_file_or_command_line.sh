#!/bin/sh
# Hydra 1.3.8, OmegaConf 2.3.1: a setting has one type in the file and another on the command line.
#
# Expected by most: `run=12:30` typed after a command and `run: 12:30` in its YAML file are one value; the two are one
# tool, and the second library reads both.
# Seen: the command line has a grammar of its own. From the file 12:30 is 750 (base 60), 010 is 8, 0x10 is 16, `off` is
# false; from the command line these four are texts. And 1_2 is 12 on both ways, whatever a run is called. A
# setting moved from a file into a script changes its value. Quote names in both.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile hydra-core==1.3.8 omegaconf==2.3.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata

from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

parser = OverridesParser.create()
print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("hydra-core", "omegaconf")))
seen = {}
for text in ("12:30", "010", "0x10", "off", "1_2", "1e-3", "C3"):
    in_file = OmegaConf.create(f"run: {text}").run
    typed = parser.parse_override(f"run={text}").value()
    seen[text] = (in_file, typed)
    print(f"{text}: expected: one value  seen: {in_file!r} in a file, {typed!r} on the command line")
differ = {text for text, (in_file, typed) in seen.items() if in_file != typed}
if differ != {"12:30", "010", "0x10", "off"} or seen["1_2"] != (12, 12):
    raise SystemExit("the behaviour has changed")
PYTHON
