"""Tables: paper/tables/<name>.tex is rendered from the template beside it.

Inputs:  paper/tables/<name>.tex.j2, results/<study>/{paper,claims}.json, where quoted timing.json
Outputs: paper/tables/<name>.tex
"""


rule table:
    """Render one table."""
    input:
        unpack(table_inputs),
        template="paper/tables/{name}.tex.j2",
        macros=MACROS,
        values=rules.collate.output[0],
        ledger=rules.claims.output.ledger,
    output:
        "paper/tables/{name}.tex",
    log:
        f"{RESULTS}/logs/tables/{{name}}.log",
    conda:
        "../../envs/figures.yaml"
    params:
        study=STUDY.name,
        code=lambda w: code("smartiqa.render"),
        times=lambda w: as_options(quoted_times(f"paper/tables/{w.name}.tex.j2")),
        figures=shown_by_figures,
    shell:
        "python -m smartiqa.render --template {input.template} --values {input.values}"
        " --ledger {input.ledger} {params.times} --output {output} 2> {log}"
