#!/bin/sh
# torch 2.15.0: a photo's distance from itself is 0 among 25 photos, and 0.6 among 26.
#
# Expected by most: `cdist` gives the distance of two rows within rounding, whatever other rows there are.
# Seen: beyond 25 rows it takes a^2 + b^2 - 2ab, which cancels in float32. Of features near 100 with a spread
# of 0.3, the distances of copies are up to 0.7, where those of strangers are 3.2, and close pairs,
# 0.08 apart, are off by 0.18. Copies are no longer found by a small distance.
# `compute_mode="donot_use_mm_for_euclid_dist"` gives zeros.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.15.0
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import torch

torch.manual_seed(0)
features = 100 + torch.rand(200, 64)
close = features + 0.01 * torch.randn_like(features)


def own(rows, **options):
    return torch.cdist(features[:rows], features[:rows], **options).diagonal().max().item()


print(f"torch {torch.__version__}, features near 100, strangers {torch.cdist(features, features).median():.2f} apart")
seen = {rows: own(rows) for rows in (25, 26, 200)}
exact = own(200, compute_mode="donot_use_mm_for_euclid_dist")
print("expected: 0 from a row to itself")
print("seen:    ", *(f"{value:.2f} among {rows}," for rows, value in seen.items()), f"{exact:.2f} in the exact mode")
true = (features - close).norm(dim=1)
error = (torch.cdist(features, close).diagonal() - true).abs()
print(f"close pairs, {true.mean():.3f} apart: off by {error.mean():.3f}, {error.max():.3f} at most")
if seen[25] or exact or seen[26] < 0.1:
    raise SystemExit("the behaviour has changed")
PYTHON
