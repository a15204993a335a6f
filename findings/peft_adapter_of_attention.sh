#!/bin/sh
# PEFT 0.21.2: LoRA on "all-linear" layers of a vision transformer leaves its attention as it was.
#
# Expected by most: each adapter that is counted as trainable learns.
# Seen: `torch.nn.MultiheadAttention`, which the transformers of torchvision and the encoders of OpenCLIP have, takes
# the weight of `out_proj` and never calls the layer. "all-linear" puts an adapter there (and none on queries, keys and
# values, which are no layer): it gets no gradient and changes no output, however it is set, without a warning. Only
# the layers behind the attention are tuned. Name the attention itself, `target_modules=["self_attention", ...]`.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.15.0 torchvision==0.29.2
"$folder/venv/bin/pip" install --quiet --no-compile peft==0.21.2 transformers==5.24.0
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import peft
import torch
import torchvision

SIZES = {"image_size": 32, "patch_size": 8, "num_layers": 2, "num_heads": 4, "hidden_dim": 64, "mlp_dim": 128}


def tuned(targets):
    torch.manual_seed(0)
    model = torchvision.models.VisionTransformer(num_classes=1, **SIZES)
    torch.nn.init.normal_(model.heads.head.weight)
    model = peft.get_peft_model(model, peft.LoraConfig(target_modules=targets))
    photos, opinions = torch.rand(16, 3, 32, 32), torch.rand(16, 1)
    optimiser = torch.optim.AdamW([weight for weight in model.parameters() if weight.requires_grad], lr=1e-2)
    for _ in range(20):
        optimiser.zero_grad()
        (model(photos) - opinions).square().mean().backward()
        optimiser.step()
    counted = learnt = 0
    for name, weight in model.named_parameters():
        if "lora_B" in name and "attention" in name:
            counted += 1
            learnt += bool(weight.abs().max() > 0)
    before = model(photos)
    for name, weight in model.named_parameters():
        if "lora_B" in name and "attention" in name:
            weight.data.normal_()
    return counted, learnt, float((model(photos) - before).abs().max())


print(f"peft {peft.__version__}, torch {torch.__version__}, torchvision {torchvision.__version__}")
seen = {}
for targets in ("all-linear", ["self_attention", "mlp.0", "mlp.3"]):
    counted, learnt, moved = seen[str(targets)] = tuned(targets)
    print(f"{targets}: adapters of the attention that learn: expected: {counted} of {counted}  seen: {learnt}")
    print(f"    outputs are moved by {moved:.2g} if these adapters are set to noise")
if seen["all-linear"] != (2, 0, 0.0) or list(seen.values())[1][1] == 0:
    raise SystemExit("the behaviour has changed")
PYTHON
