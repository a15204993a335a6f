"""The workflow, for Snakemake in this folder: workflow/Snakefile has it."""


include: "workflow/Snakefile"
