"""Turn a raw dataset into its manifest: one row an image, one table for all datasets."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from smartiqa.command_line import run_stage
from smartiqa.data.adapters import facts_of, load_adapter
from smartiqa.data.manifest import build_manifest, write_manifest
from smartiqa.data.splits import SplitPlan


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa prepare", description="write a manifest")
    parser.add_argument("--adapter", required=True, help="module in smartiqa.data.datasets")
    parser.add_argument("--root", type=Path, required=True, help="the dataset's folder")
    parser.add_argument("--options", type=json.loads, default={}, help="the adapter's options")
    parser.add_argument("--split", type=json.loads, required=True, help="fields of SplitPlan")
    parser.add_argument("--output", type=Path, required=True, help="manifest.parquet")
    arguments = parser.parse_args()
    prepare(**vars(arguments))


def prepare(
    adapter: str, root: Path, options: dict[str, Any], split: dict[str, Any], output: Path
) -> None:
    """Read the labels of the dataset below `root` with its adapter and write the manifest.

    Raises:
        InputError: unknown adapter, option or split, or a label or file that cannot be used.
    """
    module = load_adapter(adapter)
    labels = module.read_labels(root, options)
    plan = SplitPlan(**{**split, "fractions": tuple(split["fractions"])})
    write_manifest(output, build_manifest(labels, root, facts_of(module, options), plan))


if __name__ == "__main__":
    run_stage(main)
