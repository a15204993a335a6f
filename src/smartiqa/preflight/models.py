"""Can every model be built, and do the weights that are here fit?"""

from __future__ import annotations

import logging
from functools import partial

import torch

from smartiqa.config.backbone import HubWeights, RandomWeights
from smartiqa.config.experiment import Experiment
from smartiqa.config.study import BackboneRole
from smartiqa.core.errors import InputError
from smartiqa.models.counting import count_parameters
from smartiqa.models.pretrained import fitting_tensors, locate
from smartiqa.models.quality import try_on_meta
from smartiqa.preflight.findings import Findings
from smartiqa.preflight.work import Work
from smartiqa.reruns.settling import named
from smartiqa.training.whole_batch import check_together

Parameters = dict[str, int]  # by experiment


def check_models(work: Work, found: Findings) -> Parameters:
    """Try every model that a training is planned for, without content; return their sizes."""
    sizes: dict[str, int | InputError] = {}  # by what shapes a model
    parameters: Parameters = {}
    wrong: dict[str, list[str]] = {}
    experiments = work.experiments
    for name in dict.fromkeys(name for name, _ in work.trainings):
        experiment = experiments[name]
        key = experiment.model.model_dump_json() + experiment.backbone.model_dump_json()
        if key not in sizes:
            sizes[key] = _size_of(experiment)
        if isinstance(size := sizes[key], InputError):
            wrong.setdefault(str(size), []).append(name)
        else:
            parameters[name] = size
    for problem, names in wrong.items():
        found.error(f"{named(names)}: {problem}")
    return parameters


def check_processes(work: Work, found: Findings) -> None:
    """Check that the processes which are to train a model together can do that."""
    processes = work.study.schedule.processes
    gpus = 0 if work.study.compute.device == "cpu" else torch.cuda.device_count()
    experiments = work.experiments
    for name in dict.fromkeys(name for name, _ in work.trainings):
        check = partial(check_together, experiments[name], processes, gpus)
        found.attempt("schedule.processes", check)


def _size_of(experiment: Experiment) -> int | InputError:
    try:
        model = try_on_meta(experiment.model, experiment.backbone, experiment.crop)
    except InputError as problem:
        return problem
    return count_parameters(model)


def check_weights(work: Work, found: Findings) -> None:
    """Check the files of weights that are to be brought into form; a hub's are not there yet."""
    logging.getLogger("timm").setLevel(logging.ERROR)  # it tells every tensor that is not used
    used = {experiment.model.backbone for experiment in work.experiments.values()}
    for role, backbone in work.study.backbones.items():
        if role in used and work.brings(role):
            _check(role, backbone, work, found)


def _check(role: str, backbone: BackboneRole, work: Work, found: Findings) -> None:
    weights = backbone.weights
    where = f"backbones.{role}"
    if isinstance(weights, RandomWeights):
        return
    if isinstance(weights, HubWeights):
        if not work.is_there("weights", f"{role}.safetensors"):
            found.note(f"{where}: weights of {weights.repository} will be downloaded")
        return
    path = found.attempt(where, partial(locate, weights, work.results / "weights" / "downloads"))
    if path is not None:
        crop = work.study.crop_of(role)
        found.attempt(where, partial(fitting_tensors, backbone.network, weights, crop, path))
