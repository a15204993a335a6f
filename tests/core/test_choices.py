from __future__ import annotations

import pytest

from smartiqa.config.experiment import Loss, Model
from smartiqa.core.choices import Choice

TABLE = Choice(Model, "gate", {"none": 0, "softmax": 1})


def test_the_setting_chooses() -> None:
    assert [TABLE.of(Model(gate="none")), TABLE.of(Model(gate="softmax"))] == [0, 1]


def test_settings_of_another_kind_are_refused() -> None:
    with pytest.raises(TypeError, match="gate is a setting of Model"):
        TABLE.of(Loss())


def test_a_value_that_is_not_in_the_table_is_an_error() -> None:
    with pytest.raises(KeyError, match="sigmoid"):
        TABLE.of(Model(gate="sigmoid"))
