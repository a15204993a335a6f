"""The results of a finished study as tables: everything that `paper.json` has, by experiment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from smartiqa.metrics.measures import all_measures, measures_of
from smartiqa.report.cells import NOTHING, Cell, Row, Table, interval, measured, number, p_value
from smartiqa.results.comparison_results import Comparison
from smartiqa.results.measures import Measures
from smartiqa.results.paper_results import PaperResults
from smartiqa.results.records import Timing

INTERVAL = "95 % interval"
MILLION, BILLION = 1e6, 1e9
NOT_RUN = Cell("not run")


def results_tables(paper: PaperResults, timing: Timing | None) -> list[Table]:
    """Return all tables that have rows."""
    found = [
        *(group_table(paper, group) for group in groups_with_results(paper)),
        *(dataset_table(paper, dataset) for dataset in paper.study.cross_datasets),
        apart_table(paper),
        comparison_table(paper),
        floor_table(paper),
        distortion_table(paper),
        embedding_table(paper),
        complexity_table(paper, timing),
        datasets_table(paper),
    ]
    return [table for table in found if table.rows]


def groups_with_results(paper: PaperResults) -> list[str]:
    """The groups of which the study runs at least two experiments, or else the first with one."""
    home = paper.study.training_dataset
    ran = {
        group: [name for name in paper.groups[group] if home in paper.experiments[name].results]
        for group in paper.group_order
    }
    several = [group for group, names in ran.items() if len(names) > 1]
    return several or [group for group, names in ran.items() if names][:1]


def experiment_cells(paper: PaperResults, name: str) -> list[Cell]:
    """The id, which leads to its runs, and the title of an experiment."""
    entry = paper.experiments[name]
    trained = entry.provenance.trained_as if entry.provenance else ""
    seed = entry.seeds[0] if entry.seeds else 0
    return [Cell(name, link=run_anchor(trained, seed) if trained else ""), Cell(entry.title)]


def run_anchor(name: str, seed: int) -> str:
    """The id of a run's row in the page."""
    return f"run-{name}-{seed}"


def measure_cells(measures: Measures, path: str) -> list[Cell]:
    """All measures, the first one with its interval."""
    cells = [
        measured(measures[name], f"{path}.{name}", known.decimals)
        for name, known in all_measures().items()
    ]
    first = next(iter(all_measures()))
    return [cells[0], interval(measures[first], f"{path}.{first}"), *cells[1:]]


def measure_columns() -> list[str]:
    """What stands above these cells."""
    first, *others = (known.label for known in all_measures().values())
    return [first, INTERVAL, *others]


def group_table(paper: PaperResults, group: str) -> Table:
    """What a group ran, or is published of it, on the test images of the training dataset."""
    home = paper.study.training_dataset
    told = {name: published_srcc(paper.published, group, name) for name in paper.groups[group]}
    rows = []
    for name in paper.groups[group]:
        entry = paper.experiments[name]
        if home not in entry.results and told[name] is None:
            continue
        cells = experiment_cells(paper, name)
        if any(value is not None for value in told.values()):
            cells.append(number(told[name], 4, f"published.{group}.{name}.srcc"))
        if home in entry.results:
            cells += measure_cells(entry.results[home], f"experiments.{name}.results.{home}")
            cells += change_cells(paper, group, name, entry.compared_with)
        else:
            cells += [NOT_RUN, *[NOTHING] * (len(measure_columns()) + 3)]
        rows.append(Row(cells))
    published = ["Published SRCC"] if any(value is not None for value in told.values()) else []
    return Table(
        anchor=f"table-{group}",
        title=group.replace("_", " "),
        columns=[
            *("ID", "Experiment", *published, *measure_columns()),
            *("Compared with", "Change in SRCC", INTERVAL, "p (Holm)"),
        ],
        rows=rows,
        note="Published values are of another dataset, unless the study trains on KonIQ-10k."
        if published
        else "",
    )


