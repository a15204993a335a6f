from __future__ import annotations

import sys
from pathlib import Path

from smartiqa.config.files import CATALOGUE, PUBLISHED
from smartiqa.stages.options import Catalogue, Published, Study


def main(
    study: Study = Path("demo"), catalogue: Catalogue = CATALOGUE, published: Published = PUBLISHED
) -> None:
    """Say what of a study is done, what runs and how long the rest takes, from files alone.

    Example:
        smartiqa status --study koniq
    """
    from smartiqa.config.published import read_published
    from smartiqa.results.study_results import Results
    from smartiqa.training.status import status

    sys.stdout.write(status(Results.of(study, catalogue), read_published(published)))
