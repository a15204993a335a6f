#!/bin/sh
# albumentations 2.0.8: AlexNet's colour augmentation never changes the colour of a photo.
#
# Expected by most: `FancyPCA` adds one random colour to all pixels, as Krizhevsky et al. (2012) write: eigenvectors
# of the colours, weighted by eigenvalues and by draws with a standard deviation of alpha.
# Seen: what it adds is multiplied by each pixel's distance from the mean colour. The mean stays as it is,
# whatever alpha: it is a change of contrast. At alpha .1, which is AlexNet's, it is at most one grey level for
# three photos of high contrast in four, and none for most at half of that.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 opencv-python-headless==5.0.0.93 albumentations==2.0.8
cd "$folder"
NO_ALBUMENTATIONS_UPDATE=1 venv/bin/python - <<'PYTHON'
import albumentations as A
import numpy as np

draw = np.random.default_rng(0)
y, x = np.meshgrid(np.fft.fftfreq(240), np.fft.fftfreq(320), indexing="ij")
frequency = np.hypot(x, y)
frequency[0, 0] = 1


def natural():
    """A picture with the spectrum of a photo."""
    return np.fft.ifft2(np.fft.fft2(draw.standard_normal((240, 320))) / frequency).real


colours = natural()[..., None] + 0.3 * np.stack([natural() for _ in range(3)], -1)
colours = (colours - colours.mean()) / colours.std()


def changed(photo, alpha):
    """The photo after 100 draws, minus itself."""
    for seed in range(100):
        yield A.Compose([A.FancyPCA(alpha=alpha, p=1)], seed=seed)(image=photo)["image"].astype(float) - photo


print("albumentations", A.__version__)
floats = np.float32(np.clip(0.5 + 0.1 * colours, 0.01, 0.99))  # far from black and white: nothing is clipped
values, vectors = np.linalg.eigh(np.cov(floats.reshape(-1, 3).T))
alpha = 1.0
expected = 255 * np.mean([np.abs(vectors @ (values * draw.normal(0, alpha, 3))).max() for _ in range(100)])
shifts = [255 * np.abs(change.mean((0, 1), dtype=float)).max() for change in changed(floats, alpha)]
print(f"expected: the mean colour moves by {expected:.2f} levels in the mean at alpha {alpha:g}")
print(f"seen:     by {np.mean(shifts):.5f}")
largest = {}
for contrast in (60, 30):
    photo = np.uint8(np.clip(110 + contrast * colours, 0, 255))
    largest[contrast] = np.array([np.abs(change).max() for change in changed(photo, 0.1)])
    none, one = (int(np.sum(largest[contrast] == level)) for level in (0, 1))
    print(f"seen:     uint8, deviation {contrast}, alpha 0.1: no pixel moves in {none} of 100 draws, by 1 level in {one}")
if not (expected > 1 and max(shifts) < 0.01 and np.mean(largest[60] <= 1) > 0.6 and np.mean(largest[30] == 0) > 0.6):
    raise SystemExit("the behaviour has changed")
PYTHON
