"""Every change that the pages on extending show applies to the code, and does what it says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from code_digests import digests_of
from command_line import variables
from made_up_paper import made_up_paper
from made_up_results import write_results
from pages import changes
from smartiqa.config.planned import resolve
from smartiqa.config.study import load_catalogue, load_study
from smartiqa.core.json_files import write_json
from smartiqa.provenance.code_digest import SOURCE, code_digest
from tiny_study import Prepared

ROOT = SOURCE.parents[1]
CONFIG = ROOT / "workflow" / "config"
KINDS = ("dataset", "loss", "gate", "metric", "backbone", "figure", "table", "claim", "stage")
CHANGES = {kind: changes(f"docs/how-to/add-{kind}.md") for kind in KINDS}


def copied(folder: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", ".digests", "build", "*.pdf", "*.tex")
    for name in ("src", "workflow", "paper"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "Snakefile", folder)
    return folder


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository to which all changes are applied, but that of `other_results`."""
    folder = copied(tmp_path_factory.mktemp("changed"))
    for kind, diff in CHANGES.items():
        if kind != "metric":
            apply(diff, folder)
    return folder


@pytest.fixture(scope="module")
def other_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with a metric more, which results written before have not."""
    folder = copied(tmp_path_factory.mktemp("measured"))
    apply(CHANGES["metric"], folder)
    return folder


def apply(diff: str, folder: Path) -> None:
    command = ["git", "apply", "-"]
    subprocess.run(command, cwd=folder, input=diff, text=True, check=True, timeout=60)


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder, env=variables([folder / "src"]), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("title", CHANGES)
def test_each_change_applies_alone(title: str, tmp_path: Path) -> None:
    diff = CHANGES[title]
    for name in re.findall(r"^--- a/(.*)$", diff, re.MULTILINE):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    command = ["git", "apply", "--check", "-"]
    subprocess.run(command, cwd=tmp_path, input=diff, text=True, check=True, timeout=60)


def test_the_code_passes_the_linter(changed: Path, other_results: Path) -> None:
    for folder, command in product((changed, other_results), (["check"], ["format", "--check"])):
        run(folder, "-m", "ruff", *command, "--config", str(ROOT / "pyproject.toml"), "src")


def test_the_dataset_is_listed_and_read(changed: Path, tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    (tmp_path / "scores.csv").write_text("photo,mos\na.png,4.5\n", encoding="utf-8")
    program = (
        "import sys, smartiqa; from pathlib import Path\n"
        "from smartiqa.data.adapters import facts_of, load_adapter, typed_options\n"
        "adapter, root = load_adapter('street'), Path(sys.argv[1])\n"
        "options = typed_options(adapter, {}, root, 'options')\n"
        "table = adapter.read_labels(root, options)\n"
        "print('street' in smartiqa.list_datasets(), *table[['id', 'file', 'score']].iloc[0])\n"
        "print(*facts_of(adapter, options).scale.to_quality(table['score']))"
    )
    assert run(changed, "-c", program, str(tmp_path)).split() == [
        "True", "a.png", "a.png", "4.5", "87.5",
    ]  # fmt: skip


def test_the_study_of_the_dataset_is_checked(changed: Path) -> None:
    folder = changed / "data" / "street"
    folder.mkdir(parents=True)
    names = [f"{number}.png" for number in range(60)]
    for number, name in enumerate(names):
        pixels = np.random.default_rng(number).integers(0, 256, (240, 240, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / name)
    rows = [f"{name},{1 + number / 20}" for number, name in enumerate(names)]
    (folder / "scores.csv").write_text("\n".join(["photo,mos", *rows]), encoding="utf-8")
    told = run(changed, "-m", "smartiqa", "check", "street")
    assert "6 training(s) ahead, of 2 experiment(s)" in told
    assert "about 42 training, 6 validation, 12 test images" in told
    shutil.rmtree(changed / "data")


PLANNED = """
import json
from pathlib import Path
from smartiqa.config.experiment import Loss
from smartiqa.config.study import (load_catalogue, load_study)
from smartiqa.config.planned import (resolve)
from smartiqa.provenance.code_digest import code_digest

