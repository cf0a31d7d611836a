"""How a CSV file separates its cells and marks its decimals, found by counting in its first lines."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from gdexplorer.data.numbers import is_blank, number

DELIMITERS = ("\t", ";", "|", ",")  # of two that fit alike the first: commas may be decimal marks
NAMES = {"\t": "tab", ";": "semicolon", "|": "pipe", ",": "comma"}
LINES = 200
_QUOTED = re.compile(r'"[^"]*"')
_WITH = {mark: re.compile(rf"[+-]?[0-9]*[{mark}][0-9]+(?:[eE][+-]?[0-9]+)?") for mark in ".,"}
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")


@dataclass(frozen=True, slots=True)
class Format:
    r"""How to read a CSV file.

    Attributes
    ----------
    delimiter : {"\t", ";", "|", ","}
    decimal : {".", ","}
    header : bool
        Whether the first row names the columns.
    width : int
        The number of columns.
    doubt : str
        A cell that may be a decimal number or one of thousands, empty if there is none.
    """

    delimiter: str
    decimal: str
    header: bool
    width: int
    doubt: str = ""


def rows_of(lines: str, delimiter: str) -> Iterator[list[str]]:
    """Return a reader of a text's rows; a cell in double quotes may hold anything, its quotes doubled."""
    return csv.reader(io.StringIO(lines), delimiter=delimiter, skipinitialspace=True, strict=True)


def found(sample: str, delimiter: str | None = None, decimal: str | None = None, header: bool | None = None) -> Format:
    """Return the format of a file that begins with these lines; what is given is taken for granted."""
    delimiter = delimiter or _delimiter(sample)
    rows: list[list[str]] = []
    try:
        for row in rows_of(sample, delimiter):
            if any(not is_blank(cell) for cell in row):
                rows.append(row)
            if len(rows) == LINES:
                break
    except csv.Error:
        pass  # whoever reads the file says where it is damaged
    width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 0
    doubt = ""
    if decimal is None:
        decimal, doubt = _decimal([cell.strip() for row in rows for cell in row])
    if header is None:
        header = bool(rows) and not any(_is_number(cell, decimal) for cell in rows[0])
    return Format(delimiter, decimal, header, width, doubt)


def _is_number(cell: str, decimal: str) -> bool:
    return not is_blank(cell) and number(cell, decimal) == number(cell, decimal)


def _delimiter(sample: str) -> str:
    """Return the character that occurs equally often, outside quotes, in most lines."""
    lines = [line for line in _QUOTED.sub("", sample).split("\n") if line.strip()][:LINES]

    def share(delimiter: str) -> int:
        counts = Counter(count for line in lines if (count := line.count(delimiter)))
        return counts.most_common(1)[0][1] if counts else 0

    best = max(DELIMITERS, key=share)
    return best if share(best) else ","


def _decimal(cells: list[str]) -> tuple[str, str]:
    """Return the decimal mark, and a cell that leaves it in doubt."""
    dots = sum(_WITH["."].fullmatch(cell) is not None for cell in cells)
    commas = [cell for cell in cells if _WITH[","].fullmatch(cell)]
    certain = sum(_GROUPED.fullmatch(cell) is None for cell in commas)
    if certain > dots:
        return ",", ""
    return ".", commas[0] if commas and not certain and not dots else ""
