from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from smartiqa.machine.precision import float32_products, set_float32_products
from smartiqa.machine.process import set_up_process

# Page faults of 192 MB in blocks as large as tensors, in the place of others that were freed.
BLOCKS = """
import ctypes, resource
from smartiqa.machine.process import keep_freed_memory, set_up_process
{setting}
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
def use_blocks():
    blocks = [ctypes.c_void_p(libc.malloc(24 << 20)) for _ in range(8)]
    for block in blocks:
        ctypes.memset(block, 1, 24 << 20)
    for block in blocks:
        libc.free(block)
use_blocks()
use_blocks()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
use_blocks()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(setting: str) -> int:
    command = [sys.executable, "-c", BLOCKS.format(setting=setting)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
@pytest.mark.parametrize("setting", ["keep_freed_memory()", "set_up_process(1, 'cpu')"])
def test_freed_memory_is_used_again(setting: str) -> None:
    assert faults(setting) < 100


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_by_itself_freed_memory_goes_back_to_the_system() -> None:
    assert faults("") > 40_000


def test_a_process_has_the_threads_of_its_study() -> None:
    before = torch.get_num_threads()
    assert set_up_process(before + 1, "cpu") == torch.device("cpu")
    assert torch.get_num_threads() == before + 1
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("device", "wanted", "expected"),
    [("cuda", "ieee", "ieee"), ("cuda", "tf32", "tf32"), ("cpu", "tf32", "ieee")],
)
def test_a_process_multiplies_as_its_study_says(
    device: Any,
    wanted: Any,
    expected: str,
    restored_products: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)  # nothing is computed on it
    set_float32_products("tf32" if expected == "ieee" else "ieee")
    set_up_process(torch.get_num_threads(), device, wanted)
    assert float32_products() == expected
    set_float32_products("tf32")
    set_up_process(torch.get_num_threads(), device)
    assert float32_products() == "ieee"  # unless a study asks for less


# Makes a pool, says which processes it has, and waits to be killed.
POOL = """
import os, sys, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from smartiqa.machine.process import end_with_parent

def busy(_):
    time.sleep(1)
    return os.getpid()

if __name__ == "__main__":
    with ProcessPoolExecutor(2, get_context("spawn"), initializer=end_with_parent) as pool:
        print(*set(pool.map(busy, range(4))), flush=True)
        time.sleep(600)
"""


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")
def test_a_pool_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "pool.py"
    script.write_text(POOL)
    command = [sys.executable, str(script)]
    environment = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout
        pool = [Path("/proc", number) for number in parent.stdout.readline().split()]
        assert len(pool) == 2
        assert all(process.is_dir() for process in pool)
        parent.kill()
    deadline = time.monotonic() + 60
    while any(alive(process) for process in pool):
        assert time.monotonic() < deadline, "the pool waits for ever"
        time.sleep(0.1)


def alive(process: Path) -> bool:
    try:
        return ") Z " not in (process / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
