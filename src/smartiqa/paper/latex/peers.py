"""What others published, and whether it can be compared with what a study measures.

A value can be compared if it is of the same test images, by a model that learnt from the same
opinions and was not chosen on these images. Backbone, input size, crops and data without opinions
are part of a method, so they may differ. Each of these questions is answered by the fields of the
protocol alone (`smartiqa.config.published.Protocol`): no answer is a matter of taste, and what was
not stated stays open.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from markupsafe import Markup

from smartiqa.paper.latex.escaping import escape
from smartiqa.paper.latex.numbers import count, fixed, joined, number_word
from smartiqa.paper.latex.values import Branch

# What can stand in the way, as the note of the table says it.
HINDRANCES = {
    "a": "it has no value for these data",
    "b": "other opinions in training",
    "c": "other test images",
    "d": "chosen on its test images",
}
READ = {"source": "", "survey": r"\textsuperscript{s}"}
NAMES = {
    "koniq10k": "KonIQ-10k",
    "spaq": "SPAQ",
    "kadid10k": "KADID-10k",
    "agiqa3k": "AGIQA-3K",
    "live_challenge": "LIVE Challenge",
    "live": "LIVE",
    "csiq": "CSIQ",
    "bid": "BID",
}
TESTS = {
    "official": "official test split",
    "list of Q-Align": "Q-Align's test list",
    "random": "random test split",
}
LEAST_APART = 0.005  # two quotes of one method, to be called different
PRINTED = 3  # decimals


class Verdict(NamedTuple):
    """Whether a value can be compared, and which hindrances there are or may be, as letters."""

    word: str
    hindrances: tuple[str, ...]


class PublishedRow(NamedTuple):
    """A method: SRCC and PLCC on each dataset, empty where there are none, and the verdict."""

    label: str
    backbone: str
    cells: list[Markup]
    verdict: Markup


class PublishedBlock(NamedTuple):
    """The methods of one table, and a line on its source and protocol."""

    heading: Markup
    rows: list[PublishedRow]


def judged(values: Mapping[str, Any], protocol: Mapping[str, Any], tested_on: Any) -> Verdict:
    """Say whether a published value can be compared with what a study measures.

    Args:
        values: of `paper.json`.
        protocol: of the published table.
        tested_on: the datasets that the row has values for, by adapter.

    Returns:
        "yes"; "no" with what differs; or "open" with what was not stated, if nothing differs.
    """
    dataset = values["datasets"][values["study"]["training_dataset"]]
    trained_on, chosen = protocol["trained_on"], protocol.get("selection")
    same: dict[str, bool | None] = {
        "a": dataset["adapter"] in tested_on,
        "b": trained_on == "each" or list(trained_on) == [dataset["adapter"]],
        "c": same_images(protocol, dataset),
        "d": None if chosen is None else chosen != "test",
    }
    if differing := tuple(letter for letter, answer in same.items() if answer is False):
        return Verdict("no", differing)
    untold = tuple(letter for letter, answer in same.items() if answer is None)
    return Verdict("open", untold) if untold else Verdict("yes", ())


def same_images(protocol: Mapping[str, Any], dataset: Mapping[str, Any]) -> bool | None:
    """Whether a published table is about the test images of a dataset; None if it does not say.

    The official split is the same if the study took the dataset's own test images, all of them.
    """
    test = protocol.get("test")
    if test is None:
        return None
    own = "test" not in dataset["split"]["drawn"]
    return test == "official" and own and protocol.get("test_images") == dataset["test"]


def published_blocks(values: Branch, adapters: list[str]) -> list[PublishedBlock]:
    """Return every published table, with a verdict on each row: by year, the best method last.

    The first of the datasets, named by adapter, is the one that rows are ordered by.
    """
    tables = values["published"]["literature"]["tables"].values()
    blocks = []
    for table in sorted(tables, key=lambda t: (t["source"]["year"], t["source"]["paper"])):
        rows = []
        for row in sorted(table["rows"].values(), key=lambda row: srcc(row, adapters[0])):
            results = row["results"]
            verdict = judged(values, table["protocol"], results)
            letters = f" ({', '.join(verdict.hindrances)})" if verdict.hindrances else ""
            rows.append(
                PublishedRow(
                    label=row["label"],
                    backbone=row.get("backbone", "not stated"),
                    cells=[cell(results[a]) if a in results else Markup() for a in adapters],
                    verdict=Markup(f"{verdict.word}{letters}"),
                )
            )
        blocks.append(PublishedBlock(heading(table, values), rows))
    return blocks


def srcc(row: Branch, adapter: str) -> float:
    """The SRCC of a row on a dataset, 0 if it has none."""
    return float(row["results"][adapter]["srcc"]) if adapter in row["results"] else 0.0


def cell(found: Mapping[str, float]) -> Markup:
    """SRCC and PLCC of one dataset."""
    return Markup(f"{fixed(found['srcc'], PRINTED)}/{fixed(found['plcc'], PRINTED)}")


def heading(table: Branch, values: Branch) -> Markup:
    """One line on where a table stands, and on its protocol as far as it is stated."""
    source, protocol = table["source"], table["protocol"]
    cited = Markup(rf"~\cite{{{source['cite']}}}") if "cite" in source else Markup()
    address = escape(source["address"].removeprefix("https://")).replace(
        "/", Markup(r"/\allowbreak{}")
    )
    where = Markup(
        f"{escape(source['paper'])}{cited} ({source['year']}), {escape(source['table'])}, "
        f"{address}{READ[source['read']]}"
    )
    return Markup(f"{where}. {'; '.join(protocol_parts(protocol, values))}.")


def protocol_parts(protocol: Branch, values: Branch) -> list[Markup]:
    """What is stated of a protocol, as parts of a sentence."""
    trained_on = protocol["trained_on"]
    titles = {data["adapter"]: data["title"] for data in values["datasets"].values()}
    names = [NAMES.get(name, titles.get(name, name)) for name in trained_on]
    parts = [
        Markup("Trained on each dataset by itself")
        if trained_on == "each"
        else Markup(f"Trained on {joined(names)}")
    ]
    if test := protocol.get("test"):
        images = Markup()
        if "test_images" in protocol:
            images = Markup(f" of {count(protocol['test_images'])} images")
        splits = protocol.get("splits", 1)
        times = Markup(f", {number_word(splits)} times") if splits > 1 else Markup()
        ratio = Markup(f", {escape(protocol['ratio'])}") if "ratio" in protocol else Markup()
        parts.append(Markup(f"{TESTS[test]}{images}{ratio}{times}"))
    if "reported" in protocol:
        parts.append(Markup(f"values: {escape(protocol['reported'])}"))
    if "selection" in protocol:
        parts.append(Markup(f"epoch chosen on: {escape(protocol['selection'])}"))
    for key, words in (("resize", "resized to"), ("crops", "crops"), ("extra", "also learns from")):
        if key in protocol:
            parts.append(Markup(f"{words}: {escape(protocol[key])}"))
    return parts


def hindrances(values: Branch) -> Markup:
    """What the letters of verdicts mean, those that occur, as a sentence."""
    found = {letter for each in verdicts(values) for letter in each.hindrances}
    meant = [f"{letter}: {words}" for letter, words in HINDRANCES.items() if letter in found]
    return Markup(f"{'; '.join(meant)}.") if meant else Markup()


def how_many_compare(values: Branch) -> Markup:
    """How many published rows can be compared with this study, as a sentence."""
    words = [each.word for each in verdicts(values)]
    yes, unsure, no = (words.count(word) for word in ("yes", "open", "no"))
    some = number_word(yes).capitalize() if yes else "Not one"
    said = [Markup(f"{number_word(no)} cannot")] if 0 < no < len(words) else []
    if unsure:
        said.append(Markup(f"of {number_word(unsure)} the sources do not say enough to tell"))
    rest = Markup(f"; {joined(said)}") if said else Markup()
    return Markup(
        f"{some} of the {number_word(len(words))} rows can be compared with what this study "
        f"measures{rest}."
    )


def verdicts(values: Branch) -> list[Verdict]:
    """The verdict on every published row, in order."""
    return [
        judged(values, table["protocol"], row["results"])
        for table in values["published"]["literature"]["tables"].values()
        for row in table["rows"].values()
    ]


def quoted_apart(values: Branch, adapter: str) -> list[Markup]:
    """Methods that are quoted with different SRCCs on one dataset: name, lowest and highest.

    Only models that learnt from the opinions of that dataset alone; test images and their size may
    differ.
    """
    quotes: dict[str, list[float]] = {}
    for table in values["published"]["literature"]["tables"].values():
        trained_on = table["protocol"]["trained_on"]
        if trained_on == "each" or list(trained_on) == [adapter]:
            for row in table["rows"].values():
                if adapter in row["results"]:
                    quotes.setdefault(row["label"], []).append(srcc(row, adapter))
    return [
        Markup(f"{escape(label)} {fixed(min(found), PRINTED)} to {fixed(max(found), PRINTED)}")
        for label, found in sorted(quotes.items())
        if max(found) - min(found) >= LEAST_APART
    ]
