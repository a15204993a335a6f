#!/bin/sh
# datasets 5.2.0: a photo named "test-chart.png" is the whole dataset, and the twenty beside it are gone.
#
# Expected by most: "imagefolder" reads all photos of a folder, or all those that its table of scores lists; only
# folders and tables named train or test make splits.
# Seen: once the name of any photo holds train, test, eval, dev, val or valid as a word, only such photos are read, as
# that split; the others are left out without a warning, scores and all. "eval_1.png" and "steam train.png" do so,
# "latest.png" does not.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile datasets==5.2.0 pillow==13.0.0
cd "$folder"
HF_HOME="$folder/cache" HF_HUB_OFFLINE=1 venv/bin/python -W ignore - <<'PYTHON'
from pathlib import Path

import datasets
import PIL
from PIL import Image

datasets.disable_progress_bars()
names = [f"photo{number:02d}.png" for number in range(20)]


def splits(case, added):
    folder = Path(f"case{case}")
    folder.mkdir()
    for name in [*names, added]:
        Image.new("RGB", (8, 8)).save(folder / name)
    rows = "".join(f"{name},3.5\n" for name in [*names, added])
    (folder / "metadata.csv").write_text(f"file_name,score\n{rows}")
    return {name: len(part) for name, part in datasets.load_dataset("imagefolder", data_dir=str(folder)).items()}


print(f"datasets {datasets.__version__}, Pillow {PIL.__version__}; twenty photos named photo00.png and so on, and one")
added = ["latest.png", "test-chart.png", "eval_1.png", "val_d_isere.png", "steam train.png", "dev.png"]
seen = {name: splits(case, name) for case, name in enumerate(added)}
for name, parts in seen.items():
    print(f"expected: {{'train': 21}}  seen: {parts} ({name})")
if seen.pop("latest.png") != {"train": 21} or any(sum(parts.values()) != 1 for parts in seen.values()):
    raise SystemExit("the behaviour has changed")
PYTHON
