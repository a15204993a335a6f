#!/bin/sh
# hyperopt 0.3.0, nevergrad 1.0.12, ConfigSpace 1.2.2: of 1 to 5 layers, 1 and 5 are tried half as often as 2, 3 and 4.
#
# Expected by most: a random search over the whole numbers 1 to 5 tries each in a fifth of its runs. hyperopt's
# `uniformint` is named for it, nevergrad's `set_integer_casting` says that the bounds are among the values.
# Seen: a number between 1 and 5 is drawn and rounded, so that each end gets half of what the others get, 12 % for
# 25 %; of 1 to 3, the 2 has half of all runs. A best value at an end is looked at least. ConfigSpace is even, and so is
# hyperopt's `randint`.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 hyperopt==0.3.0 nevergrad==1.0.12 ConfigSpace==1.2.2
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import importlib.metadata

import nevergrad
import numpy as np
from ConfigSpace import ConfigurationSpace, Integer
from hyperopt import hp, pyll

RUNS = 4000


def hyperopt_draws(space):
    draw = np.random.default_rng(0)
    return [int(pyll.stochastic.sample(space, rng=draw)) for _ in range(RUNS)]


def nevergrad_draws(highest):
    layers = nevergrad.p.Scalar(lower=1, upper=highest).set_integer_casting()
    layers.random_state.seed(0)
    search = nevergrad.optimizers.RandomSearch(parametrization=layers, budget=RUNS)
    return [search.ask().value for _ in range(RUNS)]


def configspace_draws(highest):
    space = ConfigurationSpace(seed=0)
    space.add(Integer("layers", (1, highest)))
    return [run["layers"] for run in space.sample_configuration(RUNS)]


print(*(f"{name} {importlib.metadata.version(name)}" for name in ("hyperopt", "nevergrad", "ConfigSpace")), sep=", ")
seen = {}
for highest in (3, 5):
    searches = {
        "hyperopt, uniformint": hyperopt_draws(hp.uniformint("layers", 1, highest)),
        "hyperopt, randint": hyperopt_draws(hp.randint("layers", 1, highest + 1)),
        "nevergrad": nevergrad_draws(highest),
        "ConfigSpace": configspace_draws(highest),
    }
    print(f"expected: {1 / highest:.0%} for each of 1 to {highest}")
    for name, values in searches.items():
        shares = np.bincount(values, minlength=highest + 1)[1:] / RUNS
        seen[name, highest] = max(shares[0], shares[-1]) / shares[1:-1].min()
        print("seen:    ", " ".join(f"{share:.0%}" for share in shares), f"({name})")
if any((ratio < 0.65) != (name in ("hyperopt, uniformint", "nevergrad")) for (name, _), ratio in seen.items()):
    raise SystemExit("the behaviour has changed")
PYTHON
