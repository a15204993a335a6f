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
from smartiqa.preflight.build import check_before_jobs, check_granted
from smartiqa.paper.figures.needs import (
    declared_needs,
    declared_shows,
    expand_needs,
    figure_names,
    scope_of_plan,
)
from smartiqa.provenance.identity import planned_training
from smartiqa.reruns.job_records import mirror
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

SOURCES = [Path("paper/main.tex.j2"), *sorted(Path("paper/sections").glob("*.tex.j2"))]
TABLES = sorted(path.name.removesuffix(".tex.j2") for path in Path("paper/tables").glob("*.tex.j2"))
INCLUDED_TABLES = [name for name in TABLES if planned(f"tables/{name}", STUDY, CATALOGUE)]
RECORDS = {"ledger": "claims.json", "timing": "timing.json", "cost": "cost.json"}
REPORT = Path("src", "smartiqa", "report")
MACROS = local(sorted(map(str, Path("paper/macros").glob("*.tex.j2"))))


SNAKEMAKE_MB = 600  # of the two processes of Snakemake that a job on a cluster has beside its stage


def growing(memory_mb):
    """The memory of a job whose stage takes so much; each further attempt gets as much again."""
    return lambda wildcards, attempt: memory_mb * attempt + SNAKEMAKE_MB


onsuccess:
    mirror(Path(RESULTS))


onerror:
    mirror(Path(RESULTS))


wildcard_constraints:
    dataset="|".join(map(re.escape, STUDY.datasets)),
    experiment=r"[A-Za-z0-9._-]+",
    role="|".join(map(re.escape, STUDY.backbones)),
    resize="none|squash|aspect",
    seed=r"\d+",


def targets_asked():
    """What the command line asks for, which Snakemake itself tells only once it plans."""
    if "snakemake" not in sys.argv[0]:
        return []
    return get_argument_parser().parse_known_args()[0].targets


def check_asked(outputs):
    """Check that some output is what Snakemake was asked for; ends it if none is."""
    names = {
        "dataset": STUDY.datasets,
        "experiment": PLANNED,
        "role": STUDY.backbones,
        "resize": ("none", "squash", "aspect"),
        "name": [*figure_names(), *TABLES],
        "part": [template_name(path) for path in SOURCES],
        "seed": [str(seed) for name in PLANNED for seed in STUDY.seeds_of(name)],
    }
    rules = [rule.name for rule in workflow.rules]
    # Snakemake takes every path for one in the bucket, if results lie in one.
    place = workflow.modifier.path_modifier.apply_default_storage
    asked = [target if target in rules else str(place(target)) for target in targets_asked()]
    try:
        check_targets(asked, rules, outputs, names)
    except InputError as error:
        refuse(error)


def check_build():
    """Check what the jobs ahead need; ends Snakemake if something is wrong."""
    jobs = [*workflow.dag.needrun_jobs()]
    ahead = [" ".join([job.rule.name, *job.wildcards]) for job in jobs]
    same_python = not workflow.deployment_settings.deployment_method
    same_python = same_python and (workflow.local_exec or not STORAGE)  # else images have theirs
    elsewhere = not (workflow.local_exec and same_python)
    try:
        check_granted([(job.rule.name, job.resources) for job in jobs], on_gpu=GPUS > 0)
        check_before_jobs(
            STUDY_FILE, CATALOGUE_FILE, ahead, elsewhere=elsewhere, same_python=same_python
        )
    except InputError as error:
        refuse(error)


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


def first_runs(file, experiments):
    """A file in the folder of the first seed of some experiments."""
    return [f"{RESULTS}/runs/{name}/seed{STUDY.seeds_of(name)[0]}/{file}" for name in experiments]


def trained_experiments():
    """The planned experiments that have a training of their own."""
    return CATALOGUE.trained(PLANNED)


def figure_inputs(name):
    """The result files that a figure declares in its module."""
    scope = scope_of_plan(STUDY, CATALOGUE)
    return whole_stores(f"{RESULTS}/{path}" for path in expand_needs(declared_needs(name), scope))


def source_of(wildcards):
    """What a manifest is made from: our own synthesis, or a real dataset and its changes since."""
    root = STUDY.datasets[wildcards.dataset].root
    if root.is_relative_to(RESULTS):
        return [str(root)]
    folder = f"{RESULTS}/data/{wildcards.dataset}"
    changes = [f"{folder}/{CHANGES}"] if Path(folder, CHANGES).is_file() else []
    return [f"{folder}/raw.json", *changes]


def shipped(paths):
    """Files that come with the repository, or somebody's own.

    Where results lie in a bucket their dates count for nothing: in a new clone they are of today.
    """
    return ancient(local(paths)) if STORAGE else local(paths)


def seen_before(path):
    """An output that stays in sight of its job.

    Not in a bucket: Snakemake 9 would back up the copy of this machine, where there need not be one.
    """
    return path if STORAGE else update(path)


