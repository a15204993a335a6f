"""How far a score depends on who decodes and who resizes the photo.

    python -m benchmarks.behaviour      renews the measured table of docs/reference/behaviour.md

Needs OpenCV, which the project does not: `make behaviour` runs it in an environment of its own. The
demo's baseline and full model have to be there (`make paper`).
"""

from __future__ import annotations

import importlib
import io
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from PIL import Image
from torch.nn.functional import interpolate
from torchvision.io import ImageReadMode, decode_image
from torchvision.transforms.v2 import functional as transforms
from tqdm import tqdm

from benchmarks.report import pipe_table
from smartiqa.cli import run_function
from smartiqa.config.planned import tried_experiments
from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_atomically
from smartiqa.photos.loading import load_model
from smartiqa.photos.model import PhotoModel
from smartiqa.results.study_results import Results

OUTPUT = Path("docs", "reference", "behaviour.md")
PHOTOS = Path("data", "demo", "photos")
BEGIN, END = "<!-- measured by benchmarks/behaviour.py -->", "<!-- end of what was measured -->"
LONG_SIDE = 320  # of the demo's photos, pixels
CROPS = 4  # a photo
QUALITY = 90  # of the files that are decoded

Pixels = NDArray[np.uint8]  # (height, width, 3), RGB
Size = tuple[int, int]  # width, height
Decoder = Callable[[bytes], Pixels]
Resizer = Callable[[Pixels, Size], Pixels]


def opencv() -> Any:
    """Return OpenCV's module.

    Raises:
        InputError: it is not installed.
    """
    try:
        return importlib.import_module("cv2")
    except ImportError as error:
        raise InputError(
            "OpenCV is not installed here; `make behaviour` does that, in an environment of its own"
        ) from error


def by_pillow(photo: bytes) -> Pixels:
    """Decode with Pillow, as the product does."""
    return np.asarray(Image.open(io.BytesIO(photo)).convert("RGB"))


def by_torchvision(photo: bytes) -> Pixels:
    """Decode with torchvision, which calls its decoders deprecated since 0.29."""
    file = torch.frombuffer(bytearray(photo), dtype=torch.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        tensor = decode_image(file, ImageReadMode.RGB)
    return np.asarray(tensor.permute(1, 2, 0))


def by_opencv(photo: bytes) -> Pixels:
    """Decode with OpenCV."""
    cv2 = opencv()
    decoded = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB))


def encoded(pixels: Pixels, kind: str, **options: Any) -> bytes:
    """Return the file of a photo."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, quality=QUALITY, **options)
    return file.getvalue()


FILES: dict[str, Callable[[Pixels], bytes]] = {
    "JPEG 4:2:0": partial(encoded, kind="JPEG", subsampling="4:2:0"),
    "JPEG 4:4:4": partial(encoded, kind="JPEG", subsampling="4:4:4"),
    "WebP": partial(encoded, kind="WEBP"),
}
DECODERS: dict[str, Decoder] = {"torchvision": by_torchvision, "OpenCV": by_opencv}


def resized_by_pillow(
    pixels: Pixels, size: Size, kernel: str = "BICUBIC", gap: float | None = None
) -> Pixels:
    """Resize with Pillow; bicubic without `reducing_gap` is what others are compared with."""
    image = Image.fromarray(pixels)
    return np.asarray(image.resize(size, Image.Resampling[kernel], reducing_gap=gap))


def resized_by_torch(pixels: Pixels, size: Size, mode: str, antialias: bool) -> Pixels:
    """Resize floating-point numbers with PyTorch, and round them to whole grey levels."""
    planes = torch.from_numpy(pixels).permute(2, 0, 1)[None].float()
    small = interpolate(planes, size=size[::-1], mode=mode, antialias=antialias)
    whole: Pixels = small[0].permute(1, 2, 0).round().clamp(0, 255).to(torch.uint8).numpy()
    return whole


def resized_by_torchvision(pixels: Pixels, size: Size) -> Pixels:
    """Resize 8-bit pixels with torchvision, bicubic with antialiasing."""
    planes = torch.from_numpy(pixels).permute(2, 0, 1)
    bicubic = transforms.InterpolationMode.BICUBIC
    small = transforms.resize(planes, list(size[::-1]), bicubic, antialias=True)
    return np.asarray(small.permute(1, 2, 0))


def resized_by_opencv(pixels: Pixels, size: Size, kernel: str) -> Pixels:
    """Resize with OpenCV, which never antialiases but for `INTER_AREA`."""
    cv2 = opencv()
    return np.asarray(cv2.resize(pixels, size, interpolation=getattr(cv2, kernel)))


RESIZERS: dict[tuple[str, str], Resizer] = {
    **{
        ("Pillow", f"bicubic, reducing_gap={gap}"): partial(resized_by_pillow, gap=gap)
        for gap in (1.0, 2.0)
    },
    **{
        ("Pillow", name.lower()): partial(resized_by_pillow, kernel=name)
        for name in ("LANCZOS", "BILINEAR", "BOX", "NEAREST")
    },
    **{
        ("torch", f"{mode}, antialias {'on' if antialias else 'off'}"): partial(
            resized_by_torch, mode=mode, antialias=antialias
        )
        for mode in ("bicubic", "bilinear")
        for antialias in (True, False)
    },
    ("torchvision", "bicubic, antialias on, 8 bits"): resized_by_torchvision,
    **{
        ("OpenCV", name): partial(resized_by_opencv, kernel=name)
        for name in ("INTER_AREA", "INTER_CUBIC", "INTER_LINEAR", "INTER_LANCZOS4")
    },
}


def small_size(pixels: Pixels) -> Size:
    """Return the size whose long side is the demo's."""
    height, width, _ = pixels.shape
    factor = LONG_SIDE / max(height, width)
    return round(width * factor), round(height * factor)


