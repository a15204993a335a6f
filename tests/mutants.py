"""Would the tests notice? Break the code in small ways, one at a time, and count who is caught.

    python tests/mutants.py [group ...] [--sample 50]

Each group of modules is copied to `.mutants/<group>`, where mutmut changes one operator, number,
text or argument of a function after the other and runs the group's tests. Printed is the share of
mutants that is caught, module by module; the others lie in `.mutants/<group>/survivors.diff`.

`docs/explanation/mutants.md` says for how many survivors of which function there is a reason. The
command fails if a function has more, or if a module's share is below `LEAST`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
WORK = ROOT / ".mutants"
REASONS = ROOT / "docs" / "explanation" / "mutants.md"
MUTMUT = "mutmut==3.8.1"
LEAST = 0.9
# Exit codes of the tests: failed, or stopped for taking too long.
STOPPED = {24, 36, 152, 255, -24}
CAUGHT = {1, 3} | STOPPED
SHOW = """
import sys
from mutmut.mutation.diff_apply import get_diff_for_mutant
for mutant in sys.argv[1:]:
    print(mutant, get_diff_for_mutant(mutant), sep="\\n")
"""
# They look at the source itself, start an interpreter that imports the original, or need threads
# that a forked process does not have.
SKIPPED = (
    "tests/data/test_crops.py::test_mirroring_in_the_background_starts_no_threads_of_its_own",
    "tests/provenance/test_code_digest.py::test_packages_but_for_the_public_face_are_empty",
    "tests/provenance/test_code_digest.py::test_the_closure_is_that_of_another_analysis",
)
FORGET = """

@pytest.fixture(scope="session", autouse=True)
def nothing_is_known():
    import functools, sys

    for module in [m for name, m in sys.modules.items() if name.startswith("smartiqa.")]:
        for part in vars(module).values():
            if isinstance(part, functools._lru_cache_wrapper):
                part.cache_clear()
"""
LANGUAGE = ("expressions", "functions", "quantities", "outcomes")
JUDGED = ("facts", "measured_times", "printing", "run_results", "schema", "verdicts")


class Group(NamedTuple):
    """Modules that are mutated together, by glob, and the fast tests that must notice."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


GROUPS = {
    "metrics": Group(("metrics/*.py",), ("tests/metrics",)),
    "splits": Group(
        ("data/splits.py",), ("tests/data/test_splits.py", "tests/data/test_split_errors.py")
    ),
    "crops": Group(
        ("data/crops.py", "data/crop_positions.py"),
        ("tests/data/test_crops.py", "tests/data/store/test_gpu_store.py"),
    ),
    "provenance": Group(
        (
            "provenance/code_digest.py",
            "provenance/definitions.py",
            "provenance/dynamic_imports.py",
            "provenance/syntax.py",
        ),
        ("tests/provenance", "tests/core/test_choices.py"),
    ),
    "language": Group(
        tuple(f"claims/{name}.py" for name in LANGUAGE),
        ("tests/claims",),
    ),
    "verdicts": Group(
        tuple(f"claims/{name}.py" for name in JUDGED),
        ("tests/claims",),
    ),
    "losses": Group(
        ("training/losses.py", "training/schedules.py"),
        ("tests/training/test_losses.py", "tests/training/test_schedules.py"),
    ),
    "optimisers": Group(("training/optimisers.py",), ("tests/training/test_optimisers.py",)),
    "checkpoints": Group(
        ("training/checkpoints.py",),
        ("tests/training/test_checkpoints.py", "tests/training/test_train_inputs.py"),
    ),
    "loop": Group(("training/loop.py", "training/batches.py"), ("tests/training/test_loop.py",)),
}


