from __future__ import annotations

import re
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st
from markupsafe import Markup

from smartiqa.latex.escaping import LETTERS, SPECIAL, escape

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


def test_every_special_character_has_its_own_rendering() -> None:
    assert len(set(SPECIAL.values())) == len(SPECIAL)
