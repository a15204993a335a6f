"""A study's archive: what is packed comes out elsewhere, and nothing of a false one does."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smartiqa.archives import CONTENTS
from smartiqa.errors import InputError
from smartiqa.files import DIGESTS, replace_atomically, verified
from smartiqa.travel import export_results, files_of, import_results

IDENTITY = (
    b'{"code": "a", "settings": {"seed": 1}, "versions": {"torch": "2.11.0"}, '
    b'"data": {"weights": "b"}, "device": "cpu", "number_format": "float32"}'
)
RESULTS = {
    "results/demo/paper.json": b"{}\n",
    "results/demo/data/synthetic/manifest.parquet": b"PAR1",
    "results/demo/data/synthetic/store-none/pixels.u8": b"pixels" * 100,
    "results/demo/weights/cnn.safetensors": b"weights",
    "results/demo/runs/C0/seed1/best.safetensors": b"trained",
    "results/demo/runs/C0/seed1/identity.json": IDENTITY,
    "figures/losses.pdf": b"%PDF",
    "paper/tables/ablation.tex": b"table",
    "paper/main.pdf": b"%PDF-1.5",
}
LEFT = {
    "results/demo/logs/train/C0-seed1.log": b"epoch 1",
    "results/demo/runs/C0/seed1/unfinished.pt": b"state",
    "results/koniq/paper.json": b"{}",
    "figures/README.md": b"outputs",
    "paper/main.tex.j2": b"template",
}


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
    return write(tmp_path / "clone", {"workflow/config/demo.yaml": b"name: demo\n"})


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    root = write(tmp_path / "first", {**RESULTS, **LEFT})
    export_results(root, "demo", tmp_path / "demo.zip")
    return tmp_path / "demo.zip"


def refused(clone: Path, archive: Path) -> str:
    """The archive is refused in one line, and the clone stays as it was."""
    before = content_of(clone)
    with pytest.raises(InputError) as caught:
        import_results(clone, archive)
    assert content_of(clone) == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def rewritten(
    archive: Path,
    says: Callable[[dict[str, Any]], object] = lambda contents: None,
    **members: bytes | None,
) -> Path:
    """The archive with other contents and other members (None: without it)."""
    with zipfile.ZipFile(archive) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    contents = json.loads(files[CONTENTS])
    says(contents)
    files[CONTENTS] = json.dumps(contents).encode()
    with zipfile.ZipFile(archive, "w") as packed:
        for name, content in {**files, **members}.items():
            if content is not None:
                packed.writestr(name, content)
    return archive


def test_what_is_packed_comes_out(archive: Path, clone: Path) -> None:
    contents = import_results(clone, archive)
    assert contents.study == "demo"
    assert list(contents.runs) == ["C0/seed1"]
    assert content_of(clone) == {**RESULTS, "workflow/config/demo.yaml": b"name: demo\n"}
    for path in RESULTS:
        verified(clone / path)


def test_a_damaged_result_is_not_packed(tmp_path: Path) -> None:
    root = write(tmp_path / "root", RESULTS)
    (root / "results/demo/paper.json").write_bytes(b"[]\n")
    with pytest.raises(InputError, match=r"paper\.json is damaged"):
        export_results(root, "demo", tmp_path / "demo.zip")


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


def test_a_study_without_runs_is_not_packed(tmp_path: Path) -> None:
    write(tmp_path, {"results/demo/complexity.json": b"{}"})
    with pytest.raises(InputError, match="no finished runs"):
        export_results(tmp_path, "demo", tmp_path / "demo.zip")
    assert not (tmp_path / "demo.zip").exists()


def test_results_that_are_there_give_way_only_when_told(archive: Path, clone: Path) -> None:
    write(clone, {"results/demo/paper.json": b"mine\n", "results/demo/own.json": b"{}"})
    assert "1 results here differ" in refused(clone, archive)
    import_results(clone, archive, replace=True)
    assert (clone / "results/demo/paper.json").read_bytes() == b"{}\n"
    assert (clone / "results/demo/own.json").is_file()


def test_importing_twice_changes_nothing(archive: Path, clone: Path) -> None:
    import_results(clone, archive)
    before = content_of(clone)
    import_results(clone, archive)
    assert content_of(clone) == before


def test_an_unknown_study_is_refused(archive: Path, clone: Path) -> None:
    shutil.move(clone / "workflow/config/demo.yaml", clone / "workflow/config/koniq.yaml")
    assert "the study 'demo', which is not known here" in refused(clone, archive)


def test_a_newer_archive_is_refused(archive: Path, clone: Path) -> None:
    rewritten(archive, lambda contents: contents.update(format=2, smartiqa="9.1", more=1))
    assert "use the one that wrote it, 9.1" in refused(clone, archive)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.99])
def test_an_archive_cut_short_is_refused(archive: Path, clone: Path, share: float) -> None:
    content = archive.read_bytes()
    archive.write_bytes(content[: int(share * len(content))])
    assert "damaged" in refused(clone, archive)


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


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("results/demo/../../evil", "leads outside"),
        ("/etc/evil", "leads outside"),
        ("results/demo/extra.json", "not listed"),
    ],
)
def test_a_member_too_many_is_refused(archive: Path, clone: Path, name: str, message: str) -> None:
    assert message in refused(clone, rewritten(archive, **{name: b"evil"}))


@pytest.mark.parametrize(
    "name", ["src/smartiqa/train.py", "results/koniq/paper.json", "paper/main.tex.j2", "../evil"]
)
def test_a_listed_member_outside_the_results_is_refused(
    archive: Path, clone: Path, name: str
) -> None:
    def listed(contents: dict[str, Any]) -> None:
        contents["files"][name] = contents["files"]["results/demo/paper.json"]

    assert "is no place of results" in refused(
        clone, rewritten(archive, listed, **{name: RESULTS["results/demo/paper.json"]})
    )


def test_a_link_is_refused(archive: Path, clone: Path) -> None:
    link = zipfile.ZipInfo("results/demo/link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(archive, "a") as packed:
        packed.writestr(link, "/etc/passwd")
    assert "is a link or a device" in refused(clone, archive)


def test_a_missing_member_is_named(archive: Path, clone: Path) -> None:
    without = rewritten(archive, **{"results/demo/paper.json": None})
    assert "'results/demo/paper.json' is missing" in refused(clone, without)


def test_a_member_with_another_digest_is_named(archive: Path, clone: Path) -> None:
    changed = rewritten(archive, **{"results/demo/paper.json": b"[]\n"})
    assert "'results/demo/paper.json' has not the digest" in refused(clone, changed)


def test_a_run_whose_digest_lies_is_named(archive: Path, clone: Path) -> None:
    lying = rewritten(archive, lambda contents: contents["runs"].update({"C0/seed1": "0" * 64}))
    assert "the run C0/seed1 is not the one" in refused(clone, lying)


def test_an_identity_that_misses_a_field_is_named(clone: Path, tmp_path: Path) -> None:
    identity = "results/demo/runs/C0/seed1/identity.json"
    files = {**RESULTS, identity: IDENTITY.replace(b'"device": "cpu", ', b"")}
    root = write(tmp_path / "first", files)
    with pytest.raises(InputError, match=r"seed1/identity\.json: device: missing; add it"):
        export_results(root, "demo", tmp_path / "demo.zip")


def test_something_else_is_no_archive(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("no archive")
    assert "damaged" in refused(clone, tmp_path / "text.zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as packed:
        packed.writestr("a", "b")
    assert "was not made by smartiqa" in refused(clone, tmp_path / "other.zip")
    assert "no file" in refused(clone, tmp_path / "none.zip")
