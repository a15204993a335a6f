"""What machines do to a running stage: one line, status 2, the last good file, and nothing half.

Other faults are tested where they are met: states and weights on a full disk in
`training/test_checkpoints.py`, downloads in `data/fetch/test_download.py`, two pipelines and late
files in `workflow/test_shared_folder.py`, NaN in `training/test_loop.py`, kills in
`workflow/test_kills.py`.
"""

from __future__ import annotations

import errno
import os
import resource
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from outcomes import outcome
from smartiqa.core import files as core_files
from smartiqa.core.errors import is_out_of_memory
from smartiqa.core.files import UNFINISHED
from smartiqa.core.json_files import write_json
from smartiqa.data.store import building
from smartiqa.training import loop
from test_damaged_inputs import CASES, Case, command
from test_damaged_inputs import files as files  # the fixture

WRITING = [case for case in CASES if case.output is not None]


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Stand for a full disk: the system refuses to write more into any file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def left_in(folder: Path) -> list[str]:
    """The unfinished files below a folder, and those of its own whose outputs are not whole."""
    return [str(path) for path in folder.rglob(f"{UNFINISHED}*")]


@pytest.mark.parametrize("room", [100, 3000])
@pytest.mark.parametrize("case", WRITING, ids=lambda case: case.stage)
def test_a_full_disk_is_one_line_and_leaves_nothing_half(
    case: Case, room: int, files: dict[str, object], tmp_path: Path
) -> None:
    output = tmp_path / "output"
    output.mkdir()
    asked = command(case, files, output)
    with files_of_at_most(room):
        ended = outcome(*asked)
    assert ended.problem == ""
    if room == 100 and case.stage != "collate":  # which takes the results of a whole study
        assert "make room on its disk" in ended.said or ended.status == 0, ended.said
    if "make room" in ended.said:
        last = ended.said.splitlines()[-1]
        assert str(output) in last  # and not only a temporary file
        assert UNFINISHED not in last
        assert last.endswith("make room on its disk")
    if ended.status == 0:  # all that it writes is smaller
        assert max(path.stat().st_size for path in output.rglob("*") if path.is_file()) <= room
    assert left_in(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to this user")
@pytest.mark.parametrize("case", WRITING, ids=lambda case: case.stage)
def test_a_folder_that_cannot_be_written_is_one_line(
    case: Case, files: dict[str, object], tmp_path: Path
) -> None:
    output = tmp_path / "output"
    output.mkdir(mode=0o500)
    ended = outcome(*command(case, files, output))
    assert (ended.status, ended.problem) == (2, "")


@pytest.mark.parametrize("case", WRITING, ids=lambda case: case.stage)
def test_a_file_in_place_of_the_folder_of_the_output_is_one_line(
    case: Case, files: dict[str, object], tmp_path: Path
) -> None:
    (tmp_path / "output").write_text("a file")
    ended = outcome(*command(case, files, tmp_path / "output"))
    assert (ended.status, ended.problem) == (2, "")
    assert (tmp_path / "output").read_text() == "a file"


def test_an_image_that_vanishes_while_a_store_is_built_is_named(
    files: dict[str, object], dataset: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "given" / "home"
    root.unlink()
    shutil.copytree(dataset.root, root)
    victim = sorted(root.rglob("*.png"))[-1]
    decode = building.decode_image

    def vanishing(path: Path) -> Any:
        victim.unlink(missing_ok=True)
        return decode(path)

    monkeypatch.setattr(building, "decode_image", vanishing)
    case = next(case for case in CASES if case.stage == "store")
    ended = outcome(*command(case, files, tmp_path))
    assert (ended.status, ended.problem) == (2, "")
    assert victim.name in ended.said
    assert not (tmp_path / "o" / "store.json").exists()


def refused(kind: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        if kind == "Python":
            raise MemoryError
        if kind == "GPU":
            raise torch.OutOfMemoryError("CUDA out of memory")
        if kind == "NumPy":
            return np.empty(2**60, dtype=np.uint8)
        return torch.empty(2**60, dtype=torch.uint8)

    return refuse


@pytest.mark.parametrize("kind", ["Python", "NumPy", "PyTorch", "GPU"])
def test_memory_that_runs_out_is_one_line_and_keeps_the_state(
    kind: str, files: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = next(case for case in CASES if case.stage == "train")
    monkeypatch.setattr(loop, "evaluate", refused(kind))
    ended = outcome(*command(case, files, tmp_path))
    assert (ended.status, ended.problem) == (2, "")
    assert "not enough memory" in ended.said
    assert left_in(tmp_path) == []


def test_not_every_error_is_one_of_memory() -> None:
    assert not is_out_of_memory(RuntimeError("PytorchStreamReader failed"))
    assert not is_out_of_memory(ValueError("memory"))


def test_a_clock_that_goes_back_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "results" / "tiny" / "a.json"
    write_json(file, 1)
    os.utime(file, (time.time() + 10**6,) * 2)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    write_json(file, 2)
    assert file.read_text() == "2\n"


@pytest.mark.skipif(shutil.which("latexmk") is None, reason="needs TeX")
def test_an_error_of_tex_names_the_line_of_the_template(tmp_path: Path) -> None:
    source = tmp_path / "paper" / "main.tex"
    (source.parent / "tables").mkdir(parents=True)
    source.write_text(
        "\\documentclass{article}\n\\begin{document}\n\\input{tables/a}\n\\end{document}\n"
    )
    template = ["%# a comment", "%% set x = 1", "Words.", "The loss \\undefined is \\VAR{loss}."]
    (source.parent / "tables/a.tex.j2").write_text("\n".join(template))
    (source.parent / "tables/a.tex").write_text("Words.\nThe loss \\undefined is 0.5.\n")
    ended = outcome("typeset", f"--source={source}", f"--output={source.with_suffix('.pdf')}")
    assert ended.status == 2
    where = f"{source.parent / 'tables/a.tex.j2'}, line 4: Undefined control sequence."
    assert f"error: {where}; {source} cannot be typeset" in ended.said
    assert not source.with_suffix(".pdf").exists()


def test_a_place_that_takes_no_file_is_told_before_anything_is_trained(
    files: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(core_files.tempfile, "TemporaryFile", full)
    case = next(case for case in CASES if case.stage == "train")
    ended = outcome(*command(case, files, tmp_path / "output"))
    assert (ended.status, ended.problem) == (2, "")
    assert f"{tmp_path / 'output' / 'o'}: No space left on device; make room" in ended.said
    assert "epoch" not in ended.said
    assert left_in(tmp_path) == []
