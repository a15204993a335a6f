from __future__ import annotations

import sys
from pathlib import Path

from smartiqa.config.files import CATALOGUE, PUBLISHED
from smartiqa.stages.options import Catalogue, Measured, Published, Study


def main(
    study: Study = Path("demo"),
    catalogue: Catalogue = CATALOGUE,
    published: Published = PUBLISHED,
    measured: Measured = None,
) -> None:
    """List the trainings of a study with the hours that they are estimated to take.

    Example:
        smartiqa trainings --study koniq
    """
    from smartiqa.config.published import read_published
    from smartiqa.results.study_results import Results
    from smartiqa.training.plan import described, planned

    results = Results.of(study, catalogue)
    sys.stdout.write(described(*planned(results, read_published(published), measured)))
