from __future__ import annotations

from pathlib import Path

import pytest

from smartiqa.core.errors import InputError
from smartiqa.paper.latex.log_check import check_log, problems_of

CLEAN = """This is pdfTeX
Overfull \\hbox (4.99pt too wide) in paragraph at lines 36--40
Underfull \\vbox (badness 10000) has occurred while \\output is active []
LaTeX Font Warning: Font shape `T1/ptm/m/scit' undefined
Output written on main.pdf (17 pages).
"""


@pytest.mark.parametrize(
    "line",
    [
        "Overfull \\hbox (5.01pt too wide) in paragraph at lines 36--40",
        "Overfull \\vbox (12.3pt too high) has occurred while \\output is active",
        "LaTeX Warning: Reference `tab:gone' on page 2 undefined on input line 6.",
        "LaTeX Warning: Citation `nobody2020' on page 2 undefined on input line 6.",
        "LaTeX Warning: There were undefined references.",
        "LaTeX Warning: Label `tab:twice' multiply defined.",
        "LaTeX Warning: Label(s) may have changed. Rerun to get cross-references right.",
        "Missing character: There is no X in font ptmr8t!",
    ],
)
def test_each_problem_is_found(tmp_path: Path, line: str) -> None:
    log = tmp_path / "main.log"
    log.write_text(CLEAN + line + "\n")
    with pytest.raises(InputError, match=r"main\.log: ") as caught:
        check_log(log)
    assert line in str(caught.value)


def test_a_clean_log_passes(tmp_path: Path) -> None:
    log = tmp_path / "main.log"
    log.write_text(CLEAN)
    check_log(log)


def test_messages_that_tex_broke_are_joined() -> None:
    start = "LaTeX Warning: Citation `a-very-long-citation-key-of-a-paper-2020' on page 2 un"
    assert len(start) == 79
    assert problems_of(f"{start}\ndefined on input line 6.\n") == [
        start + "defined on input line 6."
    ]


def test_a_missing_log_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"main\.log does not exist"):
        check_log(tmp_path / "main.log")
