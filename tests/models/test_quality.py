from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from model_configurations import (
    CONFIGURATIONS,
    CROP,
    HYPERIQA,
    SMALL_SWIN,
    SMART,
    fill_by_formula,
    images,
    label,
)
from safetensors.torch import load_file, save_file
from torch.utils._python_dispatch import TorchDispatchMode

from smartiqa.config.backbone import Backbone
from smartiqa.config.experiment import Model
from smartiqa.core.errors import InputError
from smartiqa.machine.precision import float32_products, set_float32_products
from smartiqa.models.quality import QualityModel, build_model, trunk_widths

BACKBONES = ("resnet50", "convnext_tiny", "tf_efficientnetv2_s", "efficientnet_lite0")


def small_model(model: Model = SMART, seed: int = 0) -> QualityModel:
    torch.manual_seed(seed)
    return build_model(model, SMALL_SWIN, CROP)


def without_gradient(model: QualityModel) -> list[str]:
    return [name for name, p in model.named_parameters() if p.grad is None]


@pytest.mark.parametrize("model", CONFIGURATIONS, ids=label)
def test_every_configuration_trains_and_survives_saving(model, tmp_path):
    quality_model = small_model(model)
    optimiser = torch.optim.AdamW(quality_model.parameters(), lr=1e-3)
    before = quality_model(images(2)).scores
    (before - 50).abs().mean().backward()
    assert without_gradient(quality_model) == []
    optimiser.step()
    quality_model.eval()
    with torch.no_grad():
        expected = quality_model(images(2)).scores
    assert not torch.equal(expected, before)

    save_file(quality_model.state_dict(), tmp_path / "model.safetensors")
    restored = small_model(model, seed=1).eval()
    restored.load_state_dict(load_file(tmp_path / "model.safetensors"))
    with torch.no_grad():
        assert torch.equal(restored(images(2)).scores, expected)


@pytest.mark.parametrize("model", CONFIGURATIONS[::5], ids=label)
def test_an_image_has_the_same_score_in_any_batch(model):
    quality_model = small_model(model).eval()
    fill_by_formula(quality_model)
    batch = images(5)
    order = torch.tensor([3, 0, 4, 1, 2])
    with torch.no_grad():
        scores = quality_model(batch).scores
        alone = torch.cat([quality_model(image[None]).scores for image in batch])
        permuted = quality_model(batch[order]).scores
    assert scores.std() > 1e-3  # images differ by far more than the tolerance
    tolerance = {"atol": 1e-5, "rtol": 1e-5}
    torch.testing.assert_close(alone, scores, **tolerance)
    torch.testing.assert_close(permuted, scores[order], **tolerance)


def test_evaluation_is_deterministic_and_training_drops_out():
    backbone = SMALL_SWIN.model_copy(update={"dropout": 0.3, "drop_path": 0.2})
    quality_model = build_model(SMART, backbone, CROP)
    with torch.no_grad():
        quality_model.eval()
        assert torch.equal(quality_model(images(2)).scores, quality_model(images(2)).scores)
        quality_model.train()
        assert not torch.equal(quality_model(images(2)).scores, quality_model(images(2)).scores)


def test_rates_of_the_model_take_precedence_over_the_backbones():
    backbone = SMALL_SWIN.model_copy(update={"dropout": 0.3, "drop_path": 0.2})

    def rates(model: Model) -> tuple[set[float], set[float]]:
        built = build_model(model, backbone, CROP)
        dropout = {m.p for m in built.regressor.modules() if isinstance(m, torch.nn.Dropout)}
        drop_path = {m.drop_prob for m in built.modules() if type(m).__name__ == "DropPath"}
        return dropout, drop_path

    dropout, drop_path = rates(SMART)
    assert dropout == {0.3}
    assert max(drop_path) == pytest.approx(0.2)
    assert rates(Model(dropout=0.1, drop_path=0.0)) == ({0.1}, {0.0})


def test_the_gates_own_dropout_stays_as_published():
    built = small_model(Model(dropout=0.0))
    assert [m.p for m in built.fusion.modules() if isinstance(m, torch.nn.Dropout)] == [0.5]


@pytest.mark.parametrize("model", CONFIGURATIONS[::7], ids=label)
def test_mixed_precision_agrees_with_float32(model):
    """The deviation stays below a tenth of the spread of scores (measured: 0.02 to 0.07)."""
    quality_model = small_model(model).eval()
    fill_by_formula(quality_model)
    with torch.no_grad():
        exact = quality_model(images(8)).scores
        with torch.autocast("cpu", dtype=torch.bfloat16):
            mixed = quality_model(images(8)).scores
    assert mixed.dtype == torch.float32
    assert not torch.equal(mixed, exact)
    assert (mixed - exact).square().mean().sqrt() < 0.1 * exact.std()


