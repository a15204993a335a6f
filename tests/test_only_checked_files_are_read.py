"""No module reads a file that a stage made, unless it checks the file's digest first.

Whatever opens or parses a file does so as `parse(verified(path))`. Where a file is none of ours, or
is checked in another way, the function is listed here with the reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartiqa.provenance.code_digest import SOURCE

CHECKS = {"verified", "verified_report"}
READERS = {
    *("open", "read_text", "read_bytes", "memmap", "fromfile", "genfromtxt", "loadtxt", "load"),
    *("read_csv", "read_excel", "read_feather", "read_json", "read_parquet", "read_pickle"),
    *("read_table", "load_file", "loadmat", "safe_open", "imread", "ParquetFile", "ZipFile"),
}
# What is imported by its bare name is a reader of ours, which checks, but for these.
BARE = {"open", "load_file", "loadmat", "safe_open"}
OF_OURS = {"PixelStore.open", "FigureData.open"}
READER = "after the check that its caller makes: smartiqa.core.files.parsed"
SETTINGS, SOURCES = "settings of a person", "templates or code, as they are"
DATASET = "a dataset of others, which is compared with what it lists"
ARCHIVE = "an archive of others, all of which is compared with its digests"
LISTED = {
    "cli._reader_left": "nothing: it is where output goes that nobody reads",
    "cli.stages": SOURCES,
    "core.files._recorded": "the digests themselves",
    "core.files.sha256_of": "makes digests",
    "core.json_files.read_json": READER,
    "core.tables.read_arrays.parse": READER,
    "core.tables.read_csv.parse": READER,
    "core.yaml_files.read_yaml": SETTINGS,
    "data.datasets.folder.separator_of": DATASET,
    "data.fetch.checksums._problem": "the digests themselves",
    "data.fetch.download._alone_with": "a folder, to lock it",
    "data.fetch.download._md5_of": DATASET,
    "data.fetch.extraction._tar_members": ARCHIVE,
    "data.fetch.extraction._zip_members": ARCHIVE,
    "data.fetch.checksums.published_digests": "part of the source",
    "data.labels.label_files.read_csv": DATASET,
    "data.labels.label_files.read_excel": DATASET,
    "data.labels.label_files.read_mat": DATASET,
    "data.labels.split_lists._read_names": SETTINGS,
    "data.store.building._read_journal": "of an unfinished store; has a digest of every image",
    "data.store.building._start_or_resume": "of an unfinished store",
    "data.store.building._store_image": "of an unfinished store; pixels are written",
    "data.store.decode._opened": "images, whose digests the manifest has",
    "data.store.decode.upright_rgb": "images, whose digests the manifest has",
    "data.store.pixel_store.PixelStore.open": "every image is compared when it is first touched",
    "data.synthetic.distortions._recode": "in memory",
    "evaluation.changes.jpeg": "in memory",
    "evaluation.peers.score_with_peer": "of the runner, in the process that called it",
    "evaluation.peers.version_of": SOURCES,
    "machine.hardware.energy_joules": "of the system",
    "machine.presence._open": "a lock, which holds names of hosts",
    "models.backbones.read_safetensors": "published weights; those of ours come as verified(path)",
    "models.tensor_files._unpickled": "published weights",
    "new_study.writing._place": "settings of a study, of which only who wrote them is asked",
    "paper.checks.commands.known_names": SOURCES,
    "paper.figures.needs._declared": SOURCES,
    "paper.inclusion._included": SOURCES,
    "paper.latex.environment.parsed": SOURCES,
    "paper.latex.log_check.check_log": "of TeX, in the process that called it",
    "paper.lineage._labelled": SOURCES,
    "paper.typesetting.blamed": "sources that verify_folder has checked, and their templates",
    "preflight.programs.check_programs": "templates, as they are",
    "training.status.error_in": "a log, for people",
    "training.teacher.read_taught": "what is beside the tensors, which come as verified(path)",
    "training.launch.what_failed": "what a process said, in the process that called it",
    "provenance.code_digest._text": SOURCES,
    "provenance.code_digest.check_sources": SOURCES,
    "report.page.rendered": SOURCES,
    "reruns.builds._text_if_held": "of a build that holds it",
    "reruns.builds._turn": "a file that is only locked",
    "reruns.job_records._records": "of Snakemake",
    "sharing.archives._copy": "its digest was just taken, and is compared as it is packed",
    "sharing.archives.read_contents": ARCHIVE,
    "sharing.shared_runs._put": "an archive, which was just made",
    "sharing.shared_runs.fetch_run": ARCHIVE,
    "training.checkpoints.load_state": "after damage_of, which says what is wrong",
}


def called(node: ast.expr) -> str:
    """The dotted name of what is called, as far as it is one."""
    if isinstance(node, ast.Attribute):
        return f"{called(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def reads(call: ast.Call) -> bool:
    """Whether a call reads a file without a check around its path."""
    name = called(call.func)
    last = name.rpartition(".")[2]
    if last not in (READERS if "." in name else BARE) or name in OF_OURS or writes(call):
        return False
    given = [*call.args, *([call.func.value] if isinstance(call.func, ast.Attribute) else [])]
    return not any(isinstance(a, ast.Call) and called(a.func) in CHECKS for a in given)


def writes(call: ast.Call) -> bool:
    modes = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return any(mode[0] in "wax" for mode in modes if set(mode) <= set("rwaxbt+"))


def unchecked(node: ast.AST, place: str) -> Iterator[str]:
    """Yield the functions below `node` that read a file without checking it."""
    for child in ast.iter_child_nodes(node):
        inside = place
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            inside = f"{place}.{child.name}"
        if isinstance(child, ast.Call) and reads(child):
            yield inside
        yield from unchecked(child, inside)


def unchecked_in(path: Path) -> Iterator[str]:
    module = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
    return unchecked(ast.parse(path.read_text(encoding="utf-8")), module)


def test_only_checked_files_are_read() -> None:
    found = {place for path in SOURCE.rglob("*.py") for place in unchecked_in(path)}
    assert sorted(found) == sorted(LISTED)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("pd.read_csv(path)", True),
        ("pd.read_csv(verified(path))", False),
        ("json.loads(path.read_text())", True),
        ("json.loads(verified(path).read_text())", False),
        ("(folder / 'a.npz').open('rb')", True),
        ("np.load(folder / 'a.npz')", True),
        ("open(path)", True),
        ("open(path, 'w')", False),
        ("load_file(path)", True),
        ("read_json(path)", False),
        ("PixelStore.open(folder)", False),
    ],
)
def test_a_reader_is_recognised(line: str, found: bool) -> None:
    assert bool([*unchecked(ast.parse(f"def f():\n    {line}"), "module")]) is found
