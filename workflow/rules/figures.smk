"""Figures: figures/<name>.pdf is drawn by the module smartiqa.paper.figures.<name>.

Inputs:  the result files that the module declares in NEEDS
Outputs: figures/<name>.pdf
"""


rule figure:
    """Draw one figure."""
    input:
        lambda w: figure_inputs(w.name),
    output:
        report(
            local("figures/{name}.pdf"),
            caption="../captions/figure.rst",
            category="Figures",
            labels={"figure": "{name}"},
        ),
    log:
        f"{RESULTS}/logs/figures/{{name}}.log",
    wildcard_constraints:
        name="|".join(figure_names()),
    conda:
        "../../envs/figures.yaml"
    params:
        results=RESULTS,
        code=lambda w: code("smartiqa.stages.figure", f"smartiqa.paper.figures.{w.name}"),
    shell:
        "python -m smartiqa figure {wildcards.name:q} --results {params.results} --output {output}"
        " 2> {log}"
