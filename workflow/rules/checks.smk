"""What is checked before a build: what was asked for, and what the jobs ahead need."""


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


def claim_outputs():
    """Have this build alone make its outputs; ends Snakemake if another one needs some of them."""
    jobs = [*workflow.dag.needrun_jobs()]
    made = [str(file) for job in jobs for file in job.output]
    read = [str(file) for job in jobs for file in job.input]
    disputed = claim(made, read)
    if disputed is not None:
        refuse(InputError(f"{disputed} is at work in another build here; wait for its end"))


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
