"""From runs to everything that the paper says: one file of values, one ledger of claims.

Inputs:  results/<study>/runs
Outputs: results/<study>/{complexity,floors,paper,claims}.json; {timing,cost}.json, which no two
         builds have alike
"""


rule floors:
    """Measure what a model must beat: a constant, look-alikes, probes of the frozen backbone."""
    input:
        unpack(floor_inputs),
        alike=f"{RESULTS}/data/{STUDY.training_dataset}/checks/near_duplicates.csv",
    output:
        f"{RESULTS}/floors.json",
    log:
        f"{RESULTS}/logs/floors.log",
    conda:
        "../../envs/training.yaml"
    threads: STUDY.compute.threads
    resources:
        mem_mb=growing(STUDY.schedule.memory_mb),
        runtime=STUDY.schedule.minutes,
        gpu=GPUS,
    params:
        study=str(STUDY_FILE),
        catalogue=str(CATALOGUE_FILE),
        reads=lambda w: settings_digest(floor_settings(STUDY, CATALOGUE)),
        store=store_of(STUDY.training_dataset, ROLES.reference),
        code=lambda w: code("smartiqa.stages.floors"),
    shell:
        "python -m smartiqa floors --study {params.study:q} --catalogue {params.catalogue:q}"
        " --expect {params.reads} --manifest {input.manifest} --store {params.store}"
        " --weights {input.weights} --output {output} 2> {log}"


rule complexity:
    """Count parameters, multiply-accumulates and generated weights of every configuration."""
    output:
        f"{RESULTS}/complexity.json",
    log:
        f"{RESULTS}/logs/complexity.log",
    conda:
        "../../envs/training.yaml"
    params:
        study=str(STUDY_FILE),
        catalogue=str(CATALOGUE_FILE),
        reads=lambda w: settings_digest(counted_settings(STUDY, CATALOGUE)),
        code=lambda w: code("smartiqa.stages.complexity"),
    shell:
        "python -m smartiqa complexity --study {params.study:q} --catalogue {params.catalogue:q}"
        " --expect {params.reads} --output {output} 2> {log}"


rule trainings:
    """Print what the study trains, with estimated hours; nothing is trained."""
    input:
        complexity=f"{RESULTS}/complexity.json",
    log:
        f"{RESULTS}/logs/trainings.log",
    conda:
        "../../envs/training.yaml"
    params:
        study=str(STUDY_FILE),
        catalogue=str(CATALOGUE_FILE),
        measured=(
            f"--measured {shlex.quote(os.path.expanduser(GIVEN['measured']))}"
            if "measured" in GIVEN
            else ""
        ),
    shell:
        "python -m smartiqa trainings --study {params.study:q} --catalogue {params.catalogue:q}"
        " {params.measured} 2> {log}"


rule timing:
    """Time the models on this machine; takes all cores, so that nothing runs beside it."""
    output:
        f"{RESULTS}/timing.json",
    log:
        f"{RESULTS}/logs/timing.log",
    conda:
        "../../envs/training.yaml"
    threads: lambda w: workflow.cores
    resources:
        slurm_extra="--exclusive",
        mem_mb=growing(STUDY.schedule.memory_mb),
        runtime=STUDY.schedule.minutes,
        gpu=GPUS,
    params:
        study=str(STUDY_FILE),
        catalogue=str(CATALOGUE_FILE),
        reads=lambda w: settings_digest(timed_settings(STUDY, CATALOGUE)),
        code=lambda w: code("smartiqa.stages.timing"),
    shell:
        "python -m smartiqa timing --study {params.study:q} --catalogue {params.catalogue:q}"
        " --expect {params.reads} --output {output} 2> {log}"


rule cost:
    """Add up what the trainings took."""
    input:
        **travelling(histories=runs("history.csv", trained_experiments())),
        environments=runs("environment.json", trained_experiments()),
        manifest=f"{RESULTS}/data/{STUDY.training_dataset}/manifest.parquet",
    output:
        f"{RESULTS}/cost.json",
    log:
        f"{RESULTS}/logs/cost.log",
    conda:
        "../../envs/training.yaml"
    params:
        study=str(STUDY_FILE),
        catalogue=str(CATALOGUE_FILE),
        reads=lambda w: settings_digest(added_up_settings(STUDY, CATALOGUE)),
        code=lambda w: code("smartiqa.stages.cost"),
        results=lambda w, output: str(Path(output[0]).parent),
    shell:
        "python -m smartiqa cost --study {params.study:q} --catalogue {params.catalogue:q}"
        " --expect {params.reads} --results {params.results} --output {output} 2> {log}"


checkpoint collate:
    """Gather every number that the paper may use."""
    input:
        collated_inputs,
        complexity=f"{RESULTS}/complexity.json",
        floors=f"{RESULTS}/floors.json",
    output:
        f"{RESULTS}/paper.json",
    log:
        f"{RESULTS}/logs/collate.log",
    conda:
        "../../envs/training.yaml"
    params:
        study=str(STUDY_FILE),
        catalogue=str(CATALOGUE_FILE),
        published=str(PUBLISHED_FILE),
        reads=lambda w: settings_digest(collated_settings(STUDY, CATALOGUE, PUBLISHED)),
        code=lambda w: code("smartiqa.stages.collate"),
        results=lambda w, output: str(Path(output[0]).parent),
    shell:
        "python -m smartiqa collate --study {params.study:q} --catalogue {params.catalogue:q}"
        " --expect {params.reads} --results {params.results} --complexity {input.complexity}"
        " --published {params.published:q} --output {output} 2> {log}"


rule claims:
    """Decide, claim by claim, what of the published paper holds; the times are those of a GPU."""
    input:
        values=f"{RESULTS}/paper.json",
        timing=f"{RESULTS}/timing.json",
        cost=f"{RESULTS}/cost.json",
        complexity=f"{RESULTS}/complexity.json",
    output:
        ledger=f"{RESULTS}/claims.json",
        text=report(
            f"{RESULTS}/claims.md",
            caption="../captions/claims.rst",
            category="Results",
            labels={"file": "claims.md"},
        ),
    log:
        f"{RESULTS}/logs/claims.log",
    conda:
        "../../envs/training.yaml"
    params:
        claims=str(CLAIMS_FILE),
        published=str(PUBLISHED_FILE),
        reads=lambda w: settings_digest([CLAIMS, PUBLISHED]),
        code=lambda w: code("smartiqa.stages.claims"),
    shell:
        "python -m smartiqa claims --claims {params.claims:q} --published {params.published:q}"
        " --expect {params.reads} --complexity {input.complexity} --values {input.values}"
        " --timing {input.timing} --cost {input.cost} --output {output.ledger} 2> {log}"
