#!/bin/sh
# sureal 0.9.0: who sees a few photos only is never screened out.
#
# Expected by most: ITU-R BT.500's screening rejects a rater of whose votes more than 5 % lie far from the
# others', as often above as below; of whose votes, however many photos he was shown.
# Seen: the share is taken of all photos of the study, times the largest number of votes that anybody gave
# to one photo. A rater who votes at random is rejected if he saw all 200 photos, kept if the same votes are
# cut to the first 40, though more than a fifth of them is far off, and kept again if one other rater voted
# for one photo four times. Crowdsourced studies, where nobody sees everything, reject nobody, in silence.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile setuptools==80.9.0 numpy==2.4.6 scipy==1.17.1 matplotlib==3.10.8 \
  pandas==3.1.1 sureal==0.9.0
cd "$folder"
MPLBACKEND=agg venv/bin/python - <<'PYTHON'
from importlib.metadata import version
from types import SimpleNamespace

import numpy as np
from sureal.dataset_reader import RawDatasetReader
from sureal.subjective_model import SubjrejMosModel

PHOTOS, RATERS = 200, 24
draw = np.random.default_rng(3)
quality = draw.uniform(35, 65, PHOTOS)
votes = quality[:, None] + draw.normal(0, 6, (PHOTOS, RATERS))
votes[:, -1] = draw.uniform(0, 100, PHOTOS)  # this one does not look


def screened(photos_of_the_last=PHOTOS, one_voted_four_times=False):
    """Whether the last rater is rejected, and which share of his votes is far from the others' mean."""
    study = SimpleNamespace(
        dataset_name="made up",
        yuv_fmt="notyuv",
        width=64,
        height=64,
        ref_videos=[{"content_id": n, "content_name": str(n), "path": str(n)} for n in range(PHOTOS)],
        dis_videos=[
            {
                "content_id": photo,
                "asset_id": photo,
                "path": str(photo),
                "os": {
                    f"rater {rater}": float(votes[photo, rater])
                    for rater in range(RATERS)
                    if rater < RATERS - 1 or photo < photos_of_the_last
                },
            }
            for photo in range(PHOTOS)
        ],
    )
    if one_voted_four_times:
        again = study.dis_videos[0]["os"]
        again["rater 0"] = [again["rater 0"]] * 4
    result = SubjrejMosModel(RawDatasetReader(study)).run_modeling()
    names = sorted({name for video in study.dis_videos for name in video["os"]})
    place = names.index(f"rater {RATERS - 1}")
    return bool(result["observer_rejected"][place]), round(float(result["observer_rejected_1st_stats"][place]), 3)


print("sureal", version("sureal"))
seen = {
    "all photos": screened(),
    "the first 40": screened(photos_of_the_last=40),
    "all, and another voted for one photo four times": screened(one_voted_four_times=True),
}
for name, (rejected, share) in seen.items():
    print(f"{name}: expected: rejected  seen: {'rejected' if rejected else 'kept'} (share of far votes: {share})")
as_now = {
    "all photos": (True, 0.18),
    "the first 40": (False, 0.045),
    "all, and another voted for one photo four times": (False, 0.045),
}
if seen != as_now:
    raise SystemExit("the behaviour has changed")
PYTHON
