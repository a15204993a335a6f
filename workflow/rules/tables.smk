"""Tables: paper/tables/<name>.tex is rendered from the template beside it.

Inputs:  paper/tables/<name>.tex.j2, results/<study>/paper.json, where quoted {claims,timing}.json
Outputs: paper/tables/<name>.tex
"""


rule table:
    """Render one table."""
    input:
        unpack(table_inputs),
        template=local("paper/tables/{name}.tex.j2"),
        macros=MACROS,
        values=f"{RESULTS}/paper.json",
    output:
        local("paper/tables/{name}.tex"),
    log:
        f"{RESULTS}/logs/tables/{{name}}.log",
    wildcard_constraints:
        name="|".join(TABLES),
    conda:
        "../../envs/figures.yaml"
    params:
        study=STUDY.name,
        code=lambda w: code("smartiqa.stages.render"),
        records=lambda w: as_options(quoted_records(f"paper/tables/{w.name}.tex.j2")),
        figures=shown_by_figures,
    shell:
        "python -m smartiqa render --template {input.template} --values {input.values}"
        " {params.records} --output {output} 2> {log}"
