"""From trained runs to predictions and metrics.

Inputs:  results/<study>/runs/<experiment>/seed<k>/best.safetensors, results/<study>/data
Outputs: .../predictions/<dataset>.parquet, .../predictions/<dataset>_crops.parquet, .../metrics.json;
         of some runs .../calibration.json with .../validation.parquet
"""


rule predict:
    """Score the test images of one dataset with one run."""
    input:
        **travelling(pixels=lambda w: pixels_of(w.dataset, w.experiment)),
        best=lambda w: f"{run_of(w.experiment, w.seed)}/best.safetensors",
        config=lambda w: f"{run_of(w.experiment, w.seed)}/config.json",
        manifest=manifest_of("{dataset}"),
        store=lambda w: f"{store_of(w.dataset, w.experiment)}/store.json",
    output:
        images=f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/predictions/{{dataset}}.parquet",
        crops=f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/predictions/{{dataset}}_crops.parquet",
    log:
        f"{RESULTS}/logs/predict/{{experiment}}-seed{{seed}}-{{dataset}}.log",
    conda:
        "../../envs/training.yaml"
    threads: STUDY.compute.threads
    resources:
        mem_mb=growing(STUDY.schedule.memory_mb),
        runtime=STUDY.schedule.minutes,
        gpu=GPUS,
    params:
        run=lambda w: run_of(w.experiment, w.seed),
        store=lambda w: store_of(w.dataset, w.experiment),
        study=str(STUDY_FILE),
        catalogue=str(CATALOGUE_FILE),
        reads=lambda w: settings_digest(TESTINGS[w.experiment]),
        code=lambda w: code_for_run("smartiqa.stages.predict", w.experiment),
    shell:
        "python -m smartiqa predict --study {params.study:q} --catalogue {params.catalogue:q}"
        " --expect {params.reads} --experiment {wildcards.experiment:q} --run {params.run}"
        " --manifest {input.manifest} --store {params.store} --output {output.images} 2> {log}"


rule calibrate:
    """Measure on validation images how wide an interval for a single photo has to be."""
    input:
        **travelling(pixels=lambda w: pixels_of(STUDY.training_dataset, w.experiment)),
        best=lambda w: f"{run_of(w.experiment, w.seed)}/best.safetensors",
        config=lambda w: f"{run_of(w.experiment, w.seed)}/config.json",
        manifest=f"{RESULTS}/data/{STUDY.training_dataset}/manifest.parquet",
        store=lambda w: f"{store_of(STUDY.training_dataset, w.experiment)}/store.json",
    output:
        record=f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/calibration.json",
        images=f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/validation.parquet",
        crops=f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/validation_crops.parquet",
    log:
        f"{RESULTS}/logs/calibrate/{{experiment}}-seed{{seed}}.log",
    conda:
        "../../envs/training.yaml"
    threads: STUDY.compute.threads
    resources:
        mem_mb=growing(STUDY.schedule.memory_mb),
        runtime=STUDY.schedule.minutes,
        gpu=GPUS,
    params:
        run=lambda w: run_of(w.experiment, w.seed),
        store=lambda w: store_of(STUDY.training_dataset, w.experiment),
        folder=lambda w, output: str(Path(output.record).parent),
        study=str(STUDY_FILE),
        catalogue=str(CATALOGUE_FILE),
        reads=lambda w: settings_digest(TESTINGS[w.experiment]),
        code=lambda w: code_for_run("smartiqa.stages.calibrate", w.experiment),
    shell:
        "python -m smartiqa calibrate --study {params.study:q} --catalogue {params.catalogue:q}"
        " --expect {params.reads} --experiment {wildcards.experiment:q} --run {params.run}"
        " --manifest {input.manifest} --store {params.store} --output {params.folder} 2> {log}"


rule score:
    """Measure one run on every dataset that it is tested on, also without contents in turn."""
    input:
        predictions=lambda w: [
            f"{RESULTS}/runs/{w.experiment}/seed{w.seed}/predictions/{dataset}.parquet"
            for dataset in datasets_of(w.experiment)
        ],
        alike=lambda w: [*map(alike_in, datasets_of(w.experiment))],
    output:
        f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/metrics.json",
    log:
        f"{RESULTS}/logs/score/{{experiment}}-seed{{seed}}.log",
    conda:
        "../../envs/training.yaml"
    params:
        replicates=STUDY.statistics.replicates,
        seed=STUDY.statistics.seed,
        data=f"{RESULTS}/data",
        learnt=lambda w: " ".join(f"--learnt {name}" for name in STUDY.learnt_by(w.experiment)),
        code=lambda w: code("smartiqa.stages.score"),
    shell:
        "python -m smartiqa score {input.predictions} --data {params.data} {params.learnt}"
        " --replicates {params.replicates} --seed {params.seed} --output {output} 2> {log}"


rule peer_scores:
    """Score the test images with a predictor of other people; `make peers` makes its environment."""
    input:
        manifest=f"{RESULTS}/data/{STUDY.training_dataset}/manifest.parquet",
        runner=shipped(["envs/peers/score_{peer}.py"]),
        pins=shipped(["envs/peers/{peer}.txt"]),
    output:
        f"{RESULTS}/peers/{{peer}}.csv",
    log:
        f"{RESULTS}/logs/peers/{{peer}}.log",
    wildcard_constraints:
        peer="[^/]+",
    conda:
        "../../envs/training.yaml"
    params:
        images=str(STUDY.datasets[STUDY.training_dataset].root),
        python=lambda w: f".venv-peers/{w.peer}/bin/python",
        code=lambda w: code("smartiqa.stages.peer_scores"),
    shell:
        "python -m smartiqa peer-scores --peer {wildcards.peer} --manifest {input.manifest}"
        " --images {params.images:q} --runner {input.runner} --python {params.python}"
        " --output {output} 2> {log}"


rule peers:
    """Measure predictors of other people; the paper then has a table of them."""
    input:
        scores=lambda w: [f"{RESULTS}/peers/{peer}.csv" for peer in peers_with_environment()],
        manifest=f"{RESULTS}/data/{STUDY.training_dataset}/manifest.parquet",
    output:
        f"{RESULTS}/peers.json",
    log:
        f"{RESULTS}/logs/peers.log",
    conda:
        "../../envs/training.yaml"
    params:
        study=str(STUDY_FILE),
        catalogue=str(CATALOGUE_FILE),
        reads=lambda w: settings_digest(peer_settings(STUDY)),
        code=lambda w: code("smartiqa.stages.peers"),
    shell:
        "python -m smartiqa peers --study {params.study:q} --catalogue {params.catalogue:q}"
        " --expect {params.reads} --manifest {input.manifest} {input.scores}"
        " --pins envs/peers --output {output} 2> {log}"
