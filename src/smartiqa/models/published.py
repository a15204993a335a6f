"""Import of the checkpoints that the authors of HyperIQA and SMART-IQA released."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path

from torch import Tensor

from smartiqa.core.errors import InputError
from smartiqa.models.backbones import STAGES, mismatches
from smartiqa.models.counting import PUBLISHED_CROP, published_configurations
from smartiqa.models.quality import TARGET_SIZES, QualityModel, build_on_meta
from smartiqa.models.tensor_files import likeness, read_tensors


def load_published(model: QualityModel, path: Path) -> None:
    """Load a released checkpoint of HyperIQA or SMART-IQA into a model of the same configuration.

    Nothing but tensors is unpickled, so that a checkpoint cannot run code.

    Raises:
        InputError: the file is not readable, or its tensors do not fit; they are named as in the
            file, together with the published configuration that would fit, if there is one.
    """
    given = read_tensors(path)
    names = published_names(model, given)
    expected = model.state_dict()
    problems = mismatches({theirs: expected[ours] for theirs, ours in names.items()}, given)
    if problems:
        raise InputError(f"{path} does not fit this model: {problems}{_fitting(given)}")
    known = {names[theirs]: tensor for theirs, tensor in given.items() if theirs in names}
    model.load_state_dict(known, strict=False)


def published_names(model: QualityModel, given: Mapping[str, Tensor]) -> dict[str, str]:
    """Map the published name of each tensor of `model` to ours.

    HyperIQA keeps its backbone under ``res.``, SMART-IQA under ``swin.``; `given` tells which one
    to use. Tensors that no published model has keep their name.
    """
    prefixes = _published_prefixes(hyperiqa=any(name.startswith("res.") for name in given))

    def published(ours: str) -> str:
        for prefix, theirs in prefixes.items():
            if ours.startswith(prefix):
                return theirs + ours.removeprefix(prefix)
        return ours

    return {published(ours): ours for ours in model.state_dict()}


def _published_prefixes(*, hyperiqa: bool) -> dict[str, str]:
    root = "res." if hyperiqa else "swin."
    prefixes = {
        "backbone.network.": root if hyperiqa else root + "backbone.",
        "fusion.gate.layers.": "multiscale_attention.attention_net.",
        "regressor.hyper_network.trunk.": "conv1.",
    }
    for stage in range(STAGES):
        prefixes[f"target_input.reductions.{stage}."] = f"{root}lda{stage + 1}_pool.0."
        prefixes[f"target_input.projections.{stage}."] = f"{root}lda{stage + 1}_fc."
    layers = len(TARGET_SIZES) - 1
    for layer in range(layers):
        kind = "fc" if layer == layers - 1 else "conv"
        prefixes[f"regressor.hyper_network.weights.{layer}."] = f"fc{layer + 1}w_{kind}."
        prefixes[f"regressor.hyper_network.biases.{layer}."] = f"fc{layer + 1}b_fc."
    return prefixes


def _fitting(given: Mapping[str, Tensor]) -> str:
    """Say which published configuration has exactly the tensors of `given`."""
    if (label := published_label(given)) is None:
        return ""
    model, backbone = published_configurations()[label]
    return (
        f"; it is a checkpoint of {label}: backbone {backbone.name}, hyper_input "
        f"{model.hyper_input}, gate {model.gate}"
    )


def published_label(given: Mapping[str, Tensor]) -> str | None:
    """Return the name of the published configuration that has exactly the tensors of `given`."""
    found = (label for label, state in _published_states(given) if not mismatches(state, given))
    return next(found, None)


def nearest_published(given: Mapping[str, Tensor]) -> str:
    """Say which published configuration `given` is most like, and what differs; "" if none is."""
    states = dict(_published_states(given))
    nearest = max(states, key=lambda label: likeness(states[label], given))
    if not likeness(states[nearest], given):
        return ""
    return f"the nearest is {nearest}: {mismatches(states[nearest], given)}"


def _published_states(given: Mapping[str, Tensor]) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """Yield the tensors of each published configuration, without content, by their names there."""
    for label, built in _published_models().items():
        state, names = built.state_dict(), published_names(built, given)
        yield label, {theirs: state[ours] for theirs, ours in names.items()}


@functools.cache
def _published_models() -> dict[str, QualityModel]:
    return {
        label: build_on_meta(*configuration, PUBLISHED_CROP)
        for label, configuration in published_configurations().items()
    }
