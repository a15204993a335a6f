#!/bin/sh
# torch 2.15.0: ReLU6 in place keeps a copy of what it overwrites.
#
# Expected by most: `inplace=True` saves a map a layer in training, for ReLU6 as for ReLU. That is why networks of
# the MobileNet and EfficientNet-Lite families are built with it.
# Seen: after BatchNorm, ReLU keeps two maps a layer in place and out of place (its gradient needs its result, which
# the next layer keeps anyway). ReLU6 keeps three both ways: in place, a copy of the input is made for the gradient,
# so it costs a pass over the map as well. The gradient is the same to the last bit when it is computed from the result,
# which lies strictly between 0 and 6 where the input does.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.15.0
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import torch
from torch import nn

torch.manual_seed(0)
images = torch.randn(4, 8, 32, 32)


def maps_kept(activation):
    layers = [part for _ in range(4) for part in (nn.Conv2d(8, 8, 1), nn.BatchNorm2d(8), activation())]
    kept = {}

    def note(tensor):
        if tensor.shape == images.shape:
            kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        nn.Sequential(*layers, nn.Conv2d(8, 1, 1))(images)
    return len(kept) - 1  # without the images


seen = {
    (kind.__name__, inplace): maps_kept(lambda: kind(inplace=inplace))
    for kind in (nn.ReLU, nn.ReLU6)
    for inplace in (False, True)
}
values = torch.tensor([-1.0, 0.0, 3.0, 6.0, 7.0])
given = values.clone().requires_grad_()
nn.functional.relu6(given).sum().backward()
result = values.clamp(0, 6)
equal = torch.equal(given.grad, ((result > 0) & (result < 6)).float())
print(f"torch {torch.__version__}, four layers of convolution, BatchNorm and an activation")
print("expected: fewer maps are kept for the gradient in place")
for (name, inplace), count in seen.items():
    print(f"seen:     {count} maps for {name}, inplace={inplace}")
print(f"          gradient of ReLU6 from its result alone: {'equal' if equal else 'different'}")
relu, relu6 = ({seen[name, inplace] for inplace in (False, True)} for name in ("ReLU", "ReLU6"))
if not (relu6 == {max(relu) + 4} and len(relu) == 1 and equal):
    raise SystemExit("the behaviour has changed")
PYTHON