def travelling(**files):
    """Files that only a job on another machine has to be told of: they lie beside declared ones.

    On the machine that made them they stay where they are, and nobody computes their digests.
    """
    return files if STORAGE else {}


def pixels_of(dataset, experiment):
    """The files of a pixel store, beside its record."""
    return beside(f"{store_of(dataset, experiment)}/store.json")


def beside(record):
    """The files of a pixel store that its record describes."""
    return [str(Path(record).with_name(name)) for name in ("index.parquet", "pixels.u8")]


def whole_stores(paths):
    """Add to every record of a pixel store what it describes, for a job on another machine."""
    paths = [*paths]
    records = [path for path in paths if STORAGE and Path(path).name == "store.json"]
    return paths + [file for record in records for file in beside(record)]


def made_images(wildcards):
    """The images that our own synthesis has made of a dataset; real ones are no files of a build."""
    root = STUDY.datasets[wildcards.dataset].root
    return [str(root)] if root.is_relative_to(RESULTS) else []


def manifest_of(dataset):
    """The table of a dataset's images."""
    return f"{RESULTS}/data/{dataset}/manifest.parquet"


def alike_in(dataset):
    """The pairs of near-duplicates that the preparation of a dataset has found."""
    return f"{RESULTS}/data/{dataset}/checks/near_duplicates.csv"


def checked_images(dataset):
    """The digests of all images that the preparation of a dataset leaves beside its manifest."""
    return f"{RESULTS}/data/{dataset}/checks/images.parquet"


def checks_of(dataset):
    """What else the preparation of a dataset leaves for others to read."""
    names = ("near_duplicates.csv", "images.parquet", "findings.csv", "splits.json")
    return [f"{RESULTS}/data/{dataset}/checks/{name}" for name in names]


def training_manifest(wildcards):
    """What has to be prepared before a dataset can be compared with the images trained on."""
    if wildcards.dataset == STUDY.training_dataset:
        return []
    return f"{RESULTS}/data/{STUDY.training_dataset}/manifest.parquet"


def seen_in_training(wildcards):
    """The digests of the images trained on, for all datasets but that one."""
    trained_on = STUDY.training_dataset
    return [] if wildcards.dataset == trained_on else [checked_images(trained_on)]


def training_images(wildcards):
    """The option that names the images trained on, for all datasets but that one."""
    if wildcards.dataset == STUDY.training_dataset:
        return ""
    return f"--training {checked_images(STUDY.training_dataset)}"


def weight_source(role):
    """The local file that weights come from, if they come from one."""
    weights = STUDY.backbones[role].weights
    return shipped([str(weights.path)]) if weights.source == "file" else []


def training_inputs(wildcards):
    """Manifest, store and weights of a training, what its teacher says, and what is mixed in."""
    own = inputs_of_training(wildcards.experiment)
    return own | teacher_of(wildcards) | mixed_inputs(wildcards.experiment)


def mixed_of(experiment):
    """The folders of what a mixed experiment trains on beside the training dataset."""
    return [f"{RESULTS}/data/{dataset}" for dataset in STUDY.mixed_with.get(experiment, ())]


def mixed_inputs(experiment):
    """Stores of these datasets, and the manifests of all that any model is tested on."""
    if not (others := STUDY.mixed_with.get(experiment, ())):
        return {}
    tested = [STUDY.training_dataset, *STUDY.cross_datasets]
    return {
        "mixed": [f"{store_of(dataset, experiment)}/store.json" for dataset in others],
        "tested": [*map(manifest_of, tested)],
        **travelling(
            mixed_pixels=[file for d in others for file in pixels_of(d, experiment)],
            images=[*map(checked_images, tested)],
        ),
    }


def mixing_options(experiment):
    """The options that tell a mixed experiment of them."""
    tested = mixed_inputs(experiment).get("tested", [])
    given = [("mixed", path) for path in mixed_of(experiment)] + [("tested", p) for p in tested]
    return " ".join(f"--{name} {path}" for name, path in given)


def teacher_of(wildcards):
    """What the teacher of a student says of the training images; nothing for others."""
    teacher = CATALOGUE.experiments[EXPERIMENTS[wildcards.experiment].id].teacher
    if teacher is None:
        return {}
    return {"teacher": f"{run_of(teacher, wildcards.seed)}/teacher.safetensors"}


def floor_inputs(wildcards):
    """What the full model's training reads, too, and what the images look like."""
    images = travelling(images=checked_images(STUDY.training_dataset))
    return inputs_of_training(ROLES.reference) | images


def inputs_of_training(experiment):
    """Manifest, pixel store and weights that an experiment begins with."""
    dataset, store = STUDY.training_dataset, store_of(STUDY.training_dataset, experiment)
    role = EXPERIMENTS[experiment].model.backbone
    return {
        "manifest": f"{RESULTS}/data/{dataset}/manifest.parquet",
        "store": f"{store}/store.json",
        "weights": f"{RESULTS}/weights/{role}.safetensors",
        **travelling(pixels=pixels_of(dataset, experiment)),
    }


