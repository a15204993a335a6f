"""Tables: paper/tables/<name>.tex is rendered from the template beside it.

Inputs:  paper/tables/<name>.tex.j2, results/<study>/{paper,claims}.json
Outputs: paper/tables/<name>.tex
"""


rule table:
    """Render one table."""
    input:
        template="paper/tables/{name}.tex.j2",
        macros=MACROS,
        values=rules.collate.output[0],
        ledger=rules.claims.output.ledger,
        code=code("smartiqa.render"),
    output:
        "paper/tables/{name}.tex",
    log:
        f"{RESULTS}/logs/tables/{{name}}.log",
    conda:
        "../../envs/figures.yaml"
    params:
        study=STUDY.name,
    shell:
        "python -m smartiqa.render --template {input.template} --values {input.values}"
        " --ledger {input.ledger} --output {output} 2> {log}"
