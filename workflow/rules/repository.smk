"""Where sources, data and templates lie: around the workflow, also where it is a module of another."""

import os
import sys


def refuse(problem):
    """End Snakemake with one line, and the status that all commands have for what a person mends."""
    print(f"error: {problem}", file=sys.stderr)
    sys.exit(2)


REPOSITORY = os.path.dirname(os.path.dirname(str(workflow.current_basedir)))
if not os.path.isdir(os.path.join(REPOSITORY, "src")):
    hint = "clone the repository, and name the path of the clone's workflow/Snakefile"
    refuse(f"{REPOSITORY} has no sources: {hint}")
if not os.path.samefile(REPOSITORY, os.curdir):
    hint = f'add --directory "{REPOSITORY}", or to a Snakefile of yours workdir: "{REPOSITORY}"'
    refuse(f"this workflow runs in its repository: {hint}")
if workflow.modifier.path_modifier.replace_prefix("paper") != "paper":
    refuse("this workflow cannot have a prefix: leave it out of the module")

# The package is used as it lies here, in this process and in every job; no other variable of the
# person who calls Snakemake reaches a job.
sys.path.insert(0, os.path.join(REPOSITORY, "src"))