def analysed_run(wildcards):
    """Checkpoint, manifest and pixel store of a run that is analysed on its own test images."""
    dataset, experiment = STUDY.training_dataset, wildcards.experiment
    return {
        "best": f"{run_of(experiment, wildcards.seed)}/best.safetensors",
        **travelling(config=f"{run_of(experiment, wildcards.seed)}/config.json"),
        "manifest": f"{RESULTS}/data/{dataset}/manifest.parquet",
        "store": f"{store_of(dataset, experiment)}/store.json",
        **travelling(pixels=pixels_of(dataset, experiment)),
    }


def peers_with_environment():
    """The predictors of other people for which `make peers` made what is pinned now."""
    pins = sorted(Path("envs/peers").glob("*.txt"))
    made = {file: Path(".venv-peers", file.stem, file.name) for file in pins}
    return [
        p.stem for p, copy in made.items() if copy.is_file() and p.read_bytes() == copy.read_bytes()
    ]


def measured_peers():
    """The file of measured peers once it is there; no build makes it unless it is asked for."""
    path = f"{RESULTS}/peers.json"
    return [path] if Path(path).is_file() else []


def collated_inputs(wildcards):
    """Every result file that a value of the paper comes from."""
    run = ROLES.among(PLANNED)
    tried = tried_experiments(STUDY, CATALOGUE)
    # What is read image by image: gate, errors by distortion and by group, coverage, pairs.
    calibrated = calibrated_experiments(STUDY, CATALOGUE)
    read = dict.fromkeys([*run.ablation, *tried, *calibrated])
    crossed = [name for name in read if name in STUDY.cross_experiments]
    roles = {EXPERIMENTS[name].model.backbone for name in PLANNED}
    return [
        *map(manifest_of, STUDY.datasets),
        f"{RESULTS}/data/shared_images.csv",
        *(path for name in STUDY.datasets if STORAGE for path in checks_of(name)),
        *(f"{RESULTS}/weights/{role}.json" for role in sorted(roles)),
        *runs("metrics.json"),
        *runs("config.json", trained_experiments()),
        *runs("history.csv", trained_experiments()),
        *(runs("identity.json", trained_experiments()) if STORAGE else []),
        *runs(f"predictions/{STUDY.training_dataset}.parquet", read),
        *(file for d in STUDY.cross_datasets for file in runs(f"predictions/{d}.parquet", crossed)),
        *runs("calibration.json", calibrated),
        *first_runs("robustness.json", tried),
        *first_runs("masking.json", [run.reference]),
        *first_runs("attack.json", tried),
        *first_runs("generated.json", run.embedded),
        *measured_peers(),
    ]


def reported_inputs(wildcards):
    """What the report shows."""
    return {
        "values": f"{RESULTS}/paper.json",
        "records": [f"{RESULTS}/{file}" for file in RECORDS.values()],
        "histories": runs("history.csv", trained_experiments()),
        "environments": runs("environment.json", trained_experiments()),
        "metrics": runs("metrics.json"),
        "predictions": [
            path
            for name in PLANNED
            for dataset in datasets_of(name)
            for path in runs(f"predictions/{dataset}.parquet", [name])
        ],
        "embedded": first_runs("generated.parquet", ROLES.among(PLANNED).embedded),
        "stores": whole_stores(
            f"{store_of(dataset, ROLES.reference)}/store.json" for dataset in STUDY.datasets
        ),
    }


def template_name(path):
    """A template's name below paper/, without what it ends in."""
    return str(path.relative_to("paper")).removesuffix(".tex.j2")


def quoted_records(template):
    """The ledger and the measured times, where a template quotes them; only those wait for them."""
    text = Path(template).read_text()
    quoted = [
        name for name in RECORDS if re.search(rf"\b{name}(\.\w| is defined)|exhibits\(\)", text)
    ]
    return {name: f"{RESULTS}/{RECORDS[name]}" for name in quoted}


def as_options(inputs):
    """Named inputs as options of a command line."""
    return " ".join(f"--{name} {path}" for name, path in inputs.items())


def table_inputs(wildcards):
    """What one table needs beside values; the index of provenance reads all templates."""
    records = quoted_records(f"paper/tables/{wildcards.name}.tex.j2")
    if wildcards.name != "provenance":
        return records
    others = [*SOURCES, *sorted(Path("paper/tables").glob("*.tex.j2"))]
    return {**records, "others": local([*map(str, others)])}


def shown_by_figures(wildcards):
    """What figures declare to show, for the index of provenance; other tables do not depend on it."""
    if wildcards.name != "provenance":
        return ""
    names = included_figures()
    return json.dumps({name: [*declared_needs(name), *declared_shows(name)] for name in names})


def included_figures():
    """The figures that the sources of the paper call for, and the study has something to show in."""
    pattern = re.compile(r'call figure\("([a-z_]+)"')
    called = {name for source in SOURCES for name in pattern.findall(source.read_text())}
    return sorted(name for name in called if planned(f"figures/{name}", STUDY, CATALOGUE))
