"""Files that the preparation of datasets leaves, and what it begins with."""


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
