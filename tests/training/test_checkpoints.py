from __future__ import annotations

import pickle
import resource
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from smartiqa.core.errors import InputError
from smartiqa.core.files import DIGESTS
from smartiqa.models.backbones import load_weights
from smartiqa.provenance.identity import Identity
from smartiqa.training.checkpoints import (
    STATE_KEYS,
    copy_weights,
    load_state,
    save_state,
    save_weights,
)

IDENTITY = Identity(
    code="0123",
    settings={"recipe": {"epochs": 2}, "seed": 1},
    versions={"torch": "2.15.0"},
    data={"manifest": "a" * 64, "store": "b" * 64, "weights": "c" * 64},
    device="cpu",
    number_format="float32",
)
CONTENT = IDENTITY.model_dump(mode="json")


def network(width: int = 4) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, width, 3), nn.BatchNorm2d(width))


def test_a_copy_does_not_follow_the_model() -> None:
    model = network()
    copied = copy_weights(model)
    before = {name: tensor.clone() for name, tensor in copied.items()}
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1)
    assert all(copied[name].equal(before[name]) for name in before)
    assert not copied["0.weight"].equal(model.state_dict()["0.weight"])
    assert not any(tensor.requires_grad for tensor in copied.values())


def test_weights_come_back_bit_by_bit_whatever_their_layout(tmp_path: Path) -> None:
    model = network().to(memory_format=torch.channels_last)
    model(torch.randn(2, 3, 8, 8))  # moves the running statistics
    save_weights(tmp_path / "best.safetensors", copy_weights(model))
    other = network()
    load_weights(other, tmp_path / "best.safetensors")
    for name, tensor in model.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            assert tensor.equal(other.state_dict()[name]), name


def test_equal_weights_give_equal_bytes(tmp_path: Path) -> None:
    weights = copy_weights(network())
    save_weights(tmp_path / "a.safetensors", weights)
    save_weights(tmp_path / "b.safetensors", dict(reversed(weights.items())))
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "best.safetensors"
    save_weights(file, copy_weights(network()))
    before = file.read_bytes()
    shared = torch.zeros(3)
    with pytest.raises(RuntimeError, match="share memory"):
        save_weights(file, {"a": shared, "b": shared})
    assert file.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {DIGESTS, "best.safetensors"}
    assert set(load_file(file)) == set(network().state_dict())


def test_a_checkpoint_of_another_configuration_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "best.safetensors"
    save_weights(file, copy_weights(network()))
    with pytest.raises(InputError, match=r"best\.safetensors does not fit: .*0\.weight \[4, 3"):
        load_weights(network(width=5), file)
    with pytest.raises(InputError, match=r"missing 2\.weight"):
        load_weights(network().append(nn.Linear(1, 1)), file)
    with pytest.raises(InputError, match=r"nowhere\.safetensors: no such file"):
        load_weights(network(), tmp_path / "nowhere.safetensors")


def test_a_state_comes_back_under_its_identity_only(tmp_path: Path) -> None:
    file = tmp_path / "unfinished.pt"
    state = {key: {} for key in STATE_KEYS} | {
        "identity": CONTENT,
        "model": {"w": torch.arange(3)},
        "progress": {"history": [{"x": 0.1}]},
    }
    save_state(file, state)
    found = load_state(file, IDENTITY)
    assert found is not None
    assert found["model"]["w"].equal(torch.arange(3))
    assert found["progress"] == state["progress"]
    assert load_state(tmp_path / "nowhere.pt", IDENTITY) is None


@pytest.mark.parametrize("key", STATE_KEYS)
def test_a_state_that_lacks_a_key_is_ignored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, key: str
) -> None:
    file = tmp_path / "unfinished.pt"
    save_state(file, {"identity": CONTENT} | {name: {} for name in STATE_KEYS if name != key})
    assert load_state(file, IDENTITY) is None
    assert caplog.messages == [f"{file} lacks '{key}' and is not used: training starts anew"]