def published_srcc(published: Mapping[str, Any], group: str, name: str) -> float | None:
    """The SRCC that the paper prints for an experiment of a group, if it does."""
    row = published.get(group, {}).get(name, {})
    value = row.get("srcc") if isinstance(row, Mapping) else None
    return float(value) if isinstance(value, int | float) else None


def change_cells(paper: PaperResults, group: str, name: str, other: str | None) -> list[Cell]:
    """How an experiment differs in SRCC from the one that it is compared with."""
    home = paper.study.training_dataset
    for place, entry in enumerate(paper.comparisons.get(group, ())):
        if {entry.first, entry.second} == {name, other} and entry.speaks_of("srcc", home):
            turned = entry if entry.second == name else entry.turned()
            cells = comparison_cells(turned, f"comparisons.{group}[{place}]")
            return [Cell(turned.first), *cells]
    return [Cell(other) if other else NOTHING, NOTHING, NOTHING, NOTHING]


def comparison_cells(entry: Comparison, path: str) -> list[Cell]:
    """Difference, its interval and the corrected p-value."""
    ends = [number(end, 3, signed=True).text for end in (entry.low, entry.high)]
    return [
        number(entry.difference, 3, path, signed=True),
        NOTHING if entry.low is None else Cell(" to ".join(ends), entry.low, path),
        p_value(entry.p_holm, path),
    ]


def dataset_table(paper: PaperResults, dataset: str) -> Table:
    """All experiments that were tested on a dataset that nothing was trained on."""
    rows = [
        Row([*experiment_cells(paper, name), *measure_cells(entry.results[dataset], path)])
        for name, entry in paper.experiments.items()
        if dataset in entry.results
        for path in [f"experiments.{name}.results.{dataset}"]
    ]
    title = f"tested on {paper.datasets[dataset].title}"
    return Table(f"table-on-{dataset}", title, ("ID", "Experiment", *measure_columns()), rows)


def apart_table(paper: PaperResults) -> Table:
    """Results without the test images that look like one in training."""
    rows = [
        Row([*experiment_cells(paper, name), Cell(paper.datasets[dataset].title), *cells])
        for name, entry in paper.experiments.items()
        for dataset, apart in entry.without_near_duplicates.items()
        for path in [f"experiments.{name}.without_near_duplicates.{dataset}"]
        for cells in [[number(apart.images, 0), *measure_cells(apart, path)]]
    ]
    return Table(
        "table-apart",
        "without look-alikes of training images",
        ("ID", "Experiment", "Dataset", "Images", *measure_columns()),
        rows,
    )


def comparison_table(paper: PaperResults) -> Table:
    """Every comparison, with its verdict."""
    rows = [
        Row(
            [
                *(Cell(group.replace("_", " ")), Cell(entry.first), Cell(entry.second)),
                *(Cell(paper.datasets[entry.dataset].title), Cell(entry.metric.upper())),
                *comparison_cells(entry, f"comparisons.{group}[{place}]"),
                *(number(entry.tests, 0), Cell(str(entry.verdict))),
            ]
        )
        for group, entries in paper.comparisons.items()
        for place, entry in enumerate(entries)
    ]
    return Table(
        "table-comparisons",
        "all comparisons",
        (
            *("Group", "First", "Second", "Dataset", "Measure", "Second less first"),
            *(INTERVAL, "p (Holm)", "Tests", "Verdict"),
        ),
        rows,
        choices=(0, 4, 9),
    )


def floor_table(paper: PaperResults) -> Table:
    """What a model must beat."""

    def cells() -> Iterator[Row]:
        for place, floor in enumerate(paper.floors.rows):
            path = f"floors.rows[{place}].measures"
            shown: list[Cell] = []
            for name, known in measures_of("floors").items():
                value = floor.measures.get(name)
                key = f"{path}.{name}"
                shown += [
                    NOTHING if value is None else number(value.value, known.decimals, key),
                    interval(value, key, known.decimals),
                ]
            yield Row([Cell(floor.name + (" (chosen)" if floor.chosen else "")), *shown])

    labels = [known.label for known in measures_of("floors").values()]
    columns = [head for label in labels for head in (label, INTERVAL)]
    note = "Constant, look-alikes and probes of the frozen backbone."
    title = "floors: what a model must beat"
    return Table("table-floors", title, ("Floor", *columns), list(cells()), note)


