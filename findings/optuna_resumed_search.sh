#!/bin/sh
# Optuna 5.0.0: a search that is resumed with its seed tries the same points again.
#
# Expected by most: the study is in a database, so a resumed one goes on where it stopped, and a seed makes
# the whole of it repeatable.
# Seen: the state of the random numbers is not in the database. A new process with `seed=0` starts them
# anew, and its first trials are copies of the first trials of the study; four trials, stopped
# and resumed, are two points each tried twice. `QMCSampler` counts on. Without a seed nothing is repeatable;
# give each resume a seed of its own.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile optuna==5.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)


def tried(sampler, calls):
    name = f"{sampler.__name__} {calls}"
    for trials in calls:
        study = optuna.create_study(
            storage="sqlite:///study.db", study_name=name, load_if_exists=True, sampler=sampler(seed=0)
        )
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=trials)
    return [round(trial.params["x"], 3) for trial in study.trials]


print(f"Optuna {optuna.__version__}, four trials of seed 0")
samplers = (optuna.samplers.TPESampler, optuna.samplers.RandomSampler)
whole, resumed = ([tried(sampler, calls) for sampler in samplers] for calls in ([4], [2, 2]))
for sampler, one, two in zip(samplers, whole, resumed, strict=True):
    print(f"{sampler.__name__}  expected: {one}  seen: {two} when resumed after two")
if any(len(set(one)) != 4 or two != one[:2] * 2 for one, two in zip(whole, resumed, strict=True)):
    raise SystemExit("the behaviour has changed")
PYTHON
