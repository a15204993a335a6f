"""Runs in a shared place: what one clone offers, another takes, and nothing else."""

from __future__ import annotations

import errno
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from pyarrow import fs

from shared_places import BUCKET, bucket_of, poison, rsync_server
from smartiqa.core.errors import InputError
from smartiqa.provenance.identity import Identity
from smartiqa.sharing import shared_runs as sharing
from smartiqa.sharing.shared_runs import check_place, entry_name, fetch_run, offer_run, put_run

RUN = Identity(
    code="abc",
    settings={"seed": 1},
    versions={"torch": "2.11.0"},
    data={"manifest": "1" * 64},
    device="cpu",
    number_format="float32",
)
IDENTITY = RUN.digest
FILES = {
    "best.safetensors": b"weights" * 1000,
    "history.csv": b"epoch\n1\n",
    "identity.json": RUN.text.encode(),
}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a finished run, with files that are not shared."""
    folder = tmp_path / "run"
    folder.mkdir()
    for name, content in {**FILES, "unfinished.pt": b"state"}.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def bucket(s3_variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder of its own in a bucket that this process may use."""
    for name, value in s3_variables.items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}/{uuid4()}/runs"


@pytest.fixture(params=["folder", "bucket", "rsync"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A shared place of each kind."""
    if request.param == "bucket":
        yield request.getfixturevalue("bucket")
    elif request.param == "folder":
        yield str(tmp_path / "shared place" / "100%" / "runs")
    else:
        if shutil.which("rsync") is None:
            pytest.skip("rsync is not installed")
        (tmp_path / "server").mkdir()
        with rsync_server(tmp_path / "server") as address:
            yield address


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_run_that_is_offered_is_fetched(place: str, run: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    assert not fetch_run(place, IDENTITY, taken)
    put_run(place, IDENTITY, run, FILES)
    assert fetch_run(place, IDENTITY, taken)
    assert content_of(taken) == FILES
    assert not fetch_run(place, "1e" * 32, taken)


def test_an_entry_never_changes(place: str, run: Path, tmp_path: Path) -> None:
    put_run(place, IDENTITY, run, FILES)
    (run / "history.csv").write_text("other\n")
    put_run(place, IDENTITY, run, FILES)
    assert fetch_run(place, IDENTITY, tmp_path / "taken")
    assert content_of(tmp_path / "taken") == FILES


def test_only_whole_entries_are_left_in_a_bucket(
    bucket: str, run: Path, s3_variables: dict[str, str]
) -> None:
    put_run(bucket, IDENTITY, run, FILES)
    put_run(bucket, IDENTITY, run, FILES)
    found = bucket_of(s3_variables).get_file_info(fs.FileSelector(bucket.removeprefix("s3://")))
    assert [Path(entry.path).name for entry in found] == [entry_name(IDENTITY)]


def test_a_poisoned_object_is_refused(
    bucket: str,
    run: Path,
    tmp_path: Path,
    s3_variables: dict[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    put_run(bucket, IDENTITY, run, FILES)
    poison(bucket, s3_variables)
    assert not fetch_run(bucket, IDENTITY, tmp_path / "taken")
    assert f"the shared run {entry_name(IDENTITY)} in {bucket} is refused" in caplog.text
    assert not any((tmp_path / "taken").iterdir())


@pytest.mark.parametrize(
    ("name", "value"), [("AWS_SECRET_ACCESS_KEY", "guessed"), ("AWS_ACCESS_KEY_ID", "nobody")]
)
def test_who_may_not_use_a_bucket_is_told(
    bucket: str, run: Path, tmp_path: Path, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=rf"the shared place {bucket} cannot be read: .*DENIED"):
        fetch_run(bucket, IDENTITY, tmp_path / "taken")
    with pytest.raises(InputError, match=f"the shared place {bucket} cannot be"):
        put_run(bucket, IDENTITY, run, FILES)


@pytest.mark.parametrize("position", range(0, 1000, 40))
def test_a_poisoned_entry_is_refused(
    position: int, run: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place, taken = tmp_path / "shared", tmp_path / "taken"
    put_run(str(place), IDENTITY, run, FILES)
    entry = place / entry_name(IDENTITY)
    content = bytearray(entry.read_bytes())
    content[len(content) * position // 1000] ^= 1
    entry.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        fetched = fetch_run(str(place), IDENTITY, taken)
    # A flipped bit that no reader looks at (a time in a header) changes nothing.
    assert content_of(taken) == (FILES if fetched else {})
    assert fetched or entry_name(IDENTITY) in caplog.text


def test_the_run_of_another_identity_is_refused(
    run: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place, other = tmp_path / "shared", "ab" * 32
    put_run(str(place), IDENTITY, run, FILES)
    (place / entry_name(IDENTITY)).rename(place / entry_name(other))
    assert not fetch_run(str(place), other, tmp_path / "taken")
    assert f"it holds the run {IDENTITY}" in caplog.text
    assert not any((tmp_path / "taken").iterdir())


@pytest.mark.parametrize("cut", [0, 10, 100, 7000])
def test_an_entry_cut_short_is_refused(cut: int, run: Path, tmp_path: Path) -> None:
    place = tmp_path / "shared"
    put_run(str(place), IDENTITY, run, FILES)
    entry = place / entry_name(IDENTITY)
    entry.write_bytes(entry.read_bytes()[:cut])
    assert not fetch_run(str(place), IDENTITY, tmp_path / "taken")
    assert not any((tmp_path / "taken").iterdir())


@pytest.mark.parametrize("place", ["s3://nowhere/runs", "rsync://127.0.0.1:1/none"])
def test_a_place_out_of_reach_is_named(
    place: str, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if place.startswith("rsync") and shutil.which("rsync") is None:
        pytest.skip("rsync is not installed")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(InputError, match=place):
        fetch_run(place, IDENTITY, tmp_path / "taken")
    with pytest.raises(InputError, match=place):
        put_run(place, IDENTITY, run, FILES)
    assert content_of(run).keys() == {*FILES, "unfinished.pt"}


@pytest.mark.parametrize("below", ["", "below/it"])
def test_a_file_is_refused_as_a_place_before_anything_is_trained(
    run: Path, tmp_path: Path, below: str
) -> None:
    (tmp_path / "file").touch()
    place = str(tmp_path / "file" / below)
    with pytest.raises(InputError, match=r"file is a file; name a folder"):
        fetch_run(place, IDENTITY, tmp_path / "taken")
    with pytest.raises(InputError, match=r"file is a file; name a folder"):
        put_run(place, IDENTITY, run, FILES)


def test_what_does_not_fit_leaves_nothing_there_and_the_run_here(
    run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full(source: object, target: object, size: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sharing.shutil, "copyfileobj", full)
    with pytest.raises(InputError, match="No space left"):
        put_run(str(tmp_path / "place"), IDENTITY, run, FILES)
    assert not any((tmp_path / "place").iterdir())
    offer_run(str(tmp_path / "place"), IDENTITY, run, FILES)
    assert "finished but not shared: the shared place" in caplog.text
    assert content_of(run).keys() == {*FILES, "unfinished.pt"}


@pytest.mark.parametrize(
    "place", ["/mnt/lab", "runs", "host:runs", "rsync://me@host/runs", "s3://bucket/runs"]
)
def test_a_usable_place_stays_as_it_is(place: str) -> None:
    assert check_place(place) == place


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (
            "s3://key:word@bucket/runs",  # pragma: allowlist secret
            r"^the shared place s3://bucket/runs has a key in its URL",
        ),
        ("ftp://host/runs", r"ftp://host/runs is neither .* begin with s3:// or rsync://"),
        ("memory://runs", "is neither a folder nor an rsync target nor a bucket"),
        ("s3://", "names no bucket and no host: s3://bucket/folder does"),
        ("rsync:///runs", "names no bucket and no host"),
    ],
)
def test_an_unusable_place_is_named_before_anything_runs(
    place: str, message: str, tmp_path: Path
) -> None:
    for use in (check_place, lambda given: fetch_run(given, IDENTITY, tmp_path / "taken")):
        with pytest.raises(InputError, match=message) as caught:
            use(place)
        assert "word" not in str(caught.value)
