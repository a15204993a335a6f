"""What a study that names another takes from it, and what it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from smartiqa.config.inheritance import INHERITED, with_inherited
from smartiqa.config.study import Study, load_study
from smartiqa.core.errors import InputError
from smartiqa.core.yaml_files import read_yaml
from smartiqa.provenance.code_digest import SOURCE

CONFIG = SOURCE.parents[1] / "workflow" / "config"
OWN = {
    **{"inherits": "parent", "name": "own", "title": "own study", "note": "A note."},
    **{"score_name": "MOS", "training_dataset": "own", "seeds": [3], "experiments": ["C0"]},
    "datasets": {
        "own": {
            **{"title": "Own", "adapter": "folder", "root": "data/own"},
            "options": {"low": 1, "high": 5},
        }
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    text = (CONFIG / "demo.yaml").read_text().replace("name: demo", "name: parent")
    (tmp_path / "parent.yaml").write_text(text)
    return tmp_path


def written(folder: Path, **changes: Any) -> Path:
    path = folder / "own.yaml"
    path.write_text(yaml.safe_dump({**OWN, **changes}))
    return path


def test_how_models_are_made_is_inherited_and_nothing_else(folder: Path) -> None:
    own, parent = load_study(written(folder)), load_study(folder / "parent.yaml")
    assert {key: getattr(own, key) for key in INHERITED} == {
        key: getattr(parent, key) for key in INHERITED
    }
    assert (own.synthesis, own.pretraining, own.experiment_seeds) == (None, {}, {})
    assert (own.seeds, own.experiments, list(own.datasets)) == ((3,), ("C0",), ["own"])


def test_what_a_study_says_itself_comes_first_at_every_depth(folder: Path) -> None:
    parent = load_study(folder / "parent.yaml")
    own = load_study(written(folder, recipes={"smart": {"settings": {"epochs": 9}}}, crop=64))
    assert own.crop == 64
    expected = {**parent.recipes["smart"].settings, "epochs": 9}
    assert own.recipes["smart"].settings == expected
    assert own.recipes["smart"].head_rate_scale == parent.recipes["smart"].head_rate_scale
    assert own.recipes["cnn"] == parent.recipes["cnn"]


def test_a_backbone_is_replaced_whole(folder: Path) -> None:
    weights = {"source": "random", "seed": 1}
    own = load_study(
        written(folder, backbones={"cnn": {"name": "resnet18", "label": "R", "weights": weights}})
    )
    assert (own.backbones["cnn"].precision, own.backbones["cnn"].mean[0]) == (None, 0.485)
    assert own.backbones["swin_base"] == load_study(folder / "parent.yaml").backbones["swin_base"]


def test_a_study_may_inherit_from_one_that_inherits(folder: Path) -> None:
    written(folder, crop=64)
    grandchild = folder / "third.yaml"
    grandchild.write_text(yaml.safe_dump({**OWN, "name": "third", "inherits": "own"}))
    assert load_study(grandchild).crop == 64


@pytest.mark.parametrize(
    ("parent", "message"),
    [
        ("parnt", r"own\.yaml: inherits: unknown study 'parnt' \(did you mean 'parent'\?\)"),
        ("own", r"own\.yaml: inherits leads back to it \(own to own\)"),
        (3, r"own\.yaml: inherits: unknown study '3'"),
    ],
)
def test_a_parent_that_cannot_be_is_one_line(folder: Path, parent: Any, message: str) -> None:
    file = written(folder, inherits=parent)
    with pytest.raises(InputError, match=message):
        with_inherited(read_yaml(file), file, Study.model_fields)


def test_a_misspelt_key_of_the_parent_is_not_missed_in_silence(folder: Path) -> None:
    parent = folder / "parent.yaml"
    parent.write_text(parent.read_text() + "statistic: {replicates: 7}\n")
    with pytest.raises(InputError, match=r"parent\.yaml: unknown key 'statistic' \(did you mean"):
        load_study(written(folder))


def test_what_neither_of_the_two_says_is_missing(folder: Path) -> None:
    content = {key: value for key, value in OWN.items() if key != "inherits"}
    (folder / "own.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(InputError, match="backbones: missing; add it; crop: missing"):
        load_study(folder / "own.yaml")


def test_the_part_of_biq2021_trains_as_the_whole_does() -> None:
    part, whole = (load_study(CONFIG / f"{name}.yaml") for name in ("biq2021-part", "biq2021"))
    assert {key: getattr(part, key) for key in INHERITED} == {
        key: getattr(whole, key) for key in INHERITED
    }
    assert set(INHERITED) < set(Study.model_fields)


def test_what_is_not_inherited_is_named_with_what_is(folder: Path) -> None:
    path = folder / "own.yaml"
    path.write_text(yaml.safe_dump({key: OWN[key] for key in OWN if key not in ("note", "seeds")}))
    needed = r"own\.yaml: note, seeds: missing; add what is not inherited \(inherits takes crop, "
    with pytest.raises(InputError, match=needed):
        load_study(path)
