from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from torchvision.transforms import Resize

from smartiqa.core.errors import InputError
from smartiqa.core.files import sha256_of
from smartiqa.data.store import building as store_building
from smartiqa.data.store.building import JOURNAL_ENTRY, ResizeRule, build_store
from smartiqa.data.store.decode import decode_image
from smartiqa.data.store.pixel_store import PixelStore

NONE, SQUASH, ASPECT = (
    ResizeRule("none"),
    ResizeRule("squash", (40, 30)),
    ResizeRule("aspect", (30,)),
)
SIZES = [(64, 48), (48, 64), (30, 41), (20, 20), (33, 30), (90, 31), (41, 77), (52, 52)]


def write_images(folder: Path, sizes=SIZES) -> pd.DataFrame:
    """Write noise images of these (width, height) and return what the manifest says of them."""
    generator = np.random.default_rng(1)
    folder.mkdir(exist_ok=True)
    for number, (width, height) in enumerate(sizes):
        pixels = generator.integers(0, 256, (height, width, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.{'png' if number % 2 else 'jpg'}")
    return describe(folder)


def describe(folder: Path) -> pd.DataFrame:
    files = sorted(folder.iterdir())
    sizes = [decode_image(file).size for file in files]
    return pd.DataFrame(
        {
            "id": [file.stem for file in files],
            "file": [file.name for file in files],
            "sha256": [sha256_of(file) for file in files],
            "width": [width for width, _ in sizes],
            "height": [height for _, height in sizes],
        }
    )


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def stored(folder: Path) -> list[bytes]:
    """What readers of a store see; the order of a journal may differ."""
    return [(folder / name).read_bytes() for name in ("pixels.u8", "index.parquet", "store.json")]


@pytest.fixture
def decoded(monkeypatch) -> list[str]:
    """The names of all files decoded from now on."""
    names: list[str] = []
    original = store_building.decode_image

    def decode(path):
        names.append(path.name)
        return original(path)

    monkeypatch.setattr(store_building, "decode_image", decode)
    return names


@pytest.mark.parametrize(
    ("rule", "transform"),
    [(NONE, lambda image: image), (SQUASH, Resize((40, 30))), (ASPECT, Resize(30))],
)
def test_pixels_are_those_of_torchvision(tmp_path, rule, transform):
    images = write_images(tmp_path / "images")
    build_store(images, tmp_path / "images", tmp_path / "store", rule, workers=2)
    store = PixelStore.open(tmp_path / "store")
    assert store.ids.tolist() == images["id"].tolist()
    for row, file in enumerate(images["file"]):
        expected = np.asarray(transform(Image.open(tmp_path / "images" / file)))
        np.testing.assert_array_equal(store.image(row), expected)


def test_bytes_do_not_depend_on_the_number_of_workers(tmp_path):
    images = write_images(tmp_path / "images")
    for workers in (1, 2, 5):
        build_store(images, tmp_path / "images", tmp_path / str(workers), ASPECT, workers)
    assert content(tmp_path / "1") == content(tmp_path / "2") == content(tmp_path / "5")
    assert sorted(content(tmp_path / "1")) == [
        "index.parquet",
        "journal",
        "pixels.u8",
        "plan",
        "store.json",
    ]


def test_the_same_inputs_are_not_decoded_again(tmp_path, decoded):
    images = write_images(tmp_path / "images")
    build_store(images, tmp_path / "images", tmp_path / "store", SQUASH, 1)
    assert len(decoded) == len(SIZES)
    relabelled = images.assign(score=np.arange(len(images)))
    build_store(relabelled, tmp_path / "images", tmp_path / "store", SQUASH, 2)
    assert len(decoded) == len(SIZES)


@pytest.mark.parametrize("change", ["rule", "image", "fewer", "truncated"])
def test_other_inputs_or_a_damaged_store_are_built_anew(tmp_path, change):
    folder, output = tmp_path / "images", tmp_path / "store"
    images, rule = write_images(folder), SQUASH
    build_store(images, folder, output, rule, 2)
    if change == "rule":
        rule = ASPECT
    elif change == "image":
        Image.new("RGB", (50, 50), (200, 10, 10)).save(folder / "1.png")
        images = describe(folder)
    elif change == "fewer":
        images = images.iloc[1:]
    else:
        os.truncate(output / "pixels.u8", 100)
    build_store(images, folder, output, rule, 2)
    build_store(images, folder, tmp_path / "fresh", rule, 2)
    fresh = PixelStore.open(output)
    fresh.require_intact(fresh.rows(fresh.ids))
    assert stored(output) == stored(tmp_path / "fresh")


def test_a_reader_keeps_its_images_when_others_take_their_place(tmp_path):
    images = write_images(tmp_path / "images")
    build_store(images, tmp_path / "images", tmp_path / "store", SQUASH, 1)
    store = PixelStore.open(tmp_path / "store")
    before = store.pixels.copy()
    build_store(images, tmp_path / "images", tmp_path / "store", ASPECT, 1)
    np.testing.assert_array_equal(store.pixels, before)


def test_only_what_was_lost_is_decoded_again(tmp_path, decoded):
    folder, output = tmp_path / "images", tmp_path / "store"
    images = write_images(folder)
    build_store(images, folder, output, SQUASH, 2)
    expected = stored(output)
    decoded.clear()
    (output / "index.parquet").unlink()  # as Snakemake does with declared outputs
    (output / "store.json").unlink()
    build_store(images, folder, output, SQUASH, 2)
    assert decoded == []
    assert stored(output) == expected
    os.truncate(output / "pixels.u8", 40 * 30 * 3 * 6)
    build_store(images, folder, output, SQUASH, 2)
    assert sorted(decoded) == ["6.jpg", "7.png"]
    assert stored(output) == expected


SLOW_BUILD = """
import sys, time
from pathlib import Path
import pandas as pd
from smartiqa.data.store import building as store_building
original = store_building.decode_image
def slow(path):
    time.sleep(0.2)
    return original(path)
store_building.decode_image = slow
folder = Path(sys.argv[1])
images = pd.read_parquet(folder / "images.parquet")
rule = store_building.ResizeRule("squash", (40, 30))
store_building.build_store(images, folder / "images", folder / "store", rule, 1)
"""


def test_a_killed_build_goes_on_where_it_stopped(tmp_path, decoded):
    images = write_images(tmp_path / "images")
    images.to_parquet(tmp_path / "images.parquet")
    journal = tmp_path / "store" / "journal"
    build = subprocess.Popen(
        [sys.executable, "-c", SLOW_BUILD, tmp_path], stderr=subprocess.DEVNULL, env=os.environ
    )
    while not journal.is_file() or journal.stat().st_size < 3 * JOURNAL_ENTRY.itemsize:
        assert build.poll() is None, "the build ended before it could be killed"
        time.sleep(0.01)
    build.send_signal(signal.SIGKILL)
    build.wait()
    with pytest.raises(InputError, match="no finished pixel store"):
        PixelStore.open(tmp_path / "store")

    done = journal.stat().st_size // JOURNAL_ENTRY.itemsize
    assert 3 <= done < len(SIZES)
    with (tmp_path / "store" / "pixels.u8").open("r+b") as stream:
        stream.seek(40 * 30 * 3 + 10)
        stream.write(b"damaged")  # in the second image
    with journal.open("ab") as stream:
        stream.write(b"torn")
    build_store(images, tmp_path / "images", tmp_path / "store", SQUASH, 2)
    assert sorted(decoded) == sorted(["1.png", *images["file"][done:]])
    build_store(images, tmp_path / "images", tmp_path / "fresh", SQUASH, 2)
    assert stored(tmp_path / "store") == stored(tmp_path / "fresh")


def test_all_unusable_images_are_named_and_nothing_is_left(tmp_path):
    folder, output = tmp_path / "images", tmp_path / "store"
    images = write_images(folder)
    (folder / "0.jpg").unlink()
    (folder / "1.png").write_text("no image")
    photo = (folder / "2.jpg").read_bytes()
    (folder / "2.jpg").write_bytes(photo[: len(photo) // 2])
    images.loc[2, "sha256"] = sha256_of(folder / "2.jpg")
    Image.new("RGB", (9, 9)).save(folder / "3.png")
    images.loc[4, ["width", "height"]] = [3000, 1]
    with pytest.raises(InputError) as caught:
        build_store(images, folder, output, ResizeRule("aspect", (300,)), 2)
    message = str(caught.value)
    assert message.startswith("5 of 8 images are unusable:")
    for name, problem in {
        "0.jpg": "does not exist",
        "1.png": "is not an image",
        "2.jpg": "is truncated",
        "3.png": "is not the image that the manifest describes",
        "4.jpg": "too elongated",
    }.items():
        assert any(name in line and problem in line for line in message.splitlines())
    assert not [path for path in output.iterdir() if path.is_file()]


def test_a_long_list_of_problems_is_shortened(tmp_path):
    images = pd.DataFrame({"id": range(50), "file": "gone.jpg", "sha256": ""}).astype(str)
    images = images.assign(width=8, height=8)
    with pytest.raises(InputError, match="50 of 50 images are unusable") as caught:
        build_store(images, tmp_path, tmp_path / "store", NONE, 1)
    assert str(caught.value).count("gone.jpg") == 20
    assert str(caught.value).endswith("and 30 more")


def test_no_images_is_an_input_error(tmp_path):
    images = pd.DataFrame({"id": [], "file": [], "sha256": []})
    with pytest.raises(InputError, match="there are no images"):
        build_store(images, tmp_path, tmp_path / "store", NONE, 1)


def test_a_full_disk_is_noticed_before_decoding(tmp_path, monkeypatch, decoded):
    images = write_images(tmp_path / "images")
    monkeypatch.setattr(
        store_building.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 28_799})
    )
    with pytest.raises(InputError, match="needs 28,800 bytes, but only 28,799 are free"):
        build_store(images, tmp_path / "images", tmp_path / "store", SQUASH, 1)
    assert decoded == []


def test_large_images_are_decoded_by_fewer_workers(tmp_path, monkeypatch):
    images = write_images(tmp_path / "images", [(2000, 1000), (20, 30)])
    workers = []

    class Pool(store_building.ThreadPoolExecutor):
        def __init__(self, count):
            workers.append(count)
            super().__init__(count)

    monkeypatch.setattr(store_building, "ThreadPoolExecutor", Pool)
    for memory_mb in (950, 230, 10):  # 160 for the process, 20 for an image of 2 megapixels
        build_store(
            images, tmp_path / "images", tmp_path / str(memory_mb), SQUASH, 8, memory_mb=memory_mb
        )
    assert workers == [8, 3, 1]


PEAK_MEMORY = """
import sys
from pathlib import Path
import pandas as pd
from smartiqa.data.store.building import ResizeRule, build_store
folder, output, copies = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
images = pd.read_parquet(folder / "images.parquet")
images = pd.concat([images.assign(id=images["id"] + f"-{k}") for k in range(copies)])
build_store(images, folder / "images", output, ResizeRule("squash", (512, 384)), 2)
status = Path("/proc/self/status").read_text()  # getrusage would count what the parent had
print(int(status.partition("VmHWM:")[2].split()[0]) / 1024)
"""


def test_memory_does_not_grow_with_the_dataset(tmp_path):
    write_images(tmp_path / "images", [(512, 384)] * 8).to_parquet(tmp_path / "images.parquet")

    def peak_mb(copies: int) -> float:
        command = [sys.executable, "-c", PEAK_MEMORY, tmp_path, tmp_path / str(copies), str(copies)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
        return float(done.stdout)

    few, many = peak_mb(2), peak_mb(20)  # 9 and 94 MB of pixels
    assert many < 300
    assert many - few < 25


def test_an_image_that_decodes_to_another_size_than_in_the_manifest_is_named(tmp_path):
    images = write_images(tmp_path / "images")
    images.loc[2, ["width", "height"]] = images.loc[2, ["height", "width"]].to_numpy()
    with pytest.raises(InputError, match=r"2\.jpg is not the image that the manifest describes"):
        build_store(images, tmp_path / "images", tmp_path / "store", NONE, 1)


@pytest.mark.parametrize("arguments", [("none", (3,)), ("squash", (3,)), ("aspect", (0,))])
def test_a_resize_rule_needs_its_sizes(arguments):
    with pytest.raises(InputError, match=f"resize '{arguments[0]}' needs"):
        ResizeRule(*arguments)
