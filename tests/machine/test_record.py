from __future__ import annotations

import pytest

from smartiqa.machine import record
from smartiqa.machine.record import Meter, Spent, peaks_of, record_of


def test_processes_add_up() -> None:
    first = Spent(processes=1, seconds=2.5, peaks={"peak_memory_mb": 700})
    second = Spent(processes=1, seconds=1.25, peaks={"peak_memory_mb": 600})
    both = first.plus(second)
    assert both == Spent(processes=2, seconds=3.75, peaks={"peak_memory_mb": 700})


@pytest.mark.parametrize(
    ("first", "second", "highest"), [(None, 3, 3), (3, None, 3), (None, None, None), (2, 3, 3)]
)
def test_a_peak_that_a_process_does_not_have_counts_as_none(
    first: float | None, second: float | None, highest: float | None
) -> None:
    both = Spent(peaks={"peak_gpu_memory_mb": first}).plus(
        Spent(peaks={"peak_gpu_memory_mb": second})
    )
    assert both.peaks == {"peak_gpu_memory_mb": highest}


def test_a_meter_counts_from_its_start_on_top_of_earlier_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter([100.0, 103.0, 107.0])
    monkeypatch.setattr(record.time, "monotonic", lambda: next(clock))
    meter = Meter(lambda: {"peak_memory_mb": 5})
    meter.earlier = Spent(processes=1, seconds=10, peaks={"peak_memory_mb": 9})
    assert meter.read() == Spent(processes=2, seconds=13, peaks={"peak_memory_mb": 9})
    assert meter.read().seconds == 17


def test_a_record_has_the_sum_in_place_of_the_last_process() -> None:
    machine = {"device": "A Processor", "seconds": 1.0, "peak_memory_mb": 5}
    spent = Spent(processes=2, seconds=13, peaks={"peak_memory_mb": 9})
    assert record_of(machine, spent) == {
        "device": "A Processor",
        "seconds": 13,
        "peak_memory_mb": 9,
        "processes": 2,
    }
    assert peaks_of(machine) == {"peak_memory_mb": 5}
    assert isinstance(spent.peaks["peak_memory_mb"], int)  # whole MB stay whole
