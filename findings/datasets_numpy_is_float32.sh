#!/bin/sh
# datasets 5.2.0: scores that are kept as float64 come as float32 in the NumPy format.
#
# Expected by most: `with_format("numpy")` gives a column in its own type; only torch and JAX prefer 32 bits.
# Seen: floats are cut to float32, and 8-bit pixels become int64, eight times the memory. An id of 16777217
# in a column with gaps is its neighbour's, and a score of .1 is above a float64 threshold of .1. `to_pandas` keeps
# float64. Nothing warns.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 pyarrow==26.0.1 datasets==5.2.0
cd "$folder"
HF_HUB_OFFLINE=1 HF_HOME="$folder/home" venv/bin/python - <<'PYTHON'
import datasets
import numpy as np

columns = {"score": [0.1, 0.7, 0.9], "photo": [16777216.0, 16777217.0, None]}
stored = datasets.Dataset.from_dict(columns)
pixels = datasets.Dataset.from_dict({"pixels": np.zeros((1, 2, 2), np.uint8)})
rows = stored.with_format("numpy")[:]
print(f"datasets {datasets.__version__}, columns of {stored.features['score'].dtype}")
frame = stored.to_pandas()
threshold = np.float64(0.1)
above = [int((np.asarray(scores) > threshold).sum()) for scores in (frame["score"], rows["score"])]
expected = frame["score"].dtype, above[0], frame["photo"].nunique()
seen = rows["score"].dtype, above[1], len({float(photo) for photo in rows["photo"][:2]})
print("expected: {}, {} scores above .1, {} ids; uint8 pixels".format(*expected))
kind = pixels.with_format("numpy")[0]["pixels"].dtype
print("seen:     {}, {} scores above .1, {} ids; {} pixels".format(*seen, kind))
if str(seen[0]) != "float32" or seen[2] != 1:
    raise SystemExit("the behaviour has changed")
PYTHON
