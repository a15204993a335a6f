"""From runs to everything that the paper says: one file of values, one ledger of claims.

Inputs:  results/<study>/runs
Outputs: results/<study>/{complexity,paper,claims}.json and the analyses of single runs;
         {timing,cost}.json, which no two builds have alike
"""


rule embed:
    """Embed the target networks that a run generates for the test images."""
    input:
        unpack(analysed_run),
        weights=lambda w: f"{RESULTS}/weights/{EXPERIMENTS[w.experiment].model.backbone}.safetensors",
        code=code("smartiqa.embed"),
    output:
        table=f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/generated.parquet",
        record=f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/generated.json",
    log:
        f"{RESULTS}/logs/embed/{{experiment}}-seed{{seed}}.log",
    conda:
        "../../envs/training.yaml"
    threads: STUDY.compute.threads
    resources:
        mem_mb=STUDY.compute.memory_mb,
        gpu=GPUS,
    params:
        run=lambda w: run_of(w.experiment, w.seed),
        store=lambda w: store_of(STUDY.training_dataset, w.experiment),
    shell:
        "python -m smartiqa.embed --run {params.run} --manifest {input.manifest}"
        " --store {params.store} --weights {input.weights} --output {output.table} 2> {log}"


rule feature_maps:
    """Record the stage maps of a good and of a poor test photo."""
    input:
        unpack(analysed_run),
        code=code("smartiqa.feature_maps"),
    output:
        f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/feature_maps.npz",
    log:
        f"{RESULTS}/logs/feature_maps/{{experiment}}-seed{{seed}}.log",
    conda:
        "../../envs/training.yaml"
    threads: STUDY.compute.threads
    resources:
        mem_mb=STUDY.compute.memory_mb,
        gpu=GPUS,
    params:
        run=lambda w: run_of(w.experiment, w.seed),
        store=lambda w: store_of(STUDY.training_dataset, w.experiment),
    shell:
        "python -m smartiqa.feature_maps --run {params.run} --manifest {input.manifest}"
        " --store {params.store} --output {output} 2> {log}"


rule complexity:
    """Count parameters, multiply-accumulates and generated weights of every configuration."""
    input:
        study=STUDY_FILE,
        catalogue=CATALOGUE_FILE,
        code=code("smartiqa.complexity"),
    output:
        f"{RESULTS}/complexity.json",
    log:
        f"{RESULTS}/logs/complexity.log",
    conda:
        "../../envs/training.yaml"
    shell:
        "python -m smartiqa.complexity --study {input.study:q} --catalogue {input.catalogue:q}"
        " --output {output} 2> {log}"


rule trainings:
    """Print what the study trains, with estimated hours; nothing is trained."""
    input:
        complexity=rules.complexity.output[0],
    log:
        f"{RESULTS}/logs/trainings.log",
    conda:
        "../../envs/training.yaml"
    params:
        study=STUDY.name,
        measured=f"--measured {config['measured']}" if "measured" in config else "",
    shell:
        "python -m smartiqa.trainings --study {params.study} {params.measured} 2> {log}"


rule timing:
    """Time the models on this machine; takes all cores, so that nothing runs beside it."""
    input:
        study=STUDY_FILE,
        catalogue=CATALOGUE_FILE,
    output:
        f"{RESULTS}/timing.json",
    log:
        f"{RESULTS}/logs/timing.log",
    conda:
        "../../envs/training.yaml"
    threads: workflow.cores
    resources:
        mem_mb=STUDY.compute.memory_mb,
        gpu=GPUS,
    params:
        code=code_digest(["smartiqa.timing"]),
    shell:
        "python -m smartiqa.timing --study {input.study:q} --catalogue {input.catalogue:q}"
        " --output {output} 2> {log}"


rule cost:
    """Add up what the trainings took."""
    input:
        environments=runs("environment.json", trained_experiments()),
        manifest=f"{RESULTS}/data/{STUDY.training_dataset}/manifest.parquet",
        study=STUDY_FILE,
        catalogue=CATALOGUE_FILE,
        code=code("smartiqa.cost"),
    output:
        f"{RESULTS}/cost.json",
    log:
        f"{RESULTS}/logs/cost.log",
    conda:
        "../../envs/training.yaml"
    params:
        results=lambda w, output: str(Path(output[0]).parent),
    shell:
        "python -m smartiqa.cost --study {input.study:q} --catalogue {input.catalogue:q}"
        " --results {params.results} --output {output} 2> {log}"


rule collate:
    """Gather every number that the paper may use."""
    input:
        collated_inputs,
        study=STUDY_FILE,
        catalogue=CATALOGUE_FILE,
        published=CONFIG / "published.yaml",
        complexity=rules.complexity.output[0],
        code=code("smartiqa.collate"),
    output:
        f"{RESULTS}/paper.json",
    log:
        f"{RESULTS}/logs/collate.log",
    conda:
        "../../envs/training.yaml"
    params:
        results=lambda w, output: str(Path(output[0]).parent),
    shell:
        "python -m smartiqa.collate --study {input.study:q} --catalogue {input.catalogue:q}"
        " --results {params.results} --complexity {input.complexity}"
        " --published {input.published:q} --output {output} 2> {log}"


rule claims:
    """Decide, claim by claim, what of the published paper holds; the times are those of a GPU."""
    input:
        values=rules.collate.output[0],
        timing=rules.timing.output[0],
        cost=rules.cost.output[0],
        complexity=rules.complexity.output[0],
        claims=CONFIG / "claims.yaml",
        published=CONFIG / "published.yaml",
        code=code("smartiqa.claims"),
    output:
        ledger=f"{RESULTS}/claims.json",
        text=f"{RESULTS}/claims.md",
    log:
        f"{RESULTS}/logs/claims.log",
    conda:
        "../../envs/training.yaml"
    shell:
        "python -m smartiqa.claims --claims {input.claims:q} --published {input.published:q}"
        " --complexity {input.complexity} --values {input.values} --timing {input.timing}"
        " --cost {input.cost} --output {output.ledger} 2> {log}"
