#!/bin/sh
# Jinja 3.1.6: expressions that look like Python's have other values.
#
# Expected by most: `{{ }}` computes as Python does, and a number filter refuses what is no number.
# Seen: -2**2 is 4 (the sign binds first); 2**3**2 is 64 (from the left); `float` and `int` turn None, "n/a"
# and "--" into 0, so a score that is missing is printed as 0.000, even under StrictUndefined; `groupby`
# and `unique` ignore letter case, so rows of "ViT" and "vit" become one. Compute in Python, print in Jinja.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet jinja2==3.1.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata

import jinja2

environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
cases = {
    "{{ -2**2 }}": ("-4", "4"),
    "{{ 2**3**2 }}": ("512", "64"),
    "{{ '%.3f' | format(none | float) }}": ("an error", "0.000"),
    "{{ '%.3f' | format('n/a' | float) }}": ("an error", "0.000"),
    "{{ ['ViT', 'vit'] | unique | list | length }}": ("2", "1"),
    "{{ [{'m': 'ViT'}, {'m': 'vit'}] | groupby('m') | length }}": ("2", "1"),
}
changed = False
print(f"Jinja {importlib.metadata.version('jinja2')}")
for template, (expected, recorded) in cases.items():
    seen = environment.from_string(template).render()
    changed = changed or seen != recorded
    print(f"{template}  expected: {expected}  seen: {seen}")
if changed:
    raise SystemExit("the behaviour has changed")
PYTHON