def variants(pixels: Pixels) -> Iterator[tuple[tuple[str, str, str], Pixels, Pixels]]:
    """Yield each choice of a photo with its pixels, after those that it is compared with."""
    size = small_size(pixels)
    plain = resized_by_pillow(pixels, size)
    for kind, write in FILES.items():
        file = write(pixels)
        usual = resized_by_pillow(by_pillow(file), size)
        for library, decode in DECODERS.items():
            yield ("decoder", library, kind), usual, resized_by_pillow(decode(file), size)
    for (library, setting), resize in RESIZERS.items():
        yield ("resizer", library, setting), plain, resize(pixels, size)


def psnr(first: Pixels, second: Pixels) -> float:
    """Return the peak signal-to-noise ratio, dB; infinite for equal pixels."""
    error = np.square(first.astype(np.float64) - second).mean()
    return float(10 * np.log10(255**2 / error)) if error else np.inf


def table(models: Mapping[str, PhotoModel]) -> list[tuple[str, ...]]:
    """Measure every choice on every photo; one row a choice."""
    distances: dict[tuple[str, str, str], list[list[float]]] = {}
    ratios: dict[tuple[str, str, str], list[float]] = {}
    known: dict[tuple[str, bytes], float] = {}

    def score(name: str, pixels: Pixels) -> float:
        key = name, pixels.tobytes()
        if key not in known:
            known[key] = models[name].score(pixels, CROPS).quality
        return known[key]

    for path in tqdm(sorted(PHOTOS.glob("*.jpg")), unit="photo"):
        known.clear()
        for choice, before, after in variants(by_pillow(path.read_bytes())):
            moved = [abs(score(name, after) - score(name, before)) for name in models]
            distances.setdefault(choice, []).append(moved)
            ratios.setdefault(choice, []).append(psnr(before, after))
    rows = []
    for choice, moved_by_photo in distances.items():
        each = np.array(moved_by_photo)
        cells = [
            f"{value:.2f}"
            for pair in zip(each.mean(axis=0), each.max(axis=0), strict=True)
            for value in pair
        ]
        least = min(ratios[choice])
        rows.append((*choice, "equal" if np.isinf(least) else f"{least:.1f}", *cells))
    return rows


def versions() -> str:
    """Name what decodes and resizes, with versions."""
    packages = ("Pillow", "torch", "torchvision")
    found = [f"{name} {version(name)}" for name in packages]
    return ", ".join([*found, f"OpenCV {opencv().__version__}"])


def renewed(page: str, measured: str, first: str = BEGIN, last: str = END) -> str:
    """Return the page with another measured part, between the lines `first` and `last`.

    Raises:
        InputError: the page has no place for it.
    """
    before, begin, rest = page.partition(first)
    _, end, after = rest.partition(last)
    if not (begin and end):
        raise InputError(f"{OUTPUT} lacks the lines {first} and {last}, between which the table is")
    return f"{before}{begin}\n\n{measured}\n\n{end}{after}"


def main(
    output: Annotated[Path, typer.Option(dir_okay=False, help="the page")] = OUTPUT,
) -> None:
    """Score the demo's photos, decoded and resized in many ways, and renew the page.

    Example:
        python -m benchmarks.behaviour
    """
    results = Results.of("demo")
    opencv()
    names = tried_experiments(results.study, results.catalogue)
    models = {name: load_model(results.first_run(name)) for name in names}
    titles = [f"{results.catalogue.experiments[name].title} ({name})" for name in names]
    heads = [f"{title}, {what}" for title in titles for what in ("mean", "most")]
    rows = table(models)
    photos = len([*PHOTOS.glob("*.jpg")])
    measured = "\n".join(
        [
            f"{versions()}; {photos} photos, {CROPS} crops each.",
            "",
            *pipe_table(("choice", "library", "setting", "least PSNR", *heads), rows),
        ]
    )
    page = output.read_text(encoding="utf-8")
    with replace_atomically(output) as temporary:
        temporary.write_text(renewed(page, measured), encoding="utf-8")
    sys.stdout.write(f"{output}\n")


if __name__ == "__main__":
    run_function(main, "python -m benchmarks.behaviour")
