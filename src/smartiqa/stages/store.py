"""Decode and resize the images of a manifest once, into a pixel store."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.data.manifest import read_manifest
from smartiqa.data.store.building import ResizeRule, build_store


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa store", description="build a pixel store")
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--root", type=Path, required=True, help="the dataset's folder")
    parser.add_argument("--resize", type=json.loads, required=True, help="fields of ResizeRule")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--output", type=Path, required=True, help="the store's folder")
    arguments = parser.parse_args()
    rule = ResizeRule(arguments.resize["kind"], tuple(arguments.resize["size"]))
    manifest = read_manifest(arguments.manifest)
    build_store(manifest, arguments.root, arguments.output, rule, arguments.workers)


if __name__ == "__main__":
    run_stage(main)
