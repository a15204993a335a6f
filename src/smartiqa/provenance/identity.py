"""What a training is: everything that can change its result, and nothing else.

Three things are kept apart. The *identity* is defined here; it keys resumed states, reruns, shared
results and archives. The *record* (`smartiqa.machine.record`) is what was there when it ran. The
*schedule* (`smartiqa.config.experiment.Schedule`) is what a scheduler needs.

Everything that computes belongs to the identity with its version: a run under another PyTorch is
another run. Not so Python, which only carries numbers about, and build labels (`2.11.0+cpu`),
which the kind of device tells.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from smartiqa.config.experiment import Experiment
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import read_json
from smartiqa.core.strict import Strict, validated
from smartiqa.provenance.code_digest import code_digest, reach

FILE = "identity.json"
TRAINING = "smartiqa.training.run"
# Packages that read, check, show or write values, but compute none. Any other one counts.
CARRIERS = {
    "huggingface_hub", "openpyxl", "pandas", "pyarrow", "pydantic", "requests", "safetensors",
    "tqdm", "typer", "yaml",
}  # fmt: skip
DISTRIBUTIONS = {"PIL": "pillow", "skimage": "scikit-image", "sklearn": "scikit-learn"}


class Planned(Strict):
    """The part of an identity that is known before anything runs.

    Attributes:
        code: digest of the code that the settings can reach.
        settings: of the experiment, with the seed; its name is a label and no part of it.
        versions: of the packages that compute.
    """

    code: str
    settings: dict[str, Any]
    versions: dict[str, str]

    @property
    def text(self) -> str:
        """Everything as text; what is equal has equal text on every machine."""
        return canonical_json(self.model_dump(mode="json"))

    @property
    def digest(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class Identity(Planned):
    """All that can change the result of a training.

    Attributes:
        data: SHA-256 of what it reads, by name: manifest, store and initial weights.
        device: kind of the device, `cpu` with its instructions or `cuda` with its product.
        number_format: what the model computes in.
    """

    data: dict[str, str]
    device: str
    number_format: str


def canonical_json(content: Any) -> str:
    """Write content as one line of JSON, the same whatever the order of its keys."""
    return json.dumps(content, sort_keys=True, allow_nan=False, separators=(",", ":"))


def planned_training(experiment: Experiment, seed: int) -> Planned:
    """Return what is known of a training's identity before its inputs are there.

    Nothing heavy is imported, so the workflow can ask for it.
    """
    return Planned(
        code=code_digest([TRAINING], experiment),
        settings={**experiment.model_dump(mode="json", exclude={"id"}), "seed": seed},
        versions=versions_of(computing_packages([TRAINING], experiment)),
    )


def identity_of_training(
    experiment: Experiment, seed: int, data: Mapping[str, str], device: str, number_format: str
) -> Identity:
    """Return the identity of a training; see `Identity` for the arguments."""
    return Identity(
        **vars(planned_training(experiment, seed)),
        data=dict(data),
        device=device,
        number_format=number_format,
    )


def computing_packages(modules: Iterable[str], settings: Strict | None = None) -> list[str]:
    """List the third-party packages that compute in code that `modules` can reach."""
    found = reach(modules, settings).packages - CARRIERS
    return sorted(DISTRIBUTIONS.get(name, name.replace("_", "-")) for name in found)


def versions_of(packages: Iterable[str]) -> dict[str, str]:
    """Return the installed versions without labels of builds; "none" for what is not installed."""
    return {name: _version(name) for name in packages}


@functools.cache
def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package).partition("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return "none"


def read_identity(path: Path) -> Identity:
    """Read an identity that was written beside a run.

    Raises:
        InputError: the file is missing or damaged, is no JSON, or misses a field or has one too
            many.
    """
    return validated(Identity, read_json(path, stage="train"), str(path))


def identity_of_text(text: bytes, where: str) -> Identity:
    """Return the identity that JSON stands for; `where` begins the message if it stands for none.

    Raises:
        InputError: it is no JSON, or misses a field or has one too many.
    """
    try:
        content = json.loads(text)
    except ValueError as error:
        raise InputError(f"{where} is no identity of a run ({error}); train anew") from None
    return validated(Identity, content, where)


def differences(ours: Planned, other: Mapping[str, Any]) -> Iterator[str]:
    """Yield what differs between an identity and the content of another, by dotted keys."""
    yield from _differing(ours.model_dump(mode="json"), other, "")


def _differing(ours: Mapping[str, Any], other: Mapping[str, Any], path: str) -> Iterator[str]:
    for key in sorted({*ours, *other}):
        a, b = ours.get(key), other.get(key)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            yield from _differing(a, b, f"{path}{key}.")
        elif a != b:
            yield f"{path}{key} {_shown(b)}, now {_shown(a)}"


def _shown(value: Any) -> str:
    is_digest = isinstance(value, str) and len(value) == hashlib.sha256().digest_size * 2
    return str(value)[:16] if is_digest else canonical_json(value).strip('"')
