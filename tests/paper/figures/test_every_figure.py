"""What holds for each figure: format, determinism, declared inputs, bad input."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pandas as pd
import pypdf
import pytest
from drawing import drawn, module_of, texts
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from command_line import command
from made_up_results import (
    CROSS,
    CROSS_EXPERIMENTS,
    EXPERIMENTS,
    GROUPS,
    SEEDS,
    TRAINING,
    collate,
    read_paper,
)
from smartiqa.core.errors import InputError
from smartiqa.paper.figures.needs import declared_needs, expand_needs, figure_names, scope_of_paper
from smartiqa.paper.figures.result_files import NothingToShowError
from smartiqa.paper.figures.saving import save_figure
from smartiqa.paper.figures.style import COLUMN_WIDTH, NOTE_SIZE, PAGE_WIDTH
from smartiqa.paper.lineage import figure_sources
from smartiqa.results.paper_results import read_paper_results

NAMES = figure_names()
SHOWN = {
    "ablation_decomposition": GROUPS["ablation"],
    "attention_by_quality": ["C3"],
    "competition": ["C0", "C3"],
    "cross_dataset": CROSS_EXPERIMENTS,
    "distortion_errors": GROUPS["ablation"],
    "feature_maps": ["C3"],
    "learning_curve": GROUPS["training_images"],
    "learning_rate": GROUPS["learning_rate"],
    "losses": GROUPS["losses"],
    "masking": ["C3"],
    "pca_weights": ["C1", "C3"],
    "predictions": ["C3", "A-0.3"],
    "ranking_weight": GROUPS["ranking_weight"],
    "size_performance": [*GROUPS["sizes"], *GROUPS["cnn"]],
    "training_curves": GROUPS["ablation"],
}
WHOLE = ("ablation_decomposition", "competition")  # need all that they show
COMPARISONS = ["learning_curve", "learning_rate", "losses", "ranking_weight"]  # of others with C3


def saved(name: str, folder: Path, output: Path) -> bytes:
    module = module_of(name)
    save_figure(module.draw, module.NEEDS, folder, output)
    return output.read_bytes()


def needed_files(name: str, folder: Path) -> list[str]:
    return expand_needs(declared_needs(name), scope_of_paper(read_paper_results(folder)))


def fonts_of(page: pypdf.PageObject) -> list[pypdf.generic.DictionaryObject]:
    return [font.get_object() for font in page["/Resources"]["/Font"].values()]


def test_every_figure_is_known_here() -> None:
    assert list(SHOWN) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_provenance_names_the_experiments_that_a_figure_shows(name: str, results: Path) -> None:
    sources = figure_sources(name, read_paper(results))
    assert set(sources.experiments) == set(SHOWN[name])
    files = needed_files(name, results)
    crossed = name == "cross_dataset" or any(f"/{CROSS[0]}.parquet" in file for file in files)
    assert sources.datasets == (TRAINING, *(CROSS if crossed else ()))
    seeds = {int(seed) for file in files for seed in re.findall(r"/seed(\d+)/", file)}
    assert set(sources.seeds) == (seeds or set(SEEDS))


@pytest.mark.parametrize("name", NAMES)
def test_pdf_has_paper_size_embedded_fonts_and_no_dates(
    name: str, results: Path, tmp_path: Path
) -> None:
    content = saved(name, results, tmp_path / "figure.pdf")
    (page,) = pypdf.PdfReader(tmp_path / "figure.pdf").pages
    width = float(page.mediabox.width) / 72
    assert min(abs(width - COLUMN_WIDTH), abs(width - PAGE_WIDTH)) < 0.01
    descendants = [font["/DescendantFonts"][0] for font in fonts_of(page)]
    assert descendants, "no text"
    for font in descendants:
        assert font["/Subtype"] == "/CIDFontType2"
        assert "STIX" in font["/BaseFont"]
        assert font["/FontDescriptor"]["/FontFile2"].get_data()
    assert b"Date" not in content


@pytest.mark.parametrize("name", NAMES)
def test_declared_files_suffice_and_bytes_repeat(
    name: str, results: Path, before: dict[str, bytes], tmp_path: Path
) -> None:
    for file in needed_files(name, results):
        copy = tmp_path / "few" / file
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(results / file, copy)
        if copy.name == "store.json":  # the workflow does not track the pixels
            shutil.copy(results / file.replace("store.json", "pixels.u8"), copy.parent)
    assert saved(name, tmp_path / "few", tmp_path / "figure.pdf") == before[name]


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named_and_leaves_no_output(
    name: str, own_results: Path, tmp_path: Path
) -> None:
    missing = needed_files(name, own_results)[-1]
    (own_results / missing).unlink()
    with pytest.raises(InputError, match=missing):
        saved(name, own_results, tmp_path / "out" / "figure.pdf")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", NAMES)
def test_without_any_of_its_runs_a_figure_names_them(
    name: str, without: Callable[..., Path], tmp_path: Path
) -> None:
    folder = without(*SHOWN[name])
    with pytest.raises(NothingToShowError) as raised:
        drawn(name, folder)
    reference = ["C3"] if name in COMPARISONS else []
    named = set(SHOWN[name]).difference(reference)
    assert all(experiment in str(raised.value) for experiment in named)


@pytest.mark.parametrize("name", NAMES)
def test_without_any_of_its_runs_a_figure_is_a_note_of_its_width(
    name: str, without: Callable[..., Path], results: Path, tmp_path: Path
) -> None:
    folder = without(*SHOWN[name])
    page = pypdf.PdfReader(io.BytesIO(saved(name, folder, tmp_path / "figure.pdf"))).pages[0]
    whole = drawn(name, results)
    assert float(page.mediabox.width) == pytest.approx(72 * whole.get_figwidth(), abs=0.5)
    assert float(page.mediabox.height) < 36
    said = " ".join(page.extract_text().split())
    absent = next(run for run in SHOWN[name] if run != "C3" or len(SHOWN[name]) == 1)
    assert "in this study" in said or "has no gate over stages" in said
    assert name == "attention_by_quality" or EXPERIMENTS[absent][0] in said


@pytest.mark.parametrize("name", COMPARISONS)
def test_a_reference_alone_is_no_comparison(name: str, without: Callable[..., Path]) -> None:
    others = [experiment for experiment in SHOWN[name] if experiment != "C3"]
    with pytest.raises(InputError, match=f"no run of {' or '.join(others)}, which"):
        drawn(name, without(*others))


@pytest.mark.parametrize("name", [name for name in NAMES if len(SHOWN[name]) > 1])
def test_what_was_not_run_is_not_named(name: str, without: Callable[..., Path]) -> None:
    if name == "ablation_decomposition":
        with pytest.raises(InputError, match="no run of C1:"):
            drawn(name, without("C1"))
        return
    if name == "competition":
        with pytest.raises(InputError, match="no run of C0, which"):
            drawn(name, without("C0"))
        return
    absent = next(experiment for experiment in SHOWN[name] if experiment != "C3")
    assert not [t for t in texts(drawn(name, without(absent))) if EXPERIMENTS[absent][0] in t]


def written_boxes(figure: Figure, monkeypatch: pytest.MonkeyPatch) -> dict[Text, Bbox]:
    """Where each text lies that is really drawn, in pixels."""
    boxes: dict[Text, Bbox] = {}
    draw = Text.draw

    def record(text: Text, renderer: RendererBase) -> None:
        if text.get_visible() and text.get_text().strip():
            boxes[text] = text.get_window_extent(renderer)
        draw(text, renderer)

    monkeypatch.setattr(Text, "draw", record)
    figure.savefig(io.BytesIO(), format="png")
    return boxes


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_clipped_or_too_small_or_covers_other_text(
    name: str,
    complete: bool,
    results: Path,
    without: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    candidates = [] if complete or name in WHOLE else SHOWN[name][-2:]
    absent = [experiment for experiment in candidates if experiment != "C3"]
    figure = drawn(name, without(*absent) if absent else results)
    boxes = written_boxes(figure, monkeypatch)
    page = figure.bbox.padded(0.5)
    for text, box in boxes.items():
        assert text.get_fontsize() >= NOTE_SIZE, text
        assert page.containsx(box.x0), text
        assert page.containsx(box.x1), text
        assert page.containsy(box.y0), text
        assert page.containsy(box.y1), text
    if name != "predictions":  # where the numbers of neighbouring points may touch
        upright = [text for text in boxes if text.get_rotation() == 0]
        for text, other in combinations(upright, 2):
            assert not boxes[text].padded(-1).overlaps(boxes[other].padded(-1)), (text, other)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_noted_when_all_was_run(name: str, results: Path) -> None:
    assert not any("Not run" in text for text in texts(drawn(name, results)))


FIGURES_WITH_SRCC = [
    "ablation_decomposition",
    "cross_dataset",
    "learning_curve",
    "learning_rate",
    "losses",
    "predictions",
    "ranking_weight",
    "size_performance",
]


@pytest.mark.parametrize("value", [float("nan"), None])
@pytest.mark.parametrize("name", FIGURES_WITH_SRCC)
def test_a_metric_that_is_not_a_number_is_named(
    name: str, value: float | None, edit_paper: Callable[..., Path]
) -> None:
    victim = SHOWN[name][-1]

    def spoil(paper: dict) -> None:
        entry = paper["experiments"][victim]["results"][TRAINING]["srcc"]
        entry["mean"] = entry["seeds"]["1"] = value

    path = rf"experiments\.{victim}\.results\.{TRAINING}\.srcc\.mean: .* number, not {value}"
    with pytest.raises(InputError, match=path):
        drawn(name, edit_paper(spoil))


@pytest.mark.parametrize("name", ["attention_by_quality", "distortion_errors", "predictions"])
def test_a_prediction_that_is_not_a_number_is_named(name: str, own_results: Path) -> None:
    path = own_results / "runs" / "C3" / "seed1" / "predictions" / f"{TRAINING}.parquet"
    frame = pd.read_parquet(path)
    frame.loc[5, "prediction"] = float("nan")
    frame.to_parquet(path)
    with pytest.raises(InputError, match=f"prediction of '{frame['id'][5]}' is not a number"):
        drawn(name, own_results)


@pytest.mark.parametrize(
    ("experiment", "seed", "changed"),
    [
        ("A-0.3", 1, {"predictions", "ranking_weight"}),
        ("A-0.3", 2, {"predictions", "ranking_weight"}),  # beside the first seed's, its mean
        ("C1", 2, {"ablation_decomposition", "distortion_errors"}),
        ("R3", 1, {"size_performance"}),
    ],
)
def test_an_edited_run_changes_the_figures_that_show_it(
    experiment: str,
    seed: int,
    changed: set[str],
    own_results: Path,
    before: dict[str, bytes],
    tmp_path: Path,
) -> None:
    run = own_results / "runs" / experiment / f"seed{seed}"
    path = run / "predictions" / f"{TRAINING}.parquet"
    frame = pd.read_parquet(path)
    frame["prediction"] = frame["prediction"].to_numpy()[::-1]
    frame.to_parquet(path)
    collate(own_results)
    after = {name: saved(name, own_results, tmp_path / f"{name}.pdf") for name in NAMES}
    assert {name for name in NAMES if after[name] != before[name]} == changed


@pytest.fixture(scope="module")
def before(results: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("before")
    return {name: saved(name, results, folder / f"{name}.pdf") for name in NAMES}


def test_score_is_called_what_the_study_calls_it(
    results: Path, edit_paper: Callable[..., Path]
) -> None:
    folder = edit_paper(lambda paper: paper["study"].update(score_name="MOS"))
    for name in ("attention_by_quality", "distortion_errors", "pca_weights", "predictions"):
        assert any("proxy score" in text for text in texts(drawn(name, results)))
        renamed = texts(drawn(name, folder))
        # What is drawn is never a label itself, whose scale may be another and whose best be low.
        assert any(re.search(r"quality( \d+\n\(| )from MOS", text) for text in renamed)
        assert not any(re.search(r"(?<!from )MOS", text) for text in renamed)
        assert not any("proxy" in text for text in renamed)


def drawn_apart(
    name: str, folder: Path, output: Path, hash_seed: str = "0"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("figure", name, results=folder, output=output),
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join(sys.path)},
    )


def test_command_line_writes_the_same_bytes_in_another_process(
    results: Path, before: dict[str, bytes], tmp_path: Path
) -> None:
    for hash_seed in ("1", "2"):
        output = tmp_path / f"{hash_seed}.pdf"
        assert drawn_apart("predictions", results, output, hash_seed).returncode == 0
        assert output.read_bytes() == before["predictions"]


def test_command_line_reports_bad_input_in_one_line(tmp_path: Path) -> None:
    process = drawn_apart("losses", tmp_path, tmp_path / "losses.pdf")
    assert process.returncode == 2
    assert process.stderr.strip() == (
        f"error: {tmp_path / 'paper.json'} does not exist; the stage collate makes it"
    )
    assert not (tmp_path / "losses.pdf").exists()


def test_made_up_results_have_every_experiment_that_figures_show(results: Path) -> None:
    shown = {experiment for names in SHOWN.values() for experiment in names}
    assert shown <= set(read_paper(results)["experiments"])
