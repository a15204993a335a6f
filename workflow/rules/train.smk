"""From pretrained weights and pixel stores to trained runs.

Inputs:  results/<study>/data, the weights that the study names
Outputs: results/<study>/weights/<role>.safetensors, results/<study>/runs/<experiment>/seed<k>/

Training takes its planned identity: the code that its settings can reach, settings and versions.
"""


checkpoint weights:
    """Bring the pretrained weights of one backbone into one form."""
    input:
        lambda w: weight_source(w.role),
    output:
        weights=f"{RESULTS}/weights/{{role}}.safetensors",
        record=f"{RESULTS}/weights/{{role}}.json",
    log:
        f"{RESULTS}/logs/weights/{{role}}.log",
    conda:
        "../../envs/training.yaml"
    resources:
        downloads=1,
    params:
        study=str(STUDY_FILE),
        catalogue=str(CATALOGUE_FILE),
        reads=lambda w: settings_digest(weights_settings(STUDY, w.role)),
        code=lambda w: code("smartiqa.stages.weights"),
    shell:
        "python -m smartiqa weights --study {params.study:q} --catalogue {params.catalogue:q}"
        " --expect {params.reads} --role {wildcards.role:q} --output {output.weights} 2> {log}"


rule train:
    """Train one experiment with one seed.

    What is there already stays in sight of the stage, which then trains nothing if
    all that can change the result is the same.
    """
    input:
        unpack(training_inputs),
    output:
        best=seen_before(f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/best.safetensors"),
        last=seen_before(f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/last.safetensors"),
        history=seen_before(f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/history.csv"),
        config=seen_before(f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/config.json"),
        identity=seen_before(f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/identity.json"),
        environment=seen_before(f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/environment.json"),
    log:
        f"{RESULTS}/logs/train/{{experiment}}-seed{{seed}}.log",
    conda:
        "../../envs/training.yaml"
    threads: STUDY.compute.threads * STUDY.schedule.processes
    resources:
        mem_mb=growing(STUDY.schedule.memory_mb * STUDY.schedule.processes),
        runtime=STUDY.schedule.minutes,
        gpu=GPUS * STUDY.schedule.processes,
    params:
        study=str(STUDY_FILE),
        catalogue=str(CATALOGUE_FILE),
        reads=lambda w: settings_digest(EXPERIMENTS[w.experiment]),
        planned=lambda w: planned_training(EXPERIMENTS[w.experiment], int(w.seed)).text,
        store=lambda w: store_of(STUDY.training_dataset, w.experiment),
        output=lambda w: run_of(w.experiment, w.seed),
        teacher=lambda w: as_options(teacher_of(w)),
        mixed=lambda w: mixing_options(w.experiment),
        # A function of the output is no reason to train again: where runs are shared is none.
        shared=lambda w, output: shared_place(),
        # Nor is how many processes train it.
        processes=lambda w, output: STUDY.schedule.processes,
    shell:
        "python -m smartiqa train --study {params.study:q} --catalogue {params.catalogue:q}"
        " --expect {params.reads} --experiment {wildcards.experiment:q} --seed {wildcards.seed:q}"
        " --manifest {input.manifest} --store {params.store} --weights {input.weights}"
        " --output {params.output} --processes {params.processes} {params.teacher} {params.mixed}"
        " {params.shared} 2> {log}"


rule teach:
    """Ask a run about the training images, for its students to learn from."""
    input:
        unpack(analysed_run),
        **travelling(
            identity=lambda w: f"{run_of(w.experiment, w.seed)}/identity.json",
            images=[*map(checked_images, [STUDY.training_dataset, *STUDY.cross_datasets])],
        ),
        tested=[*map(manifest_of, STUDY.cross_datasets)],
    output:
        f"{RESULTS}/runs/{{experiment}}/seed{{seed}}/teacher.safetensors",
    log:
        f"{RESULTS}/logs/teach/{{experiment}}-seed{{seed}}.log",
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
        reads=lambda w: settings_digest(TESTINGS[w.experiment]),
        run=lambda w: run_of(w.experiment, w.seed),
        store=lambda w: store_of(STUDY.training_dataset, w.experiment),
        tested=lambda w, input: " ".join(f"--tested {path}" for path in input.tested),
        code=lambda w: code_for_run("smartiqa.stages.teach", w.experiment),
    shell:
        "python -m smartiqa teach --study {params.study:q} --catalogue {params.catalogue:q}"
        " --expect {params.reads} --experiment {wildcards.experiment:q} --run {params.run}"
        " --manifest {input.manifest} --store {params.store} {params.tested} --output {output}"
        " 2> {log}"


if STUDY.pretraining:

    rule pretrain_backbone:
        """Pretrain a backbone on naming distortions; see data/demo/weights."""
        input:
            manifest=shipped([str(STUDY.synthesis.photos / "manifest.csv")]),
            photos=shipped(sorted(map(str, STUDY.synthesis.photos.glob("*.jpg")))),
        output:
            weights=f"{RESULTS}/pretrained/{{role}}.safetensors",
            record=f"{RESULTS}/pretrained/{{role}}.json",
        log:
            f"{RESULTS}/logs/pretrain/{{role}}.log",
        conda:
            "../../envs/training.yaml"
        threads: 1
        resources:
            mem_mb=growing(4000),
        params:
            study=str(STUDY_FILE),
            catalogue=str(CATALOGUE_FILE),
            reads=lambda w: settings_digest(pretrained_settings(STUDY, w.role)),
            code=lambda w: code("smartiqa.stages.pretrain"),
        shell:
            "python -m smartiqa pretrain --study {params.study:q} --catalogue {params.catalogue:q}"
            " --expect {params.reads} --role {wildcards.role:q} --output {output.weights} 2> {log}"

    rule pretrained:
        """Pretrain all backbones that the study pretrains itself."""
        input:
            [f"{RESULTS}/pretrained/{role}.safetensors" for role in STUDY.pretraining],


rule train_all:
    """Train everything that the study plans; the target `trainings` lists it."""
    input:
        [path for file in FILES for path in runs(file, trained_experiments())],
