"""What a process promises about the numbers that it computes with, flag by flag."""

from __future__ import annotations

import subprocess
import sys

FLAGS = {  # what it may be before, and what it must be afterwards
    "torch.backends.cudnn.benchmark": (True, False),  # or convolutions vary from run to run
    "torch.backends.cuda.matmul.allow_tf32": (False, True),
}


def test_a_process_sets_its_number_formats_whatever_they_were() -> None:
    lines = [
        "import torch",
        "from smartiqa.process import set_up_process",
        *(f"{flag} = {before!r}" for flag, (before, _) in FLAGS.items()),
        "set_up_process(1, 'cpu')",
        f"print([{', '.join(FLAGS)}])",
    ]
    command = [sys.executable, "-c", "\n".join(lines)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout == f"{[after for _, after in FLAGS.values()]}\n", done.stderr
