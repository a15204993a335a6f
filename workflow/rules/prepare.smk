"""From raw datasets to manifests and pixel stores.

Inputs:  photos (demo) or data/<dataset>
Outputs: results/<study>/raw, results/<study>/data/<dataset>/{manifest.parquet, store-<resize>/},
         results/<study>/data/shared_images.csv; and <dataset>/checks/, whose findings stay if a check
         fails
"""

if STUDY.synthesis is not None:

    rule synthesise:
        """Distort the shipped photos into two labelled datasets."""
        input:
            manifest=shipped([str(STUDY.synthesis.photos / "manifest.csv")]),
            photos=shipped(sorted(map(str, STUDY.synthesis.photos.glob("*.jpg")))),
        output:
            single=directory(f"{RESULTS}/raw/single"),
            mixed=directory(f"{RESULTS}/raw/mixed"),
        log:
            f"{RESULTS}/logs/synthesise.log",
        priority: 1  # all trainings wait for it
        conda:
            "../../envs/training.yaml"
        threads: 2
        params:
            study=str(STUDY_FILE),
            catalogue=str(CATALOGUE_FILE),
            reads=lambda w: settings_digest(synthesised_settings(STUDY)),
            code=lambda w: code("smartiqa.stages.synthesise"),
            output=lambda w, output: str(Path(output.single).parent),
        shell:
            "python -m smartiqa synthesise --study {params.study:q} --catalogue {params.catalogue:q}"
            " --expect {params.reads} --workers {threads} --output {params.output} 2> {log}"


rule fetch:
    """Make sure that a real dataset is there; download it if its licence allows."""
    output:
        f"{RESULTS}/data/{{dataset}}/raw.json",
    log:
        f"{RESULTS}/logs/fetch/{{dataset}}.log",
    conda:
        "../../envs/training.yaml"
    resources:
        downloads=1,
    params:
        adapter=lambda w: STUDY.datasets[w.dataset].adapter,
        root=lambda w: str(STUDY.datasets[w.dataset].root),
        code=lambda w: code("smartiqa.stages.fetch", adapter_of(w.dataset)),
    shell:
        "python -m smartiqa fetch {params.adapter:q} --root {params.root:q} --record {output}"
        " 2> {log}"


checkpoint prepare:
    """Write the manifest of a dataset: one row an image."""
    input:
        source_of,
        **travelling(seen=seen_in_training),
        training=training_manifest,
    output:
        **travelling(checks=checks_of("{dataset}")[1:]),
        manifest=f"{RESULTS}/data/{{dataset}}/manifest.parquet",
        state=f"{RESULTS}/data/{{dataset}}/source.json",
        alike=f"{RESULTS}/data/{{dataset}}/checks/near_duplicates.csv",
    log:
        f"{RESULTS}/logs/prepare/{{dataset}}.log",
    conda:
        "../../envs/training.yaml"
    threads: 8
    params:
        study=str(STUDY_FILE),
        catalogue=str(CATALOGUE_FILE),
        reads=lambda w: settings_digest(prepared_settings(STUDY, CATALOGUE, w.dataset)),
        training=training_images,
        code=lambda w: code("smartiqa.stages.prepare", adapter_of(w.dataset)),
    shell:
        "python -m smartiqa prepare --study {params.study:q} --catalogue {params.catalogue:q}"
        " --expect {params.reads} --dataset {wildcards.dataset:q} {params.training}"
        " --workers {threads} --output {output.manifest} 2> {log}"


rule shared_images:
    """List the images that two datasets of the study have in common."""
    input:
        [*map(manifest_of, STUDY.datasets)],
        **travelling(images=[*map(checked_images, STUDY.datasets)]),
    output:
        f"{RESULTS}/data/shared_images.csv",
    log:
        f"{RESULTS}/logs/shared_images.log",
    conda:
        "../../envs/training.yaml"
    params:
        images=[checked_images(name) for name in STUDY.datasets],
        code=lambda w: code("smartiqa.stages.shared_images"),
    shell:
        "python -m smartiqa shared-images {params.images} --output {output} 2> {log}"


rule store:
    """Decode and resize every image once."""
    input:
        **travelling(images=made_images),
        manifest=manifest_of("{dataset}"),
    output:
        **travelling(pixels=f"{RESULTS}/data/{{dataset}}/store-{{resize}}/pixels.u8"),
        index=f"{RESULTS}/data/{{dataset}}/store-{{resize}}/index.parquet",
        record=f"{RESULTS}/data/{{dataset}}/store-{{resize}}/store.json",
    log:
        f"{RESULTS}/logs/store/{{dataset}}-{{resize}}.log",
    conda:
        "../../envs/training.yaml"
    threads: 8
    params:
        study=str(STUDY_FILE),
        catalogue=str(CATALOGUE_FILE),
        reads=lambda w: settings_digest(stored_settings(STUDY, w.dataset, w.resize)),
        output=lambda w: f"{RESULTS}/data/{w.dataset}/store-{w.resize}",
        code=lambda w: code("smartiqa.stages.store"),
    shell:
        "python -m smartiqa store --study {params.study:q} --catalogue {params.catalogue:q}"
        " --expect {params.reads} --dataset {wildcards.dataset:q} --resize {wildcards.resize:q}"
        " --manifest {input.manifest} --workers {threads} --output {params.output} 2> {log}"
