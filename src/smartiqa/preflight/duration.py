"""Would trainings take days, because a study is made for a GPU and this machine has none?

No model is counted for that, which takes longer than a check may: what a training takes is at least
what is estimated here of the parameters of its model.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import pandas as pd

from smartiqa.preflight.findings import Findings
from smartiqa.preflight.models import Parameters
from smartiqa.preflight.work import Work
from smartiqa.training.plan import Images, operations

# Multiply-accumulates of a crop for each parameter of a network, and the crop's side: 87 of
# EfficientNet-Lite0, 160 of ResNet-50 and 175 of Swin-B.
USES, SIDE = 80, 224
# Operations a second of a core that trains, far more than was seen: on an AMD EPYC with AVX-512 the
# demo's models reached 0.4e11 to 0.6e11, EfficientNet-Lite0 at full size 0.15e11.
FASTEST = 2e11
DAY = 86400  # seconds
MOST_DAYS = 2


def check_duration(
    work: Work, looked_at: Mapping[str, pd.DataFrame], parameters: Parameters, found: Findings
) -> None:
    """Warn if the trainings ahead take days on all cores of this machine.

    Args:
        work: that is ahead.
        looked_at: the images of each dataset that is to be prepared, one a row.
        parameters: of each model that is trained.
        found: gets the warning.
    """
    name = work.study.training_dataset
    if name not in looked_at:
        return
    training = round(len(looked_at[name]) * work.study.datasets[name].split.fractions[0])
    experiments, cores = work.experiments, len(os.sched_getaffinity(0))
    trainings = [name for name, _ in work.trainings if name in parameters]
    total = 0.0
    for name in trainings:
        experiment = experiments[name]
        forward = round(USES * parameters[name] * (experiment.crop / SIDE) ** 2)
        images = Images(training, 0, 0, "").of(name, experiment.recipe)
        total += operations(experiment, images, forward, experiment.recipe.epochs)
    if (days := total / (FASTEST * cores) / DAY) > MOST_DAYS:
        found.warn(
            f"compute.device: without a GPU {len(trainings)} training(s) take {days:,.0f} days or "
            f"more on {cores} core(s); run them where there is one, or take a smaller study"
        )
