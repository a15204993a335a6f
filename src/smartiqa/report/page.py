"""The report of a study, finished or not: one HTML file that needs nothing else.

Jinja fills `page.html.j2`, Vega (which vl-convert brings) draws the charts, `page.js` sorts,
filters and shows where numbers come from. Equal results give equal bytes.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import vl_convert
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from smartiqa.core.files import place_of, replace_atomically
from smartiqa.paper.rendering import OTHER_FILES, values_of_study
from smartiqa.photos.new_files import new_file, require_folder
from smartiqa.report import images
from smartiqa.report.cells import NOTHING, Cell, Row, Table, number
from smartiqa.report.claims_table import claims_table
from smartiqa.report.drawn import chart_data, chart_specs, choices_of
from smartiqa.report.notes import Notes
from smartiqa.report.results_tables import results_tables
from smartiqa.report.runs_table import run_key, runs_table
from smartiqa.results.paper_results import read_paper_results
from smartiqa.results.records import JudgedLedger, Timing, read_record
from smartiqa.results.study_results import Results
from smartiqa.training.status import Run, runs, stage_lines

HERE = Path(__file__).parent
LABELS = ("id", "dataset", "content", "distortion")
# Figures of the paper that read what a chart of the page draws.
EXHIBITS = ("training_curves", "predictions", "attention_by_quality", "pca_weights")


def write_report(results: Results, output: Path, with_photos: bool) -> None:
    """Write the report of a study.

    Raises:
        InputError: a result is damaged, or there is no folder to write to.
    """
    if not place_of(output):  # a person's own place, without digests
        require_folder(output)
    text = rendered(results, with_photos)
    with replace_atomically(output) if place_of(output) else new_file(output) as temporary:
        temporary.write_text(text, encoding="utf-8")


def rendered(results: Results, with_photos: bool) -> str:
    """Return the page as text; errors as from `write_report`."""
    trainings = runs(results, time.time())
    tested = images.predicted(results)
    model = shown_model(results, tested)
    shown = images.chosen(tested, model)
    pictures = embedded_photos(results, shown) if with_photos else {}
    data = chart_data(results, trainings, shown)
    choices = choices_of(results, data, model, bool(pictures))
    specs = chart_specs(results, data, choices)
    tables = {
        "runs": [runs_table(results, trainings)],
        "results": study_tables(results),
        "photos": [images_table(shown, model)] if model else [],
        "claims": ledger_tables(results),
    }
    notes = all_notes(results, trainings, [table for part in tables.values() for table in part])
    text: str = template().render(
        study=results.study,
        folder=results.folder,
        stages=stage_lines(results, trainings),
        tables=tables,
        pictures=pictures,
        choices={choice.signal: choice for choice in choices},
        charts=specs,
        notes=notes.notes,
        model=model,
        images=(len(shown), len(tested)),
        credits=images.credits(results) if pictures else [],
        content={"data": data, "charts": specs, "notes": notes.notes, "blocks": notes.blocks},
        style=(HERE / "page.css").read_text(encoding="utf-8"),
        script=(HERE / "page.js").read_text(encoding="utf-8"),
        vega=_libraries().replace("</script", "<\\/script"),
    )
    return text


def _libraries() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script."""
    return vl_convert.javascript_bundle()  # type: ignore[call-arg]  # its stub knows no default


def template() -> Any:
    """Return the template; whatever it prints is escaped, but for our own style and scripts."""
    html = SandboxedEnvironment(
        loader=FileSystemLoader(str(HERE)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return html.get_template("page.html.j2")


def study_tables(results: Results) -> list[Table]:
    """The tables of `paper.json`, if it is there."""
    timing = results.folder / OTHER_FILES["timing"]
    if not (results.folder / "paper.json").is_file():
        return []
    timed = read_record(Timing, timing) if timing.is_file() else None
    return results_tables(read_paper_results(results.folder), timed)


def ledger_tables(results: Results) -> list[Table]:
    """The ledger, if it is there."""
    ledger = results.folder / OTHER_FILES["ledger"]
    return [claims_table(read_record(JudgedLedger, ledger))] if ledger.is_file() else []


def all_notes(results: Results, trainings: Iterable[Run], tables: Iterable[Table]) -> Notes:
    """Write the notes of all runs, charts and cells."""
    collated = (results.folder / "paper.json").is_file()
    notes = Notes(results, values_of_study(results.folder) if collated else None)
    for run in trainings:
        if run.done:
            notes.add_run(run_key(run), run.experiment, run.seed)
    for exhibit in EXHIBITS:
        notes.add(f"figures/{exhibit}")
    for key in (cell.key for table in tables for row in table.rows for cell in row.cells):
        if key:
            notes.add(key)
    return notes


def shown_model(results: Results, tested: pd.DataFrame) -> str:
    """The model whose predictions are shown first: the reference, or else one that was tested."""
    models = [name for name in results.planned if name in tested]
    reference = results.roles.reference
    return reference if reference in models else next(iter(models), "")


def embedded_photos(results: Results, shown: pd.DataFrame) -> dict[int, str]:
    """Photos by the number of their image."""
    found: dict[int, str] = {}
    for dataset, part in shown.groupby("dataset", sort=False):
        uris = images.photos(results, str(dataset), part["id"].tolist())
        found |= dict(zip(part.index, uris, strict=bool(uris)))
    return found


def images_table(shown: pd.DataFrame, model: str) -> Table:
    """The test images, those that a model predicts worst first."""
    rows = []
    for place, image in shown.iterrows():
        predicted = None if pd.isna(image[model]) else float(image[model])
        error = None if predicted is None else predicted - float(image["quality"])
        labels = (image[key] or NOTHING.text for key in LABELS)
        cells = [
            *(Cell(str(label)) for label in labels),
            number(float(image["quality"]), 1),
            number(predicted, 1),
            number(error, 1, signed=True),
        ]
        rows.append(Row(cells, f"image-{place}", int(str(place))))
    columns = ("Photo", "Dataset", "Content", "Distortion", "True", "Predicted", "Error")
    return Table("table-photos", "test photos, worst predicted first", columns, rows, choices=(1,))
