"""The chain from raw data to tables, figures and numbers."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from command_line import smartiqa
from made_up_paper import CATALOGUE, CONFIG, ROOT, made_up_claims, made_up_paper
from smartiqa.config.planned import planned_experiments, resolve
from smartiqa.config.study import load_study
from smartiqa.core.errors import InputError
from smartiqa.core.files import sha256_of
from smartiqa.core.json_files import write_json
from smartiqa.explanation import subjects as stage
from smartiqa.explanation.printed_numbers import printed_labels
from smartiqa.explanation.subjects import at, explain, paths_in
from smartiqa.provenance.code_digest import code_digest
from smartiqa.provenance.identity import planned_training
from smartiqa.results.study_results import Results
from whole_files import whole_machine, whole_manifest

DEMO = load_study(CONFIG / "demo.yaml")
PLANNED = planned_experiments(DEMO, CATALOGUE)
VALUES = made_up_paper("demo", PLANNED) | {"ledger": made_up_claims()}


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture
def results(tmp_path: Path) -> Results:
    """The demo study with one finished run, C3 with seed 1, of made-up content."""
    study = DEMO
    found = Results(tmp_path / "demo", study, CATALOGUE)
    data = found.folder / "data" / "synthetic"
    (data / "store-none").mkdir(parents=True)
    manifest = whole_manifest(pd.DataFrame({"split": ["train"] * 3 + ["test"]}))
    manifest.to_parquet(data / "manifest.parquet")
    write_json(data / "store-none" / "store.json", {"checksum": "5707e", "count": 4})
    (found.folder / "weights").mkdir()
    (found.folder / "weights" / "swin_base.safetensors").write_bytes(b"weights")
    record = {"source": "file", "file": "given.pth", "sha256": "9e15" * 16}
    write_json(found.folder / "weights" / "swin_base.json", record)
    run = found.run("C3", 1)
    (run / "predictions").mkdir(parents=True)
    (run / "predictions" / "synthetic.parquet").write_bytes(b"predictions")
    (run / "best.safetensors").write_bytes(b"best")
    history = {"epoch": [1, 2, 3, 4], "train_loss": 1.0, "validation_srcc": 0.5}
    pd.DataFrame(history).to_csv(run / "history.csv", index=False)
    machine = {"seconds": 12.5, "device": "A Processor", "precision": "bfloat16", "threads": 1}
    write_json(run / "environment.json", whole_machine(**machine, versions={"torch": "2.15"}))
    settings = resolve(study, CATALOGUE, "C3").model_dump(mode="json")
    digests = {"code": "0ld0", "manifest": found.training_digest, "weights": "77" * 32}
    config = {"experiment": settings, "seed": 1, "images": 9, "best_epoch": 3, **digests}
    write_json(run / "config.json", config)
    return found


def sections(text: str) -> dict[str, str]:
    """The parts of an explanation by title."""
    parts: dict[str, str] = {}
    for line in text.splitlines():
        if not line.startswith(" "):
            title = line
            parts[title] = ""
        else:
            parts[title] += line.removeprefix("  ") + "\n"
    return parts


def test_the_chain_of_a_number_reaches_from_raw_data_to_it(results: Results) -> None:
    name = "experiments.C3.results.synthetic.srcc.mean"
    parts = sections(explain(name, results, VALUES))
    titles = ["rebuild", "reads", "runs", "pretrained weights", "data"]
    assert list(parts) == [name, *titles]
    value = VALUES["experiments"]["C3"]["results"]["synthetic"]["srcc"]["mean"]
    assert f"value: {value}\n" in parts[name]
    assert f"code {code_digest(['smartiqa.stages.collate'])}" in parts[name]
    assert "snakemake --cores 2 --config study=demo -- " in parts["rebuild"]
    assert parts["rebuild"].endswith("paper.json\n")
    runs, run = parts["runs"], results.run("C3", 1)
    now = planned_training(resolve(results.study, results.catalogue, "C3"), 1).code
    assert runs.startswith("C3: SMART-Base\n")
    assert f"seed 1: {run}, epoch 3 of 4 chosen (validation)" in runs
    assert "12.5 s on A Processor, bfloat16, 1 threads, torch=2.15" in runs
    assert f"training code 0ld0 (the code is now {now})" in runs
    for file in ("best.safetensors", "predictions/synthetic.parquet"):
        assert f"{run / file}  sha256 {sha256_of(run / file)[:16]}" in runs
    assert f"manifest sha256 {results.training_digest[:16]}, initial weights sha256 7777" in runs
    assert "mixed.parquet" not in runs
    assert f"seed 2: {results.run('C3', 2)}  (missing; the stage train makes it)" in runs
    assert "given.pth" in parts["pretrained weights"]
    assert "9e15" * 16 in parts["pretrained weights"]
    assert f"manifest.parquet  sha256 {results.training_digest[:16]}" in parts["data"]
    assert "4 images, each with its sha256: test=1 train=3" in parts["data"]
    assert "checksum=5707e" in parts["data"]


def test_every_experiment_is_explained_with_its_own_seeds(results: Results) -> None:
    runs = sections(explain("as_published", results, VALUES))["runs"]
    for name, seeds in {"C0": (1, 2), "P-hyperiqa-as-published": (1,)}.items():
        shown = {seed for seed in (1, 2) if f"{results.run(name, seed)} " in runs}
        assert shown == set(seeds)


def test_raw_data_are_named_with_what_they_were_made_from(tmp_path: Path) -> None:
    study = DEMO
    results = Results(Path("results/demo"), study, CATALOGUE)
    data = sections(explain("datasets.synthetic.images", results, VALUES))["data"]
    photos = study.synthesis.photos
    assert "raw data: results/demo/raw/single/, read by the adapter folder" in data
    assert f"from {len(list(photos.glob('*.jpg')))} photos in {photos}/" in data
    assert f"{photos}/manifest.csv  sha256 {sha256_of(photos / 'manifest.csv')[:16]}" in data


def test_archives_are_named_with_their_checksums(tmp_path: Path) -> None:
    study = load_study(CONFIG / "koniq.yaml")
    results = Results(tmp_path / "koniq", study, CATALOGUE)
    record = {
        "citation": "Hosu et al.",
        "licence": "free",
        "downloads": {"https://example.org/koniq.zip": "sha256:a1b2"},
    }
    write_json(results.folder / "data" / "koniq10k" / "raw.json", record)
    values = made_up_paper("koniq")
    data = sections(explain("experiments.C0.results.koniq10k.plcc", results, values))["data"]
    assert "https://example.org/koniq.zip  sha256:a1b2" in data
    assert "Hosu et al.; terms: free" in data
    assert "manifest.parquet  (missing)" in data


def test_a_table_names_templates_values_and_all_its_runs(results: Results) -> None:
    text = explain("tables/ablation", results, VALUES, with_values=True)
    parts = sections(text)
    assert parts["rebuild"].endswith("-- paper/tables/ablation.tex\n")
    assert "paper/tables/ablation.tex.j2  sha256 " in parts["reads"]
    assert "paper/macros/cells.tex.j2  sha256 " in parts["reads"]
    assert "claims.json" not in parts["reads"]
    assert "experiments.C1.results.synthetic.srcc.mean\n" in parts["reads"]
    assert [line.split(":")[0] for line in parts["runs"].splitlines() if line[0] != " "] == [
        "C0", "C1", "C2", "C3",
    ]  # fmt: skip
    assert "--values lists them" in explain("tables/ablation", results, VALUES)
    assert "claims.json" in sections(explain("tables/claims_summary", results, VALUES))["reads"]


def test_a_figure_names_the_files_that_it_reads(results: Results) -> None:
    parts = sections(explain("figures/pca_weights", results, VALUES))
    for name in ("C1", "C3"):
        assert f"{results.run(name, 1)}/generated.parquet  (missing)" in parts["reads"]
    assert "seed 2" not in parts["runs"]
    assert parts["rebuild"].endswith("-- figures/pca_weights.pdf\n")
    assert (
        f"code {code_digest(['smartiqa.stages.figure', 'smartiqa.paper.figures.pca_weights'])}"
        in parts["figures/pca_weights"]
    )


def test_a_test_of_another_runs_checkpoint_says_so(results: Results) -> None:
    runs = sections(explain("experiments.T-centre.results.synthetic.srcc", results, VALUES))["runs"]
    assert "T-centre: centre crop, tests the checkpoint of C3" in runs
    assert f"seed 1: {results.run('C3', 1)}, epoch 3 of 4" in runs
    assert f"tested in {results.run('T-centre', 1)}" in runs


def test_what_comes_from_no_run_says_so(results: Results) -> None:
    parts = sections(explain("published.ablation.C3.srcc", results, VALUES))
    assert parts["runs"] == parts["data"] == "none\n"
    assert "workflow/config/published.yaml  sha256" in parts["reads"]


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        ("ablation", "tables/ablation"),
        ("tab:cnn", "tables/cnn_generalisation"),
        ("fig:pca", "figures/pca_weights"),
        ("paper/tables/sizes.tex", "tables/sizes"),
        ("figures/losses.pdf", "figures/losses"),
        ("sections/results", "sections/results"),
    ],
)
def test_names_may_be_short_or_files(short: str, whole: str, results: Results) -> None:
    assert explain(short, results, VALUES) == explain(whole, results, VALUES)


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("tables/ablatoin", "tables/ablation"),
        ("figures/pca_weight", "figures/pca_weights"),
        ("experiments.C3.datasets.synthetic.srcc", "experiments.C3.results.synthetic.srcc"),
        ("losses", "tables/losses"),  # also a figure, so the name alone says nothing
        ("", "see paper/"),
    ],
)
def test_an_unknown_name_is_one_error_with_the_nearest(
    wrong: str, near: str, results: Results
) -> None:
    with pytest.raises(InputError, match="is no table, figure, section, experiment") as raised:
        explain(wrong, results, VALUES)
    assert near in str(raised.value)
    assert "\n" not in str(raised.value)


def test_every_path_can_be_read() -> None:
    values = json.loads(json.dumps(VALUES))
    for path in paths_in(values, leaves=True):
        assert not isinstance(at(path, values), dict) or at(path, values) == {}  # nothing is below
    assert at("comparisons.ablation[1].second", values) == "C2"
    assert at("experiments.A-0.3.title", values) == "L1 + 0.3 ranking"


def test_the_command_line_prints_it(
    results: Results,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_json(results.folder / "paper.json", made_up_paper("demo", PLANNED))
    monkeypatch.setattr(stage.Results, "of", lambda study, _: {"demo.yaml": results}[study.name])
    smartiqa("explain", "tables/ablation")
    printed: Any = capsys.readouterr().out
    assert printed == explain("tables/ablation", results, made_up_paper("demo", PLANNED))


def test_a_study_without_results_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    empty = Results(tmp_path, load_study(CONFIG / "koniq.yaml"), CATALOGUE)
    monkeypatch.setattr(stage.Results, "of", lambda *_: empty)
    with pytest.raises(
        InputError, match=r"koniq has no .* study=koniq -- paper/tables/ablation\.tex"
    ):
        smartiqa("explain", "tables/ablation", study="koniq")


def test_what_people_read_is_known(results: Results) -> None:
    labels = printed_labels(Path("paper"), VALUES)
    assert labels["Table IV"] == ("tab:ablation", "tables/ablation")
    assert labels["Fig. 2"] == ("fig:ablation", "sections/results")
    assert stage.find("Fig. 1", results, VALUES).name == "sections/architecture"
    for written in ("table 4", "Table IV", "Tab. IV"):
        assert stage.find(written, results, VALUES).name == "tables/ablation"
    with pytest.raises(InputError, match=r"no Fig\. 99; the last of its figures has"):
        stage.find("Fig. 99", results, VALUES)


@pytest.mark.parametrize(
    ("written", "name"),
    [("Section II", "related_work"), ("section 5", "results"), ("Sec. V-B", "floors"),
     ("Section IV-D", "setup"), ("Appendix D", "ledger"), ("appendix b", "appendix")],
)  # fmt: skip
def test_sections_are_known_as_they_are_numbered(written: str, name: str, results: Results) -> None:
    subject = stage.find(written, results, VALUES)
    assert (subject.kind, subject.target) == ("sections", f"paper/sections/{name}.tex")


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("Section XX", "the last of its sections has the number IX"),
        ("Section V-Z", "no Section V-Z"),
        ("Appendix Q", "the last of its appendices has the number D"),
        ("Table CCC", "the last of its tables has the number "),
        ("Tabel III", "the nearest are: Table III, "),
        ("Sectoin II", "the nearest are: Section II, "),
    ],
)
def test_a_wrong_number_or_word_names_what_there_is(
    wrong: str, hint: str, results: Results
) -> None:
    with pytest.raises(InputError, match=re.escape(hint)):
        stage.find(wrong, results, VALUES)


def test_headings_are_numbered_as_latex_numbers_them(tmp_path: Path) -> None:
    """What IEEEtran's references to such headings say, beside ours."""
    if not shutil.which("pdflatex"):
        pytest.skip("needs TeX")
    ours = [name for name in printed_labels(Path("paper"), VALUES) if name[0] in "SA"]
    lines, appendices = ["\\documentclass{IEEEtran}\\begin{document}x"], False
    for place, name in enumerate(ours):
        if name.startswith("Appendix") and not appendices:
            lines.append("\\appendices")
            appendices = True
        level = "subsection" if "-" in name else "section"
        lines.append(f"\\{level}{{x}}\\label{{head{place}}}")
    (tmp_path / "heads.tex").write_text("\n".join([*lines, "\\end{document}"]))
    subprocess.run(
        ["pdflatex", "-interaction=batchmode", "heads.tex"],
        cwd=tmp_path, check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    written = (tmp_path / "heads.aux").read_text()
    numbers = re.findall(r"\\newlabel\{head\d+\}\{\{(.*)\}\{\d+\}\}", written)
    assert appendices
    assert [name.split()[1] for name in ours] == [
        re.sub(r"\\mbox|[{}\s]", "", number) for number in numbers
    ]


def test_an_exhibit_that_is_left_out_is_not_counted(results: Results) -> None:
    few = made_up_paper("demo", ["C3"]) | {"ledger": made_up_claims()}
    assert stage.find("Fig. 2", results, few).name == "figures/training_curves"


def test_an_experiment_is_known_by_its_id(results: Results) -> None:
    parts = sections(explain("C3", results, VALUES))
    assert "/runs/C3/seed1/metrics.json\n" in parts["rebuild"]
    assert "values (--values lists them)" in parts["reads"]
    assert parts["runs"].startswith("C3: SMART-Base\n")
    assert "C0:" not in parts["runs"]
    assert f"smartiqa.stages.score, code {code_digest(['smartiqa.stages.score'])}" in parts["C3"]


def test_before_anything_ran_an_experiment_has_settings_and_others_a_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = Results(tmp_path / "demo", DEMO, CATALOGUE)
    monkeypatch.setattr(stage.Results, "of", lambda *_: empty)
    smartiqa("explain", "C3")
    parts = sections(capsys.readouterr().out)
    assert "recipe smart: optimizer=adamw" in parts["runs"]
    assert "(missing; the stage train makes it)" in parts["runs"]
    assert "values" not in parts["reads"]
    assert "raw data: " in parts["data"]
    for name, target in {
        "ablation": "paper/tables/ablation.tex", "figures/pca_weights": "figures/pca_weights.pdf",
        "sections/method": "paper/sections/method.tex", "Table III": "paper/main.pdf",
    }.items():  # fmt: skip
        with pytest.raises(InputError, match=rf"no results .* -- {re.escape(target)}$"):
            smartiqa("explain", name)
    with pytest.raises(InputError, match=r"does not run the experiment R1 .* `experiments`"):
        smartiqa("explain", "R1")


def test_a_claim_is_known_by_its_id(results: Results) -> None:
    claims = VALUES["ledger"]["claims"]
    static = next(claim for claim in claims if claim["needs"] == "nothing")
    measured = next(claim for claim in claims if claim["needs"] != "nothing")
    parts = sections(explain(static["id"], results, VALUES))
    assert f'"id": "{static["id"]}"' in next(iter(parts.values()))
    assert parts["runs"] == "none\n"
    assert "C0: HyperIQA" in explain(measured["id"], results, VALUES)
