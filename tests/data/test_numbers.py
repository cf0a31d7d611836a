import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gdexplorer.data.numbers import BLANK, MOST, number, numbers
from tests.over_rows import over_rows

CELLS = {
    "1": 1, "-1.5": -1.5, "+.5": 0.5, "5.": 5, "1e3": 1000, "1E-03": 0.001, " 7 ": 7, "\t7": 7, "00012": 12,
    "1e18": 1e18, "0.1000000000000000055511151231257827": 0.1, "": BLANK, "  ": BLANK, "NaN": BLANK, "nan": BLANK,
    "NA": BLANK, "n/a": BLANK, "NULL": BLANK,
}  # fmt: skip
NO_NUMBERS = (
    "1_000", "٣", "१२", "１", "inf", "-Infinity", "1e", "e5", ".", "-", "+-1", "1-", "1 2", "0x10", "1.2.3", "1,5",
    "1e1.5", "None", "true", "1e999", "-1e19", "1" * 500, "1\x00", "½", "1j", "−1", "1\n2",
)  # fmt: skip


@over_rows(("cell", "value"), CELLS.items())
def test_the_grammar_takes(cell: str, value: float) -> None:
    assert number(cell, ".") == value
    assert number(cell.replace(".", ","), ",") == value


@over_rows("cell", NO_NUMBERS)
def test_the_grammar_refuses(cell: str) -> None:
    assert np.isnan(number(cell, "."))
    assert np.isnan(numbers([cell, "1"], ".")[0])


def test_another_mark_is_refused() -> None:
    assert np.isnan(number("1.500", ","))
    np.testing.assert_array_equal(numbers(["1.500", "1,5"], ","), [np.nan, 1.5])


def witness(cell: str, decimal: str) -> float:
    """The grammar once more, by itself."""
    text = cell.strip()
    if text.lower() in ("", "nan", "na", "n/a", "null"):
        return np.inf
    mark = re.escape(decimal)
    if len(text) > 399 or not re.match(rf"[-+]?(\d+{mark}?\d*|{mark}\d+)([eE][-+]?\d+)?\Z", text, re.ASCII):
        return np.nan
    value = float(text.replace(decimal, "."))
    return value if -MOST <= value <= MOST else np.nan


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.one_of(st.text("0123456789+-.,eE _\n", max_size=9), st.sampled_from([*CELLS, *NO_NUMBERS]),
                       st.floats(-1e20, 1e20).map(repr), st.integers(-9, 9).map(str)), max_size=12),
    st.sampled_from(".,"),
)  # fmt: skip
def test_a_column_at_once_is_its_cells_one_by_one(cells: list[str], decimal: str) -> None:
    np.testing.assert_array_equal(numbers(cells, decimal), [witness(cell, decimal) for cell in cells])
    plain = [f"{k / 8:g}".replace(".", decimal) for k in range(len(cells))]  # the quick way
    np.testing.assert_array_equal(numbers(plain, decimal), np.arange(len(cells)) / 8)
