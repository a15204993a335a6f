"""Processes that train one model together, each on its share of the same batches.

The batches, and all that is drawn at random, are those of a single process. A process computes on
its share of the crops, with layers that see the whole batch (`smartiqa.training.whole_batch`). The
gradient is the sum over processes, which is that of the whole batch but for rounding.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple, Self, TypeVar, cast

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch import Tensor

from smartiqa.data.crops import CropPlan

BACKENDS = {"cpu": "gloo", "cuda": "nccl"}
PR_SET_PDEATHSIG = 1  # of Linux's sys/prctl.h
LOST = 70  # exit status of a process that only lost another: that one tells what went wrong
LONGEST_WAIT = timedelta(hours=1)  # for the others: while one reads or writes a shared file system

Decided = TypeVar("Decided")
Values = NDArray[np.floating[Any]]


class Share(NamedTuple):
    """What a process has of a batch.

    A process without a share holds the first crop, which counts for nothing: every process has to
    take part in every step.

    Attributes:
        start: its first crop.
        counted: its crops.
        total: crops of the whole batch.
    """

    start: int
    counted: int
    total: int

    @property
    def held(self) -> int:
        """Crops that the process computes on."""
        return max(self.counted, 1)

    @property
    def rows(self) -> slice:
        """Which crops of the batch it computes on."""
        return slice(self.start, self.start + self.held)

    @classmethod
    def of(cls, rank: int, size: int, total: int) -> Self:
        """Divide `total` crops; the first processes have one more if that does not come out even.

        A larger batch gives no process a smaller share.
        """
        least, more = divmod(total, size)
        counted = least + (rank < more)
        return cls((least * rank + min(rank, more)) if counted else 0, counted, total)


@dataclass
class Team:
    """The processes of one training, as one of them sees it; one, unless `torchrun` started more.

    Attributes:
        rank: the number of this process, from 0.
        size: how many there are.
        share: what this process has of the present batch.
    """

    rank: int = 0
    size: int = 1
    share: Share = field(default=Share(0, 1, 1))

    @classmethod
    def joined(cls, device: torch.device) -> Self:
        """Return the team that this process was started for, after all have joined it."""
        if not was_launched():
            return cls()
        if sys.platform == "linux":  # so it trains on for nobody
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        dist.init_process_group(BACKENDS[device.type], timeout=LONGEST_WAIT)
        return cls(dist.get_rank(), dist.get_world_size())

    @property
    def is_first(self) -> bool:
        """Whether this process writes the files of the run, which no other does."""
        return self.rank == 0

    def take(self, total: int) -> Share:
        """Take this process's share of a batch of so many crops, which is now the present one."""
        self.share = Share.of(self.rank, self.size, total)
        return self.share

    def part_of(self, plan: CropPlan, batch_size: int) -> CropPlan:
        """Return this process's shares of all batches that a plan is divided into."""
        if self.size == 1:
            return plan
        starts = range(0, len(plan), batch_size)
        shares = [Share.of(self.rank, self.size, min(batch_size, len(plan) - s)) for s in starts]
        own = [
            s + np.arange(share.held) + share.start for s, share in zip(starts, shares, strict=True)
        ]
        return plan[np.concatenate([np.empty(0, np.int64), *own])]

    def decided(self, decide: Callable[[], Decided]) -> Decided:
        """Return what the first process decides, in all processes."""
        if self.size == 1:
            return decide()
        told = [decide() if self.is_first else None]
        dist.broadcast_object_list(told)
        return cast(Decided, told[0])

    def in_turn(self, work: Callable[[], Decided]) -> Decided:
        """Let the first process work alone, then the others."""
        if self.size == 1:
            return work()
        if self.is_first:
            done = work()
            dist.barrier()
        else:
            dist.barrier()
            done = work()
        return done

    def summed(self, values: Tensor) -> Tensor:
        """Add up tensors of all processes, without a gradient."""
        if self.size == 1:
            return values
        result = values.detach().clone(memory_format=torch.contiguous_format)
        dist.all_reduce(result)
        return result

    def joined_parts(
        self, work: Callable[[slice], Values], count: int, device: torch.device
    ) -> Values:
        """Let each process compute its part of (count,) values, and return all of them.

        Args:
            work: computes the values of a slice, (its length,).
            count: of values.
            device: through which they are exchanged.
        """
        if self.size == 1:
            return work(slice(0, count))
        part = Share.of(self.rank, self.size, count)
        own = np.zeros(count)
        if part.counted:
            own[part.rows] = work(part.rows)
        return self.summed(torch.from_numpy(own).to(device)).cpu().numpy()


def was_launched() -> bool:
    """Whether `torchrun`, or what it is made of, started this process."""
    return dist.is_available() and dist.is_torchelastic_launched() and "RANK" in os.environ


@contextlib.contextmanager
def quiet_if_lost() -> Iterator[None]:
    """End this process with the status `LOST` if it cannot go on because another one has ended."""
    try:
        yield
    except RuntimeError as error:
        if was_launched() and (isinstance(error, dist.DistError) or "gloo" in str(error)):
            os._exit(LOST)
        raise
