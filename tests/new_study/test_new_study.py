"""From a folder of images and a table of scores to a study that the workflow can load."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

from command_line import smartiqa
from smartiqa.config.backbone import HubWeights
from smartiqa.config.study import Study, load_catalogue, load_study
from smartiqa.core.errors import InputError
from smartiqa.data.adapters import Scale
from smartiqa.data.datasets import folder as folder_adapter
from smartiqa.data.needs import LEAST
from smartiqa.new_study.backbones import beginning
from smartiqa.new_study.survey import shares_of
from smartiqa.provenance.code_digest import SOURCE

ROOT = SOURCE.parents[1]


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the configuration of the repository, where commands are called."""
    shutil.copytree(ROOT / "workflow" / "config", tmp_path / "workflow" / "config")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(count: int) -> list[str]:
    return [f"im {number}.png" for number in range(count)]


def photos(folder: Path, count: int, seed: int = 0) -> Path:
    folder.mkdir(parents=True)
    for number, name in enumerate(names(count)):
        noise = np.random.default_rng([seed, number]).integers(0, 256, (40, 48, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / name)
    return folder


def labelled(folder: Path, count: int = 30, *, seed: int = 0, **columns: Any) -> Path:
    """Images with `labels.csv`, by default of a MOS of 1 to 5."""
    photos(folder, count, seed)
    columns = columns or {"image": names(count), "score": np.linspace(1.2, 4.8, count)}
    pd.DataFrame(columns).to_csv(folder / "labels.csv", index=False)
    return folder


def study(name: str = "mine") -> Study:
    return load_study(Path("workflow", "config", f"{name}.yaml"))


@pytest.mark.parametrize(
    ("column", "ends", "options", "expected"),
    [
        ("score", (1.2, 4.8), {}, Scale(1, 5)),
        ("MOS", (0.02, 0.97), {}, Scale(0, 1)),
        ("MOS", (0, 4.5), {}, Scale(0, 5)),
        ("quality", (3, 96), {}, Scale(0, 100)),
        ("DMOS", (3, 96), {"better": "lower"}, Scale(0, 100, higher_is_better=False)),
        ("dmos", (1.1, 4.9), {"better": "higher"}, Scale(1, 5)),
        ("MOS", (0.2, 0.7), {"scale": "-1:1"}, Scale(-1, 1)),
    ],
)
def test_scale_and_direction(
    clone: Path,
    column: str,
    ends: tuple[float, float],
    options: dict[str, str],
    expected: Scale,
    capsys: pytest.CaptureFixture[str],
) -> None:
    labelled(clone / "data" / "a", file=names(30), **{column: np.linspace(*ends, 30)})
    smartiqa("new-study", "mine", images="data/a", **options)
    given = study().datasets["mine"].options
    found = Scale(given["low"], given["high"], given.get("higher_is_better", True))
    assert found == expected
    assert given["columns"] == {"image": "file"} | ({} if column == "score" else {"score": column})
    said = capsys.readouterr().out
    assert f"on a scale of {expected.low:g} to {expected.high:g}" in said
    assert f"direction: a {'high' if expected.higher_is_better else 'low'} score" in said
    assert said.splitlines()[-1] == "next: make paper STUDY=mine"


@pytest.mark.parametrize(("options", "told"), [({}, True), ({"scale": "1:9"}, False)])
def test_one_score_that_sets_the_scale_is_named(
    clone: Path, options: dict[str, str], told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    scores = np.append(np.linspace(1.2, 4.9, 29), 7.2)
    labelled(clone / "data" / "a", file=names(30), score=scores)
    smartiqa("new-study", "mine", images="data/a", **options)
    caution = "caution: only 1 of 30 scores lie beyond 1 to 5: 7.2; are they mistakes?"
    assert (caution in capsys.readouterr().out) == told


def test_the_table_of_scores_may_be_named_without_its_folder(clone: Path) -> None:
    folder = labelled(clone / "data" / "a")
    (folder / "labels.csv").rename(folder / "mos.csv")
    smartiqa("new-study", "mine", images="data/a", labels="mos.csv")
    assert study().datasets["mine"].options["labels"] == "mos.csv"


def test_a_folder_in_the_clone_is_named_from_there(clone: Path) -> None:
    """A link counts, wherever it leads: the study means the same in another clone."""
    outside = labelled(clone.parent / f"{clone.name}-photos")
    (clone / "data").mkdir()
    (clone / "data" / "link").symlink_to(outside)
    for images in ("data/link", f"{clone}/data/link"):
        smartiqa("new-study", "mine", "--replace", images=images)
        assert "root: data/link" in Path("workflow", "config", "mine.yaml").read_text()
    linked = clone.parent / f"{clone.name}-linked"
    (linked / "inner").mkdir(parents=True)
    (clone / "data" / "deep").symlink_to(linked / "inner")
    other = labelled(linked / "link")  # `data/link`, if the text alone were read
    smartiqa("new-study", "mine", "--replace", images="data/deep/../link")
    assert f"root: {other}" in Path("workflow", "config", "mine.yaml").read_text()
    smartiqa("new-study", "mine", "--replace", images=f"../{outside.name}")
    assert f"root: {outside}" in Path("workflow", "config", "mine.yaml").read_text()


def test_the_file_is_short_commented_and_inherits(clone: Path) -> None:
    labelled(clone / "data" / "a")
    smartiqa("new-study", "mine", images="data/a", title="Ä & 50 % #1: 'x'")
    text = Path("workflow", "config", "mine.yaml").read_text()
    assert len([line for line in text.splitlines() if not line.startswith("#")]) < 20
    assert text.splitlines()[0] == "# yaml-language-server: $schema=schemas/study.json"
    assert "30 images (18 train, 6 validation, 6 test)" in " ".join(text.split())
    found = study()
    assert found.datasets["mine"].title == "Ä & 50 % #1: 'x'"
    assert found.title == "Ä & 50 % #1: 'x', score"
    assert (
        found.backbones["cnn"] == load_study(Path("workflow/config/biq2021.yaml")).backbones["cnn"]
    )
    assert not set(yaml.safe_load(text)) & {"crop", "backbones", "synthesis"}


@pytest.mark.parametrize("name", ["2024_10", "on"])
def test_a_name_that_yaml_reads_as_something_else(clone: Path, name: str) -> None:
    labelled(clone / "data" / "a")
    smartiqa("new-study", name, images="data/a")
    assert study(name).training_dataset == name


@pytest.mark.parametrize(
    ("images", "crops"), [(2, 20), (36, 20), (200, 5), (999, 2), (1000, 1), (8400, 1)]
)
def test_of_few_images_an_epoch_has_several_crops(images: int, crops: int) -> None:
    catalogue = load_catalogue(ROOT / "workflow" / "config" / "experiments.yaml")
    for name in ("efficientnet-lite0", "demo", "demo-tiny"):
        begins = beginning(name, None, catalogue)
        found = begins.suited_to(images).changes.get("recipes", {})
        for recipe in begins.recipes:
            settings = found.get(recipe, {}).get("settings", {})
            assert settings.get("train_crops", 1) == crops
            assert settings.get("batch_size") == (8 if crops > 1 else None)
            assert settings.get("resize", "") == ("" if recipe == "cnn" else "aspect")
    paper = beginning("paper", None, catalogue)
    assert paper.suited_to(images) == paper  # it says itself how many


def test_three_datasets_with_options_once_or_for_each(clone: Path) -> None:
    for seed, (name, column) in enumerate({"a": "MOS", "b": "DMOS", "c": "MOS"}.items()):
        scores = {"image": names(20), column: np.linspace(1, 5, 20)}
        labelled(clone / "data" / name, 20, seed=seed, **scores)
    folders = ["data/a", "data/b", "data/c"]
    smartiqa(
        *("new-study", "mine"), images=folders, better=["higher", "lower", "higher"], scale="1:5"
    )
    found = study()
    assert found.cross_datasets == ("b", "c")
    assert found.cross_experiments == found.experiments == ("R0", "R3")
    assert [d.options.get("higher_is_better", True) for d in found.datasets.values()] == [
        *(True, False, True)
    ]
    assert [d.split.kind for d in found.datasets.values()] == ["random", "all_test", "all_test"]
    with pytest.raises(InputError, match="--better is given 2 times and --images 3 times"):
        smartiqa("new-study", "more", images=folders, better=["higher", "lower"])


def test_own_splits_contents_and_what_is_there_twice(clone: Path) -> None:
    count = 40
    parts = ["training"] * 24 + ["val"] * 8 + ["test"] * 8
    table = {"image": names(count), "score": np.linspace(1, 5, count)}
    labelled(clone / "data" / "a", count, **table, set=parts)
    smartiqa("new-study", "split", images="data/a")
    assert study("split").datasets["split"].split.kind == "official"
    assert study("split").datasets["split"].options["columns"] == {"split": "set"}
    labelled(clone / "data" / "b", count, **table, content=[f"c{k // 2}" for k in range(count)])
    smartiqa("new-study", "content", images="data/b")
    content = study("content").datasets["content"]
    assert (content.split.kind, content.split.keep_series) == ("by_reference", False)
    some = [f"c{k // 2}" if k < 8 else "" for k in range(count)]
    labelled(clone / "data" / "part", count, **table, ref=some)
    smartiqa("new-study", "part", images="data/part", content_column="ref")
    assert study("part").datasets["part"].split.keep_series  # it keeps a content together, too
    twice = labelled(clone / "data" / "c", count, **table)
    shutil.copy(twice / names(1)[0], twice / names(2)[1])
    smartiqa("new-study", "twice", images="data/c")
    assert study("twice").datasets["twice"].split.keep_series
    labelled(clone / "data" / "d", count, seed=5, **table)
    smartiqa("new-study", "once", images="data/d")
    assert not study("once").datasets["once"].split.keep_series


@pytest.mark.parametrize(("train", "validate"), [(7, 5), (8, 5), (13, 5), (20, 5), (30, 6)])
def test_of_an_own_split_only_what_validates_is_drawn(
    clone: Path, train: int, validate: int, capsys: pytest.CaptureFixture[str]
) -> None:
    count = train + 6
    table = {"image": names(count), "score": np.linspace(1, 5, count)}
    labelled(clone / "data" / "a", count, **table, split=["train"] * train + ["test"] * 6)
    smartiqa("new-study", "mine", images="data/a")
    counts = f"{train - validate} to train, {validate} to validate, 6 to test"
    assert counts in capsys.readouterr().out


def test_an_own_split_that_cannot_validate_is_refused(clone: Path) -> None:
    table = {"image": names(13), "score": np.linspace(1, 5, 13)}
    labelled(clone / "data" / "a", 13, **table, split=["train"] * 6 + ["test"] * 7)
    refused("has 6 training images and none that validate, which takes 7", images="data/a")


def test_few_contents_of_many_images_are_enough(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for contents in (4, 3):
        count = contents * 10
        content = [f"c{number // 10}" for number in range(count)]
        scores = np.tile(np.linspace(1, 5, 10), contents)
        table = {"image": names(count), "score": scores, "content": content}
        labelled(clone / "data" / f"of{contents}", count, **table)
    refused("its 3 contents are too few to train, validate and test on", images="data/of3")
    smartiqa("new-study", "mine", images="data/of4")
    said = capsys.readouterr().out
    assert "10 to train, 10 to validate, 20 to test" in said
    assert "caution: the test images show 2 contents, and a verdict on a difference takes 6" in said
    assert "an SRCC of 0.8 is known" not in said


@pytest.mark.parametrize(("each", "told"), [(1, "8 test images"), (3, "8 test contents")])
def test_an_interval_is_as_wide_as_contents_make_it(
    clone: Path, each: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of 40 contents a fifth tests, however many images each has."""
    content = [f"c{number // each}" for number in range(40 * each)]
    scores = np.linspace(1, 5, len(content))
    table = {"image": names(len(content)), "score": scores, "content": content}
    if each == 1:
        del table["content"]
    labelled(clone / "data" / "a", len(content), **table)
    smartiqa("new-study", "mine", images="data/a")
    said = capsys.readouterr().out
    assert f"caution: of {told}, an SRCC of 0.8 is known to about +-0.44 only" in said


def test_shares_suit_the_size() -> None:
    assert shares_of([1] * 12_000) == (0.7, 0.1, 0.2)
    assert shares_of([1] * 60) == (0.6, 0.2, 0.2)
    assert shares_of([2] * 10) == (0.4, 0.3, 0.3)
    for units in range(sum(LEAST.values()), 40):
        train, validation, test = shares_of([1] * units)
        assert train + validation + test == pytest.approx(1, abs=1e-9)
        assert round(units * validation) >= LEAST["validation"]
        assert round(units * test) >= LEAST["test"]


def test_a_model_of_timm_with_weights_from_a_file(clone: Path) -> None:
    import timm
    from safetensors.torch import save_file

    labelled(clone / "data" / "a")
    save_file(timm.create_model("resnet18").state_dict(), clone / "r18.safetensors")
    smartiqa(
        *("new-study", "mine"), images="data/a", backbone="resnet18", weights="r18.safetensors"
    )
    role = study().backbones["cnn"]
    assert (role.name, role.weights.source, role.precision) == ("resnet18", "file", None)
    with pytest.raises(InputError, match=r"r18\.safetensors does not fit resnet50"):
        smartiqa(
            *("new-study", "other"), images="data/a", backbone="resnet50", weights="r18.safetensors"
        )
    with pytest.raises(InputError, match=r"no model of timm; did you mean .*resnet18"):
        smartiqa("new-study", "other", images="data/a", backbone="resnett18")
    assert not Path("workflow", "config", "other.yaml").exists()


def test_a_model_of_timm_has_weights_on_a_hub(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labelled(clone / "data" / "a")
    given = {"images": "data/a"}
    refused("no weights 'nope' of resnet18, it has a1_in1k, ", backbone="resnet18.nope", **given)
    refused("timm knows no weights of it on a hub", backbone="legacy_xception", **given)
    refused("timm knows no weights of it on a hub", backbone="davit_huge", **given)
    smartiqa("new-study", "mine", backbone="vit_tiny_patch16_224.augreg_in21k", **given)
    role = study().backbones["cnn"]
    assert isinstance(role.weights, HubWeights)
    assert role.weights.repository == "timm/vit_tiny_patch16_224.augreg_in21k"
    assert role.weights.pretraining == "augreg in21k"
    assert role.mean == (0.5, 0.5, 0.5)
    assert "licence apache-2.0" in capsys.readouterr().out
    smartiqa("new-study", "usual", backbone="resnet18", **given)
    usual = study("usual").backbones["cnn"].weights
    assert isinstance(usual, HubWeights)
    assert usual.repository == "timm/resnet18.a1_in1k"


def test_a_plain_transformer_is_a_model_of_timm_too(clone: Path) -> None:
    import timm
    from safetensors.torch import save_file

    labelled(clone / "data" / "a")
    tensors = timm.create_model("vit_tiny_patch16_384").state_dict()
    save_file(tensors, clone / "vit.safetensors")  # made for other images than the study's crops
    given = {"images": "data/a", "weights": "vit.safetensors"}
    refused("'crossvit_tiny_240': maps at strides of 12, 17", backbone="crossvit_tiny_240", **given)
    refused("'halonet_h1' fails on a crop of 224 pixels", backbone="halonet_h1", **given)
    smartiqa("new-study", "mine", backbone="vit_tiny_patch16_224", **given)
    assert study().backbones["cnn"].name == "vit_tiny_patch16_224"


def refused(message: str, *arguments: str, **options: Any) -> None:
    before = sorted(Path("workflow", "config").iterdir())
    with pytest.raises(InputError, match=message) as raised:
        smartiqa("new-study", *(arguments or ("mine",)), **options)
    assert "\n" not in str(raised.value)
    assert sorted(Path("workflow", "config").iterdir()) == before


def test_what_cannot_be_used_is_one_line(clone: Path) -> None:
    a = labelled(clone / "data" / "a")
    refused("'my study' is no name: .* 'my-study' would do", "my study", images="data/a")
    refused(r"claims\.yaml is not a study", "claims", images="data/a")
    shipped = r"demo\.yaml exists, and new-study did not write it; take another name"
    refused(shipped, "demo", images="data/a")
    refused(shipped, "demo", "--replace", images="data/a")
    refused("--images data/x: there is no such folder", images="data/x")
    (clone / "data" / "empty").mkdir()
    refused("data/empty has no images", images="data/empty")
    (clone / "data" / "empty" / "labels.csv").write_text("image,score\na.png,1\n")
    refused("data/empty has no images", images="data/empty")
    labelled(clone / "data" / "unlabelled").joinpath("labels.csv").unlink()
    refused(r"labels\.csv does not exist", images="data/unlabelled")
    shutil.copy(a / "labels.csv", clone / "labels.csv")
    refused("lies outside data/a", images="data/a", labels="labels.csv")
    labelled(clone / "data" / "ten", 10)
    refused(r"has 10 images, and a study takes 13 at least \(2 for train", images="data/ten")


def test_what_cannot_be_seen_is_asked_for(clone: Path) -> None:
    table = {"image": names(30), "MOS": np.linspace(1, 5, 30)}
    labelled(clone / "data" / "a", **table, zscore=np.linspace(0, 99, 30))
    refused(
        r"'MOS' \(1 to 5\) and 'zscore' \(0 to 99\) could be the scores; say which: --score-column",
        images="data/a",
    )
    refused("unknown column 'MOSS' .did you mean 'MOS'", images="data/a", score_column="MOSS")
    smartiqa("new-study", "fine", images="data/a", score_column="MOS")
    for column, better in {"mos": "higher", "dmos": "lower", "score": "higher"}.items():
        scores = {name: np.linspace(1, 5, 30) for name in ("mos", "dmos", "score", "scores")}
        labelled(clone / "data" / column, image=names(30), **scores)
        refused("could be the scores; say which", images=f"data/{column}")
        given = {"images": f"data/{column}", "score-column": column, "better": better}
        smartiqa("new-study", f"by-{column}", **given)
        assert study(f"by-{column}").datasets[f"by-{column}"].options["score_name"] == (
            column if column == "score" else column.upper()
        )
    labelled(clone / "data" / "b", image=names(30), DMOS=np.linspace(1, 5, 30))
    refused("whether a high 'DMOS' is good cannot be seen.*--better lower or", images="data/b")
    labelled(clone / "data" / "c", image=names(30), score=np.linspace(-7, 120, 30))
    refused("lie between -7 and 120, on none of the usual scales.*--scale", images="data/c")
    refused("--scale 5: write both ends", images="data/c", scale="5")
    refused("outside --scale 0:100", images="data/c", scale="0:100")


def test_several_ratings_of_one_photo_are_not_one_of_them(clone: Path) -> None:
    """Whoever skips problems skips no ratings; a row that is there twice is a problem."""
    scores = np.linspace(1, 5, 60)
    labelled(clone / "data" / "a", image=names(30) * 2, score=scores)
    said = (
        r"has 60 rows for 30 photos \('im 0.png' has the scores 1, 3\.\d+\), and one row a photo "
        "is needed: average its ratings"
    )
    refused(said, images="data/a")
    refused(said, "mine", "--skip-problems", images="data/a")
    twice = [*names(30), names(1)[0], names(1)[0]]
    labelled(clone / "data" / "b", image=twice, score=[*scores[:30], scores[0], scores[0]])
    refused(r"2 x duplicate id \(im 0\.png\); .*--skip-problems", images="data/b")


@pytest.mark.parametrize("ids", [range(135), [k // 45 for k in range(135)]], ids=["row", "rater"])
def test_ids_of_rows_or_raters_hide_no_several_ratings(clone: Path, ids: list[int]) -> None:
    table = {"id": [*ids], "image": names(45) * 3, "rating": np.linspace(1, 5, 135)}
    labelled(clone / "data" / "a", 45, **table)
    refused("has 135 rows for 45 photos", images="data/a")


def test_of_many_ratings_a_few_are_listed(clone: Path) -> None:
    scores = [*[1, 2, 3, 4, 5, 4] * 30]
    labelled(clone / "data" / "a", image=np.repeat(names(30), 6), score=scores)
    refused(r"has the scores 1, 2, 3, \.\.\.\), and one", images="data/a")


def test_ids_of_raters_who_saw_one_photo_each_are_not_those_of_photos(clone: Path) -> None:
    scores = np.linspace(1, 5, 30)
    folder = labelled(
        clone / "data" / "a", id=[k % 3 for k in range(30)], image=names(30), score=scores
    )
    smartiqa("new-study", "mine", images="data/a")
    options = folder_adapter.Options(**study().datasets["mine"].options)
    assert [*folder_adapter.read_labels(folder, options)["id"]] == names(30)


def test_names_without_suffix_are_those_of_the_only_images_called_so(clone: Path) -> None:
    """Ratings name images, too, where these are called 1 to 30: the column that names most wins."""
    folder = clone / "data" / "a"
    numbers, scores = list(range(1, 31)), [1, 2, 3, 4, 5] * 6
    labelled(folder, photo=numbers, score=scores)
    for number, name in zip(numbers, names(30), strict=True):
        (folder / name).rename(folder / f"{number}.png")
    smartiqa("new-study", "mine", images="data/a")
    dataset = study().datasets["mine"]
    assert dataset.options["columns"] == {"image": "photo"}
    read = folder_adapter.read_labels(folder, folder_adapter.Options(**dataset.options))
    assert read["file"].tolist() == [f"{number}.png" for number in numbers]
    shutil.copy(folder / "7.png", folder / "7.jpg")
    refused(r"1 x missing file \(7\); ", "other", images="data/a")
    (folder / "7.jpg").unlink()
    labelled(clone / "data" / "b", photo=[*numbers, 1], score=[*scores, 1])
    for number, name in zip(numbers, names(30), strict=True):
        (clone / "data" / "b" / name).rename(clone / "data" / "b" / f"{number}.png")
    refused(r"1 x duplicate id \(1\.png\)", "other", images="data/b")


def test_of_names_without_suffix_the_one_without_file_is_named(clone: Path) -> None:
    """Images lie in folders, of which several have images that are called the same."""
    folder = clone / "data" / "a"
    stems = [f"s{number % 2}/p{number // 2:02}" for number in range(30)]
    labelled(folder, picture=stems, score=np.linspace(1, 5, 30))
    for stem, name in zip(stems, names(30), strict=True):
        (folder / stem).parent.mkdir(exist_ok=True)
        (folder / name).rename(folder / f"{stem}.png")
    smartiqa("new-study", "mine", images="data/a")
    assert study().datasets["mine"].options["columns"] == {"image": "picture"}
    (folder / "s0" / "p03.png").unlink()
    refused(r"1 images cannot be used: 1 x missing file \(s0/p03\); ", "other", images="data/a")


def test_commas_that_separate_no_cells_are_decimal_ones(clone: Path) -> None:
    folder = labelled(clone / "data" / "a")
    table = pd.read_csv(folder / "labels.csv").assign(std=np.linspace(0.5, 1, 30))
    table.to_csv(folder / "labels.csv", index=False, sep=";", decimal=",")
    smartiqa("new-study", "mine", images="data/a")
    options = study().datasets["mine"].options
    read = folder_adapter.read_labels(folder, folder_adapter.Options(**options))
    assert read["score"].tolist() == pytest.approx(table["score"])
    assert read["spread"].tolist() == pytest.approx(table["std"])
    text = (folder / "labels.csv").read_text()
    (folder / "labels.csv").write_text(text.replace(";4,8;", ";4.8;"))
    odd = r"row 30: '4\.8' in the column 'score' is not written as '1,2' and others are"
    with pytest.raises(InputError, match=odd):
        folder_adapter.read_labels(folder, folder_adapter.Options(**options))
    refused(odd, "other", images="data/a")
    (folder / "labels.csv").write_text(text.replace(";4,8;", ";good;"))
    refused(r"row 30: 'good' in the column 'score' is not a number", "other", images="data/a")


def test_commas_that_may_part_thousands_are_asked_about(clone: Path) -> None:
    folder = labelled(clone / "data" / "a", image=names(30), score=range(987, 1017))
    text = (folder / "labels.csv").read_text().replace(",", ";").replace(";10", ";1,0")
    (folder / "labels.csv").write_text(text)
    refused(
        r"row 14: '1,000' in the column 'score' may part thousands, since others such as '987' are",
        images="data/a",
    )


def test_equal_scores_are_told_and_no_fraction_is_asked_for(clone: Path) -> None:
    labelled(clone / "data" / "a", image=names(30), score=[5] * 30)
    refused(r"a/labels\.csv: all 30 images have the score 5, so there is nothing", images="data/a")


def test_files_that_do_not_match_or_cannot_be_read_are_named(clone: Path) -> None:
    wrong = [name.replace("im ", "img_").replace("png", "jpg") for name in names(30)]
    labelled(clone / "data" / "a", image=wrong, score=np.linspace(1, 5, 30))
    refused(r"the first is 'img_0\.jpg', the nearest files are im 0\.png", images="data/a")
    labels = labelled(clone / "data" / "c") / "labels.csv"
    text = labels.read_text()
    refused(
        r"^mos\.csv does not exist \(there is data/c/labels\.csv\); give --labels FILE, a table in "
        "data/c",
        images="data/c",
        labels="mos.csv",
    )
    labels.write_text(
        text.replace("1.2\n", "about 1.2\n").replace(".", "_").replace("_png", ".png")
    )
    refused("'score' holds no numbers: its first cell is 'about 1_2'; write such", images="data/c")
    labels.write_text(text.partition("\n")[2])
    refused("begins with a row of 'im 0.png', not with names; put a line such", images="data/c")
    labels.write_text(text, encoding="utf-16")
    refused(r"labels\.csv is not a table of labels: .* save it as CSV in UTF-8", images="data/c")
    broken = labelled(clone / "data" / "b")
    (broken / names(4)[3]).write_bytes(b"no image")
    refused(r"1 images cannot be used: 1 x .*\(im 3\.png\); .*--skip-problems", images="data/b")
    smartiqa("new-study", "mine", "--skip-problems", images="data/b")
    assert study().datasets["mine"].problems == "skip"
