#!/bin/sh
# safetensors 0.8.0 with pandas 3.1.1 and NumPy 2.4.6: a table's columns come back mixed up.
#
# Expected by most: what is saved is read back, or refused, as the functions for torch refuse what is not contiguous.
# Seen: those for NumPy take the memory as it lies. `to_numpy()` of a table made from columns gives a view whose rows
# do not lie side by side: an SRCC of .98 between its two columns becomes -.13. The same goes for a photo whose channels
# were moved to the end and for every second column, all in silence; a docstring asks for contiguous arrays, the code
# does not. `numpy.ascontiguousarray` helps.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 safetensors==0.8.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import pandas as pd
import safetensors
from safetensors.numpy import load_file, save_file
from scipy.stats import spearmanr

draw = np.random.default_rng(0)
opinions = draw.uniform(1, 5, 200)
table = pd.DataFrame({"opinion": opinions, "prediction": opinions + draw.normal(0, 0.2, 200)})
photo = draw.uniform(size=(3, 40, 60))
arrays = {
    "table": table.to_numpy(),
    "photo": np.moveaxis(photo, 0, -1),
    "columns": draw.uniform(size=(40, 60))[:, ::2],
    "copy": np.ascontiguousarray(table.to_numpy()),
}
save_file(arrays, "arrays.safetensors")
read = load_file("arrays.safetensors")
srcc = {name: float(spearmanr(*array["table"].T).statistic) for name, array in (("before", arrays), ("after", read))}
equal = {name: bool(np.array_equal(array, read[name])) for name, array in arrays.items()}
print(f"safetensors {safetensors.__version__}, pandas {pd.__version__}, NumPy {np.__version__}")
print(f"expected: {srcc['before']:.2f}  seen: {srcc['after']:.2f} (SRCC of a table's columns)")
for name, same in equal.items():
    print(f"expected: True  seen: {same} ({name} as saved)")
if list(equal.values()) != [False, False, False, True] or srcc["after"] > 0.5:
    raise SystemExit("the behaviour has changed")
PYTHON
