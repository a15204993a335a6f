from __future__ import annotations

import pytest

from smartiqa.machine import record
from smartiqa.machine.record import Meter, Record, Spent, peaks_of


def test_processes_add_up() -> None:
    first = Spent(processes=1, seconds=2.5, energy_joules=10.0, peaks={"peak_memory_mb": 700})
    second = Spent(processes=1, seconds=1.25, energy_joules=5.0, peaks={"peak_memory_mb": 600})
    both = first.plus(second)
    assert both == Spent(
        processes=2, seconds=3.75, energy_joules=15.0, peaks={"peak_memory_mb": 700}
    )


def test_energy_that_one_process_could_not_read_is_unknown() -> None:
    unknown = Spent(processes=1, energy_joules=None)
    assert Spent(energy_joules=3.0).plus(unknown).energy_joules is None


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
    clock, counter = iter([100.0, 103.0, 107.0]), iter([1000.0, 1200.0, 900.0])
    monkeypatch.setattr(record.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(record, "energy_joules", lambda: next(counter))
    meter = Meter(lambda: {"peak_memory_mb": 5})
    meter.earlier = Spent(processes=1, seconds=10, energy_joules=50.0, peaks={"peak_memory_mb": 9})
    assert meter.read() == Spent(
        processes=2, seconds=13, energy_joules=250.0, peaks={"peak_memory_mb": 9}
    )
    wrapped = meter.read()  # the counter began again at zero
    assert (wrapped.seconds, wrapped.energy_joules) == (17, None)


def test_a_record_has_the_sum_in_place_of_the_last_process() -> None:
    machine = {"device": "A Processor", "seconds": 1.0, "peak_memory_mb": 5}
    spent = Spent(processes=2, seconds=13, energy_joules=None, peaks={"peak_memory_mb": 9})
    assert Record(machine=machine, spent=spent).content() == {
        "device": "A Processor",
        "seconds": 13,
        "peak_memory_mb": 9,
        "processes": 2,
        "energy_joules": None,
    }
    assert peaks_of(machine) == {"peak_memory_mb": 5}
    assert isinstance(spent.peaks["peak_memory_mb"], int)  # whole MB stay whole
