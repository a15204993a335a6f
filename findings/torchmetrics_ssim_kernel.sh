#!/bin/sh
# torchmetrics 1.9.0: SSIM ignores its `kernel_size`, and PSNR of many pictures is not their mean PSNR.
#
# Expected by most: a window of 7 pixels gives another SSIM than one of 21, and both metrics are means over
# the pictures, as papers report them.
# Seen: with the Gaussian window, which is the default, its size comes from `sigma` (11 pixels for
# 1.5), and `kernel_size` is accepted and not read. SSIM is the mean of the pictures, PSNR is that of
# the pooled squared error: 22.9 dB for two pictures of 20 and 40 dB.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.13.0 torchmetrics==1.9.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import torch
import torchmetrics
from torchmetrics.image import PeakSignalNoiseRatio, StructuralSimilarityIndexMeasure

torch.manual_seed(0)
picture = torch.rand(2, 1, 64, 64) * 0.5 + 0.25
noisy = picture + torch.tensor([0.1, 0.01]).view(2, 1, 1, 1) * torch.randn(picture.shape)


def ssim(size, **options):
    metric = StructuralSimilarityIndexMeasure(kernel_size=size, data_range=1.0, **options)
    return round(metric(noisy, picture).item(), 5)


def psnr(items):
    return PeakSignalNoiseRatio(data_range=1.0)(noisy[items], picture[items]).item()


gaussian, uniform = ([ssim(size, gaussian_kernel=kernel) for size in (7, 21)] for kernel in (True, False))
mean = (psnr([0]) + psnr([1])) / 2
print(f"torchmetrics {torchmetrics.__version__}, torch {torch.__version__}")
print(f"expected: other SSIMs with windows of 7 and 21, as uniform ones give {uniform}; PSNR {mean:.1f}")
print(f"seen:     SSIM {gaussian}; PSNR {psnr([0, 1]):.1f}")
if gaussian[0] != gaussian[1] or uniform[0] == uniform[1] or psnr([0, 1]) > mean - 5:
    raise SystemExit("the behaviour has changed")
PYTHON
