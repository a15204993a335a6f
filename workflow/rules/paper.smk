"""The paper: sections and main file are rendered, then typeset.

Inputs:  paper/*.tex.j2, paper/sections/*.tex.j2, paper/references.bib, all tables and figures,
         results/<study>/{claims,timing,cost}.json where quoted
Outputs: paper/main.pdf
"""


rule text:
    """Render one section, or the main file."""
    input:
        unpack(lambda w: quoted_records(f"paper/{w.part}.tex.j2")),
        template=local("paper/{part}.tex.j2"),
        macros=MACROS,
        values=f"{RESULTS}/paper.json",
    output:
        local("paper/{part}.tex"),
    log:
        f"{RESULTS}/logs/text/{{part}}.log",
    wildcard_constraints:
        part="|".join(map(template_name, SOURCES)),
    conda:
        "../../envs/figures.yaml"
    params:
        study=STUDY.name,
        code=lambda w: code("smartiqa.stages.render"),
        records=lambda w: as_options(quoted_records(f"paper/{w.part}.tex.j2")),
    shell:
        "python -m smartiqa render --template {input.template} --values {input.values}"
        " {params.records} --output {output} 2> {log}"


rule paper:
    """Typeset the paper and check its log; the last one stays until there is a new one."""
    input:
        sources=local([str(source).removesuffix(".j2") for source in SOURCES]),
        tables=local(expand("paper/tables/{name}.tex", name=included("tables"))),
        figures=local(expand("figures/{name}.pdf", name=included("figures"))),
        bibliography=local("paper/references.bib"),
    output:
        update(
            report(
                local("paper/main.pdf"),
                caption="../captions/paper.rst",
                category="Paper",
                labels={"file": "main.pdf"},
            )
        ),
    log:
        f"{RESULTS}/logs/paper.log",
    conda:
        "../../envs/latex.yaml"
    params:
        study=STUDY.name,
        code=lambda w: code("smartiqa.stages.typeset"),
    shell:
        "python -m smartiqa typeset --source paper/main.tex --output {output} 2> {log}"
