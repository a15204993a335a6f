"""Mistakes are one clear error that names them, before anything runs."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from workspace import OWN_TARGET, add_own_images, copy_repository, snakemake

from smartiqa.paper.figures.needs import figure_names


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_repository(tmp_path / "repository")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository for tests that change nothing and run nothing."""
    return copy_repository(tmp_path_factory.mktemp("sound"))


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "workflow/config/tiny.yaml"
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new, 1))


@pytest.mark.parametrize("module", ["models/fusion.py", "config/study.py"])
def test_a_module_that_is_not_python_is_one_line(folder: Path, module: str) -> None:
    path = folder / "src/smartiqa" / module
    lines = len(path.read_text().splitlines())
    with path.open("a") as file:
        file.write("x = 2x56\n")
    done = snakemake(folder, "--dry-run", "--", "paper/main.pdf", check=False)
    assert done.returncode == 2
    wanted = f"error: src/smartiqa/{module}, line {lines + 1}: invalid decimal literal: x = 2x56"
    assert done.stderr.splitlines()[-1] == wanted
    assert "Traceback" not in done.stderr


# All that is refused: `tests/config`, `tests/data/test_options.py`, `tests/test_bad_yaml.py`.
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "replicates: 100",
            "replicats: 100",
            "unknown key 'replicats' (did you mean 'replicates'?)",
        ),
        ("  - C0\n", "  - C9\n", "unknown experiment 'C9'"),
        (
            "low: 0, high: 100",
            "low: 0, high: 100, higher_is_better: 'no'",
            "datasets.synthetic.options: higher_is_better: Input should be a valid boolean",
        ),
        (
            "testing: {crops: 2, positions: random}",
            "testing: {crops: 1, positions: centre}",
            "study tiny: T-centre and C3 are one and the same",
        ),
    ],
)
def test_a_wrong_study_stops_the_workflow(folder: Path, old: str, new: str, message: str) -> None:
    edit(folder, old, new)
    done = snakemake(folder, "--dry-run", "--", "paper/main.pdf", check=False)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_key_on_the_command_line_stops_the_workflow(sound: Path) -> None:
    done = snakemake(
        sound, "--dry-run", "--", "paper/main.pdf", check=False, config=["stduy=koniq"]
    )
    assert done.returncode == 2
    assert "error: --config: unknown key 'stduy' (did you mean 'study'?)" in done.stderr


def test_a_key_in_the_url_of_a_shared_place_stops_the_workflow(sound: Path) -> None:
    place = "s3://name:word@bucket/runs"  # pragma: allowlist secret
    done = snakemake(sound, "--dry-run", "--", "paper/main.pdf", check=False, shared=place)
    assert done.returncode == 2
    assert "the shared place s3://bucket/runs has a key in its URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_default_profile_is_in_use(sound: Path) -> None:
    done = snakemake(sound, "--dry-run", "--", "paper/main.pdf")
    assert "Using workflow specific profile profiles/default" in done.stderr


def test_an_unknown_study_names_those_that_exist(folder: Path) -> None:
    (folder / "workflow/config/tiny.yaml").unlink()
    done = snakemake(folder, "--dry-run", "--", "paper/main.pdf", check=False)
    assert done.returncode == 2
    assert "demo" in done.stderr
    assert "koniq" in done.stderr


def test_a_truncated_photo_is_named_and_nothing_is_left(folder: Path) -> None:
    photo = folder / "data/tiny/texture2.jpg"
    photo.write_bytes(photo.read_bytes()[:1500])
    done = snakemake(folder, "results/tiny/raw/single", check=False)
    assert done.returncode == 1
    assert "texture2.jpg" in done.stderr + done.stdout
    assert list((folder / "results/tiny").glob("raw/**/*.png")) == []


def test_a_split_that_is_too_small_stops_before_anything_is_trained(folder: Path) -> None:
    add_own_images(folder, count=16)  # four of them validate
    done = snakemake(folder, OWN_TARGET, study="own", check=False)
    assert done.returncode == 2
    assert "of at least 5 validation images there are 4" in done.stderr
    assert "error: nothing was run; mend what is listed above" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "results").exists()
    assert not (folder / ".snakemake/locks").exists()


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("figures/pca_weight.pdf", "did you mean 'figures/pca_weights.pdf'?"),
        ("figures/ablation.pdf", "did you mean 'figures/"),  # it is a table only
        ("paper/tables/ablatio.tex", "did you mean 'paper/tables/ablation.tex'?"),
        ("paper/sections/result.tex", "did you mean 'paper/sections/results.tex'?"),
        ("trainigs", "did you mean 'trainings'?"),
        (
            "results/tiny/runs/W-1e-4/seed1/best.safetensors",  # it is in the catalogue only
            "did you mean 'results/tiny/runs/",
        ),
        ("results/tiny/runs/C9/seed1/metrics.json", "did you mean 'results/tiny/runs/C"),
        ("no/such/thing", "snakemake --list has the rules"),
    ],
)
def test_an_unknown_target_is_one_line_with_the_nearest(
    sound: Path, target: str, message: str
) -> None:
    done = snakemake(sound, "--dry-run", "--", target, check=False)
    assert done.returncode == 2
    assert f"error: no rule makes the target '{target}' (" in done.stderr.splitlines()[-1]
    assert message in done.stderr.splitlines()[-1]


