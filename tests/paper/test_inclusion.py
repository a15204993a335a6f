"""What templates include is found however it is written, and what is missing is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from made_up_paper import ROOT
from smartiqa.core.errors import InputError
from smartiqa.paper.inclusion import Inclusion, check_figures, inclusions


def write(folder: Path, **templates: str) -> Path:
    for name, text in templates.items():
        path = folder / f"{name.replace('__', '/')}.tex.j2"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_sections_are_followed_in_the_order_of_the_text(tmp_path: Path) -> None:
    paper = write(
        tmp_path,
        main="\\input{sections/first}\n%% call  figure( 'cnn_top5', 'top', wide=true)\n",
        sections__first='\\input{tables/runs}\n%% call figure("b2", "b-2")\n',
        tables__runs="\\label{tab:runs}",
        tables__unused="",
    )
    assert inclusions(paper) == [
        Inclusion("sections", "first"),
        Inclusion("tables", "runs"),
        Inclusion("figures", "b2", "b-2"),
        Inclusion("figures", "cnn_top5", "top"),
    ]


def test_what_stands_in_a_remark_is_left_out(tmp_path: Path) -> None:
    paper = write(
        tmp_path,
        main="% \\input{sections/first}\n50\\,\\% \\input{tables/runs} % \\input{tables/none}\n"
        '%# call figure("b2", "b-2")\n  %% call figure("b3", "b-3")\n',
        tables__runs="\\label{tab:runs}",
    )
    assert inclusions(paper) == [Inclusion("tables", "runs"), Inclusion("figures", "b3", "b-3")]


def test_a_template_that_includes_itself_is_named(tmp_path: Path) -> None:
    paper = write(
        tmp_path,
        main="\\input{sections/a}",
        sections__a="\\input{sections/b}",
        sections__b="\\input{sections/a}",
    )
    with pytest.raises(InputError, match=r"a\.tex\.j2 includes itself, by way of .*b\.tex\.j2"):
        inclusions(paper)


@pytest.mark.parametrize("missing", ["sections/street", "tables/street"])
def test_what_is_missing_is_named_with_its_place(tmp_path: Path, missing: str) -> None:
    paper = write(tmp_path, main=f"\\input{{{missing}}}")
    with pytest.raises(InputError, match=rf"no .*/{missing}\.tex\.j2, which .*/main\.tex\.j2 incl"):
        inclusions(paper)


def test_a_figure_that_no_module_draws_is_named() -> None:
    figures = [Inclusion("tables", "losess"), Inclusion("figures", "losses", "l")]
    check_figures(figures, ["losses"])
    with pytest.raises(InputError, match=r"unknown figure .* 'losess' \(did you mean 'losses'\?\)"):
        check_figures([*figures, Inclusion("figures", "losess", "l")], ["losses"])


def test_our_paper_includes_every_template_and_figure_that_there_is() -> None:
    paper, figures = ROOT / "paper", ROOT / "src" / "smartiqa" / "paper" / "figures"
    found = {(kind, name) for kind, name, _ in inclusions(paper)}
    for kind in ("sections", "tables"):
        for path in (paper / kind).glob("*.tex.j2"):
            assert (kind, path.name.removesuffix(".tex.j2")) in found
    drawn = [p.stem for p in figures.glob("*.py") if "\ndef draw(" in p.read_text()]
    assert drawn
    assert {("figures", name) for name in drawn} <= found
