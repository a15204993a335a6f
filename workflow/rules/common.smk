"""The study, and the functions that turn it into inputs and parameters of rules.

Every parameter is a string: Snakemake tracks those reliably, and the command line that it prints
is the whole truth about what ran.
"""

import json
from pathlib import Path

from smartiqa.errors import InputError
from smartiqa.figures.needs import Scope, declared_needs, expand_needs
from smartiqa.provenance import code_closure, code_digest
from smartiqa.studies import (
    load_catalogue,
    load_study,
    planned_experiments,
    resolve,
    testing_of,
)

CONFIG = Path(workflow.basedir, "workflow", "config")
STUDY_FILE = CONFIG / f"{config.get('study', 'demo')}.yaml"
CATALOGUE_FILE = CONFIG / "experiments.yaml"

try:
    STUDY = load_study(STUDY_FILE)
    CATALOGUE = load_catalogue(CATALOGUE_FILE)
    PLANNED = planned_experiments(STUDY, CATALOGUE)
    EXPERIMENTS = {name: resolve(STUDY, CATALOGUE, name) for name in PLANNED}
    TESTINGS = {name: testing_of(STUDY, CATALOGUE, name) for name in PLANNED}
except InputError as error:
    sys.exit(f"error: {error}")

RESULTS = f"results/{STUDY.name}"
SEEDS = STUDY.seeds


wildcard_constraints:
    dataset="|".join(STUDY.datasets),
    experiment=r"[A-Za-z0-9.-]+",
    role="|".join(STUDY.backbones),
    resize="none|squash|aspect",
    seed=r"\d+",
    name=r"[a-z_]+",


def as_json(model, **options):
    """The fields of a pydantic model as one JSON string."""
    return json.dumps(model.model_dump(mode="json", **options), sort_keys=True)


def code(*modules):
    """Source files of the modules and of all that they import: the `input` of cheap rules."""
    return [str(path) for path in code_closure(modules)]


def datasets_of(experiment):
    """The datasets that an experiment is tested on."""
    cross = STUDY.cross_datasets if experiment in STUDY.cross_experiments else ()
    return (STUDY.training_dataset, *cross)


def store_of(dataset, experiment):
    """The pixel store of a dataset under the experiment's way of resizing."""
    return f"{RESULTS}/data/{dataset}/store-{EXPERIMENTS[experiment].recipe.resize}"


def run_of(experiment, seed):
    """The folder of the training whose checkpoint an experiment uses."""
    entry = CATALOGUE.experiments[experiment]
    return f"{RESULTS}/runs/{entry.trained_as(experiment)}/seed{seed}"


def runs(pattern, experiments=None, seeds=SEEDS):
    """Paths below the folders of all planned runs, or of some experiments."""
    experiments = PLANNED if experiments is None else experiments
    return [f"{RESULTS}/runs/{e}/seed{s}/{pattern}" for e in experiments for s in seeds]


def trained_experiments():
    """The planned experiments that have a training of their own."""
    return [name for name in PLANNED if CATALOGUE.experiments[name].checkpoint_of is None]


def figure_inputs(name):
    """The result files that a figure declares in its module."""
    scope = Scope(
        seeds={experiment: SEEDS for experiment in PLANNED},
        training_dataset=STUDY.training_dataset,
        cross_datasets={name: datasets_of(name)[1:] for name in PLANNED},
        resize=EXPERIMENTS["C3" if "C3" in PLANNED else PLANNED[0]].recipe.resize,
    )
    return [f"{RESULTS}/{path}" for path in expand_needs(declared_needs(name), scope)]