def test_a_study_is_chosen_by_its_name_only(sound: Path) -> None:
    given = ["--configfile", "workflow/config/tiny.yaml"]
    done = snakemake(sound, *given, "--dry-run", "--", "paper/main.pdf", check=False)
    assert done.returncode == 2
    assert "put its file into workflow/config and give --config study=NAME" in done.stderr


def test_a_name_that_looks_like_a_number_is_a_name(folder: Path) -> None:
    edit(folder, "name: tiny", "name: 2024_10")
    config = folder / "workflow/config"
    study = (config / "tiny.yaml").read_text().replace("results/tiny", "results/2024_10")
    (config / "2024_10.yaml").write_text(study)
    options = ("--dry-run", "--quiet", "--", "results/2024_10/complexity.json")
    done = snakemake(folder, *options, study="2024_10", check=False)
    assert "name: 202410 is a number, and text is needed; put it in quotes" in done.stderr
    (config / "2024_10.yaml").write_text(study.replace("name: 2024_10", "name: '2024_10'"))
    done = snakemake(folder, *options, study="2024_10")
    assert "complexity" in done.stdout


def test_nothing_that_is_given_runs_as_a_command(sound: Path) -> None:
    measured = "measured=x;touch y"
    done = snakemake(sound, "--dry-run", "-p", "--", "trainings", config=[measured])
    assert "--measured 'x;touch y'" in done.stdout


def test_a_time_limit_in_which_no_training_saves_its_state_is_told(folder: Path) -> None:
    target = "results/tiny/runs/C3/seed1/best.safetensors"
    done = snakemake(folder, "--set-resources", "train:runtime=4", "--", target, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "error: train:runtime=4: such a job may end before a training has saved its state, and "
        "every further one, too; give at least 5"
    )
    assert not (folder / "results").exists()


def test_models_that_may_run_on_a_gpu_get_one(folder: Path) -> None:
    given = ("--dry-run", "--resources", "gpu=0", "--", "trainings")
    done = snakemake(folder, *given, study="koniq", check=False)
    assert done.returncode == 2
    assert "error: --resources gpu=0: workflow/config/koniq.yaml lets models run" in done.stderr


def test_the_last_paper_and_the_log_stay_when_tex_fails(folder: Path) -> None:
    paper = folder / "paper"
    last = paper / "main.pdf"
    for template in [*paper.glob("*.tex.j2"), *paper.glob("*/*.tex.j2")]:
        if template.parent.name != "macros":
            template.with_suffix("").write_text("\\undefined\n")
    (folder / "figures").mkdir()
    for name in figure_names():
        (folder / "figures" / f"{name}.pdf").touch()
    last.write_text("the last one")
    options = ("--allowed-rules", "paper", "--forcerun", "paper", "--no-hooks", "--")
    done = snakemake(folder, *options, "paper/main.pdf", check=False)
    assert done.returncode == 1
    assert "cannot be typeset, see" in done.stderr + done.stdout
    assert last.read_text() == "the last one"
    assert "Undefined control sequence" in (paper / "build/main.log").read_text()
    again = ("--allowed-rules", "paper", "--no-hooks", "--", "paper/main.pdf")
    assert snakemake(folder, *again, check=False).returncode == 1


def test_a_second_config_is_refused_since_it_would_hide_the_first(sound: Path) -> None:
    given = ("--dry-run", "--config", "shared=/somewhere", "--", "paper/main.pdf")
    done = snakemake(sound, *given, check=False)
    assert done.returncode == 2
    assert done.stderr.endswith(
        "error: --config is there twice, and only the last one counts; join them\n"
    )


def test_a_snakemake_whose_python_lacks_what_jobs_import_is_told(
    folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.startswith(("torch", "typer", "__editable__")):
            (other / path.name).symlink_to(path)
    command = [sys.executable, "-S", "-m", "snakemake", "--cores", "1", "--config", "study=tiny"]
    done = subprocess.run(
        [*command, "--", "results/tiny/weights/swin_base.safetensors"],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(other)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "which has no typer, torch; call .venv/bin/snakemake, or add --sdm conda" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "results/tiny/weights").exists()
