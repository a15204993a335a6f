"""Whether a published value can be compared follows from its protocol, and the table says how."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from made_up_paper import CONFIG, ROOT, made_up_paper
from smartiqa.config.published import read_published
from smartiqa.core.errors import InputError
from smartiqa.paper.latex.peers import (
    HINDRANCES,
    hindrances,
    how_many_compare,
    judged,
    published_blocks,
    quoted_apart,
    verdicts,
)
from smartiqa.paper.latex.values import Branch

FILE = CONFIG / "published.yaml"
TABLES = read_published(FILE)["literature"]["tables"]
OWN = {"trained_on": ["koniq10k"], "test": "official", "test_images": 2015, "selection": "none"}


def koniq(test: int = 2015, drawn: tuple[str, ...] = (), **protocols: Any) -> Branch:
    """The values of a study of KonIQ-10k, with published tables of one row each."""
    dataset = {"adapter": "koniq10k", "title": "KonIQ", "test": test, "split": {"drawn": drawn}}
    row = {"label": "A", "results": {"koniq10k": {"srcc": 0.9, "plcc": 0.91}}}
    source = {
        "paper": "P",
        "year": 2025,
        "table": "T",
        "address": "https://a.b/c",
        "read": "source",
    }
    tables = {
        name: {"source": source, "protocol": protocol, "rows": {"a": row}}
        for name, protocol in protocols.items()
    }
    return Branch(
        {
            "study": {"training_dataset": "koniq"},
            "datasets": {"koniq": dataset},
            "published": {"literature": {"tables": tables}},
        }
    )


@pytest.mark.parametrize(
    ("change", "word", "letters"),
    [
        ({}, "yes", ""),
        ({"trained_on": "each"}, "yes", ""),
        ({"selection": "validation"}, "yes", ""),
        ({"resize": "448 x 448", "crops": "10", "extra": "texts"}, "yes", ""),
        ({"trained_on": ["koniq10k", "spaq"]}, "no", "b"),
        ({"trained_on": ["kadid10k"]}, "no", "b"),
        ({"test": "random", "splits": 10}, "no", "c"),
        ({"test": "list of Q-Align", "test_images": 2010}, "no", "c"),
        ({"test_images": 2010}, "no", "c"),
        ({"selection": "test"}, "no", "d"),
        ({"test": "random", "selection": "test", "trained_on": ["spaq"]}, "no", "bcd"),
        ({"test": None}, "open", "c"),
        ({"selection": None}, "open", "d"),
        ({"test": None, "selection": None}, "open", "cd"),
        ({"test": None, "trained_on": ["spaq"]}, "no", "b"),  # what differs outweighs what is open
    ],
)
def test_the_verdict_follows_from_the_protocol(
    change: dict[str, Any], word: str, letters: str
) -> None:
    protocol = {key: value for key, value in (OWN | change).items() if value is not None}
    assert judged(koniq(), protocol, ["koniq10k"]) == (word, tuple(letters))


def test_the_study_counts_too() -> None:
    assert judged(koniq(test=1000), OWN, ["koniq10k"]) == ("no", ("c",))
    assert judged(koniq(drawn=("test",)), OWN, ["koniq10k"]) == ("no", ("c",))
    assert judged(koniq(drawn=("validation",)), OWN, ["koniq10k"]) == ("yes", ())
    assert judged(koniq(), OWN, ["spaq"]) == ("no", ("a",))


def test_sentences_and_rows_say_what_was_judged() -> None:
    values = koniq(own=OWN, drawn_anew=OWN | {"test": "random", "splits": 10})
    blocks = published_blocks(values, ["koniq10k", "spaq"])
    assert [row.verdict for block in blocks for row in block.rows] == ["yes", "no (c)"]
    assert blocks[0].rows[0].cells == ["0.900/0.910", ""]
    assert "official test split" in blocks[0].heading
    assert r"random test split of 2\,015 images, ten times" in blocks[1].heading
    assert hindrances(values) == "c: other test images."
    counted = "One of the two rows can be compared with what this study measures; one cannot."
    assert how_many_compare(values) == counted
    random = OWN | {"test": "random"}
    none = how_many_compare(koniq(own=random, other=random))
    assert none == "Not one of the two rows can be compared with what this study measures."
    untold = how_many_compare(koniq(own=OWN | {"test": "random"}, open={"trained_on": "each"}))
    assert untold.startswith("Not one of the two rows")
    assert untold.endswith("one cannot and of one the sources do not say enough to tell.")


def test_quotes_of_one_method_that_differ_are_told() -> None:
    values = made_up_paper()
    found = quoted_apart(Branch(values), "koniq10k")
    by_hand = [
        row["results"]["koniq10k"]["srcc"]
        for table in TABLES.values()
        for row in table["rows"].values()
        if row["label"] == "MUSIQ" and "koniq10k" in row["results"]
    ]
    assert f"MUSIQ {min(by_hand):.3f} to {max(by_hand):.3f}" in found
    assert not any(text.startswith("LoDa") for text in found)  # quoted once


def test_one_source_at_two_image_sizes_says_which() -> None:
    own = [table for table in TABLES.values() if table["source"]["paper"] == "IQA-PyTorch"]
    at = {
        table["protocol"]["resize"]: table["rows"]["clip_iqa"]["results"]["koniq10k"]["srcc"]
        for table in own
        if "clip_iqa" in table["rows"]
    }
    assert len(at) == len(set(at.values())) == 2


def test_quotes_of_one_method_are_of_one_model() -> None:
    """Values a tenth apart are of two models under one name, such as one with other weights."""
    quoted = [text.rsplit(" ", 3) for text in quoted_apart(Branch(made_up_paper()), "koniq10k")]
    assert len(quoted) >= 4
    assert {
        label: (low, high) for label, low, _, high in quoted if float(high) - float(low) > 0.1
    } == {}


def test_every_row_has_a_source_and_a_protocol_and_a_verdict() -> None:
    bib = set(re.findall(r"^@\w+\{([^,]+),", (ROOT / "paper/references.bib").read_text(), re.M))
    labels: list[tuple[str, str]] = []
    for name, table in TABLES.items():
        assert table["source"].get("cite", "xu2024loda") in bib, name
        assert table["protocol"]["trained_on"], name
        for row in table["rows"].values():
            labels.append((name, row["label"]))
            for found in row["results"].values():
                assert 0 < found["srcc"] < 1, row["label"]
                assert abs(found["srcc"] - found["plcc"]) < 0.15, row["label"]
    assert len(labels) == len(set(labels))
    of_demo = verdicts(Branch(made_up_paper()))
    assert len(of_demo) == len(labels)
    assert {each.word for each in of_demo} == {"no"}  # the demo has data of its own
    assert all("a" in each.hindrances for each in of_demo)


def test_the_text_states_the_rule_that_is_computed() -> None:
    """Each hindrance but the first is one of the three conditions in the table's note."""
    note = (ROOT / "paper/tables/published_methods.tex.j2").read_text().split(r"\tablenote")[1]
    for condition in ("same test images", "opinions of the same dataset", "not chosen on test"):
        assert condition in note
    assert len(HINDRANCES) == 4


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("source", None, "literature.tables.loda.source: missing; add it"),
        ("protocol", {"trained_on": "each", "tests": "official"}, "did you mean 'test'?"),
        ("protocol", {"trained_on": ["koniq10k"], "test": "mine"}, "'mine'"),
        ("rows", {}, "literature.tables.loda.rows"),
        ("rows", {"a": {"label": "A", "results": {"x": {"srcc": 93, "plcc": 94}}}}, "srcc"),
    ],
)
def test_a_table_that_says_too_little_is_refused(
    key: str, value: Any, said: str, tmp_path: Any
) -> None:
    content = yaml.safe_load(FILE.read_text())
    table = content["literature"]["tables"]["loda"]
    table.pop(key) if value is None else table.update({key: value})
    file = tmp_path / "published.yaml"
    file.write_text(yaml.safe_dump(content))
    with pytest.raises(InputError) as refused:
        read_published(file)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
