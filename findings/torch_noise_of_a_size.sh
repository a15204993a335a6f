#!/bin/sh
# torch 2.13.0: the first normal random numbers depend on how many are drawn.
#
# Expected by most: from one seed, `randn(20)` begins with `randn(16)`, and that with `randn(15)`.
# Seen: 16 numbers or more are made in blocks of 16 by another method than fewer are, and a last block
# that is not full is drawn again over its forerunner. So noise for, or the initial weights of, a layer
# or batch that is a little larger share nothing with those of the smaller. Uniform numbers do share.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.13.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import torch


def shared(draw, fewer, more):
    torch.manual_seed(0)
    first = draw(fewer)
    torch.manual_seed(0)
    return torch.isclose(first, draw(more)[:fewer], atol=1e-4).sum().item()


pairs = [(15, 16), (16, 20), (16, 32)]
normal = [shared(torch.randn, *pair) for pair in pairs]
uniform = [shared(torch.rand, *pair) for pair in pairs]
print(f"torch {torch.__version__}; equal leading numbers of draws of two sizes, CPU, seed 0")
for pair, normals, uniforms in zip(pairs, normal, uniform, strict=True):
    print(f"{pair}  expected: {pair[0]}  seen: {normals} of randn, {uniforms} of rand")
if normal[0] > 1 or normal[1] == 16 or normal[2] != 16 or uniform != [15, 16, 16]:
    raise SystemExit("the behaviour has changed")
PYTHON