def distortion_table(paper: PaperResults) -> Table:
    """Mean absolute errors by family of distortion."""
    found = paper.by_distortion
    models = list(found.experiments) if found else []
    families = dict.fromkeys(f for name in models for f in found.experiments[name].errors)  # type: ignore[union-attr]
    rows = []
    for family in families:
        cells = [
            number(
                found.experiments[name].errors.get(family),  # type: ignore[union-attr]
                1,
                f"by_distortion.experiments.{name}.errors.{family}",
            )
            for name in models
        ]
        rows.append(Row([Cell(family), *cells]))
    return Table(
        "table-distortions", "mean absolute error by distortion", ("Distortion", *models), rows
    )


def embedding_table(paper: PaperResults) -> Table:
    """How the generated weights lie."""
    rows = []
    for name, entry in paper.embedding.items():
        path = f"embedding.{name}"
        shares = [number(100 * share, 1, path) for share in entry.explained_variance[:2]]
        separation = [
            number(entry.silhouette_content, 3, f"{path}.silhouette_content"),
            number(entry.silhouette_quality, 3, f"{path}.silhouette_quality"),
        ]
        rows.append(Row([*experiment_cells(paper, name), *shares, *separation]))
    return Table(
        "table-embedding",
        "generated weights",
        (
            *("ID", "Experiment", "PC 1, % of variance", "PC 2, % of variance"),
            *("Silhouette by content", "Silhouette by quality"),
        ),
        rows,
    )


def complexity_table(paper: PaperResults, timing: Timing | None) -> Table:
    """What models cost, counted, and timed where they were."""
    rows = []
    for name, entry in paper.experiments.items():
        counts, path = entry.complexity, f"experiments.{name}.complexity"
        if counts is None or not entry.is_run:
            continue
        speed, timed = (
            timing.experiments.get(name) if timing else None,
            f"timing.experiments.{name}",
        )
        rows.append(
            Row(
                [
                    *experiment_cells(paper, name),
                    number(counts.parameters / MILLION, 2, f"{path}.parameters"),
                    number(
                        counts.multiply_accumulates / BILLION, 2, f"{path}.multiply_accumulates"
                    ),
                    number(counts.generated_values, 0, f"{path}.generated_values"),
                    number(speed.milliseconds if speed else None, 1, timed),
                    number(
                        speed.images_per_second if speed else None, 0, f"timing.experiments.{name}"
                    ),
                ]
            )
        )
    return Table(
        "table-complexity",
        "size and speed",
        (
            *("ID", "Experiment", "Million parameters", "Billion multiply-accumulates"),
            *("Generated weights", "ms a crop", "Crops a second, in batches"),
        ),
        rows,
    )


def datasets_table(paper: PaperResults) -> Table:
    """What was prepared."""
    counts = ("images", "train", "validation", "test", "test_contents")
    rows = [
        Row(
            [
                Cell(record.title),
                *(number(getattr(record, n), 0, f"datasets.{name}.{n}") for n in counts),
                number(record.skipped.images, 0, f"datasets.{name}.skipped.images"),
                number(record.score_low, 2, f"datasets.{name}.score_low"),
                number(record.score_high, 2, f"datasets.{name}.score_high"),
                number(record.score_worst, 2, f"datasets.{name}.score_worst"),
                number(record.score_best, 2, f"datasets.{name}.score_best"),
            ]
        )
        for name, record in paper.datasets.items()
    ]
    columns = ("Images", "Train", "Validation", "Test", "Test contents", "Left out")
    ends = ("Lowest score", "Highest score", "Worst of scale", "Best of scale")
    return Table("table-datasets", "datasets", ("Dataset", *columns, *ends), rows)
