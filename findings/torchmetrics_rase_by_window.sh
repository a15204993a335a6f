#!/bin/sh
# torchmetrics 1.9.0, sewar 0.4.10: the relative average spectral error is 64 times that of the other package.
#
# Expected by most: RASE is a percentage with one formula; torchmetrics names sewar's results as its reference.
# Seen: with the same window of 8 pixels torchmetrics has 64 times as much, the number of pixels in the window, and
# with a window of 7 it has 49 times. ERGAS, SCC and the error in sliding windows of the two are equal. An error of
# 586 percent is no fault of the photo.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.15.0 torchmetrics==1.9.0 sewar==0.4.10
cd "$folder"
venv/bin/python - <<'PYTHON'
import torch
import torchmetrics
from sewar import full_ref
from torchmetrics.functional import image as measures

torch.manual_seed(0)
photo = torch.randint(0, 256, (1, 3, 64, 64)).float()
noisy = (photo + torch.randint(-20, 21, photo.shape)).clamp(0, 255)
pixels = [picture[0].permute(1, 2, 0).byte().numpy() for picture in (photo, noisy)]
print(f"torchmetrics {torchmetrics.__version__}, torch {torch.__version__}")
seen = {}
for window in (7, 8, 9):
    by_sewar = float(full_ref.rase(*pixels, ws=window))
    by_torchmetrics = measures.relative_average_spectral_error(noisy, photo, window_size=window).item()
    seen[window] = by_torchmetrics / by_sewar
    print(f"window {window}: expected: {by_sewar:.2f}  seen: {by_torchmetrics:.2f}, {seen[window]:.2f} times")
same = measures.error_relative_global_dimensionless_synthesis(noisy, photo).item() / float(full_ref.ergas(*pixels))
print(f"ERGAS: expected: 1.00  seen: {same:.2f} times")
if any(abs(times / window**2 - 1) > 0.01 for window, times in seen.items()) or abs(same - 1) > 0.01:
    raise SystemExit("the behaviour has changed")
PYTHON
