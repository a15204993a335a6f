#!/bin/sh
# DVC 3.67.1: a parameter that goes from 1 to true, or to 1.0, is no change.
#
# Expected by most: another value in params.yaml makes its stage run again.
# Seen: values are compared as Python does, where 1 == True == 1.0 and 0 == False. A stage that prints,
# formats or branches on the type (a crop of 1.0 is the whole image, of 1 a pixel; `workers: true`) keeps
# its old result, and `dvc status` says that all is up to date. A text '1' does count.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet dvc==3.67.1
cd "$folder"
export DVC_NO_ANALYTICS=1 HOME="$folder"
printf 'crop: 1\n' > params.yaml
cat > dvc.yaml <<'STAGES'
stages:
  report:
    cmd: cat params.yaml > report
    params: [crop]
    outs: [report]
STAGES
venv/bin/dvc init --no-scm --quiet
venv/bin/dvc repro --quiet
seen=""
for value in 1.0 true "'1'"; do
  echo "crop: $value" > params.yaml
  if venv/bin/dvc status | grep -q modified; then seen="$seen changed"; else seen="$seen same"; fi
done
echo "DVC $(venv/bin/dvc --version); crop from 1 to 1.0, to true, to '1'"
echo "expected: changed changed changed"
echo "seen:    $seen"
test "$seen" = " same same changed" || { echo "the behaviour has changed"; exit 1; }
