#!/bin/sh
# webdataset 1.0.2: photos whose names have a dot before the ending are merged into one sample.
#
# Expected by most: `photo.1.jpg` and `photo.2.jpg` are two samples with a `jpg` each.
# Seen: the key ends at the first dot of the name, so both are the sample `photo` with the fields `1.jpg` and
# `2.jpg`. Neighbours in the archive collapse, so an epoch has fewer images than files, and there
# is no error. Names such as `crop_0.5_a.png` and `v1.2.png` meet this. Write your own keys.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 webdataset==1.0.2
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import io
import tarfile

import webdataset

names = ["photo.1.jpg", "photo.2.jpg", "photo.3.jpg", "plain4.jpg"]
with tarfile.open("photos.tar", "w") as archive:
    for name in names:
        member = tarfile.TarInfo(name)
        member.size = 1
        archive.addfile(member, io.BytesIO(b"x"))
samples = [
    (sample["__key__"], [field for field in sample if not field.startswith("__")])
    for sample in webdataset.WebDataset("photos.tar", shardshuffle=False)
]
print(f"webdataset {importlib.metadata.version('webdataset')}")
print(f"expected: {len(names)} samples")
print(f"seen:     {len(samples)}: {samples}")
if samples != [("photo", ["1.jpg", "2.jpg", "3.jpg"]), ("plain4", ["jpg"])]:
    raise SystemExit("the behaviour has changed")
PYTHON
