"""The command line that scores photos."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer import TyperException

import smartiqa
from colour_profiles import rgb_profile
from command_line import smartiqa as run_stage
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import write_json
from smartiqa.data.store.decode import decode_image
from smartiqa.photos import scoring as stage
from smartiqa.photos.loading import load_model
from smartiqa.provenance.code_digest import SOURCE
from tiny_study import CROP, texture

STAGES = [f"attention_{number}" for number in range(1, 5)]
COLUMNS = ["file", "quality", "spread", "crops", *STAGES, "width", "height", "problem"]
PEAK_MEMORY = """
import sys
from pathlib import Path
from smartiqa.photos.loading import load_model
from smartiqa.photos.tables import Table
from smartiqa.photos.scoring import score_images

run, photo, table, count = *map(Path, sys.argv[1:4]), int(sys.argv[4])
table = Table("parquet", table)
score_images(load_model(run), [str(photo)] * count, 1, table, None, None)
status = Path("/proc/self/status").read_text()
print(int(status.partition("VmHWM:")[2].split()[0]) / 1024)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two photos, a broken one between them, and one that is smaller than a crop."""
    (tmp_path / "in").mkdir()
    for name, seed, size in (("a.png", 1, 90), ("c.jpg", 2, 100), ("d.png", 3, 40)):
        Image.fromarray(texture(seed, size, 120)).save(tmp_path / "in" / name)
    (tmp_path / "in" / "b.jpg").write_bytes((tmp_path / "in" / "c.jpg").read_bytes()[:900])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object, listed: str = "") -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(listed))
    run_stage("score-images", *arguments)


def test_colours_are_those_that_a_profile_means(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = Image.fromarray(texture(1, 90, 120))
    plain.save(tmp_path / "wide.png", icc_profile=rgb_profile())
    plain.save(tmp_path / "plain.png")
    decode_image(tmp_path / "wide.png", managed=True).save(tmp_path / "converted.png")
    scores: dict[str, list[float]] = {}
    for option in ("--profiles", "--no-profiles"):
        call(monkeypatch, tmp_path, "--model", run, option)
        table = pd.read_csv(io.StringIO(capsys.readouterr().out))
        assert [Path(file).stem for file in table["file"]] == ["converted", "plain", "wide"]
        scores[option] = table["quality"].tolist()
    converted, as_it_is, managed = scores["--profiles"]
    assert managed == converted != as_it_is
    assert scores["--no-profiles"] == [converted, as_it_is, as_it_is]


@pytest.mark.usefixtures("folder")
def test_a_broken_photo_is_a_row_and_a_status_at_the_end(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError, match="2 of 4 photos could not be scored"):
        call(monkeypatch, "in", "--model", run)
    table = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert table.columns.tolist() == COLUMNS
    assert table["file"].tolist() == ["in/a.png", "in/b.jpg", "in/c.jpg", "in/d.png"]
    assert table["quality"].notna().tolist() == [True, False, True, False]
    assert "in/b.jpg is truncated or damaged" in table["problem"][1]
    assert "in/d.png (120 x 40) is smaller than the crops" in table["problem"][3]
    assert table.loc[2, ["crops", "width", "height"]].tolist() == [20, 120, 100]
    assert table.loc[2, STAGES].sum() == pytest.approx(1, abs=1e-5)
    model = load_model(run)
    assert table["quality"][0] == model.score("in/a.png").quality
    assert table["spread"][0] == model.score("in/a.png").spread


@pytest.mark.usefixtures("folder")
def test_a_calibrated_run_adds_the_ends_of_intervals(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    copy = shutil.copytree(run, tmp_path / "run")
    record = {"level": 0.9, "images": 99, "contents": 9, "crops": 2, "half_width": 7.5}
    write_json(copy / "calibration.json", record)
    for kind in ("csv", "json", "parquet"):
        with caplog.at_level("INFO"), pytest.raises(InputError, match="2 of 4"):
            call(monkeypatch, "in", f"--{kind}", f"t.{kind}", "--model", copy, "--crops", 1)
    said_of_one = caplog.text
    caplog.clear()
    with caplog.at_level("INFO"), pytest.raises(InputError, match="2 of 4"):
        call(monkeypatch, "in", "--csv", "usual.csv", "--model", copy)
    assert pd.read_csv("usual.csv")["crops"].tolist() == [2, 0, 2, 0]
    assert "with 2 crops of each\n" in caplog.text
    assert "photos: not resized, as in training; 2 crop(s)" in caplog.text
    found = pd.read_csv("t.csv")
    assert found.columns.tolist() == [*COLUMNS[:4], "interval_low", "interval_high", *COLUMNS[4:]]
    scored = found[found["problem"].isna()]
    np.testing.assert_allclose(scored["interval_low"], (scored["quality"] - 7.5).clip(0))
    np.testing.assert_allclose(scored["interval_high"], (scored["quality"] + 7.5).clip(upper=100))
    assert found["interval_low"].isna().tolist() == [False, True, False, True]
    for other in (pd.read_parquet("t.parquet"), pd.read_json("t.json")):
        pd.testing.assert_frame_equal(found, other, check_dtype=False)
    said = "\N{PLUS-MINUS SIGN} 7.5 holds the label of a photo (on 0 to 100) with 90%"
    assert f"interval: quality {said}" in said_of_one
    assert "with 2 crops of each; with 1 of each, as here" in said_of_one
    assert load_model(copy).margin.said_of(2).endswith("with 2 crops of each")


@pytest.mark.usefixtures("folder")
def test_all_tables_hold_the_same(
    run: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind in ("csv", "json", "parquet"):
        with pytest.raises(InputError, match="1 of 3"):
            call(
                monkeypatch, "-", f"--{kind}", f"t.{kind}", "--model", run, "--crops", 2,
                listed="in/a.png\nin/gone.jpg\nin/c.jpg\n",
            )  # fmt: skip
    assert capsys.readouterr().out == ""
    parquet = pd.read_parquet("t.parquet")
    assert parquet.columns.tolist() == COLUMNS
    assert parquet["file"].tolist() == ["in/a.png", "in/gone.jpg", "in/c.jpg"]
    assert parquet["crops"].tolist() == [2, 0, 2]
    rows = json.loads(Path("t.json").read_text())
    assert list(rows[1]) == COLUMNS
    assert rows[1]["quality"] is None
    for other in (pd.read_csv("t.csv"), pd.DataFrame(rows)):
        pd.testing.assert_frame_equal(other, parquet, check_dtype=False)
    assert sorted(path.name for path in folder.iterdir()) == ["in", "t.csv", "t.json", "t.parquet"]


@pytest.mark.usefixtures("folder")
def test_sheet_and_heat_maps_are_written(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("in/sub").mkdir()
    Path("in/a.png").rename("in/sub/c.png")
    options = ["--sheet", "sheet.png", "--explain", "why", "--csv", "t.csv"]
    call(monkeypatch, "in/c*", "in/sub/*.png", *options, "--model", run)
    assert sorted(path.name for path in Path("why").iterdir()) == ["00001-c.png", "00002-c.png"]
    with Image.open("sheet.png") as sheet:
        assert sheet.width > 600
    assert len(pd.read_csv("t.csv")) == 2


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("problem", [InputError("it is gone"), OSError(28, "No space left")])
def test_a_heat_map_that_fails_costs_no_scores(
    run: Path,
    problem: Exception,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise problem

    monkeypatch.setattr(stage, "draw_heat_map", fail)
    call(monkeypatch, "in/[ac]*", "--csv", "t.csv", "--explain", "why", "--model", run)
    assert pd.read_csv("t.csv")["quality"].notna().all()
    assert f"a.png has no heat map: {problem}" in caplog.text


@pytest.mark.usefixtures("folder")
def test_a_long_name_is_cut_in_that_of_its_map(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("in/a.png").rename(f"in/a{'é' * 124}.png")
    call(monkeypatch, "in/aé*", "--csv", "t.csv", "--explain", "why", "--model", run)
    assert [path.name for path in Path("why").iterdir()] == [f"00001-a{'é' * 99}.png"]


@pytest.mark.usefixtures("folder")
def test_a_table_is_whole_or_not_there(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise InputError("the disk is full")

    monkeypatch.setattr(stage, "_explain", fail)
    for kind in ("csv", "json", "parquet"):
        with pytest.raises(InputError, match="disk is full"):
            call(monkeypatch, "in", f"--{kind}", "t", "--explain", "why", "--model", run)
    assert sorted(path.name for path in Path().iterdir()) == ["in", "why"]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--crops", "0"], "greater than or equal to 1|range x>=1"),
        (["--csv", "t.csv", "--json", "t.json"], "--csv and --json exclude each other"),
        (["--csv", "t.json"], "--csv t.json: the name says json; use --json"),
        (["--csv", "no/t.csv"], r"no/t.csv cannot be written: the folder no does not exist"),
        (["--sheet", "sheet.doc"], "sheet.doc is no image"),
        (["--csv", "in/c.jpg"], r"in/c.jpg is a photo to score; name another file to write"),
        (["--sheet", "in/../in/a.png"], r"in/a.png is a photo to score"),
        ([], "results/demo holds no results: `make paper`"),
        (["--model", "other"], "other does not exist; give a run"),
    ],
)
def test_what_is_wrong_is_said_before_any_work(
    options: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises((InputError, TyperException), match=message):
        call(monkeypatch, "in", *options)


@pytest.mark.usefixtures("folder")
def test_standard_error_says_what_the_model_is_worth(run: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "smartiqa", "score-images", "in/a.png", "--model", run],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout.count("\n") == 2
    model, interval, photos = done.stderr.splitlines()
    assert model.startswith("model: C3, seed 1, apart from its study, so nothing here says")
    assert interval.startswith(f"interval: none: {run} is not calibrated")
    assert photos == (
        f"photos: not resized, as in training; 20 crop(s) of {CROP} x {CROP} pixels of each are "
        "scored, 0.08 megapixels at most"
    )


@pytest.mark.usefixtures("folder")
def test_memory_does_not_grow_with_the_photos(run: Path) -> None:
    Image.fromarray(texture(1, 480, 640)).save("large.bmp")  # 0.9 MB of pixels

    def peak_mb(count: int) -> float:
        command = [sys.executable, "-c", PEAK_MEMORY, run, "large.bmp", "t.parquet", str(count)]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
        )
        return float(done.stdout)

    few, many = peak_mb(20), peak_mb(140)  # 111 MB of pixels more
    assert many - few < 40


@pytest.mark.parametrize("page", ["docs/how-to/score-photos.md"])
def test_what_pages_say_can_be_called(
    page: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (SOURCE.parents[1] / page).read_text()
    commands = re.findall(r"smartiqa score-images (?:[^`]*?\n {10,})*.*", text)
    used = {option for command in commands for option in re.findall(r"--[a-z]+", command)}
    call(monkeypatch, "--help")
    offered = set(re.findall(r"--[a-z]+", capsys.readouterr().out))
    assert used
    assert used <= offered
    names = re.findall(r"(?:smartiqa\.|^\| `)([a-z_]+)\(", text, re.MULTILINE)
    assert names
    assert set(names) <= set(smartiqa.__all__)
