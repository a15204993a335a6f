#!/bin/sh
# Python (3.11.7 and others): `random.seed` takes 3, -3 and 8589934595 for one seed.
#
# Expected by most: an integer of any size is a seed of its own, so a study's number in the upper half and an
# epoch's in the lower make seeds that never meet; a tag may be negative.
# Seen: the sign is dropped. The words of 32 bits, each plus its place, are mixed in one after the other,
# round and round, so a low word n and a high word n - 1 act as n alone: the seed 2 << 32 | 3 is the
# seed 3 and 6 << 32 | 7 is 7, for every n. A seed that is text is hashed whole, and NumPy's
# `SeedSequence` mixes each word with its place. This needs no package.
set -eu
python3 - <<'PYTHON'
import platform
from random import Random


def numbers(seed):
    generator = Random(seed)
    return tuple(generator.randrange(1000) for _ in range(4))


print(f"Python {platform.python_version()}, the first four numbers")
print("expected: other numbers in each line")
for seed in (3, -3, 2 << 32 | 3, 1 << 32 | 3, "2 3"):
    print("seen:    ", numbers(seed), "of", repr(seed))
met = [numbers(n) == numbers(-n) == numbers((n - 1) << 32 | n) for n in range(2, 1000)]
if not all(met) or numbers(1 << 32 | 3) == numbers(3):
    raise SystemExit("the behaviour has changed")
PYTHON
