"""Pairs of photos on which two models disagree most: one sees equal quality, the other does not.

This is the group maximum differentiation competition (gMAD; Ma et al., CVPR 2016, TPAMI 2020) of
two models, each of which defends and attacks once. Of the test images that the defender rates
alike, the attacker chooses the one that it rates highest and the one that it rates lowest. Whoever
looks at such a pair sees at once which of the two is wrong.
"""

from __future__ import annotations

import math

import pandas as pd

from smartiqa.config.planned import tried_experiments
from smartiqa.results.image_records import Pair, RatedImage, Round
from smartiqa.results.study_results import Results

LEVELS = (1 / 6, 1 / 2, 5 / 6)  # ranks of the defender, as shares: the middles of its thirds
ALIKE = 0.05  # of the images, neighbours by rank, are rated alike by the defender
LEAST_ALIKE = 2


def competition(results: Results) -> tuple[Round, ...]:
    """Return the pairs of baseline and reference, by their first seeds; none without a baseline.

    Raises:
        InputError: a table of predictions is missing or is no good.
    """
    home = results.study.training_dataset
    names = tried_experiments(results.study, results.catalogue)
    tables = {name: results.predictions(name, home)[0].set_index("id") for name in names}
    return tuple(
        Round(defender=defender, attacker=attacker, pairs=pairs(tables[defender], tables[attacker]))
        for defender in names
        for attacker in names
        if attacker != defender
    )


def pairs(defender: pd.DataFrame, attacker: pd.DataFrame) -> tuple[Pair, ...]:
    """Return a pair for each level of the defender, from low to high.

    Args:
        defender: its predictions, indexed by id; columns prediction and quality.
        attacker: likewise, of the same images.
    """
    images = pd.DataFrame(
        {
            "defender": defender["prediction"],
            "attacker": attacker["prediction"],
            "quality": defender["quality"],
        }
    ).sort_index()
    ranked = images.sort_values("defender", kind="stable")
    alike = min(len(ranked), max(LEAST_ALIKE, math.ceil(ALIKE * len(ranked))))
    found = []
    for level in LEVELS:
        start = round(level * (len(ranked) - alike))
        chosen = ranked.iloc[start : start + alike].sort_values("attacker", kind="stable")
        worse, better = chosen.iloc[0], chosen.iloc[-1]
        found.append(Pair(better=_rated(better), worse=_rated(worse)))
    return tuple(found)


def _rated(image: pd.Series[float]) -> RatedImage:
    scores = {str(name): float(score) for name, score in image.items()}
    return RatedImage(id=str(image.name), **scores)
