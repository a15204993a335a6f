from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from snakemake.common.tbdstring import TBDString

from smartiqa.core.errors import InputError
from smartiqa.preflight import build
from smartiqa.preflight.build import check_before_jobs, check_granted


@pytest.mark.parametrize(
    ("rule", "resources", "said"),
    [
        ("train", {"runtime": 4, "gpu": 1}, "train:runtime=4: .* give at least 5"),
        ("train", {"runtime": 240, "gpu": 0}, "train:gpu=0: .* give 1 or more"),
        ("predict", {"gpu": 0}, "predict:gpu=0: "),
    ],
)
def test_what_leads_nowhere_is_refused(rule: str, resources: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        check_granted([("store", {"gpu": 0, "runtime": 1}), (rule, resources)], on_gpu=True)


def test_what_depends_on_files_to_come_is_not_judged() -> None:
    """As with `--set-resources "train:runtime=max(240, input.size_mb)"`."""
    check_granted([("train", {"runtime": TBDString(), "gpu": TBDString()})], on_gpu=True)


def test_what_a_study_without_gpu_asks_for_is_granted() -> None:
    check_granted([("train", {"runtime": 5, "gpu": 0}), ("train", {})], on_gpu=False)


def test_a_check_that_somebody_interrupts_ends_the_build_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(build.subprocess, "run", interrupted)
    with pytest.raises(InputError, match=r"^nothing was run; .* interrupted$"):
        check_before_jobs(
            Path("demo.yaml"), Path("all.yaml"), ["paper"], elsewhere=False, same_python=False
        )
