"""Small but faithful copies of the ten datasets: real file names, label formats and folders.

`write_layout("kadid10k", root, images=24, seed=0)` writes label files and generated images below
`root` as the dataset's archive has them; `write_label_files` writes only the labels, of any size.
A worse score gives a noisier and blurrier image, so that a model has something to learn.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.random import Generator, default_rng
from openpyxl import Workbook
from PIL import Image, ImageFilter
from scipy.io import savemat

from smartiqa.config.splits import Split


class Planned(NamedTuple):
    """One image that the labels promise."""

    file: str
    quality: float  # 0 worst to 1 best
    content: str


PUBLISHED_COUNTS = {
    "koniq10k": 10_073,
    "spaq": 11_125,
    "kadid10k": 10_125,
    "agiqa3k": 2_982,
    "live": 779,
    "csiq": 866,
    "tid2013": 3_000,
    "live_challenge": 1_162,
    "bid": 586,
    "biq2021": 12_000,
}
SIZES = {  # width, height
    "koniq10k": (1024, 768),
    "spaq": (800, 600),
    "kadid10k": (512, 384),
    "agiqa3k": (512, 512),
    "live": (768, 512),
    "csiq": (512, 512),
    "tid2013": (512, 384),
    "live_challenge": (500, 500),
    "bid": (640, 480),
    "biq2021": (512, 512),
}
EXTRA_FILES = {  # images of the archive that have no score, a few of each
    "kadid10k": ["kadid10k/images/I01.png", "kadid10k/images/I02.png"],
    "live": ["refimgs/bikes.bmp"],
    "csiq": ["src_imgs/1600.png"],
    "tid2013": ["reference_images/I01.BMP", "reference_images/i25.bmp"],
    "live_challenge": [f"Images/trainingImages/t{k}.bmp" for k in range(1, 8)],
}
LIVE_FOLDERS = {"jp2k": 227, "jpeg": 233, "wn": 174, "gblur": 174, "fastfading": 174}
# fmt: off
LIVE_NAMES = (
    "bikes", "building2", "buildings", "caps", "carnivaldolls", "cemetry", "churchandcapitol",
    "coinsinfountain", "dancers", "flowersonih35", "house", "lighthouse", "lighthouse2",
    "manfishing", "monarch", "ocean", "paintedhouse", "parrots", "plane", "rapids", "sailing1",
    "sailing2", "sailing3", "sailing4", "statue", "stream", "studentsculpture", "woman", "womanhat",
)
CSIQ_NAMES = (
    "1600", "aerial_city", "boston", "bridge", "butter_flower", "cactus", "child_swimming",
    "couple", "elk", "family", "fisher", "foxy", "geckos", "lady_liberty", "lake", "log_seaside",
    "monument", "native_american", "redwood", "roping", "rushmore", "shroom", "snow_leaves",
    "sunset_sparrow", "sunsetcolor", "swarm", "trolley", "turtle", "veggies", "another",
)
# fmt: on
SPAQ_SCENES = (
    *("Animal", "Cityscape", "Human", "Indoor scene", "Landscape", "Night scene", "Plant"),
    *("Still-life", "Others"),
)
CSIQ_TYPES = {  # as the Excel file has it: folder, spelling in file names, levels
    "noise": ("awgn", "AWGN", 5),
    "jpeg": ("jpeg", "JPEG", 5),
    "jpeg 2000": ("jpeg2000", "jpeg2000", 5),
    "fnoise": ("fnoise", "fnoise", 5),
    "blur": ("blur", "BLUR", 5),
    "contrast": ("contrast", "contrast", 4),
}


def fitting_plan(labels: pd.DataFrame) -> Split:
    """How a dataset is split that has such labels: as they say, by content, or at random."""
    if (labels["split"] != "").any():
        return Split(kind="official")
    return Split(kind="by_reference" if (labels["reference"] != "").all() else "random")


def write_layout(name: str, root: Path, images: int = 24, seed: int = 0) -> list[Planned]:
    """Write labels and images of the dataset `name` below `root`; return what was planned."""
    planned = write_label_files(name, root, images, seed)
    for number, image in enumerate(planned):
        pixels = generated_image(SIZES[name], image.quality, image.content, [seed, number])
        path = root / image.file
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels.save(path, **({"quality": 95} if path.suffix.lower() == ".jpg" else {}))

    for file in EXTRA_FILES.get(name, ()):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        generated_image((64, 48), 1, file, [seed]).save(root / file)
    return planned


def write_label_files(name: str, root: Path, rows: int, seed: int = 0) -> list[Planned]:
    """Write only the label files of the dataset `name`, for `rows` scored images."""
    root.mkdir(parents=True, exist_ok=True)
    return WRITERS[name](root, rows, default_rng([seed, len(name)]))


def generated_image(
    size: tuple[int, int], quality: float, content: str, seed: Sequence[int]
) -> Image.Image:
    """Smooth colours and sharp squares (the content), then blur and noise (the distortion)."""
    scene = default_rng([ord(letter) for letter in content])
    coarse = scene.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    for _ in range(12):
        left, top = (int(scene.integers(0, side - 24)) for side in size)
        colour = tuple(int(value) for value in scene.integers(0, 256, 3))
        image.paste(colour, (left, top, left + 24, top + 24))
    image = image.filter(ImageFilter.GaussianBlur(float(3 * (1 - quality))))
    noise = default_rng(list(seed)).normal(0, 2 + 30 * (1 - quality), (size[1], size[0], 1))
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))


def _koniq10k(root: Path, rows: int, rng: Generator) -> list[Planned]:
    numbers = np.sort(rng.choice(2**33, rows, replace=False))
    names = [f"{number}.jpg" for number in numbers]
    training, validation = round(rows * 7058 / 10073), round(rows * 1000 / 10073)
    counts = [training, validation, rows - training - validation]
    sets = rng.permutation(np.repeat(["training", "validation", "test"], counts))
    shares = rng.dirichlet([1, 2, 3, 3, 1], rows)
    raw = shares @ np.arange(1, 6)
    deviation = np.sqrt(shares @ np.arange(1, 6) ** 2 - raw**2)
    scores = 25 * (raw - 1)
    _write_csv(
        root / "koniq10k_distributions_sets.csv",
        ["image_name", *[f"c{k}" for k in range(1, 6)], "c_total", "MOS", "SD", "set"],
        zip(names, *shares.T, rng.integers(93, 158, rows), scores, deviation, sets, strict=True),
    )
    return [Planned(f"1024x768/{n}", s / 100, n) for n, s in zip(names, scores, strict=True)]


def _spaq(root: Path, rows: int, rng: Generator) -> list[Planned]:
    names = [f"{number:05d}.jpg" for number in range(1, rows + 1)]
    scores = rng.uniform(2, 96, (rows, 6)).round(2)
    attributes = ["MOS", "Brightness", "Colorfulness", "Contrast", "Noisiness", "Sharpness"]
    _write_excel(
        root / "Annotations/MOS and Image attribute scores.xlsx",
        "Sheet1",
        [["Image name", *attributes], *([n, *s] for n, s in zip(names, scores, strict=True))],
    )
    shown = [rng.choice(9, count, replace=False) for count in rng.integers(1, 4, rows)]
    shares = [[round(1 / len(s), 6) if k in s else 0.0 for k in range(9)] for s in shown]
    _write_excel(
        root / "Annotations/Scene category labels.xlsx",
        "Sheet1",
        [["Image name", *SPAQ_SCENES], *([n, *s] for n, s in zip(names, shares, strict=True))],
    )
    return [Planned(f"TestImage/{n}", s[0] / 100, n) for n, s in zip(names, scores, strict=True)]


def _kadid10k(root: Path, rows: int, rng: Generator) -> list[Planned]:
    cells = _combinations(rows, 81, list(product(range(1, 26), range(1, 6))), rng)
    scores = rng.uniform(1, 4.93, rows).round(2)
    lines, planned = [], []
    for (photo, (kind, level)), score in zip(cells, scores, strict=True):
        name, reference = f"I{photo:02d}_{kind:02d}_{level:02d}.png", f"I{photo:02d}.png"
        lines.append([name, reference, score, round(rng.uniform(0.3, 1.2), 3)])
        planned.append(Planned(f"kadid10k/images/{name}", (score - 1) / 4, reference))
    _write_csv(root / "kadid10k/dmos.csv", ["dist_img", "ref_img", "dmos", "var"], lines)
    return planned


def _agiqa3k(root: Path, rows: int, rng: Generator) -> list[Planned]:
    models = [
        "AttnGAN_normal",
        "DALLE2_normal",
        "glide_normal",
        "midjourney_lowstep",
        "sd1.5_lowcorr",
    ]
    lines, planned = [], []
    for number in range(rows):
        name = f"{models[number % 5]}_{number // 5:03d}.jpg"
        prompt = f"statue of man {number // 5 % 300}, baroque style, 4K"
        score, deviation = rng.uniform(0, 4.49), rng.uniform(0.1, 1.4)
        lines.append([name, prompt, "4K", "", "baroque style", score, deviation, score, deviation])
        planned.append(Planned(f"AGIQA-3K/{name}", score / 5, prompt))
    columns = ["name", "prompt", "adj1", "adj2", "style", "mos_quality", "std_quality"]
    columns += ["mos_align", "std_align"]
    _write_csv(root / "data.csv", columns, lines)
    return planned


def _live(root: Path, rows: int, rng: Generator) -> list[Planned]:
    """All 982 entries are there, as in the release; only `rows` of them are not references."""
    names = [
        f"{name}/img{k}.bmp" for name, count in LIVE_FOLDERS.items() for k in range(1, count + 1)
    ]
    references = np.array([f"{LIVE_NAMES[k % 29]}.bmp" for k in range(982)], dtype=object)
    scores = rng.uniform(-2.64, 111.77, 982)
    scored = np.sort(rng.choice(982, rows, replace=False))
    is_reference = np.ones(982, dtype=np.uint8)
    is_reference[scored] = 0
    scores[is_reference == 1] = 0
    savemat(root / "dmos_realigned.mat", {"dmos_new": scores[None], "orgs": is_reference[None]})
    savemat(root / "refnames_all.mat", {"refnames_all": references[None]})
    return [Planned(names[k], 1 - (scores[k] + 3) / 115, references[k]) for k in scored]


def _csiq(root: Path, rows: int, rng: Generator) -> list[Planned]:
    kinds = [(kind, k) for kind, (_, _, levels) in CSIQ_TYPES.items() for k in range(1, levels + 1)]
    cells = _combinations(rows, 30, kinds, rng)
    blank: list[Any] = [None, None, None]
    table: list[list[Any]] = [blank, blank, blank]
    table.append([*blank, "image", "dst_idx", "dst_type", "dst_lev", "dmos_std", "dmos"])
    planned = []
    for photo, (kind, level) in cells:
        content, (folder, spelling, _) = CSIQ_NAMES[photo - 1], CSIQ_TYPES[kind]
        score, index = float(rng.uniform(0, 1)), list(CSIQ_TYPES).index(kind) + 1
        image = int(content) if content.isdigit() else content
        table.append([*blank, image, index, kind, level, 0.1, score])
        file = f"dst_imgs/{folder}/{content}.{spelling}.{level}.png"
        planned.append(Planned(file, 1 - score, content))
    _write_excel(root / "csiq.DMOS.xlsx", "all_by_image", table)
    return planned


def _tid2013(root: Path, rows: int, rng: Generator) -> list[Planned]:
    cells = _combinations(rows, 25, list(product(range(1, 25), range(1, 6))), rng)
    scores, planned = rng.uniform(0.24, 7.21, rows), []
    for (photo, (kind, level)), score in zip(cells, scores, strict=True):
        name = f"i{photo:02d}_{kind:02d}_{level}.bmp"
        file = name if kind % 2 else name.upper()  # the archive mixes its cases
        planned.append(Planned(f"distorted_images/{file}", score / 9, f"I{photo:02d}"))
    names = [Path(image.file).name.replace("i", "I", 1) for image in planned]
    lines = [f"{score:.5f} {name}" for score, name in zip(scores, names, strict=True)]
    (root / "mos_with_names.txt").write_text("\r\n".join(lines) + "\r\n", encoding="ascii")
    (root / "mos_std.txt").write_text("0.13013\r\n" * rows, encoding="ascii")
    return planned


def _live_challenge(root: Path, rows: int, rng: Generator) -> list[Planned]:
    endings = [".bmp", ".JPG", ".bmp"]
    names = [f"t{k}.bmp" for k in range(1, 8)]
    names += [f"{number + 3}{endings[number % 3]}" for number in range(rows)]
    scores = rng.uniform(3.42, 92.43, rows + 7)
    cells = np.array([[name] for name in names], dtype=object)
    (root / "Data").mkdir(exist_ok=True)
    savemat(root / "Data/AllImages_release.mat", {"AllImages_release": cells})
    savemat(root / "Data/AllMOS_release.mat", {"AllMOS_release": scores[None]})
    savemat(root / "Data/AllStdDev_release.mat", {"AllStdDev_release": scores[None] / 5})
    pairs = zip(names[7:], scores[7:], strict=True)
    return [Planned(f"Images/{name}", score / 100, name) for name, score in pairs]


def _bid(root: Path, rows: int, rng: Generator) -> list[Planned]:
    scores = rng.uniform(0.16, 4.92, rows).round(4)
    table: list[list[Any]] = [["Image Number", "Average Subjective Grade", "std"]]
    table += [[number, score, 0.8] for number, score in enumerate(scores, start=1)]
    _write_excel(root / "DatabaseGrades.xlsx", "Plan1", table)
    return [
        Planned(f"ImageDatabase/DatabaseImage{number:04d}.JPG", score / 5, str(number))
        for number, score in enumerate(scores, start=1)
    ]


def _biq2021(root: Path, rows: int, rng: Generator) -> list[Planned]:
    """Photos of all subsets; those of the third, whose digests are known, only if all are asked."""
    names = [f"ss0{subset} ({k}).jpg" for k in range(1, 2_001) for subset in (1, 2)]
    names += [f"ss03 ({k}).jpg" for k in range(1, 8_001)]
    names = [names[k] for k in rng.permutation(rows)] if rows < len(names) else names
    scores = rng.uniform(0, 1, rows).round(4)
    scores[:2] = 0, 1
    files = [name.replace(".jpg", ".JPG") if name == names[1] else name for name in names]
    training = round(rows * 10_000 / 12_000)
    lines = list(zip(names, scores, strict=True))
    header = ["Image Name", "MOS"]
    unused = [[name, score, "", ""] for name, score in lines[:training]]
    _write_csv(root / "Train (Images and MOS).csv", [*header, "", ""], unused)
    _write_csv(root / "Test (Images and MOS).csv", header, lines[training:])
    return [Planned(f"Images/{f}", s, f) for f, s in zip(files, scores, strict=True)]


def _combinations(
    rows: int, photos: int, kinds: list[Any], rng: Generator
) -> list[tuple[int, Any]]:
    """`rows` different pairs of a photo (from 1) and a kind, over several photos even if few."""
    used = min(photos, max(6, rows // 4))
    order = [kinds[k] for k in rng.permutation(len(kinds))]
    return sorted((row % used + 1, order[row // used]) for row in range(rows))


def _write_csv(path: Path, columns: list[str], rows: Iterable[Iterable[Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(rows)


def _write_excel(path: Path, sheet: str, rows: Iterable[Iterable[Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    book = Workbook(write_only=True)
    page = book.create_sheet(sheet)
    for row in rows:
        page.append([value.item() if isinstance(value, np.generic) else value for value in row])
    book.save(path)


WRITERS: dict[str, Callable[[Path, int, Generator], list[Planned]]] = {
    "koniq10k": _koniq10k,
    "spaq": _spaq,
    "kadid10k": _kadid10k,
    "agiqa3k": _agiqa3k,
    "live": _live,
    "csiq": _csiq,
    "tid2013": _tid2013,
    "live_challenge": _live_challenge,
    "bid": _bid,
    "biq2021": _biq2021,
}
