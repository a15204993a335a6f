"""Figures: figures/<name>.pdf is drawn by the module smartiqa.figures.<name>.

Inputs:  the result files that the module declares in NEEDS
Outputs: figures/<name>.pdf
"""


rule figure:
    """Draw one figure."""
    input:
        lambda w: figure_inputs(w.name),
    output:
        "figures/{name}.pdf",
    log:
        f"{RESULTS}/logs/figures/{{name}}.log",
    conda:
        "../../envs/figures.yaml"
    params:
        results=RESULTS,
        code=lambda w: code(f"smartiqa.figures.{w.name}"),
    shell:
        "python -m smartiqa.figures.{wildcards.name} --results {params.results} --output {output}"
        " 2> {log}"
