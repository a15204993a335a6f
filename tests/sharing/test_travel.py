"""A study's archive: what is packed comes out elsewhere, and nothing of a false one does."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from smartiqa.core.errors import InputError
from smartiqa.core.files import DIGESTS, replace_atomically, sha256_of, verified
from smartiqa.sharing import archives
from smartiqa.sharing.archives import CONTENTS
from smartiqa.sharing.travel import export_results, files_of, import_results

IDENTITY = (
    b'{"code": "a", "settings": {"seed": 1}, "versions": {"torch": "2.11.0"}, '
    b'"data": {"weights": "b"}, "device": "cpu", "number_format": "float32"}'
)
JOB = {
    "input": ["results/demo/metrics.json"],
    "log": ["results/demo/logs/collate.log"],
    "input_checksums": {},
    "params": [],
    "record_format_version": 6,
}
JOBS: dict[str, Any] = {
    "results/demo/paper.json": {"sha256": "a" * 64, "folders": {}, "record": JOB},
    "results/demo/raw/single": {"sha256": "b" * 64, "folders": {}, "record": JOB},
}
RENDERED = {
    "figures/losses.pdf": b"%PDF",
    "paper/tables/ablation.tex": b"table",
    "paper/main.pdf": b"%PDF-1.5",
}
for path, content in RENDERED.items():
    JOBS[path] = {"sha256": sha256(content).hexdigest(), "folders": {}, "record": JOB}
RESULTS = {
    "results/demo/paper.json": b"{}\n",
    "results/demo/jobs.json": json.dumps(JOBS).encode(),
    "results/demo/data/synthetic/manifest.parquet": b"PAR1",
    "results/demo/data/synthetic/store-none/pixels.u8": b"pixels" * 100,
    "results/demo/weights/cnn.safetensors": b"weights",
    "results/demo/runs/C0/seed1/best.safetensors": b"trained",
    "results/demo/runs/C0/seed1/identity.json": IDENTITY,
    **RENDERED,
}
LEFT = {
    "results/demo/logs/train/C0-seed1.log": b"epoch 1",
    "results/demo/runs/C0/seed1/unfinished.pt": b"state",
    "results/demo/runs/C0/seed1/.x3k_9.csv": b"being written",
    "results/demo/runs/C0/seed1/history.csv.damaged": b"moved aside",
    "results/koniq/paper.json": b"{}",
    "figures/README.md": b"outputs",
    "paper/main.tex.j2": b"template",
}
PAPER = "results/demo/paper.json"
OF_RUN = "results/demo/runs/C0/seed1/identity.json"
LEDGER = "results/demo/jobs.json"

Fault = Callable[[Path], object]


def write(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        with replace_atomically(root / name) as temporary:
            temporary.write_bytes(content)
    return root


def content_of(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.parent.name != DIGESTS
    }


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    known = {f"workflow/config/{study}.yaml": b"" for study in ("demo", "koniq")}
    return write(tmp_path / "clone", known)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    root = write(tmp_path / "first", {**RESULTS, **LEFT})
    export_results(root, "demo", tmp_path / "demo.zip")
    return tmp_path / "demo.zip"


def test_what_is_packed_comes_out(archive: Path, clone: Path) -> None:
    before = content_of(clone)
    contents = import_results(clone, archive)
    assert contents.study == "demo"
    assert list(contents.runs) == ["C0/seed1"]
    assert content_of(clone) == {**before, **RESULTS}
    for path in RESULTS:
        verified(clone / path)


def test_a_damaged_result_is_not_packed(tmp_path: Path) -> None:
    root = write(tmp_path / "root", RESULTS)
    (root / "results/demo/paper.json").write_bytes(b"[]\n")
    with pytest.raises(InputError, match=r"paper\.json is damaged"):
        export_results(root, "demo", tmp_path / "demo.zip")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda path: path.unlink(), r"paper\.json is gone"),
        (lambda path: path.write_bytes(b"[]\n"), r"paper\.json has changed"),
    ],
)
def test_what_is_written_meanwhile_is_not_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Fault, message: str
) -> None:
    root = write(tmp_path / "root", RESULTS)

    def meanwhile(path: Path) -> Any:  # all digests are known when the archive is opened
        change(root / PAPER)
        return replace_atomically(path)

    monkeypatch.setattr(archives, "replace_atomically", meanwhile)
    with pytest.raises(InputError, match=message):
        export_results(root, "demo", tmp_path / "demo.zip")
    assert not (tmp_path / "demo.zip").exists()


def test_equal_results_give_equal_archives(archive: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "second", RESULTS)
    export_results(other, "demo", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_large_parts_can_be_left_out(tmp_path: Path) -> None:
    root = write(tmp_path / "root", RESULTS)
    assert not [name for name in files_of(root, "demo", ["stores"]) if "/store-" in name]
    kept = {p for p in files_of(root, "demo", ["stores", "weights"]) if DIGESTS not in p}
    assert set(RESULTS) - kept == {
        "results/demo/data/synthetic/store-none/pixels.u8",
        "results/demo/weights/cnn.safetensors",
        "results/demo/runs/C0/seed1/best.safetensors",
    }


def test_what_another_study_rendered_is_not_packed(tmp_path: Path) -> None:
    others = {"paper/main.pdf": b"%PDF of koniq", "figures/masking.pdf": b"of koniq alone"}
    root = write(tmp_path / "root", {**RESULTS, **others})
    packed = {path for path in files_of(root, "demo") if DIGESTS not in path}
    assert packed == set(RESULTS) - {"paper/main.pdf"}
    (root / LEDGER).unlink()
    assert not set(RENDERED) & {*files_of(root, "demo")}


def test_a_study_without_runs_is_not_packed(tmp_path: Path) -> None:
    write(tmp_path, {"results/demo/complexity.json": b"{}"})
    with pytest.raises(InputError, match=r"no finished runs .*; build the study first"):
        export_results(tmp_path, "demo", tmp_path / "demo.zip")
    assert not (tmp_path / "demo.zip").exists()


def test_results_that_are_there_give_way_only_when_told(archive: Path, clone: Path) -> None:
    write(clone, {"results/demo/paper.json": b"mine\n", "results/demo/own.json": b"{}"})
    with pytest.raises(InputError, match="1 results here differ"):
        import_results(clone, archive)
    import_results(clone, archive, replace=True)
    assert (clone / "results/demo/paper.json").read_bytes() == b"{}\n"
    assert (clone / "results/demo/own.json").is_file()


def test_importing_twice_changes_nothing(archive: Path, clone: Path) -> None:
    import_results(clone, archive)
    before = content_of(clone)
    import_results(clone, archive)
    assert content_of(clone) == before


@pytest.mark.parametrize("position", range(0, 1000, 50))
def test_a_flipped_bit_changes_nothing_that_arrives(
    archive: Path, clone: Path, position: int
) -> None:
    content = bytearray(archive.read_bytes())
    content[len(content) * position // 1000] ^= 1
    archive.write_bytes(content)
    before = content_of(clone)
    try:
        import_results(clone, archive)
    except InputError:
        assert content_of(clone) == before
    else:  # a bit that no reader looks at
        assert content_of(clone) == {**before, **RESULTS}


def test_an_identity_that_misses_a_field_is_named(clone: Path, tmp_path: Path) -> None:
    identity = "results/demo/runs/C0/seed1/identity.json"
    files = {**RESULTS, identity: IDENTITY.replace(b'"device": "cpu", ', b"")}
    root = write(tmp_path / "first", files)
    with pytest.raises(InputError, match=r"seed1/identity\.json: device: missing; add it"):
        export_results(root, "demo", tmp_path / "demo.zip")


def rewrite(archive: Path, contents: Any, members: dict[str | zipfile.ZipInfo, bytes]) -> None:
    with zipfile.ZipFile(archive, "w") as packed:
        if contents is not None:
            text = contents if isinstance(contents, bytes) else json.dumps(contents).encode()
            packed.writestr(CONTENTS, text)
        for name, content in members.items():
            packed.writestr(name, content)


def parts(archive: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    with zipfile.ZipFile(archive) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    return json.loads(files.pop(CONTENTS)), files


def says(**changes: Any) -> Fault:
    """The archive says something else of itself; None: nothing about it."""

    def spoil(archive: Path) -> None:
        contents, members = parts(archive)
        changed = {**contents, **changes}
        rewrite(archive, {k: v for k, v in changed.items() if v is not None}, {**members})

    return spoil


def only_contents(content: Any) -> Fault:
    return lambda archive: rewrite(archive, content, {**parts(archive)[1]})


def has(name: str, content: bytes = b"evil", listed: bool = False, mode: int = 0o100644) -> Fault:
    """The archive has a member, perhaps listed with its true digest."""

    def spoil(archive: Path) -> None:
        contents, members = parts(archive)
        member = zipfile.ZipInfo(name)
        member.external_attr = mode << 16
        members.pop(name, None)
        rewrite(archive, contents, {**members, member: content})
        if listed:
            list_as_it_is(archive, name, content)

    return spoil


def list_as_it_is(archive: Path, name: str, content: bytes) -> None:
    """Let all digests of a member be true, those beside it too."""
    contents, members = parts(archive)
    digest = archive.with_name("digest")
    digest.write_bytes(content)
    path = Path(name)
    record = f"{path.parent}/.digests/{path.name}"
    members[record] = f"{sha256_of(digest)}  {path.name}\n".encode()
    for each, text in ((name, content), (record, members[record])):
        digest.write_bytes(text)
        contents["files"][each] = {"sha256": sha256_of(digest), "bytes": len(text)}
    rewrite(archive, contents, {**members})


def lacks(name: str) -> Fault:
    def spoil(archive: Path) -> None:
        contents, members = parts(archive)
        del members[name]
        rewrite(archive, contents, {**members})

    return spoil


def lists(name: str, **changes: Any) -> Fault:
    def spoil(archive: Path) -> None:
        contents, members = parts(archive)
        contents["files"][name] |= changes
        rewrite(archive, contents, {**members})

    return spoil


def identity(**changes: Any) -> Fault:
    """A run has another identity; all digests of the archive are true."""
    content = {**json.loads(IDENTITY), **changes}
    kept = {name: value for name, value in content.items() if value is not None}
    return has(OF_RUN, json.dumps(kept).encode(), listed=True)


def jobs(content: Any) -> Fault:
    """Snakemake's records are others; all digests of the archive are true."""
    return has(LEDGER, json.dumps(content).encode(), listed=True)


