"""The language, construct by construct: values, units, and what each refusal says."""

from __future__ import annotations

from typing import Any

import pytest

from smartiqa.claims.expressions import Vocabulary, evaluate, names_in
from smartiqa.claims.quantities import Quantity, Value, exact
from smartiqa.core.errors import InputError


def described(value: Value) -> Any:
    """A value as plain Python: numbers with their unit."""
    if isinstance(value, list):
        return [described(element) for element in value]
    return (value.value, value.unit) if isinstance(value, Quantity) else value


def doubled(number: Quantity) -> Value:
    return number * exact(2)


def refusing(*_: Value) -> Value:
    raise ValueError("never")


SCOPE = Vocabulary(
    namespaces={
        "apple": {"mass": 0.25, "ripe": True, "colour": "red", "count": 3},
        "pear": {"mass": 0.5, "ripe": False, "colour": "green", "sizes": [1, 2, 4], "price": 2},
        "basket": {"L-2": {"mass": 7}, "rows": [[1, 2], [3, 4]], "none": None, "holes": [None]},
    },
    functions={"doubled": doubled, "refusing": refusing},
    units={"mass": "kg", "count": None, "sizes": "m", "rows": "m"},
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", (3, None)),
        ("  2.5  ", (2.5, None)),
        ("'red'", "red"),
        ("True", True),
        ("[1, 'a', False, apple.mass]", [(1, None), "a", False, (0.25, "kg")]),
        ("apple.mass", (0.25, "kg")),
        ("apple.count", (3, None)),
        ("apple['mass']", (0.25, "kg")),
        ("basket['L-2'].mass", (7, "kg")),
        ("apple.ripe", True),
        ("apple.colour", "red"),
        ("pear.sizes", [(1, "m"), (2, "m"), (4, "m")]),
        ("pear.sizes[1]", (2, "m")),
        ("pear.sizes[-1]", (4, "m")),
        ("pear.sizes[1:]", [(2, "m"), (4, "m")]),
        ("pear.sizes[:1]", [(1, "m")]),
        ("pear.sizes[1:2]", [(2, "m")]),
        ("basket.rows[1][0]", (3, "m")),
        ("basket.rows", [[(1, "m"), (2, "m")], [(3, "m"), (4, "m")]]),
        ("-apple.mass", (-0.25, "kg")),
        ("apple.mass + pear.mass", (0.75, "kg")),
        ("apple.mass - pear.mass", (-0.25, "kg")),
        ("apple.mass * 4", (1.0, "kg")),
        ("pear.mass / apple.mass", (2.0, None)),
        ("7 // 2", (3, None)),
        ("[1] + ['a']", [(1, None), "a"]),
        ("not apple.ripe", False),
        ("apple.ripe and pear.ripe", False),
        ("apple.ripe and True", True),
        ("apple.ripe or pear.ripe", True),
        ("pear.ripe or False", False),
        ("'ripe' if apple.ripe else 'raw'", "ripe"),
        ("'ripe' if pear.ripe else 'raw'", "raw"),
        ("apple.mass if apple.ripe else pear.mass", (0.25, "kg")),
        ("doubled(pear.mass)", (1.0, "kg")),
    ],
)
def test_every_construct_has_its_value_and_unit(text: str, value: Any) -> None:
    assert described(evaluate(text, SCOPE)) == value


