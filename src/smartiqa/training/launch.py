"""Start the processes that train one model together, and end all when one of them fails.

`torchrun` does the same from a shell: `torchrun --standalone --nproc-per-node 2 -m smartiqa train
...`. Here its launcher is called, to say in one line what went wrong.
"""

from __future__ import annotations

import logging
import signal
import sys
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, Std
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from smartiqa.config.experiment import Experiment
from smartiqa.core.errors import InputError
from smartiqa.training.team import LOST
from smartiqa.training.whole_batch import check_together

TELLING = (1, 2)  # exit statuses of a process that has told in its log


def launch_training(experiment: Experiment, size: int, options: Mapping[str, object]) -> int:
    """Run `smartiqa train` with `options` in `size` processes; errors and result as `launch`.

    Raises:
        InputError: so many cannot train this experiment, too.
    """
    gpus = 0 if experiment.compute.device == "cpu" else torch.cuda.device_count()
    check_together(experiment, size, gpus)
    given = [
        f"--{name}={value}"
        for name, values in options.items()
        for value in (values if isinstance(values, list) else [values])
        if value is not None
    ]
    return launch(["train", *given], size)


def launch(arguments: Sequence[str], size: int) -> int:
    """Run `smartiqa` with `arguments` in `size` processes of this machine.

    The first one writes to the streams of this process; what the others say is read if they fail.

    Returns:
        The exit status: that of the first process if it has told what is wrong, else 0.

    Raises:
        InputError: a process failed or was killed; all have ended by now.
    """
    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        logs: Any = dict.fromkeys(range(1, size), Std.ALL)
        config = LaunchConfig(
            min_nodes=1,
            max_nodes=1,
            nproc_per_node=size,
            run_id=str(uuid.uuid4()),
            rdzv_backend="c10d",
            rdzv_endpoint="127.0.0.1:0",
            max_restarts=0,
            logs_specs=DefaultLogsSpecs(log_dir=folder, redirects=logs),
        )
        try:
            elastic_launch(config, sys.executable)("-m", "smartiqa", *arguments)
        except ChildFailedError as error:
            ended = {rank: int(failure.exitcode) for rank, failure in error.failures.items()}
            if ended.get(0) in TELLING:
                return ended[0]
            raise InputError(what_failed(ended, size, Path(folder))) from None
    return 0


def what_failed(ended: Mapping[int, int], size: int, logs: Path) -> str:
    """Say which process failed first and how.

    Args:
        ended: exit statuses by rank; negative ones are signals.
        size: how many processes there were.
        logs: folder in which their logs are.
    """
    causes = [rank for rank, status in ended.items() if status not in (LOST, -signal.SIGTERM)]
    rank = min(causes or ended)
    status = ended[rank]
    if status < 0:
        how = f" was ended by {signal.Signals(-status).name}"
    else:
        found = sorted(logs.rglob(f"{rank}/stderr.log"))
        lines = found[-1].read_text(errors="replace").split("\n") if found else []
        said = [line for line in lines if line.strip()]
        told = said[-1].removeprefix("error: ") if said else ""
        how = f": {told}" if told else f" ended with status {status}"
    return (
        f"process {rank} of the {size} that train together{how}; the others were ended, and the "
        "training goes on from its last saved state when it is started again"
    )
