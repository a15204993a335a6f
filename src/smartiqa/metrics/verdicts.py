"""What a verdict on a difference takes; docs/statistics.md has the error rates behind it."""

from __future__ import annotations

from collections.abc import Sequence

# With fewer of either a difference is reported, but not tested.
LEAST_SEEDS = 3
LEAST_CONTENTS = 6
SIGNIFICANCE = 0.05  # of a p-value after the correction for several comparisons


def enough_for_a_verdict(seeds: Sequence[int], contents: int) -> bool:
    """Whether experiments with so many seeds, tested on so many contents, are put to a test."""
    return min(seeds) >= LEAST_SEEDS and contents >= LEAST_CONTENTS


def too_little_for_a_verdict(seeds: Sequence[int], contents: int) -> str:
    """Say what lacks for a verdict; empty if there is enough."""
    if enough_for_a_verdict(seeds, contents):
        return ""
    return (
        f"a verdict takes {LEAST_SEEDS} seeds of each model and {LEAST_CONTENTS} test contents, "
        f"and here are {min(seeds)} and {contents}"
    )
