from __future__ import annotations

import pytest

from smartiqa.paper.latex.values import Branch

VALUES = {"a": {"b": 1, "c": {"d": [1, 2]}, "gone": None}, "rows": [{"x": 1}, {"x": 2}]}


def test_every_way_of_reading_a_value_is_noted() -> None:
    read: set[str] = set()
    values = Branch(VALUES, read=read)
    assert read == set()
    assert values["a"]["b"] == 1
    assert read == {"a.b"}
    assert values["a"].get("c").get("d") == [1, 2]
    assert read == {"a.b", "a.c.d"}
    assert [row["x"] for row in values["rows"]] == [1, 2]
    assert read == {"a.b", "a.c.d", "rows[0].x", "rows[1].x"}


def test_reading_all_notes_all_of_this_level_only() -> None:
    for read_all in (lambda branch: branch.items(), lambda branch: branch.values()):
        read: set[str] = set()
        list(read_all(Branch(VALUES, read=read)["a"]))
        assert read == {"a.b"}


def test_asking_whether_a_value_is_there_is_not_reading() -> None:
    read: set[str] = set()
    values = Branch(VALUES, read=read)
    assert "b" in values["a"]
    assert "gone" not in values["a"]
    assert values["a"].get("gone", 7) == 7
    with pytest.raises(KeyError, match=r"a\.gone"):
        values["a"]["gone"]
    assert read == set()


def test_nothing_is_noted_without_a_place_for_it() -> None:
    assert Branch(VALUES)["a"]["b"] == 1