catalogue = load_catalogue(Path("workflow/config/experiments.yaml"))
study = load_study(Path("workflow/config/koniq.yaml"))
runs = {name: resolve(study, catalogue, name) for name in ("C0", "C3", "L-l2", "A-0.3")}
recipe = runs["C3"].recipe.model_copy(update={"loss": Loss(name="huber")})
runs["huber"] = runs["C3"].model_copy(update={"recipe": recipe})
print(json.dumps({name: code_digest(["smartiqa.training.run"], run) for name, run in runs.items()}))
"""


def test_only_runs_with_the_loss_have_other_code(changed: Path) -> None:
    found = json.loads(run(changed, "-c", PLANNED))
    before = digests_of_trainings([name for name in found if name != "huber"])
    assert found.pop("huber") not in before.values()
    assert found == before


def digests_of_trainings(names: Sequence[str]) -> dict[str, str]:
    catalogue = load_catalogue(CONFIG / "experiments.yaml")
    study = load_study(CONFIG / "koniq.yaml")
    with digests_of(SOURCE):
        return {
            name: code_digest(["smartiqa.training.run"], resolve(study, catalogue, name))
            for name in names
        }


TRAINED = """
import torch
from smartiqa.config.experiment import Loss
from smartiqa.training.losses import loss_function

model = torch.nn.Linear(2, 1)
optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
images, targets = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([0.5, 3.0])
losses = []
for _ in range(2):
    loss = loss_function(Loss(name="huber"))(model(images).squeeze(1), targets)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    losses.append(loss.item())
print(losses[1] < losses[0])

from pathlib import Path
from smartiqa.config.study import (load_catalogue, load_study)
from smartiqa.config.planned import (resolve, roles_of)
from smartiqa.models.backbones import create_network

catalogue = load_catalogue(Path("workflow/config/experiments.yaml"))
for study in ("demo", "koniq"):
    experiment = resolve(load_study(Path(f"workflow/config/{study}.yaml")), catalogue, "X-lite1")
print(experiment.backbone.name, "X-lite1" in catalogue.groups["backbones"])
roles = roles_of(load_study(Path("workflow/config/demo.yaml")), catalogue)
print(dict(map(reversed, catalogue.pairs_of("backbones", roles)))["X-lite1"] == roles.reference)
network = create_network(experiment.backbone, experiment.crop, 0.0)
print([tuple(m.shape[-2:]) for m in network(torch.zeros(1, 3, 64, 64))][-4:])
"""


def test_the_loss_trains_and_the_study_takes_the_backbone(changed: Path) -> None:
    loss, backbone, compared, maps = run(changed, "-c", TRAINED).splitlines()
    assert loss == "True"
    assert backbone == "tf_efficientnet_lite1 True"
    assert compared == "True"  # in the table that the page makes
    assert maps == "[(16, 16), (8, 8), (4, 4), (2, 2)]"


GATED = """
import torch
from smartiqa.config.experiment import Model
from smartiqa.models.fusion import Fusion

widths = (8, 16)
fusion = Fusion(widths, Model(gate="constant"))
maps = [torch.rand(3, width, 7, 7) for width in widths]
fused, weights = fusion(maps)
fused.square().sum().backward()
print(fused.shape[1], weights.tolist()[2], bool(fusion.gate.logits.grad.any()))
print(Model(gate="constant").weighs_stages)
try:
    Model(gate="constant", hyper_input="last_stage")
except ValueError as error:
    print("gate 'constant' weighs several stages, but hyper_input is" in str(error))
"""


def test_the_gate_weighs_stages_and_learns(changed: Path) -> None:
    assert run(changed, "-c", GATED).splitlines() == ["24 [0.5, 0.5] True", "True", "True"]


MEASURED = """
import sys
import numpy as np
import pandas as pd
from pathlib import Path
from smartiqa.config.study import (load_catalogue, load_study)
from smartiqa.config.planned import (resolve)
from smartiqa.provenance.code_digest import code_digest
from smartiqa.evaluation.floors import measured
from smartiqa.evaluation.scoring import score_predictions
from smartiqa.photos.model_card import MEASURES
from smartiqa.results.measures import Measures

