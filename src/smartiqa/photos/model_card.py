"""The model card of an exported model: every number and licence comes from its run's results."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from smartiqa.config.files import study_names
from smartiqa.core.files import read_json
from smartiqa.data.adapters import load_adapter
from smartiqa.data.synthetic.photos import listed_photos
from smartiqa.photos.model import CROPS, PhotoModel
from smartiqa.photos.runs import meaning_of, study_of
from smartiqa.results.paper_results import PaperResults, read_paper_results
from smartiqa.results.run_files import MeasuredImages, read_config, read_scores
from smartiqa.results.study_results import Results

TEMPLATE = Path(__file__).with_name("model_card.md.j2")
TASK = "image-quality-assessment"
MEASURES = {"srcc": "SRCC", "plcc": "PLCC", "krcc": "KRCC", "rmse": "RMSE"}
FEW = 1000  # training images below which the card says that they are few


def model_card(source: Path, model: PhotoModel, name: str) -> str:
    """Return the text of the card, with the metadata that the hub reads.

    Args:
        source: folder of the run, or a released checkpoint, of which nothing was measured here.
        model: what was loaded from it.
        name: what the model is called.

    Raises:
        InputError: results of the run are damaged.
    """
    study = study_of(source)
    paper = read_paper_results(study) if (study / "paper.json").is_file() else None
    scores = _scores(source, paper)
    titles = {key: paper.datasets[key].title if paper else key for key in scores}
    data = ModelCardData(
        license="other",
        license_name="see-the-licences-below",
        library_name="smartiqa",
        tags=[TASK, "no-reference", "hyper-network"],
        metrics=[*MEASURES],
        model_name=name if scores else None,
        eval_results=_eval_results(scores, titles) or None,
    )
    card = ModelCard.from_template(
        data,
        template_path=str(TEMPLATE),
        name=name,
        model=model,
        crops=CROPS,
        measures=MEASURES,
        rows={titles[key]: found for key, found in scores.items()},
        limits=_limits(source, model, paper),
        licences=_licences(source, paper),
    )
    return str(card)


def _scores(run: Path, paper: PaperResults | None) -> dict[str, MeasuredImages]:
    """What was measured on the test images of each dataset, those of the training first."""
    path = run / "metrics.json"
    if paper is None or not path.is_file():
        return {}
    measured = read_json(path, [paper.study.training_dataset], "score")
    keys = [paper.study.training_dataset, *paper.study.cross_datasets]
    return {key: read_scores(path, key) for key in keys if key in measured}


def _eval_results(
    scores: Mapping[str, MeasuredImages], titles: Mapping[str, str]
) -> list[EvalResult]:
    return [
        EvalResult(
            task_type=TASK,
            task_name="Blind image quality assessment",
            dataset_type=key,
            dataset_name=titles[key],
            dataset_split="test",
            metric_type=measure,
            metric_name=MEASURES[measure],
            metric_value=round(found.measures[measure].value, 4),
        )
        for key, found in scores.items()
        for measure in MEASURES
    ]


def _limits(source: Path, model: PhotoModel, paper: PaperResults | None) -> list[str]:
    """What the model must not be taken for, each in a sentence."""
    if paper is None:
        return ["Nothing here has measured what its scores are worth."]
    study, home = paper.study, paper.datasets[paper.study.training_dataset]
    experiment = read_config(source)["experiment"]
    found = paper.experiments[experiment["id"]].results[study.training_dataset].srcc
    said = [
        f"It predicts {meaning_of(study.score_name)}, as the labels of {home.title} have it.",
        f"It was trained on {home.train:,} images and tested on {home.test:,} of the same kind; "
        f"trained anew with {len(found.seeds)} seed(s), the SRCC is {found.mean:.3f}, with a 95 % "
        f"interval from {found.low:.3f} to {found.high:.3f}.",
    ]
    if home.train < FEW:
        said.append("These are few images: expect less on photos that are not like them.")
    if not study.cross_datasets:
        said.append("It was tested on no other dataset.")
    if experiment["recipe"]["selection"] != "validation":
        said.append("Its epoch was chosen on the test images, which makes its numbers optimistic.")
    if model.resize.kind == "none":
        said.append("It has seen photos of one size only and does not resize: give it such photos.")
    return said


def _licences(source: Path, paper: PaperResults | None) -> dict[str, str]:
    """The terms of all that the weights were made from."""
    found = {"Code": "MIT"}
    if paper is None:
        return found | {"Weights": "as their authors say"}
    home = paper.datasets[paper.study.training_dataset]
    adapter = load_adapter(home.adapter)
    found[home.title] = _licences_of_photos(paper.study.name) or adapter.FACTS.licence
    role = read_config(source)["experiment"]["model"]["backbone"]
    record = paper.weights[role]
    found["Initial weights"] = (
        f"{record['pretraining']}, from {record.get('file', record['source'])}: as its authors say"
    )
    return found


def _licences_of_photos(study: str) -> str:
    """The licences of the photos that a study distorts itself; "" if it uses others."""
    synthesis = Results.of(study).study.synthesis if study in study_names() else None
    if synthesis is None:
        return ""
    return "photos under " + ", ".join(sorted(listed_photos(synthesis)["licence"].unique()))
