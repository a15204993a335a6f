"""What tables, figures and numbers come from."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from made_up_paper import BASICS, ROOT, made_up_claims, made_up_cost, made_up_paper, made_up_timing
from smartiqa.core.errors import InputError
from smartiqa.paper.exhibits import shown
from smartiqa.paper.latex.comparisons import all_run
from smartiqa.paper.latex.environment import rendered
from smartiqa.paper.lineage import (
    Reader,
    Sources,
    exhibit_sources,
    exhibits,
    figure_sources,
    index,
    sources_of,
)

PAPER = ROOT / "paper"
MORE = {"ledger": made_up_claims(), "timing": made_up_timing(), "cost": made_up_cost()}
VALUES = made_up_paper("koniq") | MORE
READER = Reader(VALUES)
FEW = made_up_paper("demo", BASICS) | MORE
HOME, SEEDS = ("koniq10k",), (42, 43, 44)


@pytest.mark.parametrize(
    ("path", "experiments", "datasets"),
    [
        ("experiments.C3.results.koniq10k.srcc.mean", ("C3",), HOME),
        ("experiments.C3.results.spaq.srcc.mean", ("C3",), ("spaq",)),
        ("experiments.A-0.3.results.koniq10k.plcc.low", ("A-0.3",), HOME),
        ("experiments.A-0.3.recipe.epochs", ("A-0.3",), HOME),
        ("experiments.C3.title", (), ()),
        ("experiments.C3.status", (), ()),
        ("comparisons.cnn[2].difference", ("R0", "R3"), HOME),
        ("comparisons.cnn[2].first", (), ()),
        ("comparisons.cross_dataset[1].p_holm", ("C0", "C3"), ("kadid10k",)),
        ("gain.total.value", ("C0", "C1", "C2", "C3"), HOME),
        ("attention.by_quality.low", ("C3",), HOME),
        ("by_distortion.experiments.C1.errors.gaussian_noise", ("C1",), HOME),
        ("by_distortion.dataset", (), HOME),
        ("cross.spaq.B-tiny.srcc", ("B-tiny",), ("spaq",)),
        ("cross.average.C0.plcc", ("C0",), ("spaq", "kadid10k", "agiqa3k")),
        ("datasets.spaq.images", (), ("spaq",)),
        ("datasets.spaq.title", (), ()),
        ("floors.rows[1].measures.srcc.value", (), HOME),
        ("floors.comparison.difference", ("C3",), HOME),
        ("robustness.C0.changes[1].mean", ("C0",), HOME),
        ("masking.maps[0].deletion.low", ("C3",), HOME),
        ("attacks.experiments.C0.srcc.value", ("C0",), HOME),
        ("competition[0].pairs[0].better.id", ("C0", "C3"), HOME),
        ("group_errors[1].errors.C0.value", ("C0",), HOME),
        ("group_errors[1].srcc.C0.value", ("C0",), HOME),
        ("group_errors[1].name", (), HOME),
        ("ranking.tests", tuple(all_run(VALUES)), HOME),
        ("intervals.C3.half_width", ("C3",), HOME),
        ("intervals.C3.coverage.spaq.share.low", ("C3",), ("spaq",)),
        ("published.ablation.C3.srcc", (), ()),
        ("study.crop", (), ()),
    ],
)
def test_a_value_comes_from_its_experiments_and_datasets(
    path: str, experiments: tuple[str, ...], datasets: tuple[str, ...]
) -> None:
    seeds = SEEDS if experiments else ()
    assert sources_of([path], VALUES) == Sources(experiments, seeds, datasets)


def test_an_embedding_belongs_to_the_first_seed() -> None:
    found = sources_of(["embedding.C1.silhouette_content"], VALUES)
    assert found == Sources(("C1",), SEEDS[:1], HOME)
    both = ["embedding.C1.silhouette_content", "experiments.C0.training.43.epochs"]
    assert sources_of(both, VALUES).seeds == SEEDS


def test_claims_come_from_every_run() -> None:
    run = {name for name, record in FEW["experiments"].items() if record["status"] == "run"}
    assert set(sources_of(["ledger.total"], FEW).experiments) == run


def test_what_was_not_run_is_no_source() -> None:
    assert sources_of(["experiments.L-l2.recipe.epochs"], FEW) == Sources((), (), ("synthetic",))


def test_tables_and_figures_are_listed_as_the_paper_includes_them() -> None:
    found = exhibits(PAPER)
    names = [f"{exhibit.kind}/{exhibit.name}" for exhibit in found]
    assert len(names) == len(set(names))
    assert names.index("tables/ablation") < names.index("tables/provenance")
    labels = {exhibit.name: exhibit.label for exhibit in found if exhibit.kind == "tables"}
    assert labels["cnn_generalisation"] == "tab:cnn"
    assert {e.label for e in found if e.name == "pca_weights"} == {"fig:pca"}


def test_a_table_without_a_label_is_named(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "main.tex.j2").write_text(r"\input{tables/bare}")
    (tmp_path / "tables" / "bare.tex.j2").write_text(r"\begin{table}")
    with pytest.raises(InputError, match=r"bare\.tex\.j2 has no label"):
        exhibits(tmp_path)


def test_the_index_leaves_itself_out_and_has_all_else() -> None:
    rows = index(PAPER, FEW)
    assert [row.label for row in rows] == [
        exhibit.label
        for exhibit in exhibits(PAPER)
        if exhibit.name != "provenance" and shown(FEW, f"{exhibit.kind}/{exhibit.name}")
    ]
    names = {row.name for row in rows}
    assert {"ablation", "cnn_generalisation", "sizes"} <= names
    assert names.isdisjoint({"losses", "learning_rate", "own_split"})  # FEW runs none of these
    (row,) = [row for row in rows if row.label == "tab:cnn"]
    expected = {
        "runs": ["R0", "R3"],
        "seeds": ["1"],
        "code": ["c0dec0de"],
        "data": ["d16e57d1"],
    }
    assert row.model_dump(include=set(expected)) == expected


def test_a_table_that_the_values_leave_out_is_not_in_the_index() -> None:
    timing = {"timing": made_up_timing(("R0", "R3"))}
    people = made_up_paper("biq2021", ("R0", "R3")) | MORE | timing
    shown = [{row.name for row in index(PAPER, values)} for values in (people, FEW)]
    assert ["own_split" in names for names in shown] == [True, False]


def perturbed(experiment: str) -> dict:
    """The values after another outcome of one experiment."""
    values = copy.deepcopy(VALUES)
    record = values["experiments"][experiment]
    for metrics in record["results"].values():
        for statistic in metrics.values():
            for key in ("mean", "low", "high"):
                statistic[key] /= 2
    for training in record["training"].values():
        training["validation_srcc"] = 0.99
        for epoch in training["history"]:
            epoch["train_loss"] /= 2
    record["provenance"] = {key: value[::-1] for key, value in record["provenance"].items()}
    for group in values["comparisons"].values():
        for entry in group:
            if experiment in (entry["first"], entry["second"]):
                clear = {"difference": 0.5, "low": 0.4, "high": 0.6, "p_holm": 0.01}
                none = {"difference": -0.1, "low": -0.4, "high": 0.3, "p_holm": 0.5}
                verdict = {"significant": not entry["significant"]}
                entry |= verdict | (none if entry["significant"] else clear)
    return values


@pytest.mark.parametrize("experiment", ["L-l2", "E-1e-6", "R3", "P-squash", "A-1"])
def test_what_changes_with_a_run_is_exactly_what_names_it_as_source(experiment: str) -> None:
    """The tables and sections whose text changes are those that lineage calls users of the run."""
    after = perturbed(experiment)
    templates = [*PAPER.glob("tables/*.j2"), *PAPER.glob("sections/*.j2")]
    changed, users = set(), set()
    for template in templates:
        others = {"exhibits": list}
        if rendered(template, VALUES, others) != rendered(template, after, others):
            changed.add(template.name)
        paths = {p for p in READER.paths_read(template) if not p.startswith("ledger")}
        settings = (".recipe.", ".complexity.", ".backbone", ".crop")
        recipes = {path for path in paths if any(part in path for part in settings)}
        if experiment in sources_of(paths - recipes, VALUES).experiments:
            users.add(template.name)
    assert changed == users
    assert "metrics.tex.j2" in changed
    assert "symbols.tex.j2" not in changed


def test_a_figure_comes_from_what_it_declares() -> None:
    assert figure_sources("losses", FEW) == Sources(("C3",), (1, 2, 3), ("synthetic",))
    assert figure_sources("pca_weights", FEW) == Sources(("C1", "C3"), (1,), ("synthetic",))
    table = next(e for e in exhibits(PAPER) if (e.kind, e.name) == ("tables", "ablation"))
    assert exhibit_sources(PAPER, table, FEW, Reader(FEW)).experiments == ("C0", "C1", "C2", "C3")
