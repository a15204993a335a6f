"""Escape text from data (names of datasets, photos, runs) so that LaTeX typesets it as it is."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from markupsafe import Markup

LONGEST_NAME = 60  # characters of a file name that are printed

SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    # After a line break, LaTeX would take these as arguments.
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    "\N{NO-BREAK SPACE}": "~",
    "\N{EN DASH}": r"\textendash{}",
    "\N{EM DASH}": r"\textemdash{}",
    "\N{LEFT SINGLE QUOTATION MARK}": r"\textquoteleft{}",
    "\N{RIGHT SINGLE QUOTATION MARK}": r"\textquoteright{}",
    "\N{LEFT DOUBLE QUOTATION MARK}": r"\textquotedblleft{}",
    "\N{RIGHT DOUBLE QUOTATION MARK}": r"\textquotedblright{}",
    "\N{HORIZONTAL ELLIPSIS}": r"\textellipsis{}",
    "\N{MINUS SIGN}": r"\ensuremath{-}",
    "\N{MULTIPLICATION SIGN}": r"\ensuremath{\times}",
    "\N{PLUS-MINUS SIGN}": r"\ensuremath{\pm}",
    "\N{DEGREE SIGN}": r"\textdegree{}",
    "\N{RIGHTWARDS ARROW}": r"\ensuremath{\rightarrow}",
    "\N{LESS-THAN OR EQUAL TO}": r"\ensuremath{\leq}",
    "\N{GREATER-THAN OR EQUAL TO}": r"\ensuremath{\geq}",
    "\N{GREEK SMALL LETTER ALPHA}": r"\ensuremath{\alpha}",
    "\N{GREEK SMALL LETTER SIGMA}": r"\ensuremath{\sigma}",
    "\N{GREEK SMALL LETTER TAU}": r"\ensuremath{\tau}",
}
# Letters of T1-encoded fonts: Latin-1's and Latin Extended-A's, less the few that T1 lacks.
LETTERS = frozenset(
    letter
    for letter in map(chr, [*range(0xC0, 0xD7), *range(0xD8, 0xF7), *range(0xF8, 0x180)])
    if letter not in "ĦħĸĿŀŊŋŦŧŉſ"
)


# Pairs that T1-encoded fonts would join to one sign: dashes and quotation marks.
LIGATURES = {"--": "-{}-{}", ",,": ",{},{}", "''": "'{}'{}"}


def escape(text: str) -> Markup:
    r"""Return LaTeX that typesets `text` literally, in text mode, on one line.

    White space of any kind becomes a space. A character that the paper's fonts lack is printed by
    its code point, such as [U+4E2D], instead of stopping the build. LaTeX stays as it is.
    """
    if isinstance(text, Markup):
        return text
    letters = unicodedata.normalize("NFC", text)
    escaped = "".join(_escape_character(letter) for letter in letters)
    for pair, separated in LIGATURES.items():
        escaped = escaped.replace(pair, separated)
    return Markup(escaped)


def file_names(names: Sequence[str], total: int) -> Markup:
    r"""Return LaTeX of file names in typewriter, and how many more there are of `total`.

    Each as by `typewriter`.
    """
    shown = ", ".join(map(typewriter, names))
    return Markup(shown + (f" and {total - len(names)} more" if total > len(names) else ""))


def typewriter(name: str) -> Markup:
    """Return LaTeX of a name in typewriter; it may break anywhere, a long one loses its head."""
    letters = unicodedata.normalize("NFC", name)
    if len(letters) > LONGEST_NAME:
        letters = f"\N{HORIZONTAL ELLIPSIS}{letters[-LONGEST_NAME:]}"
    return Markup(r"\texttt{" + r"\allowbreak{}".join(map(escape, letters)) + "}")


def _escape_character(letter: str) -> str:
    if letter in SPECIAL:
        return SPECIAL[letter]
    if letter in LETTERS or (letter.isascii() and letter.isprintable()):
        return letter
    if letter.isspace():
        return " "
    return f"{{[}}U+{ord(letter):04X}{{]}}"
