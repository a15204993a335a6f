#!/bin/sh
# ffmpeg-quality-metrics 3.13.0, imageio-ffmpeg 0.8.1 (FFmpeg 9.0.2): a copy without loss has a PSNR of 0 dB.
#
# Expected by most: a summary of the PSNR of a clip rises with its quality: of a copy without loss it is infinite, or
# missing, and frames that survive untouched raise it.
# Seen: frames without an error are left out, as their PSNR is infinite, and if there are no others 0 stands in: the
# copy without loss is the worst of all clips in a table of averages. With noise in one frame of twenty it is 34.1 dB,
# as with noise in all of them, where the mean squared errors give 47.1 dB. The SSIM of the same summary is right.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 tqdm==4.67.1 imageio-ffmpeg==0.8.1 \
    ffmpeg-quality-metrics==3.13.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import logging
import subprocess
from importlib.metadata import version

import imageio_ffmpeg
import numpy as np
from ffmpeg_quality_metrics import FfmpegQualityMetrics
from scipy.ndimage import gaussian_filter

WIDTH, HEIGHT, FRAMES = 320, 240, 20
draw = np.random.default_rng(0)
plane = gaussian_filter(draw.normal(size=(HEIGHT, WIDTH + 2 * FRAMES)), 2)
plane = 128 + 30 * plane / plane.std()
logging.disable()  # that ffprobe is not there, to compare frame rates
ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()


def clip(name, frames):
    options = f"-y -v error -f rawvideo -pix_fmt gray -s {WIDTH}x{HEIGHT} -framerate 20 -i - -c:v ffv1".split()
    raw = np.stack(frames).clip(0, 255).round().astype(np.uint8).tobytes()
    subprocess.run([ffmpeg, *options, f"{name}.mkv"], input=raw, check=True)


def noisy(frame):
    return frame + draw.normal(0, 5, frame.shape)


reference = [plane[:, 2 * at : 2 * at + WIDTH] for at in range(FRAMES)]
print(f"ffmpeg-quality-metrics {version('ffmpeg-quality-metrics')}, imageio-ffmpeg {version('imageio-ffmpeg')}")
clip("reference", reference)
clip("lossless", reference)
clip("noise in each frame", [noisy(frame) for frame in reference])
clip("noise in one frame", [noisy(frame) if at == 7 else frame for at, frame in enumerate(reference)])
print("expected: the average PSNR is near that of the mean error of all frames (and the SSIM)")
seen = {}
for name in ("lossless", "noise in one frame", "noise in each frame"):
    metrics = FfmpegQualityMetrics("reference.mkv", f"{name}.mkv", ffmpeg_path=ffmpeg)
    data = metrics.calculate(["psnr", "ssim"])
    error = np.mean([frame["mse_avg"] for frame in data["psnr"]])
    pooled = float(10 * np.log10(255**2 / error)) if error else np.inf
    stats = metrics.get_global_stats()
    seen[name] = stats["psnr"]["psnr_avg"]["average"]
    ssim = stats["ssim"]["ssim_avg"]["average"]
    print(f"seen:     {seen[name]:.1f} for {pooled:.1f}, {ssim:.3f} ({name})")
if seen["lossless"] != 0 or abs(seen["noise in one frame"] - seen["noise in each frame"]) > 1:
    raise SystemExit("the behaviour has changed")
PYTHON