class WatchedProducts(TorchDispatchMode):
    """Notes how a GPU would multiply at each convolution and matrix product."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, operation, types, arguments=(), options=None):
        name = operation.overloadpacket.__name__
        if name in {"addmm", "baddbmm", "convolution", "mkldnn_linear", "mm"}:
            self.seen.append((name, float32_products()))
        return operation(*arguments, **(options or {}))


@pytest.mark.parametrize(("regressor", "layer"), [("hyper_network", "baddbmm"), ("fixed", "addmm")])
@pytest.mark.parametrize("mixed", [True, False])
def test_pixels_and_scores_are_multiplied_in_full(regressor, layer, mixed, restored_products):
    model = small_model(Model(regressor=regressor)).eval()
    set_float32_products("tf32")
    with torch.autocast("cpu", torch.bfloat16, enabled=mixed), WatchedProducts() as watched:
        model(images(2))
    assert watched.seen[0] == ("convolution", "ieee")  # cuts the image into patches
    assert watched.seen[-5:] == [(layer, "ieee")] * 5  # the target network, or the fixed regressor
    assert {kind for _, kind in watched.seen[1:-5]} == {"tf32"}
    assert float32_products() == "tf32"


def test_output_shapes():
    output = small_model()(images(3))
    assert output.scores.shape == (3,)
    assert output.attention.shape == (3, 4)
    assert output.target_input.shape == (3, 224)
    sizes = [224, 112, 56, 28, 14, 1]
    layers = list(pairwise(sizes))
    assert [tuple(w.shape) for w, _ in output.generated] == [(3, out, fan) for fan, out in layers]
    assert [tuple(b.shape) for _, b in output.generated] == [(3, out) for out in sizes[1:]]


def test_what_a_configuration_lacks_is_none():
    output = small_model(Model(hyper_input="last_stage", gate="none", regressor="fixed"))(images(2))
    assert output.attention is None
    assert output.generated is None


@pytest.mark.parametrize("name", BACKBONES)
@pytest.mark.parametrize("crop", [112, 224])
def test_any_backbone_of_four_or_five_stages_trains(name, crop):
    with torch.device("meta"):
        quality_model = build_model(Model(projection="own_width"), Backbone(name=name), crop)
        output = quality_model(torch.empty(2, 3, crop, crop))
    output.scores.sum().backward()
    assert output.scores.shape == (2,)
    assert output.target_input.shape == (2, 224)
    assert without_gradient(quality_model) == []


def test_parameter_groups_share_nothing_and_miss_nothing():
    quality_model = small_model()
    groups = (quality_model.backbone_parameters(), quality_model.head_parameters())
    assert all(isinstance(group, list) for group in groups)
    backbone, head = ({id(p) for p in group} for group in groups)
    assert backbone.isdisjoint(head)
    assert backbone | head == {id(p) for p in quality_model.parameters()}


def test_local_distortion_layers_train_at_the_backbones_rate_as_published():
    quality_model = small_model(HYPERIQA)
    backbone = {id(p) for p in quality_model.backbone_parameters()}
    assert {id(p) for p in quality_model.target_input.parameters()} <= backbone
    assert len(quality_model.head_parameters()) == 26  # counted in the published HyperIQA


def test_published_initialisation():
    quality_model = small_model()
    gate = quality_model.fusion.gate.layers
    hyper = quality_model.regressor.hyper_network
    assert gate[0].weight.std().item() == pytest.approx(0.01, rel=0.02)
    assert gate[0].bias.abs().max() == 0
    for layer in (hyper.weights[0], hyper.biases[0], quality_model.target_input.projections[3]):
        fan_in = layer.weight[0].numel()
        assert layer.weight.std().item() == pytest.approx((2 / fan_in) ** 0.5, rel=0.02)
    first = hyper.trunk[0]  # PyTorch's default: uniform within 1 / sqrt(fan in)
    assert first.weight.abs().max().item() == pytest.approx(first.in_channels**-0.5, rel=0.01)


def test_trunk_widths_are_the_published_ones():
    assert trunk_widths(2048) == (1024, 512, 112)  # HyperIQA, ResNet-50
    assert trunk_widths(768) == trunk_widths(1024) == (512, 256, 112)  # SMART-IQA, all sizes
    assert trunk_widths(320) == (256, 128, 112)
    assert trunk_widths(64) == (112, 112, 112)


@pytest.mark.parametrize(("crop", "fits"), [(28, "at least 32"), (30, "multiple of 4")])
def test_a_crop_that_no_region_fits_is_refused(crop, fits):
    with pytest.raises(InputError, match=f"crop {crop} .*{fits}"):
        build_model(SMART, Backbone(name="resnet50"), crop)