folder = Path(sys.argv[1])
quality = np.arange(10.0)
table = pd.DataFrame({"id": map(str, range(10)), "prediction": quality * 3, "quality": quality})
table.assign(content=table["id"]).to_parquet(folder / "made.parquet")
print(score_predictions(folder / "made.parquet", 10, 1)["measures"]["mae"]["value"])
runs = measured([quality + 2], quality, np.arange(10))["mae"]
print(runs.values[0], MEASURES["mae"], "mae" in Measures.model_fields)
catalogue = load_catalogue(Path("workflow/config/experiments.yaml"))
study = load_study(Path("workflow/config/koniq.yaml"))
print(code_digest(["smartiqa.training.run"], resolve(study, catalogue, "C3")))
"""


def test_the_metric_is_measured_and_shown_and_trains_nothing(
    other_results: Path, tmp_path: Path
) -> None:
    *told, training = run(other_results, "-c", MEASURED, str(tmp_path)).split()
    assert told == ["9.0", "2.0", "MAE", "True"]
    assert training == digests_of_trainings(["C3"])["C3"]
    values = made_up_paper("koniq")
    for entry in values["experiments"].values():
        for name in entry["results"]:
            entry["results"][name]["mae"] = entry["results"][name]["rmse"]
        for apart in entry.get("without_near_duplicates", {}).values():
            apart["mae"] = apart["rmse"]
    write_json(tmp_path / "paper.json", values)
    output = tmp_path / "rendered.tex"
    options = [f"--values={tmp_path / 'paper.json'}", f"--output={output}"]
    run(
        other_results,
        "-m",
        "smartiqa",
        "render",
        "--template=paper/tables/metrics.tex.j2",
        *options,
    )
    text = output.read_text(encoding="utf-8")
    assert r"RMSE & 95\,\% interval & MAE & 95\,\% interval \\" in text
    assert "RMSE and MAE: of the raw predictions" in text


def test_figure_and_table_are_planned(changed: Path) -> None:
    (changed / "data").symlink_to(ROOT / "data")
    plan = run(changed, "-m", "snakemake", "--cores=1", "--dry-run", "--summary", "paper/main.pdf")
    for target in ("figures/cnn_modules.pdf", "paper/tables/backbones.tex"):
        assert re.search(rf"^{target}\t", plan, re.MULTILINE), target


def test_the_figure_is_drawn(changed: Path, tmp_path: Path) -> None:
    results = write_results(tmp_path / "results", seed=3)
    output = tmp_path / "drawn.pdf"
    options = [f"--results={results}", f"--output={output}"]
    run(changed, "-m", "smartiqa", "figure", "cnn_modules", *options)
    assert output.read_bytes().startswith(b"%PDF")


def test_the_table_is_rendered(changed: Path, tmp_path: Path) -> None:
    write_json(tmp_path / "paper.json", made_up_paper("koniq"))
    output = tmp_path / "rendered.tex"
    options = [f"--values={tmp_path / 'paper.json'}", f"--output={output}"]
    run(changed, "-m", "smartiqa", "render", "--template=paper/tables/backbones.tex.j2", *options)
    text = output.read_text(encoding="utf-8")
    assert re.search(r"^X-convnext & ConvNeXt-Tiny & \S+", text, re.MULTILINE)


def test_the_claim_is_decided(changed: Path, tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from smartiqa.claims.facts import static_facts\n"
        "from smartiqa.claims.measured_times import MeasuredTimes\n"
        "from smartiqa.claims.run_results import RunResults\n"
        "from smartiqa.claims.schema import load_ledger\n"
        "from smartiqa.claims.verdicts import Judge\n"
        "from smartiqa.core.yaml_files import read_yaml\n"
        "config = Path('workflow/config')\n"
        "ledger = load_ledger(config / 'claims.yaml')\n"
        "published = read_yaml(config / 'published.yaml')\n"
        "(claim,) = [claim for claim in ledger.claims if claim.id == 'own-01']\n"
        "times = MeasuredTimes(RunResults(None), None, None)\n"
        "names = {'published': published, **static_facts(published)}\n"
        "print(Judge(ledger, names, times, 'claims.yaml').judge(claim).verdict)"
    )
    assert run(changed, "-c", program).strip() == "confirmed"


def test_the_stage_is_listed_and_runs(changed: Path, dataset: Prepared) -> None:
    assert re.search(r"split-sizes +Count the images", run(changed, "-m", "smartiqa", "--help"))
    counted = run(changed, "-m", "smartiqa", "split-sizes", f"--manifest={dataset.manifest}")
    assert re.search(r"^train +\d+$", counted, re.MULTILINE)
