"""The study, and the functions that turn it into inputs and parameters of rules.

Every parameter is a string: Snakemake tracks those reliably, and the command line that it prints
is the whole truth about what ran.

What makes a job run again, beside inputs with other content (never their time alone): `code`, a
digest of the code that its stage can reach, and `reads`, one of the settings that it reads from
YAML files. So these files, and our own modules, are no inputs. A stage that reads them is given the
digest too (`--expect`), and refuses other settings than those that were planned.
"""

import functools
import json
import os
import re
import shlex
from pathlib import Path

from snakemake.cli import get_argument_parser
from snakemake.logging import logger

from smartiqa.data.options import check_options
from smartiqa.data.fetch.source_state import CHANGES
from smartiqa.core.errors import InputError
from smartiqa.paper.exhibits import planned
from smartiqa.paper.inclusion import check_figures, inclusions
from smartiqa.preflight.build import check_before_jobs, check_granted
from smartiqa.paper.figures.needs import (
    declared_needs,
    declared_shows,
    expand_needs,
    figure_names,
    scope_of_plan,
)
from smartiqa.provenance.identity import planned_training
from smartiqa.reruns.builds import claim
from smartiqa.reruns.job_records import ask_again
from smartiqa.results.run_files import FILES
from smartiqa.claims.schema import load_ledger
from smartiqa.provenance.code_digest import code_digest
from smartiqa.sharing.shared_runs import check_place
from smartiqa.config.stage_settings import (
    added_up_settings,
    collated_settings,
    counted_settings,
    floor_settings,
    peer_settings,
    prepared_settings,
    pretrained_settings,
    reported_settings,
    settings_digest,
    stored_settings,
    synthesised_settings,
    timed_settings,
    weights_settings,
)
from smartiqa.core.strict import Known
from smartiqa.config.files import study_file
from smartiqa.config.given import check_given_once, check_targets, options_given
from smartiqa.config.published import read_published
from smartiqa.config.study import load_catalogue, load_study
from smartiqa.config.planned import (
    calibrated_experiments,
    planned_experiments,
    resolve,
    roles_of,
    testing_of,
    tried_experiments,
)
from smartiqa.config.experiment_checks import check_mixed, check_teachers, check_that_runs_differ

CONFIG = Path("workflow", "config")
CATALOGUE_FILE = CONFIG / "experiments.yaml"
PUBLISHED_FILE = CONFIG / "published.yaml"
CLAIMS_FILE = CONFIG / "claims.yaml"

try:
    check_given_once(sys.argv)
    settings = workflow.config_settings
    GIVEN = options_given(config, settings.config_args, settings.configfiles)
    STUDY_FILE = study_file(GIVEN.get("study", "demo"), CONFIG)
    STUDY = load_study(STUDY_FILE)
    CATALOGUE = load_catalogue(CATALOGUE_FILE, STUDY)
    PLANNED = planned_experiments(STUDY, CATALOGUE)
    ROLES = roles_of(STUDY, CATALOGUE)
    EXPERIMENTS = Known(
        f"experiment among those of the study {STUDY.name}",
        {name: resolve(STUDY, CATALOGUE, name) for name in PLANNED},
    )
    check_options(STUDY)
    TESTINGS = {name: testing_of(STUDY, CATALOGUE, name) for name in PLANNED}
    check_teachers(STUDY, CATALOGUE, EXPERIMENTS)
    check_mixed(STUDY, EXPERIMENTS)
    check_that_runs_differ(STUDY, CATALOGUE, EXPERIMENTS, TESTINGS)
    PUBLISHED = read_published(PUBLISHED_FILE)
    CLAIMS = load_ledger(CLAIMS_FILE).model_dump(mode="json")
    SHARED = check_place(GIVEN["shared"]) if "shared" in GIVEN else None
    INCLUDED = inclusions(Path("paper"))
    check_figures(INCLUDED, figure_names())
except InputError as error:
    refuse(error)

RESULTS = f"results/{STUDY.name}"
STORAGE = workflow.storage_settings.default_storage_provider  # where results lie, if not here
GPUS = 0 if STUDY.compute.device == "cpu" else 1  # of a job that runs a model
if GPUS and workflow.resource_settings.resources.get("gpu") == 0:
    refuse(
        f"--resources gpu=0: {STUDY_FILE} lets models run on a GPU; give 1 or more, or set "
        "compute: {device: cpu} there"
    )

SECTIONS = sorted({name for kind, name, _ in INCLUDED if kind == "sections"})
SOURCES = [Path("paper/main.tex.j2"), *(Path(f"paper/sections/{name}.tex.j2") for name in SECTIONS)]
TABLES = sorted(path.name.removesuffix(".tex.j2") for path in Path("paper/tables").glob("*.tex.j2"))
RECORDS = {"ledger": "claims.json", "timing": "timing.json", "cost": "cost.json"}
REPORT = Path("src", "smartiqa", "report")
MACROS = local(sorted(map(str, Path("paper/macros").glob("*.tex.j2"))))


SNAKEMAKE_MB = 600  # of the two processes of Snakemake that a job on a cluster has beside its stage


def growing(memory_mb):
    """The memory of a job whose stage takes so much; each further attempt gets as much again."""
    return lambda wildcards, attempt: memory_mb * attempt + SNAKEMAKE_MB


def ask_for_failed():
    """Have outputs that failed jobs have left as they were made again."""
    if workflow.scheduler and not workflow.dryrun:
        ask_again(workflow.scheduler.failed)


wildcard_constraints:
    dataset="|".join(map(re.escape, STUDY.datasets)),
    experiment=r"[A-Za-z0-9._-]+",
    role="|".join(map(re.escape, STUDY.backbones)),
    resize="none|squash|aspect",
    seed=r"\d+",


@functools.cache
def code(*modules):
    """A digest of what the modules do, and all that they import."""
    return code_digest(modules)


@functools.cache
def code_for_run(module, experiment):
    """A digest of what a module does with the model of a run: other gates or heads are none of it."""
    return code_digest([module], EXPERIMENTS[trained_as(experiment)])


def adapter_of(dataset):
    """The module that reads a dataset's labels."""
    return f"smartiqa.data.datasets.{STUDY.datasets[dataset].adapter}"


def datasets_of(experiment):
    """The datasets that an experiment is tested on."""
    return STUDY.datasets_of(experiment)


def store_of(dataset, experiment):
    """The pixel store of a dataset under the experiment's way of resizing."""
    return f"{RESULTS}/data/{dataset}/store-{EXPERIMENTS[experiment].recipe.resize}"


def shared_place():
    """The option that names where finished runs are shared, if `--config shared=...` does."""
    return f"--shared {shlex.quote(SHARED)}" if SHARED else ""


def trained_as(experiment):
    """The experiment whose checkpoint an experiment uses."""
    return CATALOGUE.experiments[EXPERIMENTS[experiment].id].trained_as(experiment)


def run_of(experiment, seed):
    """The folder of the training whose checkpoint an experiment uses."""
    return f"{RESULTS}/runs/{trained_as(experiment)}/seed{seed}"


def runs(pattern, experiments=None):
    """Paths below the folders of all planned runs, or of those of some experiments."""
    experiments = PLANNED if experiments is None else experiments
    return [
        f"{RESULTS}/runs/{name}/seed{seed}/{pattern}"
        for name in experiments
        for seed in STUDY.seeds_of(name)
    ]


def trained_experiments():
    """The planned experiments that have a training of their own."""
    return CATALOGUE.trained(PLANNED)
