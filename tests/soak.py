"""Take 10,000 generated images through check, prepare, store, train, predict and score.

`make soak` prints what each stage took: time, memory as it grew, open files, and the files that it
left in the folder for temporary ones. Memory is what a process has for itself (`RssAnon`): pages of
a mapped pixel store belong to the system, which takes them back.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

if __name__ == "__main__":  # as pytest does
    sys.path[:0] = [str(Path(__file__).parent)]

import numpy as np
import pandas as pd
from PIL import Image, ImageFilter

from command_line import command, study_files
from smartiqa.core.files import UNFINISHED
from tiny_study import experiment

EVERY = 0.1  # seconds between two looks at a process
SIZE = (96, 72)  # width, height
SPLITS = ("train",) * 7 + ("validation",) + ("test",) * 2
FLAT = 1.1  # what a process has at its end, beside what it had in the middle
WORKING = ("prepare", "store", "train", "predict")  # most of whose time goes to images


class Look(NamedTuple):
    """What a process had at one moment: MiB of its own, and open files."""

    memory: float
    files: int


def write_images(folder: Path, count: int) -> None:
    """Write photos of coloured patches, blurred by as much as their scores say, with labels."""
    (folder / "images").mkdir(parents=True)
    rows = []
    for number in range(count):
        draw = np.random.default_rng(number)
        score = float(draw.uniform(0, 100))
        patches = Image.fromarray(draw.integers(0, 256, (9, 12, 3), dtype=np.uint8))
        image = patches.resize(SIZE, Image.Resampling.NEAREST)
        image = image.filter(ImageFilter.GaussianBlur((100 - score) / 20))
        name = f"images/{number:05}.jpg"
        image.save(folder / name, quality=90)
        rows.append((name, score, SPLITS[number % len(SPLITS)]))
    pd.DataFrame(rows, columns=["image", "score", "split"]).to_csv(
        folder / "labels.csv", index=False
    )


def stages(folder: Path) -> dict[str, dict[str, Any]]:
    """The options of each stage, in order."""
    settings = experiment(batch_size=64, epochs=2)
    dataset = {"adapter": "folder", "root": str(folder / "home"), "title": "Soak"}
    options = {"low": 0, "high": 100}
    files = study_files(folder, settings, datasets={"home": {**dataset, "options": options}})
    made = {
        "manifest": folder / "manifest.parquet",
        "store": folder / "store",
        "weights": folder / "weights.safetensors",
    }
    run, data = folder / "run", {name: made[name] for name in ("manifest", "store")}
    predictions = folder / "predictions/home.parquet"
    role = settings.model.backbone
    return {
        "prepare": {**files, "dataset": "home", "output": made["manifest"]},
        "store": {
            **files,
            **{"dataset": "home", "resize": "none"},
            **{"manifest": made["manifest"], "output": made["store"]},
        },
        "weights": {**files, "role": role, "output": made["weights"]},
        "train": {**files, **made, "experiment": settings.id, "seed": 1, "output": run},
        "predict": {
            **files,
            **data,
            **{"experiment": settings.id, "run": run, "output": predictions},
        },
        "score": {"replicates": 100, "seed": 1, "output": folder / "metrics.json"},
    }


def look_at(number: int) -> Look | None:
    """Look at a process; None once it has ended."""
    try:
        status = Path(f"/proc/{number}/status").read_text()
        files = len(os.listdir(f"/proc/{number}/fd"))
    except OSError:
        return None
    own = [line for line in status.splitlines() if line.startswith("RssAnon")]
    return Look(int(own[0].split()[1]) / 1024, files) if own else None


def watched(called: list[str], temporary: Path) -> list[Look]:
    """Run a command to its end; return what it had all along."""
    looks = []
    variables = {**os.environ, "PYTHONPATH": ":".join(sys.path), "TMPDIR": str(temporary)}
    with subprocess.Popen(called, env=variables, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            if look := look_at(process.pid):
                looks.append(look)
            time.sleep(EVERY)
        said = process.stderr.read() if process.stderr else ""
    if process.returncode:
        raise AssertionError(f"{called} ended with {process.returncode}:\n{said[-2000:]}")
    return looks


def row(stage: str, looks: list[Look], seconds: float, left: int) -> list[Any]:
    """A row of the table: memory in the middle, at three quarters and at the end, and its peak."""
    memory = [look.memory for look in looks]
    places = [memory[int(share * (len(memory) - 1))] for share in (0.5, 0.75, 0.97)]
    files = [look.files for look in looks]
    return [
        *(stage, round(seconds, 1), *map(round, places), round(max(memory))),
        *(files[len(files) // 2], files[int(0.97 * (len(files) - 1))], max(files), left),
    ]


HEADER = (
    *("stage", "s", "MiB at 50 %", "at 75 %", "at 97 %", "peak"),
    *("files at 50 %", "at 97 %", "most", "temporary left"),
)


def soak(folder: Path, count: int) -> list[list[Any]]:
    """Run all stages on `count` images; return the table."""
    temporary = Path(tempfile.mkdtemp(dir=folder))
    write_images(folder / "home", count)
    options, table = stages(folder), []
    given = {"catalogue": options["prepare"]["catalogue"]}
    check = command("check", str(options["prepare"]["study"]), "--elsewhere", **given)
    calls = {"check": check, **{name: command(name, **each) for name, each in options.items()}}
    calls["score"].append(str(options["predict"]["output"]))
    for stage, called in calls.items():
        started = time.monotonic()
        looks = watched(called, temporary)
        left = [path for path in temporary.rglob("*") if path.is_file()]
        left += folder.rglob(f"{UNFINISHED}*")
        table.append(row(stage, looks, time.monotonic() - started, len(left)))
        print("| " + " | ".join(map(str, table[-1])) + " |", flush=True)
    return table


def main() -> None:
    """Run it, and end with 1 if anything grew or was left."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path, help="an empty one (1 GB)")
    parser.add_argument("--images", type=int, default=10_000)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    print("| " + " | ".join(HEADER) + " |\n" + "|---" * len(HEADER) + "|")
    table = soak(given.folder, given.images)
    grew = [line[0] for line in table if line[4] > FLAT * line[2] and line[0] in WORKING]
    left = [line[0] for line in table if line[-1]]
    print(f"grew: {grew or 'nothing'}; left something: {left or 'nothing'}")
    sys.exit(bool(grew or left))


if __name__ == "__main__":
    main()
