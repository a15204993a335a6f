from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from smartiqa.config import experiment as config
from smartiqa.config import planned as plans
from smartiqa.config.backbone import FileWeights
from smartiqa.config.catalogue import Catalogue
from smartiqa.config.experiment import LEAST_MINUTES, Experiment, Recipe, Schedule
from smartiqa.config.experiment_checks import check_mixed, check_teachers, check_that_runs_differ
from smartiqa.config.planned import planned_experiments, resolve
from smartiqa.config.study import Study, load_catalogue, load_study
from smartiqa.core.errors import InputError
from smartiqa.training.steps import LONGEST_LOSS

SHIPPED = Path(__file__).parents[2] / "workflow" / "config"
RATES = ("backbone_rate", "head_rate", "cosine_floor")


def read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((SHIPPED / f"{name}.yaml").read_text())
    return content


PRETRAINING = read("demo")["pretraining"]["swin_base"]
ROLES = read("demo")["backbones"]
NAMESAKE = {**ROLES["swin_tiny"], "label": "another label"}
# What a study that tests on no other dataset says.
ALONE: dict[str, Any] = {
    "cross_datasets": [],
    "cross_experiments": [],
    "datasets": {"synthetic": read("demo")["datasets"]["synthetic"]},
    "experiment_seeds": {},
    "mixed_with": {},
}


def changed_study(folder: Path, **changes: Any) -> Study:
    """The demo study with some of its keys changed, read from a file."""
    path = folder / "demo.yaml"
    path.write_text(yaml.safe_dump({**read("demo"), **changes}, sort_keys=False))
    return load_study(path)


def catalogue_of(folder: Path, content: dict[str, Any]) -> Catalogue:
    path = folder / "experiments.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return load_catalogue(path)


def dataset_with(name: str, **changes: Any) -> dict[str, Any]:
    """The demo's datasets, with some keys of one changed."""
    datasets = read("demo")["datasets"]
    return {"datasets": {**datasets, name: {**datasets[name], **changes}}}


def joined(
    study: Study, catalogue: Catalogue
) -> tuple[dict[str, Experiment], dict[str, config.Testing]]:
    """What the study runs, and how it is tested."""
    planned = planned_experiments(study, catalogue)
    return (
        {name: resolve(study, catalogue, name) for name in planned},
        {name: plans.testing_of(study, catalogue, name) for name in planned},
    )


@pytest.fixture
def demo() -> Study:
    return load_study(SHIPPED / "demo.yaml")


@pytest.fixture
def catalogue() -> Catalogue:
    return load_catalogue(SHIPPED / "experiments.yaml")


ABLATION = {"C0", "C1", "C2", "C3", "B-tiny", "B-small"}
CNN = {"R0", "R1", "R2", "R3"}
STUDIES = {
    "demo": {*ABLATION, "R0", "R3"},
    "koniq": ABLATION | CNN,
    "biq2021": CNN,
    "koniq-spaq": {"B-tiny", "M-mixed"},
    "spaq": {"B-tiny", "M-scene"},
    "biq2021-part": {"R0", "R3", "G-fixed", "T-centre"},
}


@pytest.mark.parametrize("name", STUDIES)
def test_every_planned_experiment_of_a_shipped_study_resolves(name: str) -> None:
    study = load_study(SHIPPED / f"{name}.yaml")
    catalogue = load_catalogue(SHIPPED / "experiments.yaml", study)
    planned = planned_experiments(study, catalogue)
    assert STUDIES[name] <= set(planned)
    for experiment in planned:
        resolved = resolve(study, catalogue, experiment)
        assert resolved.id == experiment
        assert resolved.crop == (study.backbones[resolved.model.backbone].crop or study.crop)
        assert resolved.backbone.name == study.backbones[resolved.model.backbone].name
        assert plans.testing_of(study, catalogue, experiment).crops >= 1


def test_koniq_runs_the_whole_catalogue_at_the_published_rates(catalogue: Catalogue) -> None:
    study = load_study(SHIPPED / "koniq.yaml")
    planned = planned_experiments(study, catalogue)
    assert planned == tuple(n for n in catalogue.experiments if n not in study.without)
    assert study.without == ("M-distortion", "M-scene", "M-mixed", "B-cnn-medium", "B-cnn-large")
    smart = resolve(study, catalogue, "C3").recipe
    assert (smart.backbone_rate, smart.head_rate, smart.epochs) == (5e-7, 5e-6, 10)
    hyperiqa = resolve(study, catalogue, "C0").recipe
    assert (hyperiqa.backbone_rate, hyperiqa.head_rate, hyperiqa.batch_size) == (2e-5, 2e-4, 96)


