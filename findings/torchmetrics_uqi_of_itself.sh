#!/bin/sh
# torchmetrics 1.9.0, sewar 0.4.10: a photo with a white sky is -2e10 like itself.
#
# Expected by most: the universal quality index of an image with itself is 1.
# Seen: where a window has no contrast the index is 0/0. sewar takes 1 there; torchmetrics adds a tiny number to
# a divisor that is itself a difference of large numbers. A flat picture has 0 with itself, and a photo whose
# upper half is clipped to white a huge negative number, which is then the mean of the whole test set.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.15.0 torchmetrics==1.9.0 sewar==0.4.10
cd "$folder"
venv/bin/python - <<'PYTHON'
import torch
import torchmetrics
from sewar.full_ref import uqi
from torchmetrics.functional.image import universal_image_quality_index

torch.manual_seed(0)
photo = torch.randint(0, 256, (1, 3, 96, 96)).float()
clipped = photo.clone()
clipped[:, :, :48] = 255
flat = torch.full_like(photo, 128)


def indices(image):
    pixels = image[0].permute(1, 2, 0).byte().numpy()
    return universal_image_quality_index(image, image).item(), float(uqi(pixels, pixels))


print(f"torchmetrics {torchmetrics.__version__}, torch {torch.__version__}; each with itself")
seen = {}
for name, image in {"noise": photo, "half of it white": clipped, "flat grey": flat}.items():
    seen[name] = indices(image)
    print(f"{name}: expected: 1.000  seen: {seen[name][0]:.4g}, by sewar {seen[name][1]:.3f}")
noise, half_white, flat_grey = (abs(value - 1) for value, _ in seen.values())
if min(value for _, value in seen.values()) < 0.999 or noise > 0.01 or min(half_white, flat_grey) < 0.1:
    raise SystemExit("the behaviour has changed")
PYTHON
