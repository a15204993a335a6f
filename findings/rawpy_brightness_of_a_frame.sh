#!/bin/sh
# rawpy 0.28.0 (LibRaw 0.22.2) with files of PiDNG 4.0.9: without automatic brightness, one pixel lightens a raw photo.
#
# Expected by most: with `no_auto_bright=True` and a linear curve, a level of the sensor has one level in the photo,
# whatever else is in the frame. The automatic brightness depends on the frame, which is why it is switched off.
# Seen: where the brightest pixel is above three quarters of the white level, it becomes white, and all others are
# lifted with it: by 32 % for a brightest pixel of 3100 of 4095, by none for one of 3000 or 4095. So frames of one scene
# differ in brightness by what shines in them, and exposures are not in proportion. `adjust_maximum_thr=0` ends that.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pidng==4.0.9 rawpy==0.28.0
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import importlib.metadata

import numpy as np
import rawpy
from pidng.core import RAW2DNG
from pidng.defs import CalibrationIlluminant, CFAPattern, DNGVersion, Orientation, PhotometricInterpretation
from pidng.dng import DNGTags, Tag

WHITE, GREY = 4095, 1000
ONE = [10000, 10000]
NONE = [0, 10000]


def write_dng(name, raw):
    height, width = raw.shape
    tags = DNGTags()
    for tag, value in {
        Tag.ImageWidth: width,
        Tag.ImageLength: height,
        Tag.TileWidth: width,
        Tag.TileLength: height,
        Tag.Orientation: Orientation.Horizontal,
        Tag.PhotometricInterpretation: PhotometricInterpretation.Color_Filter_Array,
        Tag.SamplesPerPixel: 1,
        Tag.BitsPerSample: 16,
        Tag.CFARepeatPatternDim: [2, 2],
        Tag.CFAPattern: CFAPattern.RGGB,
        Tag.BlackLevel: 0,
        Tag.WhiteLevel: WHITE,
        Tag.ColorMatrix1: [ONE, NONE, NONE, NONE, ONE, NONE, NONE, NONE, ONE],
        Tag.CalibrationIlluminant1: CalibrationIlluminant.D65,
        Tag.AsShotNeutral: [ONE, ONE, ONE],
        Tag.DNGVersion: DNGVersion.V1_4,
        Tag.DNGBackwardVersion: DNGVersion.V1_2,
        Tag.Make: "none",
        Tag.Model: "none",
    }.items():
        tags.set(tag, value)
    writer = RAW2DNG()
    writer.options(tags, path="", compress=False)
    writer.convert(raw.astype(np.uint16), filename=name)


def grey_level(peak, **options):
    raw = np.full((200, 300), GREY)
    raw[100:102, 100:102] = peak
    write_dng("frame", raw)
    with rawpy.imread("frame.dng") as file:
        color = rawpy.ColorSpace.raw
        steady = {"gamma": (1, 1), "output_bps": 16, "use_camera_wb": True, "no_auto_bright": True}
        photo = file.postprocess(output_color=color, **steady, **options)
    return int(photo[20, 200, 1])


print(*(f"{name} {importlib.metadata.version(name)}" for name in ("rawpy", "pidng")), sep=", ", end=", ")
print(f"LibRaw {'.'.join(map(str, rawpy.libraw_version))}; a grey of {GREY} of {WHITE} beside four brighter pixels")
expected = round(GREY / WHITE * 65535)
seen = {peak: grey_level(peak) for peak in (1000, 3000, 3100, 3600, WHITE)}
for peak, level in seen.items():
    steady = grey_level(peak, adjust_maximum_thr=0.0)
    print(f"expected: {expected}  seen: {level}, {steady} with adjust_maximum_thr=0 (four pixels of {peak})")
    if abs(steady - expected) > 2:
        raise SystemExit("the behaviour has changed")
if abs(seen[3000] - expected) > 2 or seen[3100] < 1.25 * expected or seen[3600] < 1.1 * expected:
    raise SystemExit("the behaviour has changed")
PYTHON
