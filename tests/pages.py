"""The pages of the documentation: their text, and the blocks of code in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "data/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in PAGES}
SHELL = ("sh", "console")
BLOCK = re.compile(
    r"(?:^<!-- elsewhere: (?P<place>[^;\n]+); (?P<reason>[^\n]+) -->\n)?"
    r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """A block of code on a page.

    Attributes:
        kind: its language; `sh` and `console` are run, `diff` is applied.
        text: as it stands there.
        place: what runs it instead, if it is not run where pages are; empty otherwise.
        reason: why.
    """

    kind: str
    text: str
    place: str
    reason: str

    @property
    def commands(self) -> str:
        """What a shell is given: of `console`, the lines after a dollar sign."""
        if self.kind == "sh":
            return self.text
        return "\n".join(re.findall(r"^\$ (.*)$", self.text, re.MULTILINE)) + "\n"

    @property
    def printed(self) -> list[str]:
        """What `console` shows of the output, line by line."""
        lines = self.text.splitlines() if self.kind == "console" else []
        return [line for line in lines if not line.startswith("$ ")]


def blocks(page: str) -> Iterator[Block]:
    """The blocks of a page, in its order."""
    for found in BLOCK.finditer(TEXTS[page]):
        yield Block(found["kind"], found["text"], found["place"] or "", found["reason"] or "")


def changes(page: str) -> str:
    """All that a page shows as changes of files."""
    return "".join(block.text for block in blocks(page) if block.kind == "diff")