def test_all_files_beside_the_studies_are_known() -> None:
    studies = {p.stem for p in SHIPPED.glob("*.yaml")} - {"claims", "experiments", "published"}
    assert studies == set(STUDIES)


def test_a_part_of_biq2021_differs_from_the_whole_in_size_only() -> None:
    whole, part = (load_study(SHIPPED / f"{name}.yaml") for name in ("biq2021", "biq2021-part"))
    differs = {name for name in Study.model_fields if getattr(whole, name) != getattr(part, name)}
    assert differs == {"inherits", "name", "title", "note", "datasets", "experiments"}
    assert {*part.experiments} < {*whole.experiments}
    photos = part.datasets["biq2021"]
    assert photos.options == {"part": True}
    assert photos.split == whole.datasets["biq2021"].split
    assert part.seeds_of("R0") == part.seeds_of("R3") == (1, 2, 3)


def test_settings_are_layered_and_rates_scaled_last(tmp_path: Path, catalogue: Catalogue) -> None:
    change = {
        "backbone_rate_scale": 8.0,
        "head_rate_scale": 16.0,
        "settings": {"epochs": 3, "backbone_rate": 7e-7, "patience": 9},
    }
    study = changed_study(tmp_path, recipes={"smart": change})
    recipe = resolve(study, catalogue, "E-1e-6").recipe  # has a backbone and a head rate of its own
    assert recipe.backbone_rate == pytest.approx(8e-6)  # the experiment's rate, not the study's
    assert recipe.head_rate == pytest.approx(16e-5)
    assert (recipe.epochs, recipe.patience) == (3, 9)  # the study's, not the recipe's
    assert recipe.weight_decay == 2e-4  # the recipe's
    assert resolve(study, catalogue, "C3").recipe.backbone_rate == pytest.approx(8 * 7e-7)
    floor = resolve(study, catalogue, "P-cosine-floor").recipe
    assert floor.cosine_floor == pytest.approx(8e-6)
    assert resolve(study, catalogue, "C0").recipe.head_rate == 2e-4  # no change to that recipe


def test_the_scales_touch_rates_only(tmp_path: Path, catalogue: Catalogue) -> None:
    plain, scaled = (
        changed_study(
            tmp_path,
            recipes={"smart": {"backbone_rate_scale": scale, "head_rate_scale": scale}},
        )
        for scale in (1, 100)
    )
    before, after = (resolve(s, catalogue, "P-cosine-floor").recipe for s in (plain, scaled))
    for rate in RATES:
        assert getattr(after, rate) == pytest.approx(100 * getattr(before, rate), rel=1e-12)
    assert after.model_dump(exclude=set(RATES)) == before.model_dump(exclude=set(RATES))


def test_swapped_rates_make_another_experiment(tmp_path: Path, demo: Study) -> None:
    content = read("experiments")
    before = {name: resolve(demo, catalogue_of(tmp_path, content), name) for name in ("C0", "C3")}
    smart = content["recipes"]["smart"]
    smart["backbone_rate"], smart["head_rate"] = smart["head_rate"], smart["backbone_rate"]
    after = {name: resolve(demo, catalogue_of(tmp_path, content), name) for name in ("C0", "C3")}
    assert after["C3"].model_dump_json() != before["C3"].model_dump_json()
    assert after["C3"].recipe.head_rate == pytest.approx(before["C3"].recipe.head_rate / 10)
    assert after["C0"].model_dump_json() == before["C0"].model_dump_json()


def test_what_the_paper_prints_is_no_part_of_a_training(
    tmp_path: Path, demo: Study, catalogue: Catalogue
) -> None:
    backbones = read("demo")["backbones"]
    backbones["swin_base"]["label"] = "another label"
    backbones["swin_base"]["weights"]["pretraining"] = "another word"
    study = changed_study(tmp_path, backbones=backbones, title="x", note="y", score_name="z")
    before, after = (resolve(s, catalogue, "C3").model_dump_json() for s in (demo, study))
    assert after == before


