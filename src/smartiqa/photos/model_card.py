"""The model card of an exported model: every number and licence comes from its run's results."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from smartiqa.config.backbone import HubWeights, PackageWeights, RandomWeights, Weights
from smartiqa.config.experiment import Synthesis
from smartiqa.core.json_files import read_json
from smartiqa.data.adapters import load_adapter
from smartiqa.data.synthetic.photos import listed_photos
from smartiqa.metrics.measures import measures_of
from smartiqa.models.pretrained import name_of
from smartiqa.photos.model import PhotoModel
from smartiqa.photos.runs import (
    Labels,
    labels_of_run,
    meaning_of,
    measured_of_run,
    settings_of_study,
    study_of,
)
from smartiqa.results.paper_results import PaperResults, read_paper_results
from smartiqa.results.run_files import MeasuredImages, is_trained, read_config

TEMPLATE = Path(__file__).with_name("model_card.md.j2")
TASK = "image-quality-assessment"
MEASURES = {name: known.label for name, known in measures_of("card").items()}
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
    is_run = is_trained(source)
    labels = labels_of_run(source) if is_run else None
    finished = labels is not None and (study / "paper.json").is_file()
    paper = read_paper_results(study) if finished else None
    scores = measured_of_run(source, labels) if is_run else {}
    titles = {key: labels.titles.get(key, key) if labels else key for key in scores}
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
        measures=MEASURES,
        rows={titles[key]: found for key, found in scores.items()},
        limits=_limits(source, model, labels, paper),
        licences=_licences(source, labels),
    )
    return str(card)


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
        if measure in found.measures
    ]


def _limits(
    source: Path, model: PhotoModel, labels: Labels | None, paper: PaperResults | None
) -> list[str]:
    """What the model must not be taken for, each in a sentence."""
    if labels is None:
        return ["Nothing here says what its scores mean."]
    title = labels.titles[labels.dataset]
    settings = read_config(source)
    experiment = settings["experiment"]
    said = [f"It predicts {meaning_of(labels.score_name)}, as the labels of {title} have it."]
    if paper is not None:
        said += _seen(paper, experiment["id"], settings["images"])
    if experiment["recipe"]["selection"] != "validation":
        said.append("Its epoch was chosen on the test images, which makes its numbers optimistic.")
    if model.resize.kind == "none":
        said.append("It has seen photos of one size only and does not resize: give it such photos.")
    return said


def _seen(paper: PaperResults, experiment: str, images: int) -> list[str]:
    """How many images a model has seen, and how sure what was measured of it is."""
    study, home = paper.study, paper.datasets[paper.study.training_dataset]
    entry = paper.experiments[experiment]
    found = entry.results[study.training_dataset].srcc
    said = [
        f"It was trained on {images:,} images and tested on {home.test:,} of the same kind; "
        f"trained anew with {len(found.seeds)} seed(s), the SRCC is {found.mean:.3f}, with a 95 % "
        f"interval from {found.low:.3f} to {found.high:.3f}."
    ]
    if images < FEW:
        said.append("These are few images: expect less on photos that are not like them.")
    if not study.cross_datasets:
        said.append("It was tested on no other dataset.")
    return said


def _licences(source: Path, labels: Labels | None) -> dict[str, str]:
    """The terms of all that the weights were made from."""
    found = {"Code": "MIT"}
    study = settings_of_study(source)
    if labels is None or study is None:
        return found | {"Weights": "as their authors say"}
    photos = _licences_of_photos(study.synthesis, source)
    adapter = load_adapter(study.datasets[labels.dataset].adapter)
    found[labels.titles[labels.dataset]] = photos or adapter.FACTS.licence
    role = read_config(source)["experiment"]["model"]["backbone"]
    found["Initial weights"] = _origin(study.backbones[role].weights, photos, _root(source))
    return found


def _root(run: Path) -> Path:
    """Return the repository that a run lies in."""
    return study_of(run).parent.parent


def _origin(weights: Weights, photos: str, root: Path) -> str:
    """Say where initial weights come from, and their terms; those of ours have a record."""
    if isinstance(weights, RandomWeights):
        return "random"
    if isinstance(weights, PackageWeights):
        name = f"the package {weights.package}"
    elif isinstance(weights, HubWeights):
        name = name_of(weights, Path())
    else:
        name, record = weights.path.name, (root / weights.path).with_suffix(".json")
        if record.is_file() and "photos" in (made := read_json(record, check=Path)):
            count = f"{len(made['photos'])} {photos or 'photos'}"
            return f"{name}, pretrained by smartiqa ({made['task']}) on {count}"
    return f"{weights.pretraining}, from {name}: as its authors say"


def _licences_of_photos(synthesis: Synthesis | None, run: Path) -> str:
    """The licences of the photos that a study distorts itself; "" if it uses others."""
    if synthesis is None:
        return ""
    listed = listed_photos(synthesis.model_copy(update={"photos": _root(run) / synthesis.photos}))
    return "photos under " + ", ".join(sorted(listed["licence"].unique()))
