#!/bin/sh
# torch 2.15.0: an attention layer that is asked for its weights gives NaN where it gave 0.
#
# Expected by most: `need_weights=True` of `MultiheadAttention` returns the map in addition; the output is the same.
# Seen: a photo with nothing to attend to (a stage or a set of patches that is masked altogether) has an output
# of 0 without weights and of NaN with them, which is the default. A model that is sound in training is NaN once
# its attention is drawn. Keep one token in each row that is never masked.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.15.0
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import torch

torch.manual_seed(0)
layer = torch.nn.MultiheadAttention(8, 1, bias=False, batch_first=True).eval()
patches = torch.randn(2, 4, 8)
masked = torch.tensor([[False] * 4, [True] * 4])
seen = {
    need: layer(patches, patches, patches, key_padding_mask=masked, need_weights=need)[0] for need in (False, True)
}
apart = (seen[True][0] - seen[False][0]).abs().max().item()
print(f"torch {torch.__version__}, two photos, all patches of the second are masked")
print("expected: one output, with and without weights")
for need, output in seen.items():
    print(f"seen:     {output[1].mean().item():.1f} for the second with need_weights={need}")
print(f"          the first is off by {apart:.0e}")
if not (seen[True][1].isnan().all() and (seen[False][1] == 0).all() and apart < 1e-5):
    raise SystemExit("the behaviour has changed")
PYTHON
