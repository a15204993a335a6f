"""`smartiqa fetch` from end to end, against a server on loopback."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import logging
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive_server import ArchiveServer, running_server
from command_line import smartiqa_apart
from smartiqa.core.errors import InputError
from smartiqa.core.files import DIGESTS
from smartiqa.data.adapters import DatasetFacts, Download, Mirror, Scale, load_adapter
from smartiqa.data.fetch.download import Patience
from smartiqa.data.fetch.raw_dataset import fetch, missing_parts, write_record

QUICK = Patience(attempts=2, pause=0.001, timeout=(2, 2))
IMAGES = {"1024x768/1.jpg": b"one" * 9999, "1024x768/2.jpg": b"two" * 9999}


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def facts_of(*downloads: Download, by_hand: str | None = None) -> DatasetFacts:
    return DatasetFacts(
        name="mine",
        title="My set",
        images=2,
        scale=Scale(0, 1),
        score_name="MOS",
        citation="Me, 2020",
        licence="free for all",
        downloads=downloads,
        by_hand=by_hand,
    )


@pytest.fixture
def server() -> Iterator[ArchiveServer]:
    with running_server() as running:
        yield running


def files_in(root: Path) -> set[str]:
    own = {"fetch.json", "checksums.json"}
    found = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    return {file for file in found if DIGESTS not in file} - own


def test_archive_and_plain_file_arrive(server: ArchiveServer, tmp_path: Path) -> None:
    facts = facts_of(
        Download("1024x768", (Mirror(server.offer("images.zip", zipped(IMAGES))),)),
        Download("sets.csv", (Mirror(server.offer("x/sets.csv?raw=1", b"image,score\n")),)),
    )
    server.files["/x/sets.csv?raw=1"].etag = '"csv"'
    fetch(facts, tmp_path, patience=QUICK)
    assert files_in(tmp_path) == {*IMAGES, "sets.csv"}
    fetch(facts, tmp_path, patience=QUICK)
    assert len(server.requests) == 2  # nothing is fetched twice


def test_licence_is_shown_once(
    server: ArchiveServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    part = Download("1024x768", (Mirror(server.offer("images.zip", zipped(IMAGES))),))
    later = Download("more", (Mirror(server.offer("more.zip", zipped({"more/1": b"1"}))),))
    fetch(facts_of(part), tmp_path, patience=QUICK)
    assert "My set: free for all" in caplog.text
    assert "please cite: Me, 2020" in caplog.text
    caplog.clear()
    fetch(facts_of(part, later), tmp_path, patience=QUICK)
    assert "free for all" not in caplog.text


def test_second_kind_of_mirror_after_a_damaged_first(server: ArchiveServer, tmp_path: Path) -> None:
    broken = server.offer("images.zip", zipped(IMAGES)[:-200])
    good = server.offer("everything.tgz", tarred({f"set/{k}": v for k, v in IMAGES.items()}))
    fetch(facts_of(Download("1024x768", (Mirror(broken), Mirror(good)))), tmp_path, patience=QUICK)
    assert files_in(tmp_path) == {f"set/{name}" for name in IMAGES}
    recorded = json.loads((tmp_path / "checksums.json").read_text())
    assert list(recorded) == [good]  # what a damaged archive had is not enforced later


def test_damaged_everywhere_leaves_nothing_and_can_be_retried(
    server: ArchiveServer, tmp_path: Path
) -> None:
    url = server.offer("images.zip", zipped(IMAGES)[:-200])
    facts = facts_of(Download("1024x768", (Mirror(url),)))
    with pytest.raises(InputError, match=r"images\.zip is damaged .*\nrun this again"):
        fetch(facts, tmp_path, patience=QUICK)
    assert files_in(tmp_path) == set()
    server.offer("images.zip", zipped(IMAGES))
    fetch(facts, tmp_path, patience=QUICK)
    assert files_in(tmp_path) == set(IMAGES)


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_hostile_archive_leaves_nothing(
    server: ArchiveServer, tmp_path: Path, pack: object
) -> None:
    assert callable(pack)
    name = "a.zip" if pack is zipped else "a.tgz"
    url = server.offer(name, pack({**IMAGES, "../../evil": b"evil"}))
    with pytest.raises(InputError, match="leads outside the folder"):
        fetch(facts_of(Download("1024x768", (Mirror(url),))), tmp_path / "r", patience=QUICK)
    assert files_in(tmp_path / "r") == set()
    assert not list(tmp_path.rglob("evil"))


def test_interrupted_unpacking_is_done_again(
    server: ArchiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = facts_of(Download("1024x768", (Mirror(server.offer("a.zip", zipped(IMAGES))),)))
    with monkeypatch.context() as interrupted:
        place, moved = Path.replace, []

        def replace_one(self: Path, target: Path) -> Path:
            if self.suffix == ".jpg" and moved:
                raise KeyboardInterrupt
            moved.append(self) if self.suffix == ".jpg" else None
            return place(self, target)

        (tmp_path / "1024x768").mkdir()  # so that files are moved one by one
        (tmp_path / "fetch.json").write_text('{"unfinished": "1024x768"}')
        interrupted.setattr(Path, "replace", replace_one)
        with pytest.raises(KeyboardInterrupt):
            fetch(facts, tmp_path, patience=QUICK)
    assert len(list((tmp_path / "1024x768").iterdir())) == 1
    fetch(facts, tmp_path, patience=QUICK)
    assert {name: (tmp_path / name).read_bytes() for name in IMAGES} == IMAGES
    assert len(server.requests) == 1


def test_data_put_there_by_hand_is_left_alone(server: ArchiveServer, tmp_path: Path) -> None:
    (tmp_path / "koniq/1024x768").mkdir(parents=True)
    url = server.offer("images.zip", zipped(IMAGES))
    fetch(facts_of(Download("1024x768", (Mirror(url),))), tmp_path, patience=QUICK)
    assert server.requests == []


def test_labels_of_another_spelling_are_there(tmp_path: Path) -> None:
    """What the adapter reads is not downloaded again, 35 GB with it."""
    facts = load_adapter("spaq").FACTS
    (labels,) = facts.downloads
    assert missing_parts(facts, tmp_path) == [labels]
    (tmp_path / "Annotations").mkdir()
    (tmp_path / "Annotations" / "MOS_and_Image_attribute_scores.xlsx").touch()
    assert missing_parts(facts, tmp_path) == []


def test_archive_put_there_by_hand_needs_no_network(tmp_path: Path) -> None:
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads/images.zip").write_bytes(zipped(IMAGES))
    nowhere = Mirror("http://127.0.0.1:1/images.zip")
    fetch(facts_of(Download("1024x768", (nowhere,))), tmp_path, patience=QUICK)
    assert files_in(tmp_path) == set(IMAGES)


def test_archives_can_be_kept(server: ArchiveServer, tmp_path: Path) -> None:
    url = server.offer("images.zip", zipped(IMAGES))
    facts = facts_of(Download("1024x768", (Mirror(url),)))
    fetch(facts, tmp_path, keep_archives=True, patience=QUICK)
    assert files_in(tmp_path) == {*IMAGES, "downloads/images.zip"}


def test_extra_mirror_is_tried_first_and_must_have_the_same_file(
    server: ArchiveServer, tmp_path: Path
) -> None:
    server.offer("near/images.zip", zipped(IMAGES))
    part = Download("1024x768", (Mirror("http://127.0.0.1:1/far/images.zip"),))
    near = [f"{server.address}/near/"]
    fetch(facts_of(part), tmp_path / "a", extra_mirrors=near, patience=QUICK)
    assert files_in(tmp_path / "a") == set(IMAGES)
    pinned = Download("1024x768", (Mirror("http://127.0.0.1:1/images.zip", sha256="0" * 64),))
    with pytest.raises(InputError, match="not the published 000"):
        fetch(facts_of(pinned), tmp_path / "b", extra_mirrors=near, patience=QUICK)


def test_failure_of_a_large_set_names_the_smaller_way(tmp_path: Path) -> None:
    part = Download("1024x768", (Mirror("http://127.0.0.1:1/a.zip"),))
    with pytest.raises(InputError, match=f"unpack the small one into {tmp_path}$"):
        fetch(facts_of(part, by_hand="unpack the small one"), tmp_path, patience=QUICK)


def test_archive_without_the_promised_file_is_named(server: ArchiveServer, tmp_path: Path) -> None:
    url = server.offer("images.zip", zipped({"other/1.jpg": b"1"}))
    with pytest.raises(InputError, match=r"images\.zip does not contain 1024x768"):
        fetch(facts_of(Download("1024x768", (Mirror(url),))), tmp_path, patience=QUICK)
    assert files_in(tmp_path) == {"other/1.jpg", "downloads/images.zip"}  # no second download


def test_offline_names_every_address_and_the_way_out(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:1/images.zip"
    with pytest.raises(InputError) as caught:
        fetch(facts_of(Download("1024x768", (Mirror(nowhere),))), tmp_path, patience=QUICK)
    message = str(caught.value)
    assert f"{nowhere}: the server is out of reach (Connection refused)" in message
    assert f"or download a file by hand and put it into {tmp_path / 'downloads'}" in message
    assert files_in(tmp_path) == set()


@pytest.mark.parametrize("name", ["live", "live_challenge", "folder"])
def test_sets_handed_out_on_request_say_where(name: str, tmp_path: Path) -> None:
    facts = load_adapter(name).FACTS
    with pytest.raises(InputError, match=f"{facts.title} cannot be downloaded: .* into {tmp_path}"):
        fetch(facts, tmp_path)


def test_set_on_request_that_is_there_is_complete(tmp_path: Path) -> None:
    (tmp_path / "release2").mkdir()
    (tmp_path / "release2/dmos_realigned.mat").touch()
    fetch(load_adapter("live").FACTS, tmp_path)


def test_own_images_are_only_looked_for(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").touch()
    fetch(load_adapter("folder").FACTS, tmp_path)


def test_record_says_where_the_data_came_from(server: ArchiveServer, tmp_path: Path) -> None:
    archive = zipped(IMAGES)
    url = server.offer("images.zip", archive)
    facts = facts_of(Download("1024x768", (Mirror(url),)))
    fetch(facts, tmp_path / "data", patience=QUICK)
    write_record(facts, tmp_path / "data", tmp_path / "raw.json")
    record = json.loads((tmp_path / "raw.json").read_text())
    assert record["downloads"] == {url: hashlib.sha256(archive).hexdigest()}
    assert (record["dataset"], record["licence"]) == ("mine", "free for all")


def test_rar_is_kept_for_the_user_to_unpack(server: ArchiveServer, tmp_path: Path) -> None:
    url = server.offer("tid2013.rar", b"Rar!")
    facts = facts_of(Download("mos_with_names.txt", (Mirror(url),)))
    with pytest.raises(InputError, match=r"unpack it into .* with another program"):
        fetch(facts, tmp_path, patience=QUICK)
    assert files_in(tmp_path) == {"downloads/tid2013.rar"}


def test_damaged_state_is_named(tmp_path: Path) -> None:
    (tmp_path / "fetch.json").write_text("[")
    with pytest.raises(InputError, match=r"fetch\.json is no JSON file, or a damaged one"):
        fetch(dataclasses.replace(facts_of(Download("x", ()))), tmp_path)


def test_command_line_ends_with_one_error_and_status_two(tmp_path: Path) -> None:
    result = smartiqa_apart("fetch", "koniq", root=tmp_path)
    assert result.returncode == 2
    assert result.stderr.startswith("error: unknown dataset adapter 'koniq' (did you mean")
    assert "Traceback" not in result.stderr
