"""Get a dataset: download its parts, check them, and unpack them into its folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.data.adapters import load_adapter
from smartiqa.data.fetch.raw_dataset import fetch, write_record


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa fetch", description=__doc__.splitlines()[0])
    parser.add_argument("dataset", help="name of an adapter, such as koniq10k")
    parser.add_argument("--root", type=Path, help="where to put it (default: data/<dataset>)")
    parser.add_argument(
        "--mirror", action="append", default=[], help="base address tried first; repeatable"
    )
    parser.add_argument("--keep-archives", action="store_true", help="do not remove archives")
    parser.add_argument("--record", type=Path, help="write terms and checksums to this JSON file")
    arguments = parser.parse_args()
    facts = load_adapter(arguments.dataset).FACTS
    root = arguments.root or Path("data", arguments.dataset)
    fetch(facts, root, extra_mirrors=arguments.mirror, keep_archives=arguments.keep_archives)
    if arguments.record is not None:
        write_record(facts, root, arguments.record)


if __name__ == "__main__":
    run_stage(main)