def test_planned_experiments_keep_the_order_of_the_catalogue(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    study = changed_study(tmp_path, **ALONE, experiments=["R0", "C3", "C0"])
    assert planned_experiments(study, catalogue) == ("C0", "C3", "R0")


def test_an_experiment_may_have_seeds_of_its_own(tmp_path: Path) -> None:
    study = changed_study(tmp_path, seeds=[5], experiment_seeds={"C3": [1, 2]})
    assert study.seeds_of("C3") == (1, 2)
    assert study.seeds_of("C2") == (5,)


def test_an_experiment_may_test_another_ones_checkpoint(catalogue: Catalogue, demo: Study) -> None:
    entry = catalogue.experiments["T-centre"]
    assert entry.trained_as("T-centre") == "C3"
    assert catalogue.experiments["C3"].trained_as("C3") == "C3"
    testing = plans.testing_of(demo, catalogue, "T-centre")
    assert (testing.crops, testing.positions) == (1, "centre")
    assert plans.testing_of(demo, catalogue, "C3") == demo.testing


def test_a_five_line_experiment_runs(tmp_path: Path, demo: Study) -> None:
    content = read("experiments")
    content["experiments"]["Z-flat"] = yaml.safe_load("{title: no flips, recipe: smart}")
    content["experiments"]["Z-flat"]["training"] = {"flip": False}
    content["groups"]["flips"] = ["C3", "Z-flat"]
    catalogue = catalogue_of(tmp_path, content)
    study = changed_study(tmp_path, **ALONE, experiments=["Z-flat", "C3"])
    assert planned_experiments(study, catalogue) == ("C3", "Z-flat")
    assert resolve(study, catalogue, "Z-flat").recipe.flip is False
    assert catalogue.compared_with("Z-flat", catalogue.roles) == "C3"


def test_an_unknown_experiment_is_named_with_the_nearest(demo: Study, catalogue: Catalogue) -> None:
    for ask in (resolve, plans.testing_of):
        with pytest.raises(InputError, match=r"unknown experiment 'B-tny' .*did you mean 'B-tiny'"):
            ask(demo, catalogue, "B-tny")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({**ALONE, "experiments": ["C3", "C9"]}, "unknown experiment 'C9'"),
        ({"cross_experiments": ["C0", "B-tin"]}, "'B-tin' (did you mean 'B-tiny'?)"),
        ({"experiments": "all", "cross_experiments": ["B-tin"]}, "did you mean 'B-tiny'"),
        (
            {"recipes": {"smrt": {"head_rate_scale": 2}}},
            "unknown recipe 'smrt' (did you mean 'smart'?)",
        ),
        (
            {**ALONE, "experiments": ["C0", "T-centre"]},
            "T-centre tests the checkpoint of C3, which the study does not run: add C3",
        ),
        ({"mixed_with": {"M-mixd": ["mixed"]}}, "mixed_with: unknown experiment 'M-mixd'"),
        ({"mixed_with": {"R2": ["mixed"]}}, "mixed_with: R2 is not run; add it to experiments, or"),
        ({"experiment_seeds": {"C33": [1]}}, "experiment_seeds: unknown experiment 'C33'"),
        (
            {"experiment_seeds": {"R2": [1]}},
            "experiment_seeds: R2 is not run; add it to experiments, or remove it from experiment_",
        ),
        (
            {"cross_experiments": ["C0", "R2"]},
            "cross_experiments: R2 is not run; add it to experiments",
        ),
        (
            {"recipes": {"smart_first_round": {"settings": {"epoch": 3}}}},
            "recipes.smart_first_round.settings: unknown key 'epoch' (did",
        ),
        (
            {"recipes": {"smart": {"settings": {"flip": "no"}}}},
            "recipes.smart.settings: flip: Input should be a valid boolean, not 'no'",
        ),
        (
            {"recipes": {"cnn": {"settings": {"cosine_floor": 1e-6}}}},
            "the schedule constant does not use cosine_floor",
        ),
        (
            {"seeds": [1, 3], "experiment_seeds": {"C3": [1, 2]}},
            "T-centre tests the checkpoints of C3, which is not trained with seed 3",
        ),
    ],
)
def test_a_study_that_names_what_is_not_there(
    tmp_path: Path, catalogue: Catalogue, changes: dict[str, Any], said: str
) -> None:
    study = changed_study(tmp_path, **changes)
    with pytest.raises(InputError) as caught:
        planned_experiments(study, catalogue)
    assert str(caught.value).startswith("study demo: ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "pair"),
    [
        ({"recipes": {"smart": {"settings": {"loss": {"name": "l2"}}}}}, "L-l2 and C3"),
        ({"recipes": {"smart": {"settings": {"color_jitter": {}}}}}, "J-on and C3"),
        ({"testing": {"crops": 1, "positions": "centre"}}, "T-centre and C3"),
        ({"backbones": {**ROLES, "swin_small": NAMESAKE}}, "B-small and B-tiny"),
    ],
)
def test_a_study_that_makes_two_experiments_equal_is_refused(
    tmp_path: Path, catalogue: Catalogue, changes: dict[str, Any], pair: str
) -> None:
    study = changed_study(tmp_path, **changes)
    with pytest.raises(InputError) as caught:
        check_that_runs_differ(study, catalogue, *joined(study, catalogue))
    assert str(caught.value).startswith(f"study demo: {pair} are one and the same with the study's")


