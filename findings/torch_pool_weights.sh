#!/bin/sh
# torch 2.15.0: in a pooled map a column counts three times as much as its neighbour.
#
# Expected by most: adaptive average pooling divides a map into cells, so the mean of the cells is the mean of the map.
# Seen: where the sizes do not divide, cells overlap. Of a map of 10 columns pooled to 7, columns have weights of .48,
# .71, 1.19 and 1.43; of 12 pooled to 7 .86 and 1.71. The mean of the pooled map is another number than the
# mean of the map, and features of the same photo at another size put their weight elsewhere.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.15.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import torch
from torch.nn.functional import adaptive_avg_pool2d


def weights(columns):
    rows = torch.eye(columns).reshape(columns, 1, 1, columns).expand(-1, 1, columns, -1)
    return [round(weight * columns, 2) for weight in adaptive_avg_pool2d(rows, 7).mean(dim=(1, 2, 3)).tolist()]


print(f"torch {torch.__version__}; weight of each column in the mean of 7 x 7 cells")
seen = {}
for columns in (7, 14, 10, 12):
    seen[columns] = weights(columns)
    print(f"{columns}: expected: 1.0 each  seen: " + " ".join(map(str, seen[columns])))
even = {columns for columns, found in seen.items() if set(found) == {1.0}}
if even != {7, 14} or max(seen[10]) < 2.5 * min(seen[10]):
    raise SystemExit("the behaviour has changed")
PYTHON
