"""Numbers in text, by a strict grammar: an optional sign, ASCII digits with at most one decimal mark, an exponent.

``float()`` takes more: "1_000", "infinity", digits of other scripts. It takes exactly this grammar if no character but
those of the grammar occurs, which is quick to see for a whole column.
"""

import re
from collections.abc import Sequence

import numpy as np

from gdexplorer.arrays import Array

MOST = 1e18  # so that squares stay within float32
LONGEST = 400  # characters of a number
BLANK = np.inf  # what stands for a blank cell until it is counted
_BLANKS = frozenset(("", "nan", "na", "n/a", "null"))
_PLAIN = {mark: b"0123456789+-eE \n" + mark.encode() for mark in ".,"}
_SHORT = 64
_NUMBER = {mark: re.compile(rf"[+-]?(?:[0-9]+(?:[{mark}][0-9]*)?|[{mark}][0-9]+)(?:[eE][+-]?[0-9]+)?") for mark in ".,"}


def is_blank(cell: str) -> bool:
    """Whether a cell holds nothing, or a word for nothing: NaN, NA, N/A, null."""
    return len(cell) < LONGEST and cell.strip().lower() in _BLANKS


def number(cell: str, decimal: str) -> float:
    """Return the number in a cell, `BLANK` if there is nothing, NaN if it is none or beyond ±10¹⁸."""
    if is_blank(cell):
        return BLANK
    cell = cell.strip() if len(cell) < LONGEST else ""
    if not _NUMBER[decimal].fullmatch(cell):
        return np.nan
    value = float(cell.replace(",", "."))
    return value if abs(value) <= MOST else np.nan


class _Numbers(dict[str, float]):
    """Numbers of cells, each cell read once."""

    def __init__(self, decimal: str) -> None:
        self.decimal = decimal

    def __missing__(self, cell: str) -> float:
        value = self[cell] = number(cell, self.decimal)
        return value


def numbers(cells: Sequence[str], decimal: str) -> Array:
    """Return `number` of each cell: (n,)."""
    text = "\n".join(cells)
    if (text.isascii() and not text.encode().translate(None, _PLAIN[decimal])
            and max(map(len, cells), default=0) <= _SHORT):  # fmt: skip
        plain = text.replace(",", ".").split("\n") if decimal == "," else cells
        if len(plain) == len(cells):
            try:
                values = np.array(plain, float)
            except ValueError:
                pass
            else:
                values[~(np.abs(values) <= MOST)] = np.nan
                return values
    return np.fromiter(map(_Numbers(decimal).__getitem__, cells), float, len(cells))
