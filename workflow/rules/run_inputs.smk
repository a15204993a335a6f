"""What trainings, analyses and summaries of them read."""


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


def first_runs(file, experiments):
    """A file in the folder of the first seed of some experiments."""
    return [f"{RESULTS}/runs/{name}/seed{STUDY.seeds_of(name)[0]}/{file}" for name in experiments]


def trained_before():
    """The folder of each planned training that is there, and what it is to be."""
    for name in trained_experiments():
        for seed in STUDY.seeds_of(name):
            folder = Path(f"{RESULTS}/runs/{name}/seed{seed}")
            if folder.is_dir():
                yield folder, planned_training(EXPERIMENTS[name], seed)
