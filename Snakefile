"""The workflow, for Snakemake in this folder: workflow/Snakefile has it."""


include: "workflow/Snakefile"


# Snakemake takes no default target from what is included.
workflow.default_target = "all"
