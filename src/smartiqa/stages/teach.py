from __future__ import annotations

from smartiqa.config.files import CATALOGUE
from smartiqa.stages.options import (
    Catalogue,
    Expect,
    ExperimentId,
    Learnt,
    Manifest,
    Run,
    Safetensors,
    Store,
    Study,
    Tested,
)


def main(
    study: Study,
    experiment: ExperimentId,
    run: Run,
    manifest: Manifest,
    store: Store,
    output: Safetensors,
    learnt: Learnt = None,
    tested: Tested = None,
    catalogue: Catalogue = CATALOGUE,
    expect: Expect = None,
) -> None:
    r"""Ask a trained run about the training images of a dataset, for students to learn from.

    It is refused if it was trained on images that its students are tested on.

    Example:
        smartiqa teach --study demo --experiment C3 --run results/demo/runs/C3/seed1 \
          --manifest results/demo/data/synthetic/manifest.parquet \
          --store results/demo/data/synthetic/store-none --output teacher.safetensors
    """
    from smartiqa.config.stage_settings import as_planned, predicted_settings, read_study
    from smartiqa.evaluation.teaching import teach

    testing = as_planned(predicted_settings(*read_study(study, catalogue), experiment), expect)
    teach(run, testing, manifest, store, output, learnt or manifest, [manifest, *(tested or [])])
