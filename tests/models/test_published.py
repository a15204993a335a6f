from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from model_configurations import formula_tensor
from safetensors.torch import save_file

from smartiqa.core.errors import InputError
from smartiqa.models.backbones import CONSTANT_BUFFERS
from smartiqa.models.counting import published_configurations
from smartiqa.models.published import load_published, published_names
from smartiqa.models.quality import QualityModel, build_model, build_on_meta

REFERENCE = Path(__file__).parent / "reference"
FILES = {
    "HyperIQA": "hyperiqa_resnet50.json",
    "SMART-Tiny": "smart_swin_tiny_multiscale_attention.json",
}
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
LAYERS = range(1, 6)


def reference(name: str) -> dict:
    return json.loads((REFERENCE / FILES[name]).read_text())


def published_state(name: str) -> dict[str, torch.Tensor]:
    state = reference(name)["state"]
    return {tensor: formula_tensor(tensor, shape) for tensor, shape in state.items()}


def untrained(name: str) -> QualityModel:
    return build_model(*published_configurations()[name], crop=224).eval()


def normalised_images(seed: int, n: int) -> torch.Tensor:
    images = np.random.RandomState(seed).random_sample((n, 3, 224, 224)).astype(np.float32)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))
    return (torch.from_numpy(images) - mean) / std


def assert_equal(ours: torch.Tensor, published: list) -> None:
    """Within 1e-4 of the largest published value of the tensor."""
    expected = torch.tensor(published).view_as(ours)
    torch.testing.assert_close(ours, expected, rtol=0, atol=1e-4 * expected.abs().max().item())


@pytest.fixture(scope="module", params=FILES)
def parity(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("published") / "checkpoint.pkl"
    torch.save(published_state(request.param), path)
    model = untrained(request.param)
    load_published(model, path)
    expected = reference(request.param)
    with torch.no_grad():
        return model(normalised_images(**expected["input"])), expected


def test_scores_are_the_published_ones(parity):
    output, expected = parity
    assert_equal(output.scores, expected["scores"])


def test_attention_is_the_published_one(parity):
    output, expected = parity
    if "attention" in expected:
        assert_equal(output.attention, expected["attention"])
    else:
        assert output.attention is None


def test_target_input_is_the_published_one(parity):
    output, expected = parity
    assert_equal(output.target_input[:, :8], expected["target_in_vec_first8"])


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("kind", ["w", "b"])
def test_generated_tensors_are_the_published_ones(parity, layer, kind):
    output, expected = parity
    published = expected["generated"][f"target_fc{layer}{kind}"]
    ours = output.generated[layer - 1][0 if kind == "w" else 1]
    assert list(ours.shape[1:]) == published["shape"][:2]
    first = ours.flatten(1)[:, :4]
    assert_equal(first, published["first4_of_each"])
    assert ours.mean().item() == pytest.approx(published["mean"], rel=1e-3, abs=1e-5)
    assert ours.std().item() == pytest.approx(published["std"], rel=1e-4)


def swin_names(blocks_of_third_stage: int, *, attention: bool) -> set[str]:
    """Published tensor names of a Swin's size and fusion, spelled from the reference of Tiny."""
    names = set(reference("SMART-Tiny")["state"])
    block = [name for name in names if "layers_2.blocks.0." in name]
    for index in range(6, blocks_of_third_stage):
        names |= {name.replace("blocks.0.", f"blocks.{index}.") for name in block}
    return {name for name in names if attention or not name.startswith("multiscale_attention.")}


@pytest.mark.parametrize("size", ["Tiny", "Small", "Base"])
@pytest.mark.parametrize("fusion", ["", ", multi-scale", ", single scale"])
def test_names_of_every_size_and_fusion(size, fusion):
    model = build_on_meta(*published_configurations()[f"SMART-{size}{fusion}"], crop=224)
    names = published_names(model, {"swin.anything": torch.zeros(1)})
    expected = swin_names(6 if size == "Tiny" else 18, attention=fusion == "")
    assert {name for name in names if not name.endswith(CONSTANT_BUFFERS)} == expected


def test_a_single_scale_checkpoint_loads(tmp_path):
    shapes = reference("SMART-Tiny")["state"] | {"conv1.0.weight": [512, 768, 1, 1]}
    names = swin_names(6, attention=False)
    state = {name: formula_tensor(name, shapes[name]) for name in sorted(names)}
    torch.save(state, tmp_path / "checkpoint.pkl")
    model = untrained("SMART-Tiny, single scale")
    load_published(model, tmp_path / "checkpoint.pkl")
    trunk = model.regressor.hyper_network.trunk
    assert torch.equal(trunk[0].weight, state["conv1.0.weight"])
    assert torch.equal(trunk[4].bias, state["conv1.4.bias"])


@pytest.fixture(scope="module")
def hyperiqa():
    return published_state("HyperIQA")


@pytest.mark.parametrize("wrapper", ["plain", "wrapped", "parallel", "safetensors", "old_timm"])
def test_forms_in_which_checkpoints_come(wrapper, hyperiqa, tmp_path):
    path = tmp_path / ("checkpoint.safetensors" if wrapper == "safetensors" else "checkpoint.pth")
    state = dict(hyperiqa)
    if wrapper == "parallel":
        state = {f"module.{name}": tensor for name, tensor in state.items()}
    if wrapper == "old_timm":
        state["res.bn1.num_batches_tracked"] = torch.tensor(7)
        state["res.layer1.attn_mask"] = torch.zeros(2, 2)
    if wrapper == "safetensors":
        save_file(state, path)
    else:
        torch.save({"model_state_dict": state, "epoch": 3} if wrapper == "wrapped" else state, path)
    model = untrained("HyperIQA")
    load_published(model, path)
    loaded = model.state_dict()["regressor.hyper_network.weights.4.weight"]
    assert torch.equal(loaded, hyperiqa["fc5w_fc.weight"])


def test_a_mismatch_names_the_tensors_as_in_the_file(hyperiqa, tmp_path):
    state = dict(hyperiqa)
    del state["fc1b_fc.bias"]
    state["extra.weight"] = torch.zeros(1)
    state["res.lda1_fc.weight"] = torch.zeros(16, 3)
    torch.save(state, tmp_path / "checkpoint.pth")
    with pytest.raises(InputError) as error:
        load_published(untrained("HyperIQA"), tmp_path / "checkpoint.pth")
    assert str(error.value).endswith(
        "checkpoint.pth does not fit this model: missing fc1b_fc.bias; unexpected extra.weight; "
        "of another shape res.lda1_fc.weight [16, 3] instead of [16, 1024]"
    )


def test_a_checkpoint_of_another_configuration_says_what_fits(hyperiqa, tmp_path):
    torch.save(hyperiqa, tmp_path / "checkpoint.pth")
    message = "checkpoint of HyperIQA: backbone resnet50, hyper_input last_stage, gate none$"
    with pytest.raises(InputError, match=message):
        load_published(untrained("SMART-Tiny"), tmp_path / "checkpoint.pth")


class Malicious:
    def __reduce__(self):
        return (print, ("this must never run",))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        (pickle.dumps({"weight": Malicious()}, protocol=2), "tensors only"),
        (b"not a checkpoint", r"tensors only, .*; give a \.safetensors file"),
        ([1, 2], "no state dict"),
        ({"a": 1.0}, "no state dict"),
    ],
)
def test_only_tensors_are_read(content, message, tmp_path, capsys):
    path = tmp_path / "checkpoint.pth"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(InputError, match=f"checkpoint.pth: .*{message}"):
        load_published(untrained("HyperIQA"), path)
    assert capsys.readouterr().out == ""
