#!/bin/sh
# Optuna 5.0.0: what successive halving saves, and what it keeps, is a matter of the order of trials.
#
# Expected by most: of 27 rates, reduction factor 3 lets the best 9 go on after the first rung ("about 1/3 of
# trials will be promoted").
# Seen: each trial is judged when it reports, against those before it. Listed from the worst to the best all 27
# are trained to the end and nothing is saved; from the best to the worst 1 goes on. With `bootstrap_count=26`,
# which reads as "wait until all are there", the first 26 are pruned, the best of all among them.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile optuna==5.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
RATES = 27


def kept(order, bootstrap=0):
    """The qualities (0 to 26) that are trained to the end, of nine epochs."""

    def train(trial):
        quality = trial.suggest_int("quality", 0, RATES - 1)
        for epoch in range(1, 10):
            trial.report(quality, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return quality

    pruner = optuna.pruners.SuccessiveHalvingPruner(
        min_resource=1, reduction_factor=3, bootstrap_count=bootstrap
    )
    study = optuna.create_study(direction="maximize", pruner=pruner)
    for quality in order:
        study.enqueue_trial({"quality": quality})
    study.optimize(train, n_trials=RATES)
    complete = optuna.trial.TrialState.COMPLETE
    return [trial.params["quality"] for trial in study.get_trials(states=[complete])]


rising, falling = list(range(RATES)), list(range(RATES))[::-1]
print(f"Optuna {optuna.__version__}; {RATES} rates, factor 3, trained to the end (ninth epoch):")
print(f"rising:  expected: 1 to 3  seen: {len(kept(rising))}")
print(f"falling: expected: 1 to 3  seen: {len(kept(falling))}")
late = kept(falling, bootstrap=26)
print(f"falling, bootstrap_count 26: expected: [26]  seen: {late}")
if len(kept(rising)) != 27 or len(kept(falling)) != 1 or 26 in late:
    raise SystemExit("the behaviour has changed")
PYTHON
