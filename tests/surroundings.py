"""Settings of a person that should change nothing: files in a home folder, and variables."""

from __future__ import annotations

import os
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src"
MATPLOTLIBRC = """
axes.facecolor: yellow
axes.grid: True
figure.autolayout: True
font.size: 20
mathtext.fontset: cm
pdf.compression: 0
savefig.bbox: tight
"""
LATEXMKRC = """
$preview_continuous_mode = 1;
$aux_dir = "auxiliary";
$pdflatex = "false";
"""
CLASS = r"\errmessage{a class of the person's own}"
# Python imports a module of this name, if there is one, when it starts.
SITECUSTOMIZE = """
import json
loads = json.loads
own = {"parse_float": lambda number: 0.9 * float(number)}
json.loads = lambda text, **options: loads(text, **{**options, **own})
"""
VARIABLES = {
    "ATEN_CPU_CAPABILITY": "default",
    "BIBINPUTS": "/nowhere",
    "CUBLAS_WORKSPACE_CONFIG": ":16:8",
    "LANG": "tr_TR.UTF-8",
    "LC_ALL": "tr_TR.UTF-8",
    "LC_NUMERIC": "de_DE.UTF-8",
    "MKL_CBWR": "COMPATIBLE",
    "MPLBACKEND": "module://a_backend_of_ones_own",
    "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3",
    "NVIDIA_TF32_OVERRIDE": "1",
    "OMP_NUM_THREADS": "2",
    "ONEDNN_DEFAULT_FPMATH_MODE": "BF16",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "OPENBLAS_NUM_THREADS": "2",
    "PYTHONHASHSEED": "31",
    "PYTHONWARNINGS": "ignore",
    "SOURCE_DATE_EPOCH": "1000000000",
    "TIMM_FUSED_ATTN": "0",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE": "1",
    "TZ": "Asia/Kathmandu",
    "max_print_line": "20",
    "openout_any": "p",
}


def hostile_home(folder: Path) -> Path:
    """Make a home folder whose owner has settings for every program that the paper needs."""
    files = {
        ".config/matplotlib/matplotlibrc": MATPLOTLIBRC,
        ".latexmkrc": LATEXMKRC,
        "modules/sitecustomize.py": SITECUSTOMIZE,
        "texmf/tex/latex/own/IEEEtran.cls": CLASS,
        "texmf/tex/latex/own/article.cls": CLASS,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def hostile_variables(home: Path) -> dict[str, str]:
    """Return the variables of this process, with a hostile home and all that a person may set."""
    texmf = f"{home}/texmf"
    lookup = {
        "HOME": str(home),
        "LATEXMKRCSYS": f"{home}/.latexmkrc",
        "MATPLOTLIBRC": f"{home}/.config/matplotlib/matplotlibrc",
        "PYTHONPATH": f"{home}/modules:{SOURCE}",
        "TEXINPUTS": f"{texmf}/tex//:",
        "TEXMFHOME": texmf,
    }
    return {**os.environ, **VARIABLES, **lookup}
