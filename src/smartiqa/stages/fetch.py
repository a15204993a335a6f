from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def datasets() -> list[str]:
    """Name the datasets that there are adapters for."""
    from smartiqa.data.adapters import adapter_names

    return list(adapter_names())


def main(
    dataset: Annotated[
        str, typer.Argument(autocompletion=datasets, help="name of an adapter, such as koniq10k")
    ],
    root: Annotated[
        Path | None, typer.Option(file_okay=False, help="where to put it (data/<dataset>)")
    ] = None,
    mirror: Annotated[
        list[str] | None, typer.Option(metavar="URL", help="base address tried first; repeatable")
    ] = None,
    keep_archives: Annotated[
        bool, typer.Option("--keep-archives", help="do not remove archives")
    ] = False,
    record: Annotated[
        Path | None, typer.Option(help="write terms and checksums to this JSON file")
    ] = None,
) -> None:
    """Get a dataset: download its parts, check them, and unpack them into its folder.

    Example:
        smartiqa fetch koniq10k --mirror https://mirror.example.org/koniq
    """
    from smartiqa.data.adapters import load_adapter
    from smartiqa.data.fetch.raw_dataset import fetch, write_record

    facts, folder = load_adapter(dataset).FACTS, root or Path("data", dataset)
    fetch(facts, folder, extra_mirrors=mirror or (), keep_archives=keep_archives)
    if record is not None:
        write_record(facts, folder, record)
