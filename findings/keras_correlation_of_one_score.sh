#!/bin/sh
# Keras 3.15.1 with JAX 0.10.2: a perfect model of one score has a concordance of 0, a good one .80 for .85 by batches.
#
# Expected by most: `PearsonCorrelation` and `ConcordanceCorrelation` among the metrics of a model are the correlation
# over the set, whatever its batches are, as `R2Score` is; their documentation puts them into `compile` like this.
# Seen: they go along the last axis, which has one number per photo where a model gives one score: the concordance is
# 0.00 for a perfect model, the correlation NaN. By hand, with scores in a vector, they are the mean over batches, a
# last one of four photos counting as one of sixteen: .80 and .85 for .85 and .87.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 jax==0.10.2 jaxlib==0.10.2 keras==3.15.1
cd "$folder"
KERAS_BACKEND=jax venv/bin/python -W ignore - <<'PYTHON'
import keras
import numpy as np

PHOTOS = 100
draw = np.random.default_rng(0)
opinions = draw.normal(3, 0.5, PHOTOS)
models = {"good": opinions + draw.normal(0, 0.3, PHOTOS), "perfect": opinions}
kinds = [keras.metrics.PearsonCorrelation, keras.metrics.ConcordanceCorrelation]
names = ["pearson_correlation", "concordance_correlation"]
says_its_input = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
says_its_input.compile(metrics=[kind() for kind in kinds])
print("Keras", keras.__version__, "on", keras.backend.backend(), "(correlation, concordance)")


def over_the_set(given):
    apart = (opinions.mean() - given.mean()) ** 2
    common = 2 * np.cov(opinions, given, bias=True)[0, 1]
    return float(np.corrcoef(opinions, given)[0, 1]), float(common / (opinions.var() + given.var() + apart))


def by_hand(kind, given, batch):
    metric = kind()
    for start in range(0, PHOTOS, batch):
        metric.update_state(opinions[start : start + batch], given[start : start + batch])
    return float(metric.result())


evaluated, batched = {}, {}
for name, given in models.items():
    expected = over_the_set(given)
    found = says_its_input.evaluate(given[:, None], opinions, batch_size=PHOTOS, verbose=0, return_dict=True)
    evaluated[name] = [found[metric] for metric in names]
    print(f"a {name} model, `evaluate` in one batch")
    print("  expected: {:.2f}, {:.2f}".format(*expected), " seen: {:.2f}, {:.2f}".format(*evaluated[name]))
    for batch in (PHOTOS, 16):
        batched[name, batch] = [by_hand(kind, given, batch) for kind in kinds]
        print(f"a {name} model, by hand in batches of {batch}")
        print("  expected: {:.2f}, {:.2f}".format(*expected), " seen: {:.2f}, {:.2f}".format(*batched[name, batch]))
useless = all(r != r and abs(concordance) < 1e-6 for r, concordance in evaluated.values())
right_at_once = np.allclose(batched["good", PHOTOS], over_the_set(models["good"]), atol=1e-3)
if not useless or not right_at_once or batched["good", 16][1] > 0.83:
    raise SystemExit("the behaviour has changed")
PYTHON
