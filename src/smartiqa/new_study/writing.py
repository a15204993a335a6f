"""Write the study of somebody's own images: a few lines, the rest is inherited."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from smartiqa.config.files import CATALOGUE, CONFIG, FILES_FOR_ALL
from smartiqa.config.inheritance import with_inherited
from smartiqa.config.names import fit_for_a_name
from smartiqa.config.planned import planned_experiments, resolve, roles_of
from smartiqa.config.study import Study, load_catalogue, study_of
from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_atomically
from smartiqa.core.yaml_files import read_yaml
from smartiqa.data.options import check_options
from smartiqa.data.splits import SPLITS
from smartiqa.new_study.backbones import Beginning, beginning
from smartiqa.new_study.findings import told
from smartiqa.new_study.survey import ADAPTER, Survey, Wishes, survey

SCHEMA = "# yaml-language-server: $schema=schemas/study.json"
COMMENT_WIDTH = 100


WRITTEN = "Written by `smartiqa new-study`"


def new_study(
    name: str,
    wishes: Sequence[Wishes],
    titles: Sequence[str],
    backbone: str,
    weights: Path | None,
    replace: bool,
    say: Callable[[str], Any],
) -> None:
    """Look at datasets and write a study that trains on the first and is tested on the others too.

    Args:
        name: of the study.
        wishes: what a person says of each dataset.
        titles: how each is called in print; "" for the name of its folder.
        backbone: see `smartiqa.new_study.backbones`.
        weights: a file, for a model of timm.
        replace: whether a study of this name is written anew.
        say: prints a line.

    Raises:
        InputError: the data cannot be used, or something has to be said that cannot be seen.
    """
    path = _place(name, replace)
    begins = beginning(backbone, weights, load_catalogue(CATALOGUE))
    seen = [survey(wishes[0])]
    seen += [survey(wish, seen[0]) for wish in wishes[1:]]
    begins = begins.suited_to(seen[0].count("train"))
    datasets = dict(zip(_keys(name, seen), seen, strict=True))
    called = [title or found.root.resolve().name for title, found in zip(titles, seen, strict=True)]
    text = text_of(name, datasets, called, begins)
    with replace_atomically(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
        _require_a_study(temporary, path)
    for line in [line for found in seen for line in told(found)]:
        say(line)
    trained = len(begins.experiments) * len(begins.seeds)
    say(f"backbone: {backbone}, {begins.why} (--backbone)")
    say(f"wrote {path}: {trained} trainings, of {', '.join(begins.experiments)}")
    say(f"next: make paper STUDY={name}")


def _place(name: str, replace: bool) -> Path:
    """Where the study's file goes."""
    try:
        fit_for_a_name(name)
    except ValueError as error:
        raise InputError(f"the study: {error}") from error
    path = CONFIG / f"{name}.yaml"
    if path in FILES_FOR_ALL:
        raise InputError(f"{path} is not a study; take another name than {name}")
    if path.exists() and WRITTEN not in path.read_text(encoding="utf-8"):
        raise InputError(f"{path} exists, and new-study did not write it; take another name")
    if path.exists() and not replace:
        raise InputError(f"{path} exists; take another name, or --replace to write it anew")
    if not CONFIG.is_dir():
        raise InputError(f"there is no folder {CONFIG} here; call this in the repository's folder")
    return path


def _keys(name: str, seen: Sequence[Survey]) -> list[str]:
    """Names of the datasets: the study's for the first, those of their folders for the others."""
    keys = [name]
    for found in seen[1:]:
        key = re.sub(r"[^A-Za-z0-9]+", "-", found.root.resolve().name).strip("-") or "other"
        while key in keys:
            key += "-2"
        keys.append(key)
    return keys


def text_of(
    name: str, datasets: Mapping[str, Survey], titles: Sequence[str], begins: Beginning
) -> str:
    """Return the text of the study's file."""
    training, *others = datasets
    trained_on = datasets[training]
    entries = {
        key: {
            "title": title,
            "adapter": ADAPTER,
            "root": _relative(found.root),
            "options": found.options,
            **({} if found.split == {"kind": "official"} else {"split": found.split}),
            **({"problems": found.problems} if found.problems == "skip" else {}),
        }
        for (key, found), title in zip(datasets.items(), titles, strict=True)
    }
    counts = {part: trained_on.count(part) for part in SPLITS}
    counted = ", ".join(f"{count:,} {part}" for part, count in counts.items())
    about = (
        f"{WRITTEN} for {sum(counts.values()):,} images ({counted}); change "
        f"what you like. What is not said here is as in {begins.inherits}.yaml. Backbone: "
        f"{begins.why}."
    )
    title, scores = titles[0], trained_on.options["score_name"]
    across = {"cross_datasets": others, "cross_experiments": [*begins.experiments]}
    keys = {
        "inherits": begins.inherits,
        "name": name,
        "title": f"{title}, {scores}",
        "note": f"Every measured number comes from the {name} study of {title}.",
        "score_name": scores,
        "training_dataset": training,
        **(across if others else {}),
        "datasets": entries,
        "experiments": [*begins.experiments],
        "seeds": [*begins.seeds],
        **begins.changes,
    }
    comment = [f"# {line}" for line in textwrap.wrap(about, COMMENT_WIDTH - 2)]
    lines = [_written(key, value) for key, value in keys.items()]
    return "\n".join([SCHEMA, *comment, *lines]) + "\n"


def _written(key: str, value: Any) -> str:
    """One key in YAML; what is deep is in the short notation from its third level on."""
    if key != "datasets":
        return f"{key}: {_short(value)}"
    lines = ["datasets:"]
    for name, entry in value.items():
        lines += [
            f"  {_short(name)}:",
            *(f"    {field}: {_short(given)}" for field, given in entry.items()),
        ]
    return "\n".join(lines)


def _short(value: Any) -> str:
    text = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, width=10**6, allow_unicode=True
    )
    return text.removesuffix("\n").removesuffix("\n...")


def _relative(root: Path) -> str:
    """The folder as the study names it: from the repository if it, or a link to it, lies there."""
    here = Path.cwd()
    for whole in (Path(os.path.abspath(root)), root.resolve()):
        # A ".." behind a link leads from where the link leads, which its text does not show.
        if whole.is_relative_to(here) and whole.resolve() == root.resolve():
            return whole.relative_to(here).as_posix()
    return root.resolve().as_posix()


def _require_a_study(written: Path, path: Path) -> None:
    """Read what was written as the workflow will read the file `path`."""
    study = study_of(with_inherited(read_yaml(written), path, Study.model_fields), path)
    catalogue = load_catalogue(CATALOGUE, study)
    for name in planned_experiments(study, catalogue):
        resolve(study, catalogue, name)
    roles_of(study, catalogue)
    check_options(study)
