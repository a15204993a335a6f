"""Rebuild the SMART-IQA paper from raw data: `snakemake --cores 8 paper/main.pdf`.

The study is chosen by name (`--config study=koniq`); the default is `demo`. Rules live in
workflow/rules, one file a stage; results go to results/<study>, figures/ and paper/.
"""

import atexit
import os
import sys

from snakemake.utils import min_version

min_version("9.0")

# The package is used as it lies here, in this process and in every job; no other variable of the
# person who calls Snakemake reaches a job.
sys.path.insert(0, os.path.join(workflow.basedir, "src"))

from smartiqa.machine.isolation import python_prelude, shell_prelude
from smartiqa.reruns.leftovers import clear_leftovers
from smartiqa.reruns.settling import settle
from smartiqa.reruns.storage import show_storage_as_results
from smartiqa.worker import Worker

worker = Worker()
# Jobs in environments of their own have a Python there.
elsewhere = workflow.deployment_settings.deployment_method
python = "" if elsewhere else python_prelude(os.environ)
shell.prefix(shell_prelude(os.environ) + python + worker.prelude())


onstart:
    if not workflow.touch:
        check_build()
    # Most jobs are shorter than it takes to load what they use.
    worker.start()
    atexit.register(worker.stop)


report: "workflow/captions/workflow.rst"


if workflow.storage_settings.default_storage_provider:
    show_storage_as_results(workflow)


include: "workflow/rules/common.smk"
include: "workflow/rules/prepare.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/analyse.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/paper.smk"
include: "workflow/rules/report.smk"


# On a cluster these run beside Snakemake itself: they take seconds, or need the internet.
localrules:
    claims,
    collate,
    complexity,
    cost,
    fetch,
    figure,
    paper,
    peers,
    score,
    shared_images,
    study_report,
    table,
    text,
    trainings,
    weights,


rule all:
    default_target: True
    input:
        local("paper/main.pdf"),


if workflow.is_main_process:
    for message in clear_leftovers():
        logger.info(message)
    # Now that all rules are known.
    outputs = [output for rule in workflow.rules for output in rule.output]
    check_asked(outputs)
    for message in settle(STUDY, Path(RESULTS), lambda path: any(o.match(path) for o in outputs)):
        logger.info(message)
