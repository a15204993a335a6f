#!/bin/sh
# sewar 0.4.10: VIF of images in 0..1 is near 1, however bad the picture is.
#
# Expected by most: VIF, SSIM and PSNR take the range from the image or refuse floats; all three
# give one value for 0..255 and for the same picture in 0..1.
# Seen: PSNR and SSIM do, VIF does not: its constant for the noise of the eye (2) fits 0..255 only, and
# it takes the images as they are. A heavily noisy picture goes from bad to nearly perfect, in silence.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scipy==1.17.1 pillow==13.0.0 sewar==0.4.10
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata

import numpy as np
import sewar

draw = np.random.default_rng(0)
reference = np.kron(draw.integers(40, 216, (32, 32)), np.ones((4, 4))).astype(np.uint8)
noise = draw.integers(-40, 41, reference.shape)
distorted = np.uint8(reference + noise)
seen = {
    name: (measure(reference, distorted), measure(reference / 255, distorted / 255))
    for name, measure in {
        "PSNR": sewar.psnr,
        "SSIM": lambda first, second: sewar.ssim(first, second)[0],
        "VIF": sewar.vifp,
    }.items()
}
print(f"sewar {importlib.metadata.version('sewar')}; the same pair in 0..255 and in 0..1")
print("expected: equal values in each line")
for name, (whole, unit) in seen.items():
    print(f"seen:     {name} {whole:.3f} and {unit:.3f}")
steady = all(np.isclose(*seen[name]) for name in ("PSNR", "SSIM"))
if not steady or seen["VIF"][1] - seen["VIF"][0] < 0.3:
    raise SystemExit("the behaviour has changed")
PYTHON
