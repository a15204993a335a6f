#!/bin/sh
# Jinja 3.1.6: `\VAR{-change}` prints the change without its minus sign.
#
# Expected by most: an expression may begin with a minus, with or without a blank before it.
# Seen: a minus directly after the opening delimiter is the mark that strips blanks before it. It takes
# the sign and the blank, without an error, also with delimiters chosen for LaTeX. `\VAR{ -change }` is
# right. A loss of .5 in a rendered table becomes a gain.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet jinja2==3.1.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata

import jinja2

environment = jinja2.Environment(variable_start_string=r"\VAR{", variable_end_string="}")
templates = (r"SRCC changes by \VAR{ -change }", r"SRCC changes by \VAR{-change}")
seen = [environment.from_string(text).render(change=0.5) for text in templates]
print(f"Jinja {importlib.metadata.version('jinja2')}")
print("expected: 'SRCC changes by -0.5' twice")
print(f"seen:     {seen[0]!r} with a blank, {seen[1]!r} without")
if seen != ["SRCC changes by -0.5", "SRCC changes by0.5"]:
    raise SystemExit("the behaviour has changed")
PYTHON