def job(**changes: Any) -> Fault:
    record = {**JOB, **changes}
    kept = {name: value for name, value in record.items() if value is not ...}
    return jobs({PAPER: {**JOBS[PAPER], "record": kept}})


def encrypted(archive: Path) -> None:
    content = archive.read_bytes()
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.rindex(mark) + place
        content = content[:start] + bytes([content[start] | 1]) + content[start + 1 :]
    archive.write_bytes(content)


def cut(share: float) -> Fault:
    def spoil(archive: Path) -> None:
        content = archive.read_bytes()
        archive.write_bytes(content[: int(share * len(content))])

    return spoil


def is_folder(archive: Path) -> None:
    archive.unlink()
    archive.mkdir()


def here(name: str, folder: bool) -> Fault:
    """The clone beside the archive has a file where the archive has a folder, or the other way."""

    def spoil(archive: Path) -> None:
        place = archive.parent / "clone" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.mkdir() if folder else place.write_text("mine")

    return spoil


FAULTS: dict[str, tuple[Fault, str]] = {
    "there is none": (Path.unlink, "there is no file"),
    "it is a folder": (is_folder, "there is no file"),
    "it is a text": (lambda archive: archive.write_text("no archive"), "is damaged"),
    "it is empty": (cut(0.0), "is damaged"),
    "it is cut short, early": (cut(0.3), "is damaged"),
    "it is cut short, in the middle": (cut(0.6), "is damaged"),
    "it is cut short, at the end": (cut(0.99), "is damaged"),
    "another program made it": (only_contents(None), "was not made by smartiqa"),
    "its contents are no JSON": (only_contents(b"{"), "is damaged"),
    "its contents are nested without end": (only_contents(b"[" * 100_000), "is damaged"),
    "its contents are a list": (only_contents([]), "top level: "),
    "its contents miss a field": (says(runs=None), "runs: missing; add it"),
    "its contents have an unknown field": (says(stdy="demo"), "did you mean 'study'?"),
    "a field has the wrong type": (says(runs={"C0/seed1": 3}), "runs.C0/seed1: "),
    "it is of a newer version": (
        says(format=2, smartiqa="9.1", more=1),
        "has the format 2, and this version of smartiqa reads 1: use the one that wrote it, '9.1'",
    ),
    "its format is no number": (says(format="two"), "format: "),
    "its study is unknown": (says(study="other"), "the study 'other', which is not known here"),
    "its study is a path": (says(study="demo/../demo"), "which is not known here"),
    "its study is another one": (says(study="koniq"), "is no place of results of 'koniq'"),
    "a path has ..": (has("results/demo/../../evil"), "leads outside"),
    "a listed path has ..": (has("results/demo/../evil", listed=True), "is no place of results"),
    "a path is absolute": (has("/etc/evil"), "leads outside"),
    "a path is one of Windows": (has("C:\\evil"), "leads outside"),
    "a member is not listed": (has("results/demo/extra.json"), "is not listed in"),
    "a name has two lines": (has("results/demo/a\nb"), r"'results/demo/a\nb' is not listed"),
    "a member is code": (
        has("src/smartiqa/training/run.py", listed=True),
        "is no place of results",
    ),
    "a member is a template": (has("paper/main.tex.j2", listed=True), "is no place of results"),
    "a member is of another study": (
        has("results/koniq/paper.json", listed=True),
        "'results/koniq/paper.json' is no place of results of 'demo'",
    ),
    "a member is a state of training": (
        has("results/demo/runs/C0/seed1/unfinished.pt", listed=True),
        "is no place of results",
    ),
    "a member is a cache of digests": (
        has("results/demo/digests.json", listed=True),
        "is no place of results",
    ),
    "a member is a link": (
        has("results/demo/link", b"/etc/passwd", mode=0o120777),
        "'results/demo/link' is a link or a device",
    ),
    "a member is a device": (has("results/demo/null", b"", mode=0o020666), "a link or a device"),
    "a member is encrypted": (encrypted, "is encrypted"),
    "a member is a file and a folder": (has(f"{PAPER}/more.json", listed=True), "is damaged"),
    "a member is missing": (lacks(PAPER), f"'{PAPER}' is missing, but listed"),
    "a member has another digest": (has(PAPER, b"[]\n"), f"'{PAPER}' has not the digest"),
    "a digest in the list is none": (lists(PAPER, sha256="12"), f"'{PAPER}' has not the digest"),
    "a size in the list is negative": (lists(PAPER, bytes=-1), "bytes: Input should be greater"),
    "the digest of a run lies": (
        says(runs={"C0/seed1": "0" * 64}),
        "the run 'C0/seed1' is not the one that is announced",
    ),
    "a run is not announced": (says(runs={}), "the run 'C0/seed1' is not the one"),
    "a run is announced and missing": (
        says(runs={"C1/seed1": "0" * 64}),
        "the run 'C0/seed1' is not the one",
    ),
    "an identity is another one": (identity(code="b"), "the run 'C0/seed1' is not the one"),
    "an identity misses a field": (identity(device=None), f": {OF_RUN}: device: missing; add it"),
    "an identity has an unknown field": (identity(devise=""), "did you mean 'device'?"),
    "an identity is no JSON": (has(OF_RUN, b"{", listed=True), f": {OF_RUN} is no JSON file"),
    "the records are no JSON": (has(LEDGER, b"{", listed=True), f": {LEDGER} is no JSON file"),
    "the records are a list": (jobs([]), f": {LEDGER}: top level"),
    "a record is missing": (jobs({PAPER: {"sha256": "a" * 64, "folders": {}}}), "missing; add it"),
    "a record misses its inputs": (job(input=...), f"{PAPER}.record.input: missing; add it"),
    "a record has a folder outside": (
        jobs({PAPER: {"sha256": "a" * 64, "folders": {"/": "b" * 64}, "record": JOB}}),
        "'/' leads outside",
    ),
    "a record has a wrong type": (job(log="a"), f"{PAPER}.record.log: Input should be"),
    "a record has a number for a digest": (job(input_checksums={"a": 1}), "input_checksums.a: "),
    "a record's format is no number": (job(record_format_version="6"), "record_format_version: "),
    "a record's log leads outside": (job(log=["../../log"]), "'../../log' leads outside"),
    "a record is of a file elsewhere": (
        jobs({"/etc/passwd": JOBS[PAPER]}),
        "'/etc/passwd' leads outside",
    ),
    "a record is of our own code": (
        jobs({"src/smartiqa/training/run.py": JOBS[PAPER]}),
        "'src/smartiqa/training/run.py' is no place of results",
    ),
    "a record has a digest that is none": (
        jobs({PAPER: {**JOBS[PAPER], "sha256": "a"}}),
        f"{PAPER}.sha256: ",
    ),
    "there is a file where it has a folder": (
        here("results/demo/runs", folder=False),
        "results/demo/runs here is a file: move it away",
    ),
    "there is a folder where it has a file": (here(PAPER, folder=True), "here is a folder"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_archive_is_refused(
    fault: str, archive: Path, clone: Path, tmp_path: Path
) -> None:
    import_results(Path(shutil.copytree(clone, tmp_path / "sound")), archive)
    spoil, message = FAULTS[fault]
    spoil(archive)
    before, folders = content_of(clone), sorted(clone.rglob("*"))
    with pytest.raises(InputError) as caught:
        import_results(clone, archive)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(archive) in str(caught.value)
    assert content_of(clone) == before
    assert [path for path in sorted(clone.rglob("*")) if path.name != "results"] == [
        path for path in folders if path.name != "results"
    ]


def test_the_results_of_the_fixture_are_whole(archive: Path) -> None:
    """Only the fault of a row makes an archive one that is refused."""
    contents, members = parts(archive)
    assert RESULTS.keys() <= members.keys() == contents["files"].keys()
