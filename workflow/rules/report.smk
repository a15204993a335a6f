"""The report: all that is known of the study in one HTML file; no part of the paper.

Inputs:  results/<study>/{paper,claims,timing,cost}.json, runs, pixel stores of the test images
Outputs: results/<study>/report.html
"""


rule study_report:
    """Write one HTML file with curves, tables, photos, the ledger and where every number is from."""
    input:
        unpack(reported_inputs),
        parts=local(expand(f"{REPORT}/page.{{kind}}", kind=["css", "html.j2", "js"])),
    output:
        report(
            f"{RESULTS}/report.html",
            caption="../captions/report.rst",
            category="Results",
            labels={"file": "report.html"},
        ),
    log:
        f"{RESULTS}/logs/report.log",
    conda:
        "../../envs/figures.yaml"
    params:
        study=str(STUDY_FILE),
        catalogue=str(CATALOGUE_FILE),
        reads=lambda w: settings_digest(reported_settings(STUDY, CATALOGUE)),
        code=lambda w: code("smartiqa.stages.report"),
    shell:
        "python -m smartiqa report --study {params.study:q} --catalogue {params.catalogue:q}"
        " --expect {params.reads} --output {output} 2> {log}"
