"""The backbones that a new study can begin with, and where their weights come from."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartiqa.config.catalogue import Catalogue
from smartiqa.core.errors import InputError
from smartiqa.core.strict import nearest_name

if TYPE_CHECKING:
    from timm.models import PretrainedCfg

DEFAULT = "efficientnet-lite0"
LEAST_AN_EPOCH = 1000  # crops; in fewer steps a new head learns nothing
SMALL_BATCH = 8  # four times the steps of a usual one, in the same time
MOST_CROPS = 20  # of an image in an epoch, as published
OWN_CROP = 224  # that of the study which a timm model inherits from


@dataclass(frozen=True)
class Beginning:
    """What a study begins with.

    Attributes:
        inherits: the study that says how models are made.
        experiments: what is trained; ids of the catalogue.
        why: what a person should know of it, for the screen and for a comment.
        changes: more keys of the study.
        seeds: of every experiment.
        recipes: those that `suited_to` may give more crops; others say themselves how many.
    """

    inherits: str
    experiments: tuple[str, ...]
    why: str
    changes: dict[str, Any]
    seeds: tuple[int, ...] = (1, 2, 3)  # three are what a test of a difference takes
    recipes: tuple[str, ...] = ()

    def suited_to(self, images: int) -> Beginning:
        """Return the same for so many training images.

        Of few, each gives several crops an epoch, in smaller batches: it takes enough steps.
        """
        crops = min(MOST_CROPS, math.ceil(LEAST_AN_EPOCH / images))
        if crops == 1 or not self.recipes:
            return self
        given = self.changes.get("recipes", {})
        settings = {
            name: given.get(name, {}).get("settings", {})
            | {"train_crops": crops, "batch_size": SMALL_BATCH}
            for name in self.recipes
        }
        recipes = {name: {"settings": own} for name, own in settings.items()}
        return replace(self, changes=self.changes | {"recipes": recipes})


SHIPPED = (
    "weights in data/demo/weights, taught to name distortions on a few photos: small and quick, "
    "to try things out; not for results"
)
NAMES = (DEFAULT, "demo", "demo-tiny", "paper")


def known(catalogue: Catalogue) -> dict[str, Beginning]:
    """Return what studies with weights of their own begin with, by backbone."""
    ablation, sizes = catalogue.roles.ablation, catalogue.groups["sizes"]
    made = (
        Beginning(
            inherits="biq2021",
            why="ImageNet weights from a Python package; no download, no GPU",
            **_on_a_cnn(catalogue),
        ),
        _on_shipped((*ablation, sizes[0]), "smart", "hyperiqa"),
        _on_shipped(sizes[:1], "smart"),
        Beginning(
            "koniq",
            tuple(dict.fromkeys((*ablation, *sizes))),
            "the published backbones, with weights from a model hub; takes a GPU",
            {},
            (42, 43, 44),
        ),
    )
    return dict(zip(NAMES, made, strict=True))


def _on_shipped(experiments: tuple[str, ...], *recipes: str) -> Beginning:
    """The demo's backbones, on photos of any size; the demo's own photos have one already."""
    changes = {"recipes": {name: {"settings": {"resize": "aspect"}} for name in recipes}}
    return Beginning("demo", experiments, SHIPPED, changes, recipes=recipes)


def _on_a_cnn(catalogue: Catalogue) -> dict[str, Any]:
    """A CNN without and with all modules: the ends of the group `cnn`, and their roles."""
    baseline, *_, reference = catalogue.groups["cnn"]
    roles = {"roles": {"reference": reference, "baseline": baseline}}
    return {"experiments": (baseline, reference), "changes": roles, "recipes": ("cnn",)}


def beginning(name: str, weights: Path | None, catalogue: Catalogue) -> Beginning:
    """Return what a study begins with, by the name of its backbone.

    Args:
        name: one of `NAMES`, or a model of timm.
        weights: the file of the weights of a model of timm; without it they come from a hub.
        catalogue: of all experiments.

    Raises:
        InputError: there is no such backbone, or the weights do not fit it, or timm knows none.
    """
    if name in NAMES and weights is None:
        return known(catalogue)[name]
    import timm

    if name in NAMES:
        raise InputError(
            f"--backbone {name} brings its weights along; with --weights, name a model of timm"
        )
    if not timm.is_model(name):
        nearest = nearest_name(name, [*NAMES, *timm.list_models()])
        hint = f"; did you mean {nearest}?" if nearest else ""
        raise InputError(
            f"--backbone {name} is none of {', '.join(NAMES)}, and no model of timm{hint}"
        )
    return _of_timm(name, weights, _on_a_cnn(catalogue))


def _of_timm(name: str, weights: Path | None, on_a_cnn: dict[str, Any]) -> Beginning:
    """A model of timm; weights in a file are tried, those on a hub are downloaded by the build."""
    from timm.models import get_pretrained_cfg

    from smartiqa.config.backbone import IMAGENET_MEAN, IMAGENET_STD, Backbone
    from smartiqa.config.experiment import Model
    from smartiqa.models.backbones import require_known
    from smartiqa.models.pretrained import fit_to_features
    from smartiqa.models.quality import try_on_meta
    from smartiqa.models.tensor_files import read_tensors

    require_known(name)
    trained = get_pretrained_cfg(name)
    given = {"mean": trained.mean, "std": trained.std} if trained else {}
    usual = {"mean": IMAGENET_MEAN, "std": IMAGENET_STD}
    inputs: dict[str, Any] = {key: [*own] for key, own in given.items() if own != usual[key]}
    network = Backbone(name=name, **inputs)
    try_on_meta(Model(), network, OWN_CROP)
    if weights is not None:
        fit_to_features(network, read_tensors(weights), OWN_CROP, str(weights))
        source = {"source": "file", "path": str(weights), "pretraining": f"as in {weights.name}"}
        why = f"weights from {weights}"
    else:
        source, why = _on_hub(name, trained)
    role = {"name": name, "label": name, **inputs, "weights": source}
    changes = {**on_a_cnn["changes"], "backbones": {"cnn": role}}
    return Beginning("biq2021", **on_a_cnn | {"why": why, "changes": changes})


def _on_hub(name: str, trained: PretrainedCfg | None) -> tuple[dict[str, str], str]:
    """Return where timm knows weights of a model, and what a person should know of them.

    Raises:
        InputError: it knows none.
    """
    if trained is None or not trained.hf_hub_id:
        raise InputError(
            f"--backbone {name}: timm knows no weights of it on a hub; say which file has them, "
            f"with --weights FILE"
        )
    source = {"source": "hub", "repository": trained.hf_hub_id, "revision": "main"}
    taught = (trained.tag or "unknown").replace("_", " ")
    licence = f", licence {trained.license}" if trained.license else ""
    why = f"weights of {trained.hf_hub_id} from a model hub{licence}; best on a GPU"
    return source | {"pretraining": taught}, why
