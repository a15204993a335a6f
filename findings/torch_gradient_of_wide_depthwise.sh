#!/bin/sh
# torch 2.15.0 on an x86 processor: a depthwise convolution of five columns learns as if it were a dense one.
#
# Expected by most: each channel is a convolution of its own, so the gradient of its weights costs about what its
# forward pass does, whatever the width, and bfloat16 makes both faster.
# Seen: oneDNN has a depthwise kernel for that gradient up to three columns. Wider ones (EfficientNet, MobileNetV3,
# ConvNeXt) go to the kernel of dense convolutions, which computes sixteen channels with each other: with AVX-512
# 13 to 20 times the forward pass, in bfloat16 some 60 to 90 times, so that bfloat16 learns slower than float32. A
# column's gradient does not depend on the others: three columns and two, one after the other, give the same numbers
# in less than a third of the time, in bfloat16 in a thirtieth.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.15.0
cd "$folder"
cat > gradients.py <<'PYTHON'
import sys
import time

import torch

torch.set_num_threads(1)
torch.manual_seed(0)
CHANNELS, SIDE, KERNEL = 672, 14, 5
LAST = torch.channels_last


def seconds(function):
    """The least of ten."""
    taken = []
    for _ in range(10):
        start = time.process_time()
        function()
        taken.append(time.process_time() - start)
    return min(taken)


def gradient(maps, error, columns):
    weight = maps.new_empty(CHANNELS, 1, KERNEL, columns)
    given = (error, maps, weight, None, [1, 1], [0, 0], [1, 1], False, [0, 0], CHANNELS)
    return torch.ops.aten.convolution_backward(*given, [False, True, False])[1]


def narrow(maps, error):
    end = SIDE - 1
    parts = [(0, 3), (3, 2)]
    seen = [maps[..., first : first + end + width].contiguous(memory_format=LAST) for first, width in parts]
    return torch.cat([gradient(part, error, width) for part, (_, width) in zip(seen, parts)], dim=3)


for dtype in (torch.float32, torch.bfloat16):
    maps = torch.randn(8, CHANNELS, SIDE + 4, SIDE + 4).contiguous(memory_format=LAST).to(dtype)
    error = torch.randn(8, CHANNELS, SIDE, SIDE).contiguous(memory_format=LAST).to(dtype)
    weight = torch.randn(CHANNELS, 1, KERNEL, KERNEL, dtype=dtype)
    forward = seconds(lambda: torch.nn.functional.conv2d(maps, weight, groups=CHANNELS))
    wide = seconds(lambda: gradient(maps, error, KERNEL))
    parts = seconds(lambda: narrow(maps, error))
    far = (narrow(maps, error) - gradient(maps, error, KERNEL)).abs().max() / gradient(maps, error, KERNEL).abs().max()
    name = str(dtype).removeprefix("torch.")
    print(f"{name:8s} forward 1, gradient of the weights {wide / forward:.1f}, of three and two columns {parts / forward:.1f};", end=" ")
    print(f"furthest apart {far:.0e} of the largest", file=sys.stdout, flush=True)
PYTHON
venv/bin/python -c 'import torch; print("torch", torch.__version__, torch.backends.cpu.get_cpu_capability())'
echo "expected: about 1, less in bfloat16"
ONEDNN_VERBOSE=1 venv/bin/python -W error gradients.py > said
echo "seen:"
grep "forward 1," said
kernels() { grep ',backward_weights,' said | grep "kw$1sw" | cut -d, -f7 | sort -u | tr '\n' ' '; }
echo "kernels of five columns: $(kernels 5)"
echo "kernels of three: $(kernels 3)"
case "$(kernels 5)" in *jit_dw*) echo "the behaviour has changed"; exit 1 ;; esac
case "$(kernels 3)" in *jit_dw*) ;; *) echo "the behaviour has changed"; exit 1 ;; esac
