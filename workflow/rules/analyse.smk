"""Looks into single runs: what they generate, attend to, and how far damage moves their scores.

Inputs:  results/<study>/runs/<experiment>/seed<k>/best.safetensors, results/<study>/data
Outputs: generated.{parquet,json}, feature_maps.npz, {robustness,masking,attack}.json beside it
"""


rule embed:
    """Embed the target networks that a run generates for the test images."""
    input:
        unpack(analysed_run),
        weights=lambda w: f"{RESULTS}/weights/{EXPERIMENTS[w.experiment].model.backbone}.safetensors",
    output:
        table=f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/generated.parquet",
        record=f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/generated.json",
    log:
        f"{RESULTS}/logs/embed/{{experiment}}-seed{{seed}}.log",
    conda:
        "../../envs/training.yaml"
    threads: STUDY.compute.threads
    resources:
        mem_mb=growing(STUDY.schedule.memory_mb),
        runtime=STUDY.schedule.minutes,
        gpu=GPUS,
    params:
        code=lambda w: code_for_run("smartiqa.stages.embed", w.experiment),
        run=lambda w: run_of(w.experiment, w.seed),
        store=lambda w: store_of(STUDY.training_dataset, w.experiment),
    shell:
        "python -m smartiqa embed --run {params.run} --manifest {input.manifest}"
        " --store {params.store} --weights {input.weights} --output {output.table} 2> {log}"


rule feature_maps:
    """Record the stage maps of a good and of a poor test photo."""
    input:
        unpack(analysed_run),
    output:
        f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/feature_maps.npz",
    log:
        f"{RESULTS}/logs/feature_maps/{{experiment}}-seed{{seed}}.log",
    conda:
        "../../envs/training.yaml"
    threads: STUDY.compute.threads
    resources:
        mem_mb=growing(STUDY.schedule.memory_mb),
        runtime=STUDY.schedule.minutes,
        gpu=GPUS,
    params:
        code=lambda w: code_for_run("smartiqa.stages.feature_maps", w.experiment),
        run=lambda w: run_of(w.experiment, w.seed),
        store=lambda w: store_of(STUDY.training_dataset, w.experiment),
    shell:
        "python -m smartiqa feature-maps --run {params.run} --manifest {input.manifest}"
        " --store {params.store} --output {output} 2> {log}"


rule robustness:
    """Measure how far small damage, and choices that should not matter, move a run's scores."""
    input:
        unpack(analysed_run),
    output:
        f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/robustness.json",
    log:
        f"{RESULTS}/logs/robustness/{{experiment}}-seed{{seed}}.log",
    conda:
        "../../envs/training.yaml"
    threads: STUDY.compute.threads
    resources:
        mem_mb=growing(STUDY.schedule.memory_mb),
        runtime=STUDY.schedule.minutes,
        gpu=GPUS,
    params:
        code=lambda w: code_for_run("smartiqa.stages.robustness", w.experiment),
        run=lambda w: run_of(w.experiment, w.seed),
        store=lambda w: store_of(STUDY.training_dataset, w.experiment),
    shell:
        "python -m smartiqa robustness --run {params.run} --manifest {input.manifest}"
        " --store {params.store} --output {output} 2> {log}"


rule masking:
    """Measure whether the places that a run's maps point at matter more for its scores."""
    input:
        unpack(analysed_run),
    output:
        f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/masking.json",
    log:
        f"{RESULTS}/logs/masking/{{experiment}}-seed{{seed}}.log",
    conda:
        "../../envs/training.yaml"
    threads: STUDY.compute.threads
    resources:
        mem_mb=growing(STUDY.schedule.memory_mb),
        runtime=STUDY.schedule.minutes,
        gpu=GPUS,
    params:
        code=lambda w: code_for_run("smartiqa.stages.masking", w.experiment),
        run=lambda w: run_of(w.experiment, w.seed),
        store=lambda w: store_of(STUDY.training_dataset, w.experiment),
    shell:
        "python -m smartiqa masking --run {params.run} --manifest {input.manifest}"
        " --store {params.store} --output {output} 2> {log}"


rule attack:
    """Measure how far perturbations that nobody sees can move a run's scores."""
    input:
        unpack(analysed_run),
    output:
        f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/attack.json",
    log:
        f"{RESULTS}/logs/attack/{{experiment}}-seed{{seed}}.log",
    conda:
        "../../envs/training.yaml"
    threads: STUDY.compute.threads
    resources:
        mem_mb=growing(STUDY.schedule.memory_mb),
        runtime=STUDY.schedule.minutes,
        gpu=GPUS,
    params:
        code=lambda w: code_for_run("smartiqa.stages.attack", w.experiment),
        run=lambda w: run_of(w.experiment, w.seed),
        store=lambda w: store_of(STUDY.training_dataset, w.experiment),
    shell:
        "python -m smartiqa attack --run {params.run} --manifest {input.manifest}"
        " --store {params.store} --output {output} 2> {log}"
