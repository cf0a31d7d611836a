import math
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gdexplorer.app.scale import make_scale, read_number, show_number
from gdexplorer.fields import Description, Settings, describe, knob

POSITIVE = st.floats(1e-12, 1e6)


class Knobs(Settings):
    rate: float = knob(0.1, "learning rate", "Step factor.", log=True, gt=0, le=1e6, slider=(1e-4, 10))
    batch: int = knob(32, "batch size", "Examples per update.", ge=1)


RATE, BATCH = describe(Knobs)


@given(POSITIVE, POSITIVE, st.booleans(), st.booleans(), st.data())
def test_every_position_round_trips(a: float, b: float, log: bool, integer: bool, data: st.DataObject) -> None:
    low, high = sorted((math.ceil(a), math.ceil(b)) if integer else (a, b))
    assume(low < high)
    scale = make_scale(low, high, log=log, integer=integer)
    position = data.draw(st.integers(0, scale.last))
    assert scale.position(scale.value(position)) == position
    assert (scale.value(0), scale.value(scale.last)) == (low, high)
    assert list(scale.values) == sorted(set(scale.values))
    assert not integer or all(value == int(value) for value in scale.values)


@given(st.floats(1e-4, 10))
def test_a_log_scale_is_even_and_fine(value: float) -> None:
    scale = make_scale(1e-4, 10, log=True, integer=False)
    assert scale.last >= 200
    assert scale.value(scale.position(value)) == pytest.approx(value, rel=0.025)
    assert scale.position(value) / scale.last == pytest.approx(math.log10(value / 1e-4) / 5, abs=0.01)


def test_slider_values_are_round_numbers() -> None:
    assert {0.0, 0.1, 0.2, 0.3, 0.5} <= set(make_scale(0, 0.5, log=False, integer=False).values)
    assert 0.9 in make_scale(0, 0.999, log=False, integer=False).values
    assert {0.01, 0.1, 1.0} <= set(make_scale(1e-4, 10, log=True, integer=False).values)
    assert {1, 2, 3, 32, 64, 512} <= set(make_scale(1, 512, log=True, integer=True).values)
    assert make_scale(1, 32, log=False, integer=True).values == tuple(range(1, 33))


def test_a_log_scale_may_begin_at_zero() -> None:
    scale = make_scale(0, 1, log=True, integer=False)
    assert scale.value(0) == 0
    assert scale.value(1) == pytest.approx(1e-6, rel=0.05)


@pytest.mark.parametrize(("low", "high", "log"), [(1, 1, False), (2, 1, False), (-1, 1, True)])
def test_an_impossible_slider_is_refused(low: float, high: float, log: bool) -> None:
    with pytest.raises(ValueError, match="A slider cannot go from"):
        make_scale(low, high, log=log, integer=False)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *[(0.031622, "0.0316"), (0.1, "0.1"), (250.0, "250"), (0.0, "0"), (-0.5, "-0.5"), (0.9999, "0.9999")],
        *[(1e-8, "1e-8"), (1e6, "1e6"), (12345.0, "12345"), (1797, "1797")],
    ],
)
def test_numbers_are_written_with_three_digits(value: float, text: str) -> None:
    assert show_number(value) == text


@pytest.mark.parametrize(("text", "value"), [("0.03", 0.03), (" 3e-2 ", 0.03), ("0,03", 0.03), ("250", 250.0)])
def test_what_people_type_is_read(text: str, value: float) -> None:
    assert read_number(text, RATE, integer=False) == value


def test_a_whole_number_becomes_an_int() -> None:
    value = read_number("1e2", BATCH, integer=True)
    assert value == 100
    assert isinstance(value, int)


@pytest.mark.parametrize(
    ("text", "description", "sentence"),
    [
        ("abc", RATE, "“abc” is not a number."),
        ("", RATE, "Type a number."),
        ("nan", RATE, "Learning rate must be a finite number."),
        ("inf", RATE, "Learning rate must be a finite number."),
        ("−1", RATE, "Learning rate must be between 0 and 1e6."),
        ("2e6", RATE, "Learning rate must be between 0 and 1e6."),
        ("2.5", BATCH, "Batch size must be a whole number."),
        ("0", BATCH, "Batch size must be at least 1."),
        ("1_0", BATCH, "“1_0” is not a number."),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(text: str, description: Description, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        read_number(text, description, integer=description is BATCH)
