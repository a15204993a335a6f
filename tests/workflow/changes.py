"""What people do to a finished study, and which jobs that must plan: one row a change.

A row changes a copy of the finished folder. `jobs` has the jobs that must then be planned, by rule;
None stands for "at least one". docs/explanation/reruns.md shows the table. A dry run takes seconds,
so rows share one where it still shows each of them: see `GROUPS`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from smartiqa.reruns.job_ledger import LEDGER
from vouching import record_digest

OLD = 1_000_000_000  # seconds: in 2001, long before anything here was made
OUTPUTS = ("results", "figures", "paper")
Jobs = Mapping[str, int | None]

PAPER: Jobs = {"paper": 1}
RENDERED: Jobs = {"table": None, "text": None, **PAPER}
CLAIMED: Jobs = {"claims": 1, **RENDERED}
COLLATED: Jobs = {"collate": 1, "figure": None, **CLAIMED}
SCORED: Jobs = {"predict": None, "score": None, **COLLATED}


@dataclass(frozen=True)
class Change:
    """One row: what is done, to which study, and what it must plan."""

    name: str
    make: Callable[[Path], None]
    jobs: Jobs = field(default_factory=dict)
    study: str = "tiny"
    whole: bool = False  # makes another clone of the folder


@dataclass(frozen=True)
class Group:
    """Rows of one study that share a dry run, and what that must plan."""

    name: str
    changes: Sequence[Change]
    jobs: Jobs


def edit(file: str, old: str, new: str) -> Callable[[Path], None]:
    """Replace the first `old` in a file."""

    def make(folder: Path) -> None:
        path = folder / file
        content = path.read_text()
        assert old in content, f"{file} has no {old!r}"
        path.write_text(content.replace(old, new, 1))

    return make


def touch(pattern: str) -> Callable[[Path], None]:
    """Give all files that fit the present time, and leave their content."""

    def make(folder: Path) -> None:
        found = [path for path in folder.glob(pattern) if path.is_file()]
        assert found, f"no {pattern}"
        for path in found:
            os.utime(path)

    return make


def changed_bytes(path: Path) -> bytes:
    """The content of a file with its last byte flipped."""
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    return bytes(content)


def replace(file: str, old_time: bool = False, equal: bool = False) -> Callable[[Path], None]:
    """Put another file in the place of one, through `cp` or, with an old time, `cp -p`."""

    def make(folder: Path) -> None:
        path = folder / file
        content = path.read_bytes() if equal else changed_bytes(path)
        path.unlink()
        path.write_bytes(content)
        if old_time:
            os.utime(path, (OLD, OLD))

    return make


def remove(file: str) -> Callable[[Path], None]:
    """Delete one file."""
    return lambda folder: (folder / file).unlink()


def add(file: str, source: str) -> Callable[[Path], None]:
    """Put a new file, a copy of another one, into the folder."""
    return lambda folder: bool(shutil.copy(folder / source, folder / file)) and None


def windows_lines(file: str) -> Callable[[Path], None]:
    """End lines as Windows does."""

    def make(folder: Path) -> None:
        path = folder / file
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    return make


def other_columns(folder: Path) -> None:
    """Turn the columns of the labels around."""
    path = folder / "data/own/labels.csv"
    rows = [line.split(",") for line in path.read_text().splitlines()]
    path.write_text("".join(",".join(reversed(row)) + "\n" for row in rows))


def foreign(times: bool, *then: Callable[[Path], None]) -> Callable[[Path], None]:
    """Make the folder a clone that has got finished results, but not what Snakemake recorded.

    The clone's own files have the time of its checkout, now; the results keep theirs if `times`.
    """

    def make(folder: Path) -> None:
        shutil.rmtree(folder / ".snakemake", ignore_errors=True)
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder).parts[0]
            rendered = path.suffix in (".tex", ".pdf") or inside == "results"
            if not path.is_symlink() and not (times and rendered):
                os.utime(path)
        for change in then:
            change(folder)

    return make


def forget(results: str, output: str) -> Callable[[Path], None]:
    """Leave one output out of the records that lie among the results."""

    def make(folder: Path) -> None:
        path = folder / results / LEDGER
        records = json.loads(path.read_text())
        del records[output]
        path.write_text(json.dumps(records))
        record_digest(path)

    return make


def both(*changes: Callable[[Path], None]) -> Callable[[Path], None]:
    """Do one after the other."""

    def make(folder: Path) -> None:
        for change in changes:
            change(folder)

    return make


EXPERIMENTS = "workflow/config/experiments.yaml"
PUBLISHED = "workflow/config/published.yaml"
CLAIMS = "workflow/config/claims.yaml"
TINY = "workflow/config/tiny.yaml"
OWN = "workflow/config/own.yaml"
SOURCE = "src/smartiqa"
IMPORTS = "from __future__ import annotations\n"
COMMENT = f"# a comment\n{IMPORTS}"
RATE = "training: {backbone_rate: 1.0e-6, head_rate: 1.0e-5}"
IMAGE = "data/own/texture3.jpg"
RUN = "results/tiny/runs/E-1e-6/seed1"
LOSS = edit(
    f"{SOURCE}/training/losses.py",
    "F.l1_loss(predictions, targets)",
    "F.l1_loss(targets, predictions)",
)
TRAINED: Jobs = {
    **{"train": 10, "embed": 2, "feature_maps": 1, "calibrate": 2, "robustness": 2, "cost": 1},
    **{"masking": 1, "attack": 2},
    **SCORED,
}
RETRAINED: Jobs = {"floors": 1, **TRAINED}  # where the images or their measures change, too
L1_TRAINED: Jobs = {**TRAINED, "train": 9}
ONE_TRAINED: Jobs = {"train": 1, "cost": 1, **SCORED, "predict": 1, "score": 1}
OWN_PREPARED: Jobs = {"prepare": 1, "store": 1, "train": 1, "predict": 1, "score": 1}

CHANGES = [
    Change("nothing", lambda folder: None),
    Change("a comment in core/errors.py", edit(f"{SOURCE}/core/errors.py", IMPORTS, COMMENT)),
    Change(
        "a docstring in evaluation/summary.py",
        edit(f"{SOURCE}/evaluation/summary.py", '"""Gather', '"""Bring together'),
    ),
    Change(
        "another layout of a line in evaluation/scoring.py",
        edit(f"{SOURCE}/evaluation/scoring.py", IMPORTS, f"{IMPORTS}\n\n"),
    ),
    Change(
        "the help of a stage and of its options",
        both(
            edit(
                f"{SOURCE}/stages/options.py", 'help="folder of a run', 'help="the folder of a run'
            ),
            edit(f"{SOURCE}/stages/predict.py", '"""Score', '"""Rate'),
        ),
    ),
    Change("the front door", edit(f"{SOURCE}/cli.py", "DEFECT = 2, 1", "DEFECT = 2, 3")),
    Change(
        "the range of an option that several stages have",
        edit(f"{SOURCE}/stages/options.py", "typer.Option(min=0", "typer.Option(min=1"),
    ),
    Change("a comment in models/fusion.py", edit(f"{SOURCE}/models/fusion.py", IMPORTS, COMMENT)),
    Change("the L1 loss, which nine runs have", LOSS, L1_TRAINED),
    Change(
        "the width of the gate, which six models have",
        edit(f"{SOURCE}/models/fusion.py", "GATE_HIDDEN = 256", "GATE_HIDDEN = 128"),
        {
            **{**RETRAINED, "train": 6, "complexity": 1, "timing": 1},
            # of the others, those without a gate, nothing is predicted or analysed
            **{"embed": 1, "calibrate": 1, "robustness": 1, "attack": 1, "predict": 9, "score": 7},
        },
    ),
    Change(
        "a metric",
        edit(
            f"{SOURCE}/metrics/correlation.py",
            'x, y = varying_pair("SRCC", x, y)',
            'y, x = varying_pair("SRCC", y, x)',
        ),
        RETRAINED,
    ),
    Change(
        "a figure's module",
        edit(f"{SOURCE}/paper/figures/pca_weights.py", "NEEDS", "CHANGED = 1\nNEEDS"),
        {"figure": 1, **PAPER},
    ),
    Change(
        "the style of figures",
        edit(f"{SOURCE}/paper/figures/style.py", "COLUMN_WIDTH = 3.5", "COLUMN_WIDTH = 3.4"),
        {"figure": None, **PAPER},
    ),
    Change(
        "a comment in the style of figures",
        edit(f"{SOURCE}/paper/figures/style.py", IMPORTS, COMMENT),
    ),
    Change(
        "the facts of an adapter, which a claim reads",
        edit(f"{SOURCE}/data/datasets/kadid10k.py", "images=10_125", "images=10_124"),
        CLAIMED,
    ),
    Change(
        "how adapters are found",
        edit(f"{SOURCE}/data/adapters.py", '("dataset adapter"', '("adapter"'),
        {
            "prepare": 2,
            "shared_images": 1,
            "store": None,
            **RETRAINED,
        },
    ),
    Change("a comment in experiments.yaml", edit(EXPERIMENTS, "recipes:", "# a comment\nrecipes:")),
    Change(
        "the order of keys in experiments.yaml",
        edit(
            EXPERIMENTS,
            "    head_rate: 5.0e-6\n    weight_decay: 2.0e-4",
            "    weight_decay: 2.0e-4\n    head_rate: 5.0e-6",
        ),
    ),
    Change(
        "one experiment's rate",
        edit(EXPERIMENTS, RATE, RATE.replace("1.0e-6", "2.0e-6")),
        ONE_TRAINED,
    ),
    Change(
        "the rate of an experiment that the study does not run",
        edit(EXPERIMENTS, "backbone_rate: 3.0e-6", "backbone_rate: 4.0e-6"),
        COLLATED,
    ),
    Change(
        "how a probe is regularised",
        edit(f"{SOURCE}/evaluation/probes.py", "TUBE = 0.1", "TUBE = 0.2"),
        {"floors": 1, **COLLATED},
    ),
    Change(
        "the template of the table of floors",
        edit("paper/tables/floors.tex.j2", "\n", "\n%# changed\n"),
        {"table": 2, **PAPER},
    ),
    Change(
        "a title", edit(EXPERIMENTS, "title: rates times 2", "title: twice the rates"), COLLATED
    ),
    Change("a comment in the study", edit(TINY, "crop: 64", "# a comment\ncrop: 64")),
    Change("memory_mb", edit(TINY, "memory_mb: 1500", "memory_mb: 1600")),
    Change(
        "replicates of the bootstrap",
        edit(TINY, "replicates: 100", "replicates: 101"),
        {"score": None, "floors": 1, **COLLATED},
    ),
    Change(
        "one more seed",
        edit(TINY, "seeds: [1]", "seeds: [1, 2]"),
        {"train": 10, "calibrate": 2, "cost": 1, **SCORED},
    ),
    Change(
        "crops of tests",
        edit(TINY, "testing: {crops: 2", "testing: {crops: 3"),
        {"floors": 1, "calibrate": 2, **SCORED},
    ),
    Change(
        "a published value",
        edit(PUBLISHED, "ablation: {srcc: 0.9070", "ablation: {srcc: 0.9071"),
        COLLATED,
    ),
    Change(
        "a comment in published.yaml",
        edit(PUBLISHED, "comparison:\n", "# a comment\ncomparison:\n"),
    ),
    Change(
        "a claim",
        edit(CLAIMS, "claim: d = 7 x 7 x 4 x 512", "claim: d is 7 x 7 x 4 x 512"),
        CLAIMED,
    ),
    Change("a comment in claims.yaml", edit(CLAIMS, "decided_by:", "# a comment\ndecided_by:")),
    Change(
        "a table's template",
        edit("paper/tables/ablation.tex.j2", "\n", "\n%# changed\n"),
        {"table": 2, **PAPER},
    ),
    Change(
        "a section's template",
        edit("paper/sections/results.tex.j2", "\n", "\n%# changed\n"),
        {"table": 1, "text": 1, **PAPER},
    ),
    Change(
        "a macro of the templates",
        edit("paper/macros/cells.tex.j2", "\n", "\n%# changed\n"),
        RENDERED,
    ),
    Change(
        "the bibliography", edit("paper/references.bib", "% Every entry", "% Each entry"), PAPER
    ),
    Change(
        "a template replaced by an older one (cp -p)",
        both(
            edit("paper/tables/losses.tex.j2", "\n", "\n%# changed\n"),
            lambda folder: os.utime(folder / "paper/tables/losses.tex.j2", (OLD, OLD)),
        ),
        {"table": 2, **PAPER},
    ),
    Change(
        "touch of every source",
        both(
            touch("src/**/*.py"),
            touch("workflow/**/*"),
            touch("paper/**/*.j2"),
            touch("paper/*.bib"),
        ),
    ),
    Change("touch of every photo", touch("data/tiny/*")),
    Change("touch of the manifest", touch("results/tiny/data/*/manifest.parquet")),
    Change("touch of the weights", touch("results/tiny/weights/*.safetensors")),
    Change("touch of all result files", touch("results/tiny/**/*.*")),
    Change(
        "a photo replaced by an older one (cp -p)",
        replace("data/tiny/texture2.jpg", old_time=True),
        {"synthesise": 1, "prepare": 2, "shared_images": 1, "store": None, **RETRAINED},
    ),
    Change(
        "a run's predictions replaced (cp)",
        replace("results/tiny/runs/L-l2/seed1/predictions/synthetic.parquet"),
        {**SCORED, "predict": 1, "score": 1},
    ),
    Change(
        "a run's predictions replaced by older ones (cp -p)",
        replace("results/tiny/runs/R0/seed1/predictions/synthetic.parquet", old_time=True),
        {**SCORED, "predict": 1, "score": 1},
    ),
    Change(
        "one byte of a checkpoint flipped",
        replace("results/tiny/runs/R3/seed1/best.safetensors"),
        ONE_TRAINED,
    ),
    Change(
        "a result replaced by an equal one (cp)",
        replace("results/tiny/runs/L-l2/seed1/metrics.json", equal=True),
    ),
    Change("one figure removed, which the finished paper has", remove("figures/losses.pdf")),
    Change(
        "one run's metrics removed, which nothing must read anew", remove(f"{RUN}/metrics.json")
    ),
    Change("results in another clone, with their times (cp -a)", foreign(True), whole=True),
    Change("results in another clone, without times (cp -r)", foreign(False), whole=True),
    Change("results in a clone with another L1 loss", foreign(True, LOSS), L1_TRAINED),
    Change(
        "results in a clone with another photo",
        foreign(True, replace("data/tiny/texture2.jpg")),
        {"synthesise": 1, "prepare": 2, "shared_images": 1, "store": None, **RETRAINED},
    ),
    Change(
        "results in a clone, one metrics file damaged",
        foreign(True, replace("results/tiny/runs/L-l2/seed1/metrics.json")),
        {**COLLATED, "score": 1},
    ),
    Change("own images: nothing", lambda folder: None, study="own"),
    Change("own images: all touched", touch("data/own/*"), study="own"),
    Change(
        "own images: Windows line ends in labels.csv",
        windows_lines("data/own/labels.csv"),
        study="own",
    ),
    Change("own images: other order of columns", other_columns, study="own"),
    Change(
        "own images: one score",
        edit("data/own/labels.csv", "50.0", "51.0"),
        OWN_PREPARED,
        study="own",
    ),
    Change("own images: one replaced", replace(IMAGE), OWN_PREPARED, study="own"),
    Change(
        "own images: one replaced by an older file (cp -p)",
        replace("data/own/texture5.jpg", old_time=True),
        OWN_PREPARED,
        study="own",
    ),
    Change(
        "own images: one replaced by an equal older file",
        replace(IMAGE, old_time=True, equal=True),
        study="own",
    ),
    Change("own images: one removed", remove("data/own/texture7.jpg"), OWN_PREPARED, study="own"),
    Change("own images: one added", add("data/own/new.jpg", IMAGE), OWN_PREPARED, study="own"),
    Change(
        "own images: other weights to begin with",
        edit(OWN, "seed: 1", "seed: 2"),
        {"weights": 1, "train": 1, "predict": 1, "score": 1},
        study="own",
    ),
    Change(
        "own images: another folder, with another score",
        both(
            lambda folder: bool(shutil.copytree(folder / "data/own", folder / "data/new")) and None,
            edit("data/new/labels.csv", "50.0", "51.0"),
            edit(OWN, "root: data/own", "root: data/new"),
        ),
        {"fetch": 1, **OWN_PREPARED},
        study="own",
    ),
    Change("own images: results in another clone", foreign(False), study="own", whole=True),
    Change(
        "own images: results in another clone, without jobs.json",
        foreign(True, remove("results/own/jobs.json")),
        {"fetch": 1, "weights": 1, **OWN_PREPARED},
        study="own",
    ),
    Change(
        "own images: results in another clone, one record removed",
        foreign(True, forget("results/own", "results/own/runs/C0/seed1/last.safetensors")),
        {"train": 1, "predict": 1, "score": 1},
        study="own",
    ),
]

BY_NAME = {change.name: change for change in CHANGES}
# All of these make the manifest outdated; what it is outdated by is noted beside it.
OF_OWN_FILES = (
    "own images: one score",
    "own images: one replaced",
    "own images: one replaced by an older file (cp -p)",
    "own images: one removed",
    "own images: one added",
)
# Together the others plan other jobs each, or more of a rule, so that none hides another.
TOGETHER: Mapping[tuple[str, ...], Jobs] = {
    (
        "a figure's module",
        "the template of the table of floors",
        "a table's template",
        "a template replaced by an older one (cp -p)",
        "a section's template",
    ): {"figure": 1, "table": 4, "text": 1, **PAPER},  # a table is the index of provenance
    ("the style of figures", "a claim"): {"figure": None, **CLAIMED},
    (
        "one experiment's rate",
        "a run's predictions replaced (cp)",
        "a run's predictions replaced by older ones (cp -p)",
        "one byte of a checkpoint flipped",
    ): {**ONE_TRAINED, "train": 2, "predict": 4, "score": 4},
    ("results in another clone, with their times (cp -a)", "the bibliography"): PAPER,
    (
        "results in a clone with another L1 loss",  # which all but L-l2 have
        "results in a clone, one metrics file damaged",
    ): {**L1_TRAINED, "predict": 13, "score": 11},
    OF_OWN_FILES: OWN_PREPARED,
}


def grouped() -> list[Group]:
    """All rows: those that plan nothing, those of `TOGETHER`, and each of the others alone."""
    nothing = {
        f"what plans nothing in the study {study}": [
            c for c in CHANGES if c.study == study and not c.jobs and not c.whole
        ]
        for study in ("tiny", "own")
    }
    groups = [Group(name, changes, {}) for name, changes in nothing.items()]
    groups += [
        Group("; ".join(names), [BY_NAME[name] for name in names], jobs)
        for names, jobs in TOGETHER.items()
    ]
    shared = {change.name for group in groups for change in group.changes}
    alone = [change for change in CHANGES if change.name not in shared]
    return groups + [Group(change.name, [change], change.jobs) for change in alone]


GROUPS = grouped()
