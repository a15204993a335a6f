from __future__ import annotations

import platform
import subprocess
import sys

import pytest
import torch

from smartiqa.process import set_up_process

# Page faults of a tensor of 256 MB that takes the place of one that was freed.
SECOND_TENSOR = """
import resource, torch
from smartiqa.process import keep_freed_memory
{setting}
torch.ones(2**26).sum()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
torch.ones(2**26).sum()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(setting: str) -> int:
    command = [sys.executable, "-c", SECOND_TENSOR.format(setting=setting)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_the_memory_of_a_freed_tensor_is_used_again() -> None:
    assert faults("keep_freed_memory()") < 100 < faults("")


def test_a_process_has_the_threads_of_its_study() -> None:
    before = torch.get_num_threads()
    assert set_up_process(before + 1, "cpu") == torch.device("cpu")
    assert torch.get_num_threads() == before + 1
    torch.set_num_threads(before)