@pytest.mark.parametrize(
    ("text", "below", "equal", "above"),
    [
        ("{} == apple.count", False, True, False),
        ("{} != apple.count", True, False, True),
        ("{} < apple.count", True, False, False),
        ("{} <= apple.count", True, True, False),
        ("{} > apple.count", False, False, True),
        ("{} >= apple.count", False, True, True),
    ],
)
def test_numbers_are_compared(text: str, below: bool, equal: bool, above: bool) -> None:
    assert [evaluate(text.format(n), SCOPE) for n in (2, 3, 4)] == [below, equal, above]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("apple.colour == 'red'", True),
        ("apple.colour != 'red'", False),
        ("apple.ripe == True", True),
        ("pear.sizes == [1, 2, 4]", True),  # a list of literals fits every unit
        ("pear.sizes == [1, 2, 5]", False),
        ("pear.sizes != [1, 2]", True),
        ("basket.rows == [[1, 2], [3, 4]]", True),
    ],
)
def test_other_values_are_equal_or_not(text: str, value: bool) -> None:
    assert evaluate(text, SCOPE) is value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3 +", r"'3 \+' is not an expression: invalid syntax"),
        ("2 ** 3", r"'2 \*\* 3' is not allowed in an expression"),
        ("+3", r"'\+3' is not allowed in an expression"),
        ("1 < 2 < 3", "'1 < 2 < 3' is not allowed in an expression"),
        ("1 in [1]", r"'1 in \[1\]' is not allowed in an expression"),
        ("doubled(number=1)", r"'doubled\(number=1\)' is not allowed in an expression"),
        ("apple.mass()", r"'apple.mass\(\)' is not allowed in an expression"),
        ("None", "'None' is not allowed in an expression"),
        ("doubled(1)[0]", r"'doubled\(1\)' does not name anything"),
        ("aple.mass", r"unknown name 'aple' \(did you mean 'apple'\?\)"),
        ("apple.mas", r"unknown name below apple 'mas' \(did you mean 'mass'\?\)"),
        ("apple['mas']", r"unknown name below apple 'mas' \(did you mean 'mass'\?\)"),
        ("apple.mass.unit", "unknown name below apple.mass 'unit'"),
        ("pear.sizes[3]", r"'pear.sizes\[3\]' is not there"),
        ("pear.sizes[apple]", r"'pear.sizes\[apple\]' is not there"),
        ("apple.mass[0]", r"'apple.mass\[0\]' is not there"),
        ("apple[0]", r"'apple\[0\]' is not there"),
        ("pear", "'pear' is a dict, not a value"),
        ("basket.none", "'basket.none' is a NoneType, not a value"),
        ("basket.holes", "'basket.holes' is a NoneType, not a value"),
        ("pear.price", "'pear.price': no unit lists the key 'price'"),
        ("-'a'", "''a'' is not a number"),
        ("-apple.colour", "'apple.colour' is not a number"),
        ("not 1", "'1' is neither true nor false"),
        ("apple.ripe and 'x'", "''x'' is neither true nor false"),
        ("1 if apple.mass else 2", "'apple.mass' is neither true nor false"),
        ("'a' + 'b'", "arithmetic needs two numbers, or a sum of two lists"),
        ("[1] - [1]", "arithmetic needs two numbers, or a sum of two lists"),
        ("[1] + 1", "arithmetic needs two numbers, or a sum of two lists"),
        ("1 + [1]", "arithmetic needs two numbers, or a sum of two lists"),
        ("1 + 'a'", "arithmetic needs two numbers, or a sum of two lists"),
        ("'a' < 'b'", "only two numbers have an order, and only values of one type compare"),
        ("1 == '1'", "only two numbers have an order, and only values of one type compare"),
        ("[1] <= [1]", "only two numbers have an order, and only values of one type compare"),
        ("apple.mass < pear.sizes[0]", "units do not match: kg and m"),
        ("apple.mass + pear.sizes[0]", "units do not match: kg and m"),
        ("double(1)", r"unknown function 'double' \(did you mean 'doubled'\?\)"),
        ("doubled(1, 2)", r"doubled\(\) does not take these arguments: .*positional"),
        ("doubled('a')", r"doubled\(\) does not take these arguments: "),
        ("refusing(1)", r"refusing\(\) does not take these arguments: never"),
    ],
)
def test_a_refusal_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        evaluate(text, SCOPE)


def test_an_expression_names_namespaces_and_functions() -> None:
    text = "doubled(apple.mass) + pear['mass'] if apple.ripe else 'basket'"
    assert names_in(text) == {"doubled", "apple", "pear"}
    with pytest.raises(InputError, match="'1 1' is not an expression"):
        names_in("1 1")
