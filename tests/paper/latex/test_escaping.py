from __future__ import annotations

import re
import subprocess
import unicodedata
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st
from markupsafe import Markup
from pypdf import PdfReader

from smartiqa.paper.latex.escaping import LETTERS, SPECIAL, escape, file_names

COMMANDS = {
    r"\textbackslash{}": "\\",
    r"\textasciicircum{}": "^",
    r"\textasciitilde{}": "~",
    r"\textless{}": "<",
    r"\textgreater{}": ">",
    r"\textbar{}": "|",
    r"\textquotedbl{}": '"',
    r"\textasciigrave{}": "`",
    "{[}": "[",
    "{]}": "]",
    "{*}": "*",
    **{"\\" + letter: letter for letter in "{}$&#%_"},
}
ACTIVE = re.compile(r"(?<!\\)[$&#%_^~<>|\"`]")


def typeset(latex: str) -> str:
    """What TeX prints for the ASCII part of `escape`'s output, read token by token."""
    text, rest = "", str(latex)
    while rest:
        command = next((c for c in COMMANDS if rest.startswith(c)), None)
        if command:
            text, rest = text + COMMANDS[command], rest[len(command) :]
        elif rest.startswith("{}"):
            rest = rest[2:]
        else:
            assert rest[0] not in "\\{}$&#%_^~", f"a bare {rest[0]} in {latex}"
            text, rest = text + rest[0], rest[1:]
    return text


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
@example(r"50% of R&D_costs #1 {x} $y$ ^~\ <a|b> \"c\" `d` [e] f*")
@example("a--b---c,,d''e")
def test_printable_ascii_is_typeset_as_it_is(text: str) -> None:
    assert typeset(escape(text)) == text


@given(st.text())
def test_any_text_is_harmless(text: str) -> None:
    latex = str(escape(text))
    assert not ACTIVE.search(latex.replace("~", "")), "an active character"
    assert "\n" not in latex, "a paragraph would end a caption"
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", latex.replace("\\\\", "")):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    assert all(letter.isascii() or letter in LETTERS for letter in latex)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_no_ligature_is_left(text: str) -> None:
    latex = str(escape(text))
    assert not any(pair in latex for pair in ("--", ",,", "''", "``", "<<", ">>"))


def test_characters_that_the_fonts_lack_are_named() -> None:
    assert escape("猫") == "{[}U+732B{]}"
    assert escape("a\tb\x00") == "a b{[}U+0000{]}"


def test_accents_are_composed() -> None:
    assert escape(unicodedata.normalize("NFD", "Zürich")) == "Zürich"


def test_latex_stays_as_it_is() -> None:
    assert escape(Markup(r"$\alpha$")) == r"$\alpha$"
    assert escape(escape("50 %")) == r"50 \%"


def test_file_names_may_break_and_the_others_are_counted() -> None:
    shown = file_names(["a_1.jpg", "é"], 5)
    assert shown.replace(r"\allowbreak{}", "") == r"\texttt{a\_1.jpg}, \texttt{é} and 3 more"
    assert shown.count(r"\allowbreak{}") == 6
    assert file_names(["x"], 1) == r"\texttt{x}"
    decomposed = unicodedata.normalize("NFD", "é")
    assert file_names([decomposed], 1) == r"\texttt{é}"


def test_a_very_long_file_name_keeps_its_end() -> None:
    shown = file_names(["x" * 300 + "end.jpg"], 1).replace(r"\allowbreak{}", "")
    assert shown == r"\texttt{\textellipsis{}" + "x" * 53 + "end.jpg}"


def test_every_special_character_has_its_own_rendering() -> None:
    assert len(set(SPECIAL.values())) == len(SPECIAL)


def test_tex_typesets_every_character_that_is_let_through(tmp_path: Path) -> None:
    lines = [str(escape(letter * 2)) for letter in sorted(LETTERS | set(SPECIAL))]
    lines += [str(escape(text)) for text in ("a--b---c,,d''e``f", "<<x>>", "\\*[2mm]", "猫\n\x07")]
    body = "\n\n".join(rf"{line}\\ {line}" for line in lines)
    document = r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{times}"
    (tmp_path / "all.tex").write_text(
        rf"{document}\begin{{document}}{body}\end{{document}}", encoding="utf-8"
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-1500:]
    log = (tmp_path / "all.log").read_text(encoding="utf-8", errors="replace")
    assert "Missing character" not in log
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "all.pdf").pages)
    assert "a--b---c,,d" in text.replace(" ", "")
    assert "[U+732B]" in text.replace(" ", "")