def prepare(group: Group, folder: Path) -> None:
    """Copy what the group's tests need, with settings for mutmut."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("src", "tests", "workflow"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    # Mutants are forks of a process that ran the original and has what its caches hold.
    with (folder / "tests" / "conftest.py").open("a", encoding="utf-8") as file:
        file.write(FORGET)
    (folder / "data").mkdir()
    (folder / "data" / "demo").symlink_to(ROOT / "data" / "demo")
    settings = {
        "source_paths": ["src"],
        "only_mutate": [f"src/smartiqa/{name}" for name in group.modules],
        "do_not_mutate": ["*/__init__.py"],
        "also_copy": ["workflow"],
        "pytest_add_cli_args": ["-n", "0", *(f"--deselect={test}" for test in SKIPPED)],
        "pytest_add_cli_args_test_selection": list(group.tests),
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    switches = [
        "timeout_constant = 30.0",  # seconds, so that a busy machine catches nothing
        "timeout_multiplier = 4.0",
        "track_dependencies = false",
        "use_git_change_detection = false",
    ]
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    text = "\n".join([project, "[tool.mutmut]", *lines, *switches, ""])
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")


def with_mutmut(folder: Path, *command: str, fails: bool = False) -> str:
    """Run a command in `folder` with mutmut on top of the packages of this interpreter."""
    uv = ["uv", "run", "--quiet", "--no-project", "--python", sys.executable, "--with", MUTMUT]
    done = subprocess.run(
        ["nice", "-n", "10", *uv, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": "", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode and not fails:
        sys.exit(f"{done.stdout[-3000:]}\n{' '.join(command[:2])} failed in {folder}")
    return done.stdout


def tested(name: str, processes: int, sample: int | None) -> dict[str, int | None]:
    """Make and test the mutants of a group, at most `sample` of each module; see `exit_codes`."""
    folder = WORK / name
    prepare(GROUPS[name], folder)
    run = ("mutmut", "run", f"--max-children={processes}")
    chosen: list[str] = []
    if sample:
        with_mutmut(folder, *run, "none at all", fails=True)  # makes them, tests none, complains
        names = sorted(exit_codes(folder))
        for module in sorted(set(map(module_of, names))):
            own = [mutant for mutant in names if module_of(mutant) == module]
            chosen += random.Random(0).sample(own, min(sample, len(own)))
    with_mutmut(folder, *run, *chosen)
    codes = exit_codes(folder)
    codes = {mutant: codes[mutant] for mutant in chosen or codes}
    survivors = [mutant for mutant, code in codes.items() if code not in CAUGHT]
    shown = with_mutmut(folder, "python", "-c", SHOW, *survivors)
    (folder / "survivors.diff").write_text(shown, encoding="utf-8")
    return codes


def exit_codes(folder: Path) -> dict[str, int | None]:
    """The exit code of the tests for each mutant, None if it was not run."""
    codes: dict[str, int | None] = {}
    for record in sorted(folder.glob("mutants/src/**/*.meta")):
        codes |= json.loads(record.read_text(encoding="utf-8"))["exit_code_by_key"]
    return codes


def function_of(mutant: str) -> str:
    """The function that a mutant is one of: `smartiqa.metrics.letters.compact_letters`."""
    module, _, mangled = mutant.partition("__mutmut_")[0].rpartition(".")
    return f"{module}.{re.sub('^x_?', '', mangled).strip('ǁ').replace('ǁ', '.')}"


def module_of(mutant: str) -> str:
    return mutant.partition("__mutmut_")[0].rpartition(".")[0]


def reasons() -> dict[str, int]:
    """How many survivors of each function `docs/explanation/mutants.md` gives a reason for."""
    rows = re.findall(r"^\| `([\w.]+)` \| (\d+) \|", REASONS.read_text(encoding="utf-8"), re.M)
    return {f"smartiqa.{function}": int(count) for function, count in rows}


def report(codes: dict[str, int | None]) -> bool:
    """Print the share that was caught, by module; return whether all is as it should be."""
    ran = {mutant: code for mutant, code in codes.items() if code is not None}
    caught = Counter(module_of(mutant) for mutant, code in ran.items() if code in CAUGHT)
    stopped = Counter(module_of(mutant) for mutant, code in ran.items() if code in STOPPED)
    total = Counter(map(module_of, ran))
    for module in sorted(total):
        share = caught[module] / total[module]
        late = f", {stopped[module]} by the clock" if stopped[module] else ""
        print(f"{module:36} {caught[module]:5} of {total[module]:5} {share:7.1%}{late}")
    known = reasons()
    survivors = Counter(function_of(mutant) for mutant, code in ran.items() if code not in CAUGHT)
    surprises = {name: n for name, n in survivors.items() if n > known.get(name, 0)}
    for name, count in sorted(surprises.items()):
        print(f"{name}: {count} survive, docs/explanation/mutants.md explains {known.get(name, 0)}")
    if len(ran) < len(codes):
        print(f"{len(codes) - len(ran)} mutants were not run")
    enough = all(caught[module] >= LEAST * total[module] for module in total)
    return enough and not surprises and len(ran) == len(codes)


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(description="Would the tests notice?")
    parser.add_argument("groups", nargs="*", default=list(GROUPS), help=", ".join(GROUPS))
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--sample", type=int, help="mutants of each module, drawn; default: all")
    arguments = parser.parse_args()
    if unknown := set(arguments.groups) - set(GROUPS):
        parser.error(f"unknown group {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    codes: dict[str, int | None] = {}
    for name in arguments.groups:
        codes |= tested(name, arguments.processes, arguments.sample)
    sys.exit(not report(codes))


if __name__ == "__main__":
    main()