@pytest.mark.parametrize("name", STUDIES)
def test_the_experiments_of_a_shipped_study_differ(name: str) -> None:
    study = load_study(SHIPPED / f"{name}.yaml")
    catalogue = load_catalogue(SHIPPED / "experiments.yaml", study)
    check_that_runs_differ(study, catalogue, *joined(study, catalogue))
    check_teachers(study, catalogue, joined(study, catalogue)[0])
    check_mixed(study, joined(study, catalogue)[0])


def test_what_is_left_out_of_all_experiments_has_to_be_there(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    with pytest.raises(InputError, match="C0 is in experiments and in without"):
        changed_study(tmp_path, experiments=["C0", "C3"], without=["C0"])
    changed_study(tmp_path, experiments=["C0", "C3"], without=["M-distortion"])
    study = changed_study(tmp_path, experiments="all", without=["M-distortio"])
    with pytest.raises(InputError, match=r"without: unknown experiment .* 'M-distortion'"):
        planned_experiments(study, catalogue)


@pytest.mark.parametrize(
    ("student", "problem"),
    [
        ({"teacher": None}, "it has a distillation but no teacher; give both, or neither"),
        ({"training": {}}, "it has a teacher but no distillation; give both, or neither"),
        ({"teacher": "B-small"}, "its teacher B-small is not run; add B-small to experiments"),
        ({"teacher": "T-centre"}, "its teacher T-centre tests the checkpoint of C3; name C3"),
        ({"teacher": "D-both"}, r"it would learn from itself \(D-both from D-both\)"),
        ({"teacher": "D-weights"}, r"it would learn from itself \(D-weights from D-both"),
        ({"teacher": "P-test-selection"}, "its teacher P-test-selection chooses its epoch on the"),
        ({"teacher": "G-fixed"}, r"its teacher G-fixed generates no weights \(regressor: fixed\)"),
        ({"teacher": "V0"}, "its teacher V0 has the design cnn_variant and it hyperiqa, whose"),
        ({"teacher": "reference"}, None),
        ({"seeds": [1, 2]}, "its teacher B-tiny is not trained with seed 2: give both the same"),
    ],
)
def test_a_teacher_that_cannot_teach_is_refused_by_name(
    tmp_path: Path, student: dict[str, Any], problem: str | None
) -> None:
    content = read("experiments")
    if seeds := student.pop("seeds", None):
        student["teacher"] = "B-tiny"
    content["experiments"]["D-both"] |= student
    if student.get("teacher") == "D-weights":
        content["experiments"]["D-weights"]["teacher"] = "D-both"
    planned = ["C3", "B-tiny", "T-centre", "G-fixed", "V0", "P-test-selection", "D-weights"]
    study = changed_study(
        tmp_path,
        **{key: value for key, value in ALONE.items() if key != "experiment_seeds"},
        experiments=[*planned, "D-both"],
        experiment_seeds={"D-both": seeds} if seeds else {},
    )
    catalogue = catalogue_of(tmp_path, content)
    experiments = joined(study, catalogue)[0]
    if problem is None:
        assert catalogue.experiments["D-both"].teacher == "C3"
        check_teachers(study, catalogue, experiments)
        return
    with pytest.raises(InputError, match=rf"^study demo: D-\w+: {problem}"):
        check_teachers(study, catalogue, experiments)


def test_an_experiment_learns_from_the_training_dataset_and_from_what_it_mixes() -> None:
    study = load_study(SHIPPED / "demo.yaml")
    assert study.learnt_by("M-mixed") == ("synthetic", "mixed")
    assert study.learnt_by("C3") == ("synthetic",)


def test_a_mixed_experiment_and_what_it_mixes_are_named_together(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    study = changed_study(tmp_path, mixed_with={})
    with pytest.raises(InputError, match=r"demo: M-mixed trains on several .* add M-mixed there"):
        check_mixed(study, joined(study, catalogue)[0])
    study = changed_study(tmp_path, mixed_with={"M-mixed": ["mixed"], "L-l2": ["mixed"]})
    with pytest.raises(InputError, match="demo: mixed_with: L-l2 trains on one dataset; remove"):
        check_mixed(study, joined(study, catalogue)[0])


def test_the_same_network_with_other_weights_is_another_experiment(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    weights = ROLES["swin_small"]["weights"]
    study = changed_study(
        tmp_path, backbones={**ROLES, "swin_small": {**NAMESAKE, "weights": weights}}
    )
    check_that_runs_differ(study, catalogue, *joined(study, catalogue))


def test_an_unknown_backbone_role_is_named(tmp_path: Path, demo: Study) -> None:
    content = read("experiments")
    content["experiments"]["C2"]["model"] = {"backbone": "swin_bass"}
    with pytest.raises(InputError) as caught:
        resolve(demo, catalogue_of(tmp_path, content), "C2")
    said = "experiment C2 in study demo: unknown backbone 'swin_bass' (did you mean 'swin_base'?)"
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"training_dataset": "synthetics"},
            "training_dataset: unknown dataset 'synthetics' (did you mean",
        ),
        ({"cross_datasets": ["mixd"]}, "unknown dataset 'mixd' (did you mean 'mixed'?)"),
        ({"name": "other"}, "name is 'other', but the file is called 'demo'"),
        ({"seeds": []}, "seeds: this is empty; name at least one"),
        ({"experiment_seeds": {"C0": []}}, "experiment_seeds.C0: "),
        ({"seeds": [1, 1]}, "seeds: 1 is there twice"),
        ({"seeds": [-1]}, "seeds.0: "),
        ({"seeds": [2**32]}, "seeds.0: Input should be less than 4294967296, not 4294967296"),
        ({"experiment_seeds": {"C0": [2, 2]}}, "experiment_seeds.C0: 2 is there twice"),
        (
            {"experiments": ["C3", "C3"]},
            "demo.yaml: experiments: C3 is there twice; name it once",
        ),
        ({"cross_datasets": ["mixed", "mixed"]}, "cross_datasets: mixed is there twice"),
        ({"cross_datasets": ["synthetic"]}, "synthetic is the training_dataset"),
        (
            {"synthesis": {**read("demo")["synthesis"], "validation_photos": ["wine"]}},
            "the photo wine is in validation_photos and in test_photos",
        ),
        ({"mixed_with": {"M-mixed": ["mixd"]}}, "M-mixed: unknown cross-dataset 'mixd' (did you"),
        ({"mixed_with": {"M-mixed": ["mixed"] * 2}}, "mixed_with.M-mixed: mixed is there twice"),
        ({"mixed_with": {"M-mixed": ["synthetic"]}}, "synthetic is the training_dataset already"),
        ({"mixed_with": {"M-mixed": []}}, "mixed_with.M-mixed names no dataset; name one, or rem"),
        (
            {"mixed_with": {"C3": ["mixed"]}},
            "mixed_with.C3: C3 is in cross_experiments, but what it trains on is not tested across",
        ),
        (
            dataset_with("mixed", split={"kind": "all_test"}),
            "mixed_with.M-mixed: datasets.mixed.split leaves nothing to train on; take another",
        ),
        (
            dataset_with("mixed", split={"kind": "random", "fractions": [0, 0.2, 0.8]}),
            "mixed_with.M-mixed: datasets.mixed.split leaves nothing to train on; take another",
        ),
        ({"cross_experiments": []}, "there are cross_datasets but no cross_experiments; name some"),
        ({**ALONE, "cross_experiments": ["C3"]}, "there are cross_experiments but no cross_datas"),
        ({**ALONE, "datasets": read("demo")["datasets"]}, "datasets.mixed is neither the training"),
        (dataset_with("mixed", title="Synthetic distortions"), "has the title of datasets.synth"),
        (
            dataset_with("mixed", root="."),
            "datasets.mixed.root: '.' holds more than a dataset; name",
        ),
        (dataset_with("mixed", adapter=" "), "datasets.mixed.adapter: this is empty"),
        (dataset_with("synthetic", split={"kind": "all_test"}), "all_test leaves nothing to train"),
        (
            dataset_with("synthetic", split={"kind": "random", "fractions": [0.8, 0, 0.2]}),
            "has to train, validate and test; give each of the three fractions a share",
        ),
        (
            dataset_with("synthetic", split={"kind": "random", "fractions": [0.8, 0.2, 0.2]}),
            "fractions (train, validation, test) add up to 1.2; make them add up to 1",
        ),
        (
            dataset_with("synthetic", split={"kind": "random", "fractions": [1.2, -0.4, 0.2]}),
            "split.fractions.0: Input should be less than or equal to 1, not 1.2; "
            "datasets.synthetic.split.fractions.1: Input should be greater than or equal to 0",
        ),
        (dataset_with("synthetic", split={"round": -1}), "datasets.synthetic.split.round: "),
        (dataset_with("synthetic", split={"seed": True}), "datasets.synthetic.split.seed: "),
        (dataset_with("synthetic", split={"redraw": "no"}), "datasets.synthetic.split.redraw: "),
        (
            dataset_with("synthetic", split={"redraw": True}),
            "the kind official does not use redraw: remove redraw, or set kind: random",
        ),
        (
            dataset_with("mixed", split={"kind": "all_test", "fractions": [0.5, 0.2, 0.3]}),
            "the kind all_test does not use fractions: remove fractions",
        ),
        (
            {"datasets": {**read("demo")["datasets"], "a b": {}}},
            "'a b' is no name: take up to 64 letters (a to z), digits, '.', '_' and '-', a letter "
            "or digit first; 'a-b' would do",
        ),
        ({"name": "../x"}, "name: '../x' is no name: take up to 64 letters"),
        ({"backbones": {"x;touch y": {}}}, "'x-touch-y' would do"),
        ({"datasets": {"x" * 65: {}}}, f"'{'x' * 64}' would do"),
        ({"datasets": {"x_crops": {}}}, "'x_crops' would name the crops of a dataset"),
        ({"name": 2024}, "name: 2024 is a number, and text is needed; put it in quotes"),
        (dataset_with("mixed", root="data/{x}"), "'data/{x}' has braces, which Snakemake reads"),
        (dataset_with("mixed", root="~nobody-here/x"), "begins with the home folder of nobody"),
        (dataset_with("mixed", root="../"), "datasets.mixed.root: '..' holds more than a dataset"),
        ({"experiments": []}, "experiments: this is empty; name at least one"),
        ({"experiments": "al"}, "experiments: write all, or a list of experiments, not 'al'"),
        ({"title": ""}, "title: this is empty; write something"),
        ({"seeds": True}, "seeds: Input should be a list, not True"),
        ({"seeds": [True]}, "seeds.0: Input should be a valid integer, not True"),
        ({"crop": 112.0}, "crop: Input should be a valid integer, not 112.0"),
        ({"statistics": {"seed": -1}}, "statistics.seed: "),
        ({"statistics": {"replicates": 1}}, "statistics.replicates: "),
        ({"schedule": {"memory_mb": True}}, "schedule.memory_mb: "),
        ({"resize": {"squash": [True, 192]}}, "resize.squash.0: "),
        ({"testing": {"crops": 4, "positions": "centre"}}, "4 crops in the centre are one and the"),
        (
            {"compute": {"threads": 1, "device": "cpu", "float32_products": "tf32"}},
            "the device cpu does not use float32_products",
        ),
        (
            {"pretraining": {"swin_base": {**PRETRAINING, "square": 9}}},
            "pretraining.swin_base: the square (9) is smaller than the crop (112)",
        ),
        (
            {"backbones": {**ROLES, "swin_base": {**ROLES["swin_base"], "crop": 192}}},
            "pretraining.swin_base: the square (160) is smaller than the crop (192)",
        ),
        ({"synthesis": None}, "pretraining distorts the photos of synthesis, which is not given"),
        (
            {"recipes": {"smart": {"head_rate_scale": "1e999"}}},
            "recipes.smart.head_rate_scale: ",
        ),
        (
            {"backbones": {**ROLES, "swin_small": {**ROLES["swin_tiny"]}}},
            "backbones.swin_small has the label of backbones.swin_tiny; give each its own",
        ),
        ({"croop": 112}, "unknown key 'croop' (did you mean 'crop'?)"),
        ({"compute": {"threads": 1, "thread": 2}}, "compute: unknown key 'thread'"),
        ({"testing": {"crops": 5, "positions": "corner"}}, "testing.positions: "),
        (
            {
                "backbones": {
                    **ROLES,
                    "swin_tiny": {**ROLES["swin_tiny"], "weights": {"source": "hub"}},
                }
            },
            "backbones.swin_tiny.weights.repository: missing; add it",
        ),
        ({"resize": {"squash": [256]}}, "resize.squash.1: missing; add it"),
    ],
)
def test_a_study_with_a_mistake_is_refused(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError) as caught:
        changed_study(tmp_path, **changes)
    assert str(caught.value).startswith(str(tmp_path / "demo.yaml"))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "resize", "said"),
    [
        ("squash", {"squash": [256, 96]}, "the crop (112) is larger than images that are resized "),
        ("aspect", {"aspect": 96}, "to resize.aspect (96), as C3 does; take a smaller crop or a"),
    ],
)
def test_a_crop_must_fit_into_resized_images(
    tmp_path: Path, catalogue: Catalogue, kind: str, resize: dict[str, Any], said: str
) -> None:
    changes = {"resize": resize, "recipes": {"smart": {"settings": {"resize": kind}}}}
    with pytest.raises(InputError) as caught:
        resolve(changed_study(tmp_path, **changes), catalogue, "C3")
    assert said in str(caught.value)
    resolve(changed_study(tmp_path, resize=resize), catalogue, "C3")  # which does not resize


