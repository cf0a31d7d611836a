import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdexplorer.panels.ticks import linear_ticks, log_ticks, number, power_of_ten, whole_ticks


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.12345, "0.123"), (0, "0"), (1, "1"), (-2.5, "−2.5"), (999.6, "1,000"), (12345, "12,300"), (1e-6, "10⁻⁶"),
     (1.234e-5, "1.23×10⁻⁵"), (2e7, "2×10⁷"), (math.inf, "∞"), (-math.inf, "−∞"), (math.nan, "not a number")],
)  # fmt: skip
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_padded_numbers_keep_their_width() -> None:
    assert [number(v, padded=True) for v in (0.3, 1.0, 20.0, 300.0)] == ["0.300", "1.00", "20.0", "300"]


def test_powers_of_ten() -> None:
    assert [power_of_ten(k) for k in (-6, -2, 0, 3, 4)] == ["10⁻⁶", "0.01", "1", "1,000", "10⁴"]
    assert power_of_ten(-3, 0) == "10⁻³"


def test_linear_ticks_are_round() -> None:
    assert [label for _, label in linear_ticks(0, 1500, 7)] == ["0", "250", "500", "750", "1,000", "1,250", "1,500"]
    assert [label for _, label in linear_ticks(0, 1, 3)] == ["0", "0.5", "1.0"]


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(1, 9))
def test_linear_ticks_are_within_the_ends_and_few(low: float, span: float, most: int) -> None:
    ticks = linear_ticks(low, low + span, most)
    assert len(ticks) <= most
    assert all(low - 1e-6 * span <= value <= low + span * (1 + 1e-6) for value, _ in ticks)
    assert len({label for _, label in ticks}) == len(ticks)


@given(st.floats(-12, 6), st.floats(0.05, 12), st.integers(1, 7))
def test_log_ticks_are_within_the_ends_and_few(low: float, span: float, most: int) -> None:
    ticks = log_ticks(low, low + span, most)
    assert len(ticks) <= most + 1
    assert all(low - 1e-6 <= value <= low + span + 1e-6 for value, _ in ticks)


def test_log_ticks_are_powers_of_ten_where_there_are_several() -> None:
    assert [label for _, label in log_ticks(-3, 0, 6)] == ["0.001", "0.01", "0.1", "1"]
    assert [label for _, label in log_ticks(-1, 0, 6)] == ["0.1", "0.2", "0.5", "1"]
    assert [value for value, _ in log_ticks(math.log10(0.51), math.log10(0.59), 4)] == pytest.approx(
        [math.log10(v) for v in (0.52, 0.54, 0.56, 0.58)]
    )


@pytest.mark.parametrize("ends", [(0, 0), (1, 0), (0, math.nan), (0, math.inf)])
def test_no_range_no_ticks(ends: tuple[float, float]) -> None:
    assert linear_ticks(*ends, 5) == log_ticks(*ends, 5) == []


def test_what_is_counted_has_whole_ticks() -> None:
    assert whole_ticks(0.5, 16.5, 7) == [(5.0, "5"), (10.0, "10"), (15.0, "15")]
    assert whole_ticks(-0.5, 2.5, 7) == [(0.0, "0"), (1.0, "1"), (2.0, "2")]
    assert whole_ticks(0, 2000, 3) == [(0.0, "0"), (1000.0, "1,000"), (2000.0, "2,000")]


def test_powers_that_are_far_apart_are_round() -> None:
    assert [at for at, _ in log_ticks(-1, 306, 3)] == [0, 150, 300]


def test_between_powers_there_are_few_where_there_is_little_room() -> None:
    assert [label for _, label in log_ticks(-1.31, 0.1, 8)] == ["0.05", "0.1", "0.2", "0.5", "1"]
    assert [label for _, label in log_ticks(-1.31, 0.1, 4)] == ["0.1", "0.3", "1"]
