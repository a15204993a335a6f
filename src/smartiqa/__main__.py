"""`smartiqa <stage>`: one front door to all stages.

Each stage is a module with a command line of its own; it is imported only when it is called, so
that `smartiqa --help` is quick.
"""

from __future__ import annotations

import importlib
import sys
from typing import Annotated

import typer

from smartiqa.command_line import conclude
from smartiqa.machine.isolation import start_clean

STAGES = {
    "synthesise": "Distort photos into two labelled datasets (demo study).",
    "fetch": "Download a dataset, resumable and verified.",
    "prepare": "Check a dataset and write its manifest.",
    "shared_images": "List the images that two datasets share.",
    "store": "Decode and resize the images of a manifest once.",
    "pretrain": "Teach a backbone what distortions look like.",
    "weights": "Bring pretrained weights into one form.",
    "train": "Train one experiment with one seed.",
    "predict": "Score the test images of a dataset with a run.",
    "score": "Measure predictions against true scores.",
    "score-images": "Score photos: quality, its spread over crops, attention by stage.",
    "embed": "Embed the target networks that a run generates.",
    "feature_maps": "Record stage maps of a good and of a poor photo.",
    "complexity": "Count parameters and multiply-accumulates.",
    "trainings": "List the trainings of a study with estimated hours.",
    "timing": "Time the models on this machine.",
    "cost": "Add up what the trainings took.",
    "error_rates": "Simulate how often equally good models are called different.",
    "collate": "Gather every number that the paper may use.",
    "claims": "Decide, claim by claim, what of the published paper holds.",
    "render": "Render one template of the paper.",
    "typeset": "Typeset the paper and check its log.",
    "explain": "Print the chain from raw data to a table, figure or number.",
    "export-results": "Pack the results of a study into one archive.",
    "import-results": "Bring the results in an archive to where Snakemake finds them.",
}
FORWARDED = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}

app = typer.Typer(
    help="Rebuild the SMART-IQA paper. `make paper` runs all stages in order.",
    add_completion=False,
    no_args_is_help=True,
)


def _add_stage(name: str, help_text: str) -> None:
    @app.command(name, help=help_text, context_settings=FORWARDED)
    def stage(
        context: typer.Context,
        arguments: Annotated[
            list[str] | None, typer.Argument(help="see --help of the stage")
        ] = None,
    ) -> None:
        sys.argv = [f"smartiqa {name}", *(arguments or []), *context.args]
        conclude(importlib.import_module(f"smartiqa.stages.{name.replace('-', '_')}").main)


for _name, _help in STAGES.items():
    _add_stage(_name, _help)


def main() -> None:
    """Run the command line."""
    start_clean()
    app()


if __name__ == "__main__":
    main()
