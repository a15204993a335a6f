#!/bin/sh
# joblib 1.6.0: equal arguments have two hashes, so `Memory` computes again.
#
# Expected by most: `joblib.hash` and `Memory` go by value: what is equal, with equal types, is found again.
# Seen: tuples and dicts are pickled, where the second mention of one object is a reference to the first. Two
# entries that share an object (a YAML anchor, a default) and two that hold equal copies (the same file after
# JSON) differ. Arrays and texts are treated as equal. A study of which half the settings come from an alias
# is computed anew when the alias is written out.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile joblib==1.6.0 pyyaml==6.0.3
cd "$folder"
venv/bin/python - <<'PYTHON'
import joblib
import yaml

shared = yaml.safe_load("train: &crops {number: 4, size: [224, 224]}\ntest: *crops\n")
written_out = yaml.safe_load("train: {number: 4, size: [224, 224]}\ntest: {number: 4, size: [224, 224]}\n")
assert shared == written_out
calls = []


def prepare(settings):
    calls.append(settings)
    return len(settings)


memory = joblib.Memory("cache", verbose=0)
cached = memory.cache(prepare)
print(f"joblib {joblib.__version__}; equal settings, with and without a YAML anchor")
for settings in (shared, written_out, shared, written_out):
    cached(settings)
    print(f"hash {joblib.hash(settings)}")
print(f"expected: 1 call  seen: {len(calls)}")
texts = ["a b", "a b"], ["a b", " ".join("ab")]
if len(calls) != 2 or joblib.hash(texts[0]) != joblib.hash(texts[1]):
    raise SystemExit("the behaviour has changed")
PYTHON
