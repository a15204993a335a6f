"""The image is described once: two builders run the same steps, on what is locked elsewhere."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from test_environments import locked

REPOSITORY = Path(__file__).parent.parent
BUILDERS = ("Dockerfile", "apptainer.def")
STEP = re.compile(r"^(?:RUN| ) *sh (envs/\w+\.sh \w+)$", re.MULTILINE)
BASE = re.compile(r"^(?:ARG BASE=docker\.io/library/|From: )(\S+)$", re.MULTILINE)
PATHS = re.compile(r"^(?:ENV|    export) PATH=(\S+)$", re.MULTILINE)


def text_of(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("pattern", [STEP, BASE, PATHS], ids=["steps", "base", "path"])
def test_both_builders_do_the_same(pattern: re.Pattern[str]) -> None:
    docker, apptainer = (pattern.findall(text_of(name)) for name in BUILDERS)
    assert docker
    assert docker == apptainer


def test_builders_run_every_step_of_the_script() -> None:
    script = re.findall(r"^(\w+)\)$", text_of("envs/image.sh"), re.MULTILINE)
    assert [f"envs/image.sh {step}" for step in script] == STEP.findall(text_of("Dockerfile"))


@pytest.mark.parametrize("name", BUILDERS)
def test_no_package_is_named_by_a_builder(name: str) -> None:
    installing = re.findall(r"apt-get|apt |pip |uv |conda|==|texlive", text_of(name))
    assert installing == []


def test_tex_and_locked_packages_are_named_where_everybody_gets_them_from() -> None:
    script = text_of("envs/image.sh")
    assert not re.search(r"texlive|latexmk|poppler", script)
    assert not set(re.findall(r"[\w-]+", script)) & (locked("requirements.txt").keys() - {"uv"})
    for called in ("sh envs/install_tex.sh", "make .venv/installed", "-r envs/cloud.txt"):
        assert called in script


def test_an_image_gets_nothing_that_git_leaves_out() -> None:
    def patterns(name: str) -> list[str]:
        return [line for line in text_of(name).splitlines() if line and line[0] != "#"]

    translated = [
        re.sub(r"^(!?)(/?)", lambda m: m[1] + ("" if m[2] else "**/"), pattern.rstrip("/"))
        for pattern in dict.fromkeys(patterns(".gitignore"))
    ]
    assert patterns(".dockerignore")[-len(translated) :] == translated


def test_what_images_add_agrees_with_the_lock() -> None:
    added, lock = locked("cloud.txt", 11), locked("requirements.txt", 11)
    assert {"snakemake-storage-plugin-s3", "snakemake-executor-plugin-kubernetes"} <= added.keys()
    both = added.keys() & lock.keys()
    assert {name: added[name] for name in both} == {name: lock[name] for name in both}


def test_the_script_refuses_other_steps() -> None:
    command = ["sh", str(REPOSITORY / "envs/image.sh"), "nothing"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "usage: image.sh system|packages\n")
