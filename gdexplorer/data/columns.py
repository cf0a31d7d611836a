"""A column of a table that is being read: its numbers, its texts where they are few, and what is wrong with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gdexplorer.arrays import Array
from gdexplorer.data.numbers import is_blank, numbers
from gdexplorer.data.text_file import shown

MOST_CLASSES = 100
LONGEST_LABEL = 100
NUMERIC = 0.8  # the share of cells with something in them that must be numbers
NO_LABEL = 255


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column of a file.

    Attributes
    ----------
    numbers : Array, shape (n,), or None
        NaN where a cell is blank or no number; None for text.
    codes : array of uint8, shape (n,), or None
        Which of the labels each cell is, 255 where it is blank; None for numbers, and where there are more than 100
        different texts or longer ones than 100 characters.
    labels : tuple of str
        The different texts, in the order in which they came.
    blanks, wrong : int
        Cells that are blank or NaN; cells of a numeric column that are no numbers.
    warnings : tuple of str
        A sentence for everything that is not as it should be.
    """

    name: str
    kind: Literal["numeric", "text"]
    numbers: Array | None
    codes: NDArray[np.uint8] | None
    labels: tuple[str, ...]
    blanks: int
    wrong: int
    warnings: tuple[str, ...]

    @property
    def constant(self) -> bool:
        """Whether all cells that are not blank hold the same."""
        if self.numbers is None:
            return len(self.labels) == 1
        there = self.numbers[~np.isnan(self.numbers)]
        return there.size > 0 and bool(there.min() == there.max())


class _Labels(dict[str, int]):
    """Codes of cells; equal texts have one code, with or without spaces around them."""

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}

    def __missing__(self, cell: str) -> int:
        if is_blank(cell):
            code = NO_LABEL
        else:
            code = self.codes.setdefault(cell.strip(), len(self.codes))
            if len(self.codes) > MOST_CLASSES or len(cell) > LONGEST_LABEL:
                raise OverflowError
        self[cell] = code
        return code


class Collector:
    """A column so far."""

    def __init__(self, decimal: str) -> None:
        self._decimal = decimal
        self._parts: list[Array] = []
        self._codes: list[bytes] | None = []
        self._labels = _Labels()
        self._blanks = self._wrong = 0
        self._first = ""

    def add(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        """Take the cells of some more rows, which end in these lines of the file."""
        values = numbers(cells, self._decimal)
        blank, wrong = np.isinf(values), np.isnan(values)
        self._blanks += int(blank.sum())
        self._wrong += int(wrong.sum())
        if not self._first and wrong.any():
            at = int(wrong.argmax())
            self._first = f"'{shown(cells[at], 30)}' in line {lines[at]:,}"
        values[blank] = np.nan
        self._parts.append(values)
        if self._codes is not None:
            try:
                self._codes.append(bytes(map(self._labels.__getitem__, cells)))
            except OverflowError:
                self._codes = None

    def finished(self, name: str) -> Column:
        """Return the column and forget its parts."""
        values = np.concatenate(self._parts)
        self._parts.clear()
        values.setflags(write=False)
        there = len(values) - self._blanks
        numeric = there > 0 and there - self._wrong >= NUMERIC * there
        if numeric:
            column = Column(name, "numeric", values, None, (), self._blanks, self._wrong, ())
        else:
            codes = None if self._codes is None else np.frombuffer(b"".join(self._codes), np.uint8)
            labels = () if codes is None else tuple(self._labels.codes)
            column = Column(name, "text", None, codes, labels, self._blanks, 0, ())
        return replace(column, warnings=tuple(self._warnings(column, there)))

    def _warnings(self, column: Column, there: int) -> Iterator[str]:
        it = f"Column '{column.name}'"
        if not there:
            yield f"{it} is blank in every row."
        elif self._blanks:
            yield f"{it} has {_cells(self._blanks)} blank or NaN; such rows are left out where it is used."
        if column.kind == "numeric" and self._wrong:
            yield (f"{it} has {_cells(self._wrong)} no number or beyond ±1e18, the first {self._first}; such rows are "
                   "left out where it is used.")  # fmt: skip
        if column.kind == "text" and self._wrong < there:
            yield (f"{it} counts as text, for of {there:,} cells {self._wrong:,} hold no number, the first "
                   f"{self._first}.")  # fmt: skip
        if column.constant:
            yield f"{it} is the same in every row, which tells a network nothing."


def _cells(count: int) -> str:
    return "1 cell that is" if count == 1 else f"{count:,} cells that are"
