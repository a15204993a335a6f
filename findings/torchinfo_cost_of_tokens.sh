#!/bin/sh
# torchinfo 1.8.0 and thop 0.1.1.post2209072238: a vision transformer costs next to nothing.
#
# Expected by most: a linear layer that is applied to 196 tokens costs 196 times its weights, and a
# parameter is counted wherever it is.
# Seen: torchinfo counts a linear layer once an image, however many tokens pass it, and no product of two
# tensors: 1/593 of the true count here, 1/70 for a Swin-T. thop counts tokens, but leaves out
# the attention's products and every parameter that is no layer's, as position embeddings are, and takes
# `nn.MultiheadAttention` for free of cost and of parameters.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.13.0 torchinfo==1.8.0 thop==0.1.1.post2209072238
cd "$folder"
venv/bin/python - <<'PYTHON'
import thop
import torch
import torchinfo
from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.position = nn.Parameter(torch.zeros(1, 196, 192))
        self.linear = nn.Linear(192, 192)

    def forward(self, tokens):
        tokens = self.linear(tokens) + self.position
        return (tokens @ tokens.transpose(1, 2)).softmax(-1) @ tokens


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(192, 3, batch_first=True)

    def forward(self, tokens):
        return self.attention(tokens, tokens, tokens)[0]


tokens, block = torch.rand(1, 196, 192), Block()
linear, products = 196 * 192 * 192, 2 * 196 * 196 * 192
parameters = sum(parameter.numel() for parameter in block.parameters())
by_torchinfo = torchinfo.summary(block, input_data=tokens, verbose=0).total_mult_adds
by_thop = [int(count) for count in thop.profile(block, (tokens,), verbose=False)]
attention = [int(count) for count in thop.profile(Attention(), (tokens,), verbose=False)]
print(f"torch {torch.__version__}, torchinfo {torchinfo.__version__}, thop 0.1.1.post2209072238")
print(f"expected: {linear + products} multiply-adds, {parameters} parameters")
print(f"seen:     torchinfo {by_torchinfo}; thop {by_thop}, MultiheadAttention {attention}")
if by_torchinfo != 192 * 193 or by_thop != [linear, 192 * 193] or attention != [0, 0]:
    raise SystemExit("the behaviour has changed")
PYTHON
