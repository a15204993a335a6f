"""Whoever follows a page of the documentation gets what it promises.

Each page is followed in its order, in a copy of the finished tiny study, which takes the place of
the demo: changes are applied, commands are run, and what `console` shows is what they print.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from workspace import REPOSITORY, write_textures

from pages import SHELL, TEXTS, Block, blocks

pytestmark = pytest.mark.study

LONG = "make pages"  # what runs the blocks that name it as their place
PLACES = {"", LONG} if "FOLLOW_ALL" in os.environ else {""}


def followed(page: str) -> list[Block]:
    """The blocks of a page that are run or applied."""
    return [b for b in blocks(page) if b.kind in (*SHELL, "diff") and b.place in PLACES]


FOLLOWED = [page for page in TEXTS if any(b.kind in SHELL for b in followed(page))]
ASKING_FOR_A_STUDY = r"\bsmartiqa (compare|explain|report|status|track|trainings)\b(?!.*--study)"


def with_tiny_names(text: str) -> str:
    """A change, or what is printed, about the demo as one about the tiny study."""
    text = text.replace("results/demo", "results/tiny").replace("config/demo", "config/tiny")
    return re.sub(r"(?<=[ =])demo(?=[\s;])", "tiny", text)


def of_the_tiny_study(commands: str) -> str:
    """Commands about the demo as ones about the tiny study."""
    text = re.sub(ASKING_FOR_A_STUDY, r"smartiqa \1 --study tiny", with_tiny_names(commands))
    text = re.sub(r"--config (?!.*study=)", "--config study=tiny ", text)
    return re.sub(r"\bsnakemake (?!.*study=)", "snakemake --config study=tiny ", text)


@pytest.fixture
def clone(finished: Path, tmp_path: Path) -> Path:
    """The finished study, and what somebody would have beside it: photos, a labelled folder."""
    folder = tmp_path / "clone"
    shutil.copytree(finished, folder, symlinks=True)
    (folder / "results" / "demo").symlink_to("tiny")  # what score-images takes by itself
    (folder / "data" / "demo").symlink_to(REPOSITORY / "data" / "demo")
    shutil.copy(REPOSITORY / "data" / "demo" / "photos" / "rocket.jpg", folder / "photo.jpg")
    write_textures(folder / "data" / "mine", 28)
    (folder / "data" / "mine" / "manifest.csv").unlink()
    files = [f"texture{number}.jpg" for number in range(1, 29)]
    labels = pd.DataFrame({"image": files, "mos": range(1, 29)})
    labels.to_csv(folder / "data" / "mine" / "labels.csv", index=False)
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "activate").write_text('PATH="$PWD/.venv/bin:$PATH"\n')
    for name in ("smartiqa", "snakemake"):
        (programs / name).write_text(f'#!/bin/sh\nexec {sys.executable} -m {name} "$@"\n')
        (programs / name).chmod(0o755)
    return folder


def follow(block: Block, folder: Path) -> None:
    """Apply a change, or run commands and compare what they print."""
    is_diff = block.kind == "diff"
    text = with_tiny_names(block.text) if is_diff else of_the_tiny_study(block.commands)
    mends = block.kind != "console"  # a console may show how something fails
    command = (
        ["git", "apply", "-"] if block.kind == "diff" else ["bash", f"-{'e' * mends}uo", "pipefail"]
    )
    path = f"{folder / '.venv/bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        command, cwd=folder, input=text, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(folder / "src")},
    )  # fmt: skip
    assert done.returncode == 0 or not mends, f"{text}\n{done.stdout[-4000:]}"
    assert "Traceback" not in done.stdout
    assert not re.findall(r"\x1b|\r", done.stdout)  # it is no terminal
    rest = done.stdout
    for line in block.printed:
        _, found, rest = rest.partition(with_tiny_names(line).strip())
        assert found, f"{line}\nis not in\n{done.stdout[-4000:]}"


@pytest.mark.parametrize("page", FOLLOWED)
def test_a_page_can_be_followed(page: str, clone: Path) -> None:
    for block in followed(page):
        follow(block, clone)
