"""What hostile files and names could do, on every surface that has no such test of its own.

Nothing here does harm: what would run writes a file called `marker` into a temporary folder. The
other surfaces are attacked where they are tested: archives in `data/fetch/test_extraction.py` and
`sharing/test_travel.py`, downloads in `data/fetch/test_download.py`, states in
`training/test_checkpoints.py`, weights in `models/test_pretrained.py`, YAML in `test_bad_yaml.py`,
labels in `test_bad_labels.py`, text in LaTeX in `paper/latex/test_escaping.py`, the report in
`report/test_page.py`, commands in `workflow/test_bad_input.py`.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from outcomes import outcome, patience
from smartiqa.core.errors import InputError
from smartiqa.core.tables import read_arrays
from smartiqa.data.labels.label_files import read_excel
from smartiqa.paper.latex.environment import rendered
from smartiqa.paper.typesetting import typeset
from smartiqa.report.page import template as page


class Attack:
    """Touches a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.target,)


BEHIND = [
    "values.__class__.__mro__[1].__subclasses__()",
    "figure.__globals__",
    "(figure).__self__",
    "''.__class__.__base__",
    "cycler.__init__.__globals__.os.popen('touch marker').read()",
    "'{0.__class__}'.format(study)",
    "[].append.__self__.__class__",
]


@pytest.mark.parametrize("expression", BEHIND)
def test_a_template_reaches_nothing_of_python(
    expression: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    template = tmp_path / "tables" / "a.tex.j2"
    template.parent.mkdir()
    template.write_text(f"\\VAR{{{expression}}}\n")
    with pytest.raises(InputError, match=r"a\.tex\.j2"):
        rendered(template, {"study": {"name": "x"}}, {"figure": lambda: "x"})
    assert not (tmp_path / "marker").exists()


def test_the_template_of_the_report_is_in_a_sandbox_too() -> None:
    from jinja2.exceptions import SecurityError

    hostile = page().environment.from_string("{{ ''.__class__.__mro__ }}")
    with pytest.raises(SecurityError):
        hostile.render()


@pytest.mark.skipif(shutil.which("latexmk") is None, reason="needs TeX")
@pytest.mark.parametrize(
    "attack",
    [
        r"\immediate\write18{touch marker}",
        r"\immediate\write18{makeindex -o marker index.idx}",  # which TeX lets run by itself
        r"\newwrite\file\immediate\openout\file=../marker \immediate\write\file{x}",
        r"\input{.hidden}",
        r"\input{|kpsewhich --version}",
    ],
)
def test_a_paper_starts_no_program_and_stays_in_its_folder(attack: str, tmp_path: Path) -> None:
    source = tmp_path / "paper" / "main.tex"
    source.parent.mkdir()
    (source.parent / ".hidden.tex").write_text(r"\typeout{it was read}")
    (source.parent / "index.idx").write_text(r"\indexentry{a}{1}")
    source.write_text(
        "\\documentclass{article}\n\\begin{document}\nx\n" + attack + "\n\\end{document}\n"
    )
    with contextlib.suppress(InputError):  # where TeX refuses, and does not only go on without
        typeset(source, source.with_suffix(".pdf"))
    assert not list(tmp_path.rglob("marker*"))
    log = (source.parent / "build" / "main.log").read_text(errors="replace")
    assert "it was read" not in log
    assert "Kpathsea" not in log


@pytest.mark.parametrize("name", ["a.npz", "a.npy"])
def test_arrays_are_not_unpickled(name: str, tmp_path: Path) -> None:
    hostile = np.array([Attack(tmp_path / "marker")], dtype=object)
    np.save(tmp_path / "a.npy", hostile, allow_pickle=True)
    np.savez(tmp_path / "a.npz", maps=hostile)
    with pytest.raises(InputError, match=name):
        read_arrays(tmp_path / name, ["maps"], "feature-maps")
    assert not (tmp_path / "marker").exists()


@pytest.mark.parametrize("suffix", [".parquet", ".json", ".safetensors", ".pt", ".csv"])
def test_a_pickle_under_any_name_is_not_run(suffix: str, tmp_path: Path) -> None:
    hostile = tmp_path / f"hostile{suffix}"
    hostile.write_bytes(pickle.dumps(Attack(tmp_path / "marker"), protocol=2))
    for command in (
        ["score", hostile, "--replicates=9", "--seed=1", "--output=o.json"],
        ["score-images", hostile, "--model", hostile],
        ["import-results", hostile],
        ["trainings", "--measured", hostile],
        ["shared-images", hostile, "--output=o.csv"],
    ):
        ended = outcome(*command)
        assert ended.status == 2, command
        assert ended.problem == ""
    assert not (tmp_path / "marker").exists()


ENTITIES = b'<!ENTITY l0 "x">' + b"".join(
    b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 9) for n in range(1, 10)
)


def test_entities_of_an_excel_file_do_not_grow(tmp_path: Path) -> None:
    sound = io.BytesIO()
    pd.DataFrame({"image": ["a.png"], "score": [1.0]}).to_excel(sound, index=False)
    file = tmp_path / "labels.xlsx"
    with zipfile.ZipFile(sound) as source, zipfile.ZipFile(file, "w") as target:
        for name in source.namelist():
            text = source.read(name)
            if name == "xl/workbook.xml":
                text = b"<!DOCTYPE x [" + ENTITIES + b"]>" + text.replace(b"Sheet1", b"&l9;")
            target.writestr(name, text)
    with patience(), pytest.raises(InputError, match=r"labels\.xlsx"):
        read_excel(file, needs=["image", "score"], numbers=["score"])


HOSTILE_NAMES = [
    "$(touch marker).png",
    "`touch marker`.png",
    "a;touch marker;.png",
    "-rf.png",
    "a\nb.png",
    "{seed}.png",
    "%s %n.png",
    "<script>alert(1)</script>.png".replace("/", "_"),
    "\\input{x}.png",
    "é\u202egnp.png",
    os.fsdecode(b"\xff\xfe.png"),
]


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=ascii)
def test_photos_may_be_called_anything(
    name: str, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    Image.effect_noise((96, 96), 50).convert("RGB").save(tmp_path / "photos" / name, "PNG")
    ended = outcome("score-images", "photos", "--model", run, "--csv", "scores.csv", "--crops", 1)
    assert ended.problem == ""
    assert ended.status in (0, 2)
    if ended.status == 0:
        assert len(pd.read_csv("scores.csv", keep_default_na=False)) == 1
    else:
        assert "photos" in ended.said
    assert not (tmp_path / "marker").exists()
