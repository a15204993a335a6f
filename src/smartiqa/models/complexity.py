"""Count parameters, multiply-accumulates and generated weights; needs neither data nor weights.

The published models are counted at their own 224 pixels in every study, so that published counts
can be checked anywhere; the study's experiments are counted as the study configures them.
"""

from __future__ import annotations

from tqdm import tqdm

from smartiqa.config.catalogue import Catalogue
from smartiqa.config.experiment import Model
from smartiqa.config.planned import resolve
from smartiqa.config.study import Study
from smartiqa.models.counting import PUBLISHED_CROP, complexity_of, published_configurations

Counts = dict[str, int]


def count(study: Study, catalogue: Catalogue) -> dict[str, dict[str, Counts]]:
    """Return the content of `complexity.json`: `experiments` and `published` models, counted."""
    return {
        "experiments": count_experiments(study, catalogue),
        "published": count_published(),
    }


def count_published() -> dict[str, Counts]:
    """Count every published configuration at 224 pixels, by its published name."""
    return {
        name: complexity_of(model, backbone, PUBLISHED_CROP)
        for name, (model, backbone) in published_configurations().items()
    }


def count_experiments(study: Study, catalogue: Catalogue) -> dict[str, Counts]:
    """Count every experiment of the catalogue as the study would build it, by its id.

    Experiments whose backbone the study does not have are left out.
    """
    counted: dict[tuple[Model, str, int], Counts] = {}
    counts: dict[str, Counts] = {}
    for name, entry in tqdm(
        catalogue.experiments.items(), desc="counting", unit="experiment", disable=None
    ):
        if entry.model.backbone not in study.backbones:
            continue
        experiment = resolve(study, catalogue, name)
        model, backbone, crop = experiment.model, experiment.backbone, experiment.crop
        key = (model, backbone.model_dump_json(), crop)
        if key not in counted:
            counted[key] = complexity_of(model, backbone, crop)
        counts[name] = counted[key]
    return counts