DIFFERENT = {
    "code": "4567",
    "settings": {"recipe": {"epochs": 3}, "seed": 1},
    "versions": {"torch": "2.14.0"},
    "data": {"manifest": "a" * 64, "store": "b" * 64, "weights": "d" * 64},
    "device": "cpu of another kind",
    "number_format": "bfloat16",
}


@pytest.mark.parametrize("field", DIFFERENT)
def test_the_state_of_another_run_is_named_and_ignored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, field: str
) -> None:
    file = tmp_path / "unfinished.pt"
    save_state(file, {"identity": CONTENT | {field: DIFFERENT[field]}})
    assert load_state(file, IDENTITY) is None
    [message] = caplog.messages
    named = {
        "code": "code 4567, now 0123",
        "settings": "settings.recipe.epochs 3, now 2",
        "versions": "versions.torch 2.14.0, now 2.15.0",
        "data": f"data.weights {'d' * 16}, now {'c' * 16}",
        "device": "device cpu of another kind, now cpu",
        "number_format": "number_format bfloat16, now float32",
    }
    assert message == f"{file} is of another run and is not used: {named[field]}"


def test_a_training_whose_gpu_is_gone_does_not_begin_anew_on_the_processor(tmp_path: Path) -> None:
    file = tmp_path / "unfinished.pt"
    gone = {"device": "cuda A GPU", "number_format": "bfloat16"}
    save_state(file, {"identity": CONTENT | gone})
    with pytest.raises(InputError, match=r"unfinished\.pt is of a training on cuda A GPU, and"):
        load_state(file, IDENTITY)
    assert file.is_file()
    save_state(file, {"identity": CONTENT | gone | {"code": "4567"}})  # of no use any more
    assert load_state(file, IDENTITY) is None


def test_every_field_of_an_identity_can_differ() -> None:
    assert set(DIFFERENT) == set(Identity.model_fields)


@pytest.mark.parametrize("kept", [0.0, 0.01, 0.5, 0.95])
def test_a_torn_state_is_ignored(tmp_path: Path, kept: float) -> None:
    file = tmp_path / "unfinished.pt"
    save_state(file, {"identity": CONTENT, "model": {"w": torch.arange(3000)}})
    content = file.read_bytes()
    file.write_bytes(content[: int(kept * len(content))])
    assert load_state(file, IDENTITY) is None


@pytest.mark.parametrize(
    "content", [b"not a state", b"hello", b"\x80\x02.", b"PK\x03\x04" + bytes(100)]
)
def test_what_is_no_state_is_ignored(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "unfinished.pt").write_bytes(content)
    assert load_state(tmp_path / "unfinished.pt", IDENTITY) is None


@pytest.mark.parametrize("content", [[1, 2], torch.zeros(3)])
def test_a_state_of_another_kind_is_ignored(tmp_path: Path, content: Any) -> None:
    torch.save(content, tmp_path / "unfinished.pt")
    assert load_state(tmp_path / "unfinished.pt", IDENTITY) is None


class Attack:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.target,)


def test_a_state_cannot_run_code(tmp_path: Path) -> None:
    target, file = tmp_path / "attacked", tmp_path / "unfinished.pt"
    file.write_bytes(pickle.dumps({"identity": CONTENT, "model": Attack(target)}, protocol=2))
    assert load_state(file, IDENTITY) is None
    torch.save({"identity": CONTENT, "model": Attack(target)}, file)
    assert load_state(file, IDENTITY) is None
    assert not target.exists()


@pytest.mark.parametrize("save", [save_weights, save_state], ids=["weights", "state"])
def test_a_full_disk_is_one_line_and_the_last_file_stays(save: Any, tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: the system refuses to write on."""
    file = tmp_path / "x.safetensors"
    save(file, {"a": torch.zeros(3)})
    before = file.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(
            InputError, match=r"x\.safetensors cannot be written( \(.*\))?; make room on"
        ):
            save(file, {"a": torch.zeros(100_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["x.safetensors"]
