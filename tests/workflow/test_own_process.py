"""Snakemake's own process needs no package that Snakemake does not bring, as one from conda has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from workspace import copy_repository

WITHOUT_OTHERS = """
import re, sys
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions

def brought(package, found):
    name = re.sub(r"[-_.]+", "-", package).lower()
    try:
        requirements = distribution(package).requires or []
    except PackageNotFoundError:
        return found  # of another Python or system
    if name not in found:
        found.add(name)
        for line in requirements:
            if "extra ==" not in line:
                brought(re.match(r"[\\w.-]+", line)[0], found)
    return found

allowed = brought("snakemake", set())
owners = {
    module: {re.sub(r"[-_.]+", "-", name).lower() for name in names}
    for module, names in packages_distributions().items()
}

class Missing:
    def find_spec(self, name, path=None, target=None):
        found = owners.get(name.partition(".")[0], set()) - {"smartiqa"}
        if found and not found & allowed:
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)

sys.meta_path.insert(0, Missing())
sys.argv = ["snakemake", *sys.argv[1:]]
from snakemake.cli import main
main()
"""


def test_a_snakemake_by_itself_plans_from_any_folder(tmp_path: Path) -> None:
    clone, elsewhere = copy_repository(tmp_path / "clone"), tmp_path / "elsewhere"
    elsewhere.mkdir()
    given = ["-s", clone / "Snakefile", "-d", clone, "-n", "--quiet", "all"]
    given += ["--config", "study=tiny", "--", "paper/main.pdf"]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_OTHERS, *map(str, given)],
        cwd=elsewhere,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},  # no environment is active
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert not list(elsewhere.iterdir())


def test_jobs_have_the_python_of_a_snakemake_that_nobody_activated(tmp_path: Path) -> None:
    clone, elsewhere = copy_repository(tmp_path / "clone"), tmp_path / "elsewhere"
    elsewhere.mkdir()
    given = ["-s", clone / "Snakefile", "-d", clone, "--cores", "1", "--no-hooks"]
    given += ["--config", "study=tiny", "--", "results/tiny/weights/cnn.json"]
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", *map(str, given)],
        cwd=elsewhere,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert (clone / "results" / "tiny" / "weights" / "cnn.json").is_file()
