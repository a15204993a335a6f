"""Files that stages wrote are parsed in one place, which names what is wrong with one.

A parser of a library knows neither the stage that writes a file nor what its reader needs of it. So
`smartiqa.core.files.parsed` is the only caller of any, but for the functions that are listed here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartiqa.provenance.code_digest import SOURCE

PARSERS = {
    *(f"pd.read_{kind}" for kind in ("csv", "excel", "feather", "json", "parquet", "pickle")),
    *("pq.read_table", "pq.read_schema", "pq.ParquetFile", "ParquetFile", "read_table"),
    *("json.load", "json.loads", "np.load", "np.loadtxt", "np.genfromtxt", "pickle.load"),
    *("safe_open", "load_file", "torch.load", "yaml.load", "yaml.safe_load"),
}
OF_OTHERS = "a dataset of others, whose problems name row and column"
PARSING = {
    "core.json_files.read_json": "by way of parsed",
    "core.tables.read_arrays.parse": "by way of parsed",
    "core.tables.read_csv.parse": "by way of parsed",
    "core.tables.read_parquet": "by way of parsed",
    "core.yaml_files.read_yaml": "the one reader of settings",
    "data.labels.label_files.read_csv": OF_OTHERS,
    "data.labels.label_files.read_excel": OF_OTHERS,
    "data.labels.split_lists._read_names": OF_OTHERS,
    "models.backbones.read_safetensors": "the one reader of safetensors",
    "models.tensor_files._unpickled": "the one reader of checkpoints of others",
    "provenance.identity.identity_of_text": "a part of an archive",
    "reruns.builds.at_work": "what builds of this machine wrote and hold, whole or not at all",
    "reruns.job_records._records": "of Snakemake; what is none is skipped",
    "sharing.archives.read_contents": "a part of an archive",
    "training.checkpoints.load_state": "what cannot be read counts as none",
    "training.teacher.read_taught": "the record in a file that was read as safetensors",
    "worker.Server._accept": "a message, not a file",
}


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def parsing(node: ast.AST, place: str) -> Iterator[str]:
    """Yield the functions below `node` that name a parser, to call it or pass it on."""
    for child in ast.iter_child_nodes(node):
        inside = place
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            inside = f"{place}.{child.name}"
        if isinstance(child, ast.Name | ast.Attribute) and dotted(child) in PARSERS:
            yield place
        yield from parsing(child, inside)


def parsing_in(path: Path) -> Iterator[str]:
    module = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
    return parsing(ast.parse(path.read_text(encoding="utf-8")), module)


def test_files_are_parsed_in_one_place() -> None:
    found = {place for path in SOURCE.rglob("*.py") for place in parsing_in(path)}
    assert sorted(found) == sorted(PARSING)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("pd.read_parquet(verified(path))", True),
        ("parsed(path, 'Parquet', pd.read_parquet)", True),
        ("json.loads(path.read_text())", True),
        ("read_parquet(path, COLUMNS, 'predict')", False),
        ("json.dumps(content)", False),
    ],
)
def test_a_parser_is_recognised(line: str, found: bool) -> None:
    assert bool([*parsing(ast.parse(f"def f():\n    {line}"), "module")]) is found
