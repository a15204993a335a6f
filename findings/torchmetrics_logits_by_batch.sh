#!/bin/sh
# torchmetrics 1.9.0: the accuracy of one model is 1, .50 or .33 for batches of 6, 3 and 1.
#
# Expected by most: an accuracy over the validation set does not depend on batches; logits are logits.
# Seen: it looks at each batch by itself. If a number lies outside 0 to 1 the batch is taken as logits and gets a
# sigmoid, else as probabilities. A batch whose logits all lie between 0 and 1 is judged by .5 instead of 0,
# so weak but right answers count as wrong. Apply the sigmoid first.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.15.0 torchmetrics==1.9.0
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import torch
import torchmetrics
from torchmetrics.classification import BinaryAccuracy

logits = torch.tensor([0.2, 0.4, 0.3, -1.0, 0.2, -2.0])
better = torch.tensor([1, 1, 1, 0, 1, 0])


def accuracy(scores, size):
    metric = BinaryAccuracy()
    for part, target in zip(scores.split(size), better.split(size)):
        metric.update(part, target)
    return metric.compute().item()


print(f"torchmetrics {torchmetrics.__version__}, six pairs, each with a logit of the right sign")
print("expected:", *(f"{accuracy(logits.sigmoid(), size):.2f}" for size in (6, 3, 1)), "in batches of 6, 3 and 1")
seen = [accuracy(logits, size) for size in (6, 3, 1)]
print("seen:    ", *(f"{value:.2f}" for value in seen))
if not seen[0] == 1 > seen[1] > seen[2]:
    raise SystemExit("the behaviour has changed")
PYTHON
