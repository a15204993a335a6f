"""The paper's own templates: no typed-in results, no dangling references, and a PDF."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pypdf
import pytest
from matplotlib.figure import Figure

from made_up_paper import BASICS, ROOT, made_up_claims, made_up_cost, made_up_paper, made_up_timing
from smartiqa.claims.ledger import COLUMNS
from smartiqa.data.adapters import load_adapter
from smartiqa.paper.exhibits import shown
from smartiqa.paper.figures.needs import figure_names
from smartiqa.paper.latex.environment import render, template_closure
from smartiqa.paper.latex.log_check import check_log
from smartiqa.paper.latex.numbers import number_word
from smartiqa.paper.rendering import render_part

PAPER = ROOT / "paper"
TEMPLATES = sorted([*PAPER.glob("*.j2"), *PAPER.glob("sections/*.j2"), *PAPER.glob("tables/*.j2")])
INDEX = "tables/provenance.tex"
ALL_TEMPLATES = sorted(PAPER.glob("**/*.j2"))
# Name, experiments that were run, number of seeds.
STUDIES: dict[str, tuple[str, tuple[str, ...] | None, int | None]] = {
    "few": ("demo", BASICS, None),
    "all": ("koniq", None, None),
    "demo": ("demo", None, None),
    "one experiment": ("demo", ("R0",), None),
    "one seed": ("demo", None, 1),
    "a CNN": ("biq2021", ("R0", "R3"), None),
    "a size": ("biq2021", ("B-tiny",), None),
}

# What may stand in a template as digits: nothing that was ever measured.
LENGTH = re.compile(
    r"\d*\.?\d+(?:pt|em|ex|mm|cm|in\b|\\(?:line|column|text)(?:width|height))"
    r"|pos=\d*\.\d+|black!\d+|(?:blue|orange|green)!\d+"
)
NAMES = re.compile(r"\\cite\{[^}]*\}|\"[a-z_]+\d{4}\w*\"|KonIQ-10k|\bA-0\.3\b")
ALLOWED = {
    # Equation of the fidelity loss, margin of the hinge, a width of Swin-Base.
    "method.tex.j2": {"1.702", "0.1", "1024"},
    "architecture.tex.j2": {"2.5"},  # the middle of four arrows
    "setup.tex.j2": {"0.05", "0.35"},  # level of the tests, GMSD that scores 0
    "published_methods.tex.j2": {"0.9"},  # of the height of a row
    "main.tex.j2": {"0.9", "0.85", "0.12", "0.8"},  # shares of a page that floats may take
}
UNITS = {"1000000", "1000000000", "3600", "1000"}  # divisors in expressions
LEVEL = re.compile(r"95\s*\\,\\%")
DECIMAL = re.compile(r"(?<![\w.])\d*\.\d+(?![\w.])|(?<![\w.-])\d{4,}(?!\w)|\d\s*(?:\\,)?\\%")


def typed_in_results(template: Path) -> list[str]:
    """Decimals, percentages and long numbers of a template that are not on the list."""
    text = template.read_text(encoding="utf-8")
    text = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("%#"))
    for harmless in (LENGTH, NAMES, LEVEL):
        text = harmless.sub(" ", text)
    allowed = ALLOWED.get(template.name, set()) | UNITS
    return [match for match in DECIMAL.findall(text) if match not in allowed]


@pytest.mark.parametrize("template", ALL_TEMPLATES, ids=lambda path: path.name)
def test_no_result_is_typed_into_a_template(template: Path) -> None:
    assert typed_in_results(template) == []


@pytest.mark.parametrize(
    "sentence",
    ["reaches an SRCC of 0.842", "of .842", r"gains 87\,\% of it", "12845313 values", "5.3 hours"],
)
def test_the_lint_finds_typed_in_results(tmp_path: Path, sentence: str) -> None:
    template = tmp_path / "results.tex.j2"
    template.write_text(rf"\section{{Results}} The model {sentence} [0.8\linewidth].")
    assert len(typed_in_results(template)) == 1


def test_every_caption_of_a_table_names_study_and_label() -> None:
    for template in PAPER.glob("tables/*.j2"):
        text = template.read_text(encoding="utf-8")
        tagged = "study_tag()" in text or r"\VAR{study.score_name}" in text
        assert tagged or template.name == "symbols.tex.j2", template.name


def test_citations_and_bibliography_agree() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in ALL_TEMPLATES)
    cited = {key for keys in re.findall(r"\\cite\{([^}\\]+)\}", text) for key in keys.split(",")}
    cited |= set(re.findall(r'"[a-z_0-9]+": "([a-z]+\d{4}\w+)"', text))
    entries = re.findall(r"^@\w+\{(\w+),$", (PAPER / "references.bib").read_text(), re.MULTILINE)
    assert len(entries) == len(set(entries))
    assert cited == set(entries)


def test_every_table_and_figure_is_in_the_paper() -> None:
    sections = "\n".join(path.read_text() for path in PAPER.glob("sections/*.j2"))
    sections += (PAPER / "main.tex.j2").read_text()
    tables = {path.name.removesuffix(".tex.j2") for path in PAPER.glob("tables/*.j2")}
    assert set(re.findall(r"\\input\{tables/(\w+)\}", sections)) == tables
    assert set(re.findall(r'call figure\("(\w+)"', sections)) == set(figure_names())
    inputs = set(re.findall(r"\\input\{sections/(\w+)\}", sections))
    assert inputs == {path.name.removesuffix(".tex.j2") for path in PAPER.glob("sections/*.j2")}


def test_the_equation_of_the_proxy_score_is_that_of_the_code() -> None:
    code = (ROOT / "src" / "smartiqa" / "data" / "synthetic" / "proxy_scores.py").read_text()
    limit = re.search(r"^GMSD_RANGE = ([\d.]+) ", code, re.MULTILINE)
    assert limit
    assert f"c = {limit[1]}," in (PAPER / "sections" / "setup.tex.j2").read_text()


def test_labels_that_are_cut_off_are_told(tmp_path: Path) -> None:
    values = values_of("demo")
    for record in values["datasets"].values():
        record["score_low"] = record["score_worst"] + 3
    assert "Cut off" not in section("setup", values, tmp_path)
    values["datasets"]["mixed"]["score_low"] = values["datasets"]["mixed"]["score_worst"]
    title = values["datasets"]["mixed"]["title"]
    assert f"Cut off at 0 are the lowest labels of {title}." in section("setup", values, tmp_path)


@pytest.mark.parametrize("study", ["all", "few"])
def test_the_index_names_runs_seeds_data_and_code_of_all(study: str) -> None:
    values = values_of(study)
    texts = {n: t for n, t in texts_of(study).items() if shown(values, n.removesuffix(".tex"))}
    rows = dict(
        re.findall(r"^(?:Table|Fig\.)~\\ref\{(.*?)\} & (.*) \\\\$", texts[INDEX], re.MULTILINE)
    )
    tables = re.findall(r"\\label\{(tab:[\w-]+)\}", "".join(texts.values()))
    figures = re.findall(r"\\label\{(fig:[\w-]+)\}", texts["sections/results.tex"])
    assert set(tables) - {"tab:provenance"} | set(figures) <= set(rows)
    digest, code = r"\texttt{d16e57d1}", r"\texttt{c0dec0de}"
    seeds, first = {"all": ("42, 43 and 44", "42"), "few": ("1, 2 and 3", "1")}[study]
    assert rows["tab:ablation"] == f"C0, C1, C2 and C3 & {seeds} & {digest} & {code}"
    assert rows["fig:pca"] == f"C1 and C3 & {first} & {digest} & {code}"
    assert rows["tab:symbols"] == "n/a & n/a & n/a & n/a"
    assert rows["tab:metrics"].startswith("all & ")


def test_only_the_ablation_speaks_of_steps() -> None:
    texts = texts_of("all")
    assert re.search(r"^C2 & \+ multi-scale features &", texts["tables/ablation.tex"], re.MULTILINE)
    assert re.search(
        r"^C3 & \+ attention \(SMART-Base\) &", texts["tables/ablation.tex"], re.MULTILINE
    )
    for name in ("C2", "C3"):
        (row,) = re.findall(rf"^{name} & (.*)$", texts["tables/metrics.tex"], re.MULTILINE)
        assert not row.startswith("+")


def values_of(study: str) -> dict[str, Any]:
    values = made_up_paper(*STUDIES[study]) | {"ledger": made_up_claims()}
    values |= {"timing": made_up_timing(values["roles"]["timed"]), "cost": made_up_cost()}
    result: dict[str, Any] = json.loads(json.dumps(values, sort_keys=True))  # as in the file
    return result


def render_all(values: dict[str, Any], folder: Path) -> dict[str, str]:
    """Render all templates as the stage does; `texts_of` has those of unchanged studies."""
    texts = {}
    for template in TEMPLATES:
        output = folder / template.relative_to(PAPER).with_suffix("")
        render_part(template, values, output)
        texts[str(output.relative_to(folder))] = output.read_text(encoding="utf-8")
    return texts


@functools.cache
def texts_of(study: str) -> Mapping[str, str]:
    """All templates rendered with the values of a study, once for all tests."""
    with tempfile.TemporaryDirectory() as folder:
        return MappingProxyType(render_all(values_of(study), Path(folder)))


@pytest.mark.parametrize("study", STUDIES)
def test_every_template_renders(study: str) -> None:
    texts = texts_of(study)
    assert len(texts) == len(TEMPLATES)
    for name, text in texts.items():
        assert not re.search(r"&(?:amp|lt|gt|#34|#39);", text), f"{name} was escaped for HTML"
        assert not re.search(r"\\(VAR|BLOCK)\{", text), name


def test_what_was_not_run_is_marked() -> None:
    texts = texts_of("few")
    row = next(line for line in texts["tables/losses.tex"].splitlines() if line.startswith("L-l2"))
    assert "not run" in texts["tables/losses.tex"].split(row)[1].split(r"\\")[0]
    for name in ("losses", "as_published", "regularisation", "attention_variants"):
        rows = texts[f"tables/{name}.tex"].splitlines()
        assert not any(line.startswith(("A-1 ", "P-squash ", "W-1e-4", "G-se ")) for line in rows)
    assert not re.search(r"&\s*(?:&|\\\\)", texts["tables/regularisation.tex"]), "an empty cell"


MARKS = {
    r"\textendash": "A dash: not published.",
    "n/a": "n/a: does not apply.",
    "not run": "Not run: not measured in this study.",
}


@pytest.mark.parametrize("study", STUDIES)
def test_each_mark_of_a_missing_value_is_explained_where_it_is_used(study: str) -> None:
    tables = {
        name: text
        for name, text in texts_of(study).items()
        if name.startswith("tables/") and r"\tablenote" in text
    }
    assert len(tables) > 10
    for name, text in tables.items():
        cells = {cell.strip() for cell in re.split(r"&|\\\\|\{|\}", text.split(r"\tablenote")[0])}
        assert not cells & {"none", "None"}, name
        for mark, meaning in MARKS.items():
            if mark in cells:
                assert meaning in text, (name, mark)


@pytest.mark.parametrize("study", STUDIES)
def test_a_table_names_the_runs_that_it_shows_and_no_others(study: str) -> None:
    named = 0
    for name, text in texts_of(study).items():
        if found := re.search(r"\bRuns: (.*)", text):
            runs = re.findall(r"\b[A-Z]\w*(?:-[\w.-]*\w)?", re.sub(r"\([^)]*\)", "", found[1]))
            missing = [run for run in runs if not re.search(rf"\b{run}\b", text[: found.start()])]
            assert not missing, (name, missing)
            named += len(runs)
    assert named > 1


def test_an_error_of_another_scale_is_marked() -> None:
    texts = {name: texts_of(name) for name in ("demo", "few")}
    mark = r"\textsuperscript{\dag}"
    body, note = texts["demo"]["tables/metrics.tex"].split(r"\bottomrule")
    rows = [row.strip().split(" & ")[0] for row in body.split(r"\\") if mark in row]
    assert rows == ["L-srcc", "L-ranking", "L-fidelity"]
    assert "only compares predictions with one another" in note
    assert mark not in texts["few"]["tables/metrics.tex"]


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    text = texts_of("all")["sections/setup.tex"].replace(r"\allowbreak{}", "")
    assert "Of SPAQ, 8 images are left out:" in text
    assert r"score missing (\texttt{a\_b \& 50\%.jpg})." in text
    assert "SPAQ and KonIQ-10k have 2 images in common" in text
    values = values_of("all")
    for record in values["datasets"].values():
        record["skipped"] = {"images": 0, "problems": []}
    render(PAPER / "sections" / "setup.tex.j2", values, tmp_path / "setup.tex")
    assert "Nothing is left out" in (tmp_path / "setup.tex").read_text(encoding="utf-8")


def section(name: str, values: dict[str, Any], folder: Path) -> str:
    render(PAPER / "sections" / f"{name}.tex.j2", values, folder / f"{name}.tex")
    return " ".join((folder / f"{name}.tex").read_text(encoding="utf-8").split())


@pytest.mark.parametrize(
    ("split", "said"),
    [
        ({"kind": "official", "drawn": []}, "This split is the dataset's own."),
        (
            {"kind": "official", "drawn": ["validation"], "keep_series": True},
            "drawn from its training images by a seed, images that look alike together.",
        ),
        (
            {"kind": "by_reference", "drawn": ["train", "validation", "test"]},
            "All three parts are drawn by a seed, whole contents.",
        ),
        (
            {"kind": "random", "drawn": ["train", "validation", "test"], "keep_series": False},
            "All three parts are drawn by a seed. Adapters",
        ),
    ],
)
def test_how_the_split_was_drawn_is_said(tmp_path: Path, split: dict[str, Any], said: str) -> None:
    values = values_of("all")
    values["datasets"]["koniq10k"]["split"] = split
    assert said in section("setup", values, tmp_path)


def test_near_duplicates_are_counted_and_results_shown_without_them(tmp_path: Path) -> None:
    values = values_of("all")
    text = section("setup", values, tmp_path)
    assert "KonIQ-10k has 43 such pairs, 15 of them in two parts; 14 test images look like" in text
    assert "SPAQ has no such pairs." in text
    koniq = values["experiments"]["R0"]
    koniq["results"]["koniq10k"]["srcc"] |= {"mean": 0.845, "low": 0.831, "high": 0.858}
    apart = koniq["without_near_duplicates"]["koniq10k"]
    apart["srcc"] |= {"mean": 0.836, "low": 0.822, "high": 0.851}
    text = section("results", values, tmp_path)
    assert "of KonIQ-10k that look like one in training, 2\\,001 remain. On these C0 has" in text
    assert re.search(r"R0 has an SRCC of .*0\.836.* instead of .*0\.845.*, R3 has", text)
    values["datasets"]["koniq10k"]["near_duplicates"]["test_images"] = 0
    assert "that look like one in training" not in section("results", values, tmp_path)


def test_times_are_quoted_with_their_machine_or_said_to_be_missing(tmp_path: Path) -> None:
    values = values_of("all")
    table, statement = (
        texts_of("all")[f"{name}.tex"] for name in ("tables/complexity", "sections/limitations")
    )
    assert table.count("& 12.3 &") == 10  # four published models, six of this study
    assert table.count(r"& 1\,230 \\") == 6
    assert r"A GPU \#1" in table
    assert r"A\_Processor \& Co" in statement
    assert "1.51 hours of wall time" in statement
    assert "5.35 minutes" in statement
    assert "Of these trainings, 20 computed in bfloat16 and six in float32;" in statement
    assert "Energy was not measured" in statement
    values["timing"]["experiments"]["C3"]["joules_per_image"] = 0.123456
    assert "0.123 joules" in section("limitations", values, tmp_path)
    del values["timing"], values["cost"]
    render(PAPER / "tables" / "complexity.tex.j2", values, tmp_path / "complexity.tex")
    assert "not run" in (tmp_path / "complexity.tex").read_text(encoding="utf-8")
    assert "wall time" not in section("limitations", values, tmp_path)


def test_what_was_mixed_is_said(tmp_path: Path) -> None:
    values = values_of("demo")
    text = section("appendix", values, tmp_path)
    assert (
        "computed with numpy 2.4.6, timm 1.0.31, and torch 2.15.0, on cpu x86\\_64 AVX512" in text
    )
    assert "in bfloat16 (25 trainings) and float32 (one training: A-0.1)." in text
    assert "not exact repetitions" not in text
    [torch] = values["computed"]["versions"]["torch"]
    older = {"value": "2.14.0", "trainings": 2, "experiments": ["C0", "C3"]}
    values["computed"]["versions"]["torch"] = [torch | {"trainings": 24}, older]
    values["computed"]["mixed"] = True
    text = section("appendix", values, tmp_path)
    assert "torch 2.15.0 (24 trainings) and 2.14.0 (two trainings: C0 and C3), on" in text
    assert "Trainings under different versions or on different kinds of device are not" in text


def test_what_a_second_task_names_is_said(tmp_path: Path) -> None:
    distortion, scene = (
        "its distortion (M-distortion)",
        "each category of its scene by itself (M-scene)",
    )
    text = section("results", values_of("all"), tmp_path)
    assert f"a linear layer names {distortion} or {scene}; the cross-entropy" in text
    text = section("results", made_up_paper("koniq", ("B-tiny", "M-scene")), tmp_path)
    assert f"a linear layer names {scene}; the cross-entropy" in text


def test_a_proxy_score_is_never_called_opinion() -> None:
    texts = texts_of("demo")
    assert "proxy score" in texts["main.tex"]
    assert "mean opinion score" not in "".join(texts.values())
    for name in (path.name.removesuffix(".j2") for path in PAPER.glob("tables/*.j2")):
        text = texts[f"tables/{name}"]
        assert "proxy score" in text or "\\caption" not in text or name == "symbols.tex", name


def made_up(study: str, run: tuple[str, ...], seeds: int | None = None) -> dict[str, Any]:
    values = made_up_paper(study, run, seeds) | {"ledger": made_up_claims()}
    result: dict[str, Any] = json.loads(json.dumps(values, sort_keys=True))
    return result


def test_human_opinion_is_not_denied(tmp_path: Path) -> None:
    """What the text says of proxy scores and of transformers is said of a study that has them."""
    own = {"introduction": "another kind of label", "conclusion": "not about human opinion"}
    own |= {"limitations": "its full model has fewer parameters", "setup": "C0 and C3 differ in"}
    human, proxy = made_up("biq2021", ("R0", "R3")), made_up("demo", BASICS)
    proxy["complexity"]["SMART-Base"]["parameters"] = 10**9
    for name, said in own.items():
        assert said in section(name, proxy, tmp_path), name
        assert said not in section(name, human, tmp_path), name
    assert "about BIQ2021 and the MOS, not about KonIQ-10k" in section(
        "conclusion", human, tmp_path
    )


def test_the_direction_of_labels_is_said(tmp_path: Path) -> None:
    values = made_up("biq2021", ("R0", "R3"))
    values["study"]["score_name"] = "DMOS"
    own = values["datasets"][values["study"]["training_dataset"]]
    own |= {"score_worst": 5.0, "score_best": 1.0}
    reversed_ = section("setup", values, tmp_path)
    assert "between 5 for the worst and 1 for the best photos" in reversed_
    render(PAPER / "tables" / "datasets.tex.j2", values, tmp_path / "datasets.tex")
    assert "5 to 1 & " in (tmp_path / "datasets.tex").read_text(encoding="utf-8")
    for part in ("abstract", "results"):
        assert "against the reversed DMOS" in section(part, values, tmp_path)
    own |= {"score_worst": 1.0, "score_best": 5.0}
    for part in ("abstract", "results"):
        assert "against the DMOS" in section(part, values, tmp_path)


def test_the_title_is_about_what_is_shown(tmp_path: Path) -> None:
    for study, run, adds in (
        ("demo", BASICS, True),
        ("biq2021", ("R0", "R3"), True),
        ("demo", ("B-tiny",), False),
    ):
        render(PAPER / "main.tex.j2", made_up(study, run), tmp_path / "main.tex")
        text = (tmp_path / "main.tex").read_text(encoding="utf-8")
        assert ("What Multi-Scale Attention Adds to a Hyper Network" in text) is adds
        assert (": A Hyper Network for Blind" in text) is not adds
        assert ("Rebuilding SMART-IQA" in text) is (study == "demo")


def test_a_paper_without_transformers_is_not_about_them(tmp_path: Path) -> None:
    """Its note stands on the first page once; of published models it speaks as such."""
    cnns = made_up("biq2021", ("R0", "R3"))
    about = re.compile("transformer|Swin", re.IGNORECASE)
    render(PAPER / "main.tex.j2", cnns, tmp_path / "main.tex")
    texts = [(tmp_path / "main.tex").read_text(encoding="utf-8")]
    for name in ("abstract", "setup", "method"):
        texts.append(section(name, cnns, tmp_path))
        assert about.search(section(name, values_of("demo"), tmp_path)), name
    assert not any(map(about.search, texts))
    texts.append(section("introduction", cnns, tmp_path))
    note = " ".join(cnns["study"]["note"].split())
    assert [" ".join(text.split()).count(note) for text in texts] == [1, 0, 0, 0, 0]


ABOUT_WHAT_WAS_NOT_RUN = {
    "introduction": "whether the modules help a convolutional backbone",
    "conclusion": "measured every step between them",
    "setup": "only in the row that studies it (P-test-selection)",
    "appendix": "shows what the four stages of C3 respond to",
}
RESULTS_OF_WHAT_WAS_NOT_RUN = (
    "decompose the way from the baseline",
    "repeats it for single-scale and multi-scale input",
    "splits the error by distortion",
)


def test_nothing_is_said_of_what_was_not_run(tmp_path: Path) -> None:
    losses, whole = made_up("demo", ("L-l2", "L-srcc")), values_of("demo")
    for name, said in ABOUT_WHAT_WAS_NOT_RUN.items():
        assert said in section(name, whole, tmp_path), name
        assert said not in section(name, losses, tmp_path), name
    text, full = section("results", losses, tmp_path), section("results", whole, tmp_path)
    for said in RESULTS_OF_WHAT_WAS_NOT_RUN:
        assert said not in text, said
        assert said in full, said
    assert "Among variants of the loss, the difference seen in SRCC from L-l2 is" in text


# What a paper must not say of its study, whatever the study is.
ABSENCE = re.compile(
    r"not run in this study|did not (?:run|train)|was not run|ran none|No other variant"
    r"|no other dataset|has no gate|No model of the ablation"
)
LABEL, REFERENCE = (re.compile(rf"\\{name}\{{((?:tab|fig):[\w-]+)\}}") for name in ("label", "ref"))


@pytest.mark.parametrize("study", STUDIES)
def test_what_a_study_has_no_data_for_leaves_its_paper(study: str) -> None:
    whole = included("main", texts_of(study))
    labels, references = LABEL.findall(whole), REFERENCE.findall(whole)
    assert len(labels) == len({*labels})
    assert {*references} == {*labels}, "each is there, and spoken of"
    assert not ABSENCE.search(" ".join(whole.split()))
    assert not re.search(r"\\midrule\s*\\(?:midrule|bottomrule)", whole), "an empty part of a table"
    assert not re.search(r"section\{[^}]*\}\s*(?:%.*\s*)*\\(?:sub)?section\{[^}]*\}\s*\\sub", whole)


def included(name: str, texts: Mapping[str, str]) -> str:
    """A rendered template with all that it includes in its place."""
    text = texts[f"{name}.tex"]
    return re.sub(r"\\input\{([\w/]+)\}", lambda found: included(found[1], texts), text)


@pytest.mark.parametrize(
    ("study", "there", "gone"),
    [
        ("a size", {"fig:curves", "fig:predictions"}, {"tab:cnn", "tab:ablation", "tab:losses"}),
        ("a CNN", {"tab:cnn", "fig:sizes"}, {"tab:state-of-the-art", "tab:attention"}),
        ("all", {"tab:ablation", "fig:losses", "tab:cross-dataset", "tab:as-published"}, set()),
    ],
)
def test_what_a_study_compares_is_in_its_paper(study: str, there: set[str], gone: set[str]) -> None:
    labels = {*LABEL.findall(included("main", texts_of(study)))}
    assert there <= labels
    assert not gone & labels


def test_how_many_experiments_were_run_is_said(tmp_path: Path) -> None:
    text = section("introduction", made_up("demo", BASICS), tmp_path)
    assert "of which this study ran eight;" in text


def test_a_study_without_other_datasets_claims_no_test_on_them(tmp_path: Path) -> None:
    values = values_of("demo")
    said = "test the models on data that they were not trained on"
    assert said in section("results", values, tmp_path)
    values["study"]["cross_datasets"] = []
    assert said not in section("results", values, tmp_path)


def test_the_spread_of_one_seed_is_not_called_poorly_known(tmp_path: Path) -> None:
    assert "With one seed, the spread over seeds is not known, and" in section(
        "limitations", values_of("one seed"), tmp_path
    )
    text = section("limitations", values_of("demo"), tmp_path)
    assert "With at most three seeds, the spread over seeds is itself poorly known, and" in text


def test_one_changed_run_changes_only_what_shows_it(tmp_path: Path) -> None:
    values = values_of("all")
    before = texts_of("all")
    statistic = values["experiments"]["G-se"]["results"]["koniq10k"]["srcc"]
    statistic |= {"mean": 0.5, "low": 0.45, "high": 0.55}
    after = render_all(values, tmp_path)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {f"tables/{n}.tex" for n in ("attention_variants", "metrics", "ranking")}


def test_sentences_follow_the_outcome(tmp_path: Path) -> None:
    values = values_of("all")
    comparison = next(c for c in values["comparisons"]["cnn"] if c["second"] == "R3")
    texts = {}
    for difference, significant in ((0.03, True), (0.001, False), (-0.03, True)):
        comparison |= {
            "difference": difference,
            "low": difference - 0.005,
            "high": difference + 0.005,
            "significant": significant,
        }
        render(PAPER / "sections" / "conclusion.tex.j2", values, tmp_path / "conclusion.tex")
        texts[difference] = (tmp_path / "conclusion.tex").read_text(encoding="utf-8")
    assert "carry over to the CNN" in texts[0.03]
    assert "No gain of the modules can be shown" in texts[0.001]
    assert "harm the CNN" in texts[-0.03]


@pytest.mark.parametrize("name", ["abstract", "conclusion"])
def test_no_claims_within_noise_are_not_counted(name: str, tmp_path: Path) -> None:
    values = values_of("demo")
    assert "lie within noise" in section(name, values, tmp_path)
    values["ledger"]["by_verdict"]["within noise"] = 0
    assert "within noise" not in section(name, values, tmp_path)


def test_reasons_are_said_to_be_where_they_are_written() -> None:
    text = texts_of("demo")["tables/claims_contradicted.tex"]
    place = re.sub(r"\\texttt|\\allowbreak|[{}]", "", text).partition("verdict in ")[2]
    assert place.startswith("results/demo/claims.md.")
    assert "reason" in COLUMNS  # of that file


def test_equal_values_from_two_places_count_once() -> None:
    quoted = values_of("demo")["published"]["hyperiqa_on_koniq"].values()
    different = {entry["srcc"] for entry in quoted}
    assert len(different) < len(quoted)
    text = texts_of("demo")["sections/introduction.tex"]
    assert f"quoted with {number_word(len(different))} different values" in text


def test_only_datasets_of_which_a_subset_was_tested_are_said_to_be() -> None:
    text = " ".join(texts_of("all")["sections/results.tex"].split())
    _, told = text.split(r"on two of them on a subset of the images (", 1)
    told = told.partition(")")[0].replace(r"\,", "")
    tested = values_of("all")["published"]["code"]["cross_dataset"]
    for adapter, title in (("spaq", "SPAQ"), ("kadid10k", "KADID-10k"), ("agiqa3k", "AGIQA-3K")):
        images = tested[adapter]["images"]
        parts = images < load_adapter(adapter).FACTS.images
        assert (f"{images} of {title}" in told) == parts, title


def test_the_macros_belong_to_every_table_that_uses_them() -> None:
    assert PAPER / "macros" / "cells.tex.j2" in template_closure(PAPER / "tables" / "losses.tex.j2")


def build(values: dict[str, Any], folder: Path) -> Path:
    """Render and typeset the paper with grey boxes for figures."""
    paper = folder / "paper"
    render_all(values, paper)
    (paper / "references.bib").write_bytes((PAPER / "references.bib").read_bytes())
    (folder / "figures").mkdir()
    for name in figure_names():
        metadata = {"CreationDate": None}
        Figure(figsize=(3.5, 2)).savefig(folder / "figures" / f"{name}.pdf", metadata=metadata)
    command = ["latexmk", "-pdf", "-interaction=nonstopmode", "-halt-on-error", "main.tex"]
    clock = {"SOURCE_DATE_EPOCH": "1700000000", "FORCE_SOURCE_DATE": "1"}
    done = subprocess.run(
        command, cwd=paper, env=os.environ | clock, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:]
    return paper


@pytest.fixture(scope="module")
def typeset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    values = values_of("all")
    values["datasets"]["koniq10k"]["title"] = r"Kon_IQ & 50 % {of} \it #1 $x^2$ ~ Ünïcøde 猫"
    return build(values, tmp_path_factory.mktemp("paper"))


def test_the_paper_is_typeset_without_a_fault(typeset: Path) -> None:
    check_log(typeset / "main.log")
    reader = pypdf.PdfReader(typeset / "main.pdf")
    assert len(reader.pages) >= 12
    text = "\n".join(page.extract_text() for page in reader.pages)
    assert "??" not in text
    assert "About the numbers." in text
    assert "[U+732B]" in text, "a character that the fonts lack"


def test_no_page_is_nearly_empty(typeset: Path) -> None:
    pages = [len(page.extract_text()) for page in pypdf.PdfReader(typeset / "main.pdf").pages]
    assert len(pages) > 10
    assert min(pages[:-1]) > 2000  # characters; a page with one table on it has about a thousand


def test_title_author_and_subject_are_in_the_file(typeset: Path) -> None:
    reader = pypdf.PdfReader(typeset / "main.pdf")
    found = reader.metadata
    assert found is not None
    for entry in (found.title, found.author, found.subject, found.creator, found.producer):
        assert entry
    assert "SMART-IQA" in str(found.title)
    assert str(found.author) in reader.pages[0].extract_text()


def test_equal_sources_give_equal_bytes(typeset: Path) -> None:
    first = (typeset / "main.pdf").read_bytes()
    os.utime(typeset / "main.tex", (0, 0))
    clock = {"SOURCE_DATE_EPOCH": "1700000000", "FORCE_SOURCE_DATE": "1"}
    command = ["pdflatex", "-interaction=nonstopmode", "main.tex"]
    subprocess.run(command, cwd=typeset, env=os.environ | clock, capture_output=True, check=True)
    assert (typeset / "main.pdf").read_bytes() == first
