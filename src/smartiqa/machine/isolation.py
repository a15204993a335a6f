"""What of a person's surroundings reaches a stage: nothing that is not named here.

Libraries take orders from many variables: which instructions to use, how to round, where to look
for settings, fonts and packages. So a stage runs with the variables in `KEPT`, which only say where
things are and who may fetch them, and with those in `FIXED`; it sees no other. A job of the
workflow gets them from `shell_prelude`; a stage that is called by hand starts anew with
`start_clean`. Settings that lie in a home folder concern the stage whose program would read them.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

# These choose libraries and their kernels, yet a machine may not work without them: the record of
# a run quotes them.
RECORDED = ("LD_LIBRARY_PATH", "LD_PRELOAD", "OPENBLAS_CORETYPE")
KEPT = frozenset(
    {
        *RECORDED,
        # the machine, and the shell that starts a stage, which sets some of them anew
        *("HOME", "LOGNAME", "PATH", "SHELL", "USER", "VIRTUAL_ENV"),
        *("TEMP", "TEMPDIR", "TMP", "TMPDIR", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"),
        *("OLDPWD", "PWD", "SHLVL", "_", "__CF_USER_TEXT_ENCODING"),
        # compilers, for torch.compile
        *("CC", "CXX", "CUDA_HOME", "CUDA_PATH"),
        # which GPU
        *("CUDA_DEVICE_ORDER", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES"),
        # what torchrun tells each of the processes that train together
        *("LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT", "RANK", "TORCHELASTIC_RUN_ID", "WORLD_SIZE"),
        *("TORCHELASTIC_USE_AGENT_STORE", "TORCHELASTIC_RESTART_COUNT"),
        # what the terminal shows, and where Python leaves its bytecode
        *("COLUMNS", "NO_COLOR", "TERM", "TQDM_DISABLE"),
        *("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONUNBUFFERED"),
        # the network; what comes from there is compared with digests
        *("ALL_PROXY", "FTP_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"),
        *("all_proxy", "ftp_proxy", "https_proxy", "http_proxy", "no_proxy"),
        *("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE"),
    }
)
# "AWS_", "RSYNC_" and "SSH_" say which server has a shared place, and who may use it; "HF_" says
# the same of the model hub (HF_ENDPOINT, HF_TOKEN) and its cache (HF_HOME, HF_HUB_OFFLINE).
KEPT_PREFIXES = ("AWS_", "CONDA_", "HF_", "MAMBA_", "RSYNC_", "SLURM_", "SSH_")
FIXED = {
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "PYTHONPATH": str(Path(__file__).parents[2]),  # this package, as it lies here
    "PYTHONUTF8": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    # Sums do not depend on how many cores there are; PyTorch gets the threads of its study.
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
SET_BY_SNAKEMAKE = {"GOTO_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"}
STARTED_ANEW = "SMARTIQA_STARTED_ANEW"


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a stage gets: those that are kept, and the fixed ones."""
    kept = {
        name: value
        for name, value in environment.items()
        if name in KEPT or name.startswith(KEPT_PREFIXES)
    }
    return kept | FIXED


def start_clean() -> None:
    """Start this process anew with clean variables, unless it has them.

    Most variables are read when Python or a library starts: it is too late to change them here.
    Within a clone, its code runs, as in the jobs of its workflow, whichever clone is installed;
    but for code that PYTHONPATH names, as it does in these jobs.
    """
    clean = clean_environment(os.environ)
    # The number of the process stays the same, so it starts anew only once, whatever the system
    # adds to its variables.
    if os.environ.pop(STARTED_ANEW, None) == str(os.getpid()) or clean == dict(os.environ):
        return
    named = FIXED["PYTHONPATH"] in os.environ.get("PYTHONPATH", "").split(os.pathsep)
    own = Path("src", "smartiqa", "cli.py")
    if not named and own.is_file() and Path("workflow", "Snakefile").is_file():
        clean["PYTHONPATH"] = str(Path("src").absolute())
    command = [sys.executable, *sys.orig_argv[1:]]
    os.execve(sys.executable, command, clean | {STARTED_ANEW: str(os.getpid())})


def shell_prelude(environment: Mapping[str, str]) -> str:
    """Return shell commands after which a job that inherits `environment` has clean variables.

    Braces are doubled, as Snakemake wants them.
    """
    names = {*environment, *SET_BY_SNAKEMAKE} - {*clean_environment(environment)}
    unset = " ".join(sorted(name for name in names if name.isidentifier() and name.isascii()))
    export = " ".join(f"{name}={shlex.quote(value)}" for name, value in FIXED.items())
    commands = f"set -euo pipefail; unset -v {unset} || true; export {export}; "
    return commands.replace("{", "{{").replace("}", "}}")


def python_prelude(environment: Mapping[str, str]) -> str:
    """Return shell commands after which `python` is the one of this process, activated or not."""
    folder = Path(sys.executable).parent
    found = shutil.which("python", path=environment.get("PATH", ""))
    if found is not None and Path(found).parent == folder:
        return ""
    return f"export PATH={shlex.quote(str(folder))}:$PATH; ".replace("{", "{{").replace("}", "}}")


def kept_choices(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that were kept although they can change a result, for the record."""
    return {name: environment[name] for name in RECORDED if name in environment}