def test_a_backbone_has_crops_of_its_own(tmp_path: Path, catalogue: Catalogue) -> None:
    larger = {**ROLES, "swin_base": {**ROLES["swin_base"], "crop": 160}}
    study = changed_study(tmp_path, backbones=larger)
    assert [resolve(study, catalogue, name).crop for name in ("C0", "C3")] == [112, 160]
    assert resolve(study, catalogue, "C3").backbone.model_dump().get("crop") is None
    squashed = {"smart": {"settings": {"resize": "squash"}}}
    small = changed_study(
        tmp_path, backbones=larger, recipes=squashed, resize={"squash": [256, 144]}
    )
    with pytest.raises(InputError, match=r"the crop \(160\) is larger than .* \(144\), as C3 does"):
        resolve(small, catalogue, "C3")


def test_only_known_backbones_are_pretrained(tmp_path: Path) -> None:
    pretraining = {"swin_huge": PRETRAINING}
    with pytest.raises(InputError, match="unknown backbone 'swin_huge'"):
        changed_study(tmp_path, pretraining=pretraining)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (
            ("experiments", "C3", "recipe", "smrt"),
            "C3: unknown recipe 'smrt' (did you mean",
        ),
        (
            ("experiments", "C3", "compared_with", "C7"),
            "C3: compared_with: unknown experiment",
        ),
        (("experiments", "T-centre", "checkpoint_of", "C"), "T-centre: checkpoint_of: unknown"),
        (("experiments", "C3", "recepe", "smart"), "unknown key 'recepe' (did you mean 'recipe'"),
        (("experiments", "C3", "model", {"gatte": "none"}), "unknown key 'gatte' (did you mean"),
        (("experiments", "C3", "checkpoint_of", "T-centre"), "T-centre is not trained itself"),
        (("experiments", "C3", "checkpoint_of", "C3"), "C3 is not trained itself"),
        (("experiments", "C3", "compared_with", "C3"), "C3: compared_with leads back to it"),
        (("experiments", "C0", "compared_with", "C3"), "C0: compared_with leads back to it"),
        (("groups", "sizes", ["C3", "C3"]), "groups.sizes: C3 is there twice"),
        (("recipes", "cnn", "epochs", 0), "recipe cnn: epochs: Input should be greater than 0"),
        (("recipes", "cnn", "flip", "no"), "recipe cnn: flip: Input should be a valid boolean"),
        (("experiments", "C2", "training", {"epoch": 2}), "experiment C2: unknown key 'epoch'"),
        (("experiments", "R1", "training", {"cosine_floor": 1e-6}), "schedule constant does not"),
        (("experiments", "L-l2", "training", {"loss": {"name": "l2", "alpha": 1}}), "use alpha"),
        (
            ("experiments", "T-centre", "training", {"epochs": 2}),
            "T-centre: it tests the checkpoint of C3, so its training must be the same",
        ),
        (("experiments", "T-centre", "model", {"gate": "none"}), "so its model must be the same"),
        (("experiments", "T-centre", "recipe", "cnn"), "so its recipe must be reference too"),
        (
            ("experiments", "T-centre", "testing", {}),
            "T-centre has the settings of C3; give each",
        ),
        (("experiments", "L-l2", "training", {}), "L-l2 has the settings of C3; give each its own"),
        (("experiments", "L-l2", "title", "SMART-Base"), "L-l2 has the title of C3"),
        (
            ("experiments", "a b", {"title": "x", "recipe": "cnn"}),
            ": experiments.a b: 'a b' is no n",
        ),
        (
            ("experiments", "C3", "model", {"gate": "sigmod"}),
            ": experiments.C3.model.gate: Input should be 'none', 'softmax', 'sigmoid' or "
            "'squeeze_excitation', not 'sigmod'; did you mean 'sigmoid'?",
        ),
        (("experiments", "L-l2", "training", {"loss": {"name": "L2"}}), "did you mean 'l2'?"),
        (("experiments", "C3", "model", {"gate": "nought"}), "not 'nought'"),
        (("groups", "more", ["C3", "J-on"]), "groups augmentation and more both compare J-on"),
        (("groups", "sizes", ["C3", "B-tny"]), "group sizes: unknown experiment 'B-tny'"),
    ],
)
def test_a_catalogue_with_a_mistake_is_refused(
    tmp_path: Path, edit: tuple[Any, ...], said: str
) -> None:
    content = copy.deepcopy(read("experiments"))
    *path, key, value = edit
    place = content
    for step in path:
        place = place[step]
    place[key] = value
    with pytest.raises(InputError) as caught:
        catalogue_of(tmp_path, content)
    assert said in str(caught.value)


