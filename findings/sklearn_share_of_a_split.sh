#!/bin/sh
# scikit-learn 1.9.1: a test share of 7 or 28 percent is one photo more than that.
#
# Expected by most: `test_size=0.28` of 100 photos is 28; rounding matters only where a share is no whole number.
# Seen: the share is multiplied in floating point and rounded up, and .28 * 100 is 28.000000000000004. So 29
# photos are tested; .07, .14, .55 and .56 do the same, `train_size=.29`, .57 and .58 lose one photo. A split
# made by another library with the same share does not fit. Give counts, not shares.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scikit-learn==1.9.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import sklearn
from sklearn.model_selection import train_test_split

print(f"scikit-learn {sklearn.__version__}")
seen = {}
for photos in (100, 300, 10_000, 12_000):
    for share in (0.07, 0.14, 0.2, 0.28):
        train, test = train_test_split(np.arange(photos), test_size=share, random_state=0)
        assert len(train) + len(test) == photos
        seen[photos, share] = len(test) - photos * round(share * 100) // 100
        print(f"{share} of {photos}: expected: {photos * round(share * 100) // 100}  seen: {len(test)}")
train, _ = train_test_split(np.arange(100), train_size=0.29, random_state=0)
print(f"the rest, 0.29 of 100: expected: 29  seen: {len(train)}")
if {key: 1 if key[1] != 0.2 else 0 for key in seen} != seen or len(train) != 28:
    raise SystemExit("the behaviour has changed")
PYTHON
