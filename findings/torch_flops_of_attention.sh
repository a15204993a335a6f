#!/bin/sh
# torch 2.13.0: the built-in FLOP counter sees no attention on a CPU, and no transformer layer in `eval`.
#
# Expected by most: `FlopCounterMode` counts matrix products wherever they are computed, and a layer
# costs the same in `train` and `eval`.
# Seen: it has a formula for the fused kernels of GPUs, none for the CPU's, so scaled_dot_product_attention
# is free; and a TransformerEncoderLayer in `eval`, which runs as one fused operation, costs nothing.
# (torch 2.15.0 counts the first, not the second.) The kernel SDPBackend.MATH is counted everywhere.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.13.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention
from torch.utils.flop_counter import FlopCounterMode


def flops(run):
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        run()
    return counter.get_total_flops()


def plain_attention():
    with sdpa_kernel(SDPBackend.MATH):
        scaled_dot_product_attention(tokens, tokens, tokens)


tokens = torch.rand(1, 4, 64, 32)
layer, image = nn.TransformerEncoderLayer(64, 4, 128, batch_first=True), torch.rand(1, 50, 64)
true = 2 * 2 * 4 * 64 * 64 * 32
fused = flops(lambda: scaled_dot_product_attention(tokens, tokens, tokens))
plain = flops(plain_attention)
training = flops(lambda: layer.train()(image))
evaluating = flops(lambda: layer.eval()(image))
print(f"torch {torch.__version__}")
print(f"expected: {true} for the attention; equal counts of a layer in train and eval")
print(f"seen:     {fused}, {plain} by the plain kernel; {training} in train, {evaluating} in eval")
if fused != 0 or plain != true or training == 0 or evaluating != 0:
    raise SystemExit("the behaviour has changed")
PYTHON