def test_a_mistake_in_how_an_experiment_is_tested_names_it(tmp_path: Path, demo: Study) -> None:
    content = read("experiments")
    content["experiments"]["C2"]["testing"] = {"crop": 2}
    with pytest.raises(InputError) as caught:
        plans.testing_of(demo, catalogue_of(tmp_path, content), "C2")
    assert "experiment C2: testing: unknown key 'crop'" in str(caught.value)


@pytest.mark.parametrize("content", ["a: [1", "", "- demo"])
def test_a_study_that_is_no_mapping_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "demo.yaml").write_text(content)
    with pytest.raises(InputError, match=r"demo\.yaml"):
        load_study(tmp_path / "demo.yaml")


def test_the_recipes_of_the_catalogue_are_complete(catalogue: Catalogue) -> None:
    for name, settings in catalogue.recipes.items():
        Recipe.model_validate(settings)
        assert any(entry.recipe == name for entry in catalogue.experiments.values())


def test_the_home_folder_may_be_written_as_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    changed = dataset_with("mixed", root="~/my photos")
    study = Study.model_validate(read("demo") | changed)
    assert study.datasets["mixed"].root == Path("/home/somebody/my photos")
    weights = {"source": "file", "path": "~/w.pt", "pretraining": "x"}
    assert FileWeights.model_validate(weights).path == Path("/home/somebody/w.pt")


def test_a_time_limit_shorter_than_what_lies_between_two_states_is_refused() -> None:
    assert 60 * LEAST_MINUTES > LONGEST_LOSS + 60
    Schedule(minutes=LEAST_MINUTES)
    with pytest.raises(ValidationError, match="minutes 4: such a job may end before a training"):
        Schedule(minutes=LEAST_MINUTES - 1)
