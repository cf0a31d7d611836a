"""A CSV file as columns, read within limits: at most 50 MiB, a million rows and 256 columns."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from gdexplorer.data.columns import Collector, Column
from gdexplorer.data.csv_format import DELIMITERS, Format, found
from gdexplorer.data.text_file import MOST_BYTES, Stopped, Text, read_text, shown

MOST_ROWS = 1_000_000
MOST_COLUMNS = 256
LONGEST_LINE = 2**20  # bytes
LONGEST_NAME = 80
HEAD = 8  # rows that are shown as they stand
SAMPLE = 2**16  # bytes in which the format is found
BLOCK = 2**18  # bytes, and …
CELLS = 2_000  # … cells between two questions whether to go on; more are slower, and hold up other threads


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """What is in a file, before anybody chose what to learn.

    Attributes
    ----------
    rows : int
        Rows that were read and have as many cells as there are columns.
    head : tuple of tuple of str
        The first rows as they stand in the file.
    cut : str
        Where reading ended if the file goes on, as a sentence; empty if it was read whole.
    warnings : tuple of str
        A sentence for everything that is not as it should be, `cut` first.
    """

    name: str
    format: Format
    columns: tuple[Column, ...]
    rows: int
    head: tuple[tuple[str, ...], ...]
    cut: str
    warnings: tuple[str, ...]


def read_csv(
    path: Path,
    *,
    delimiter: str | None = None,
    decimal: str | None = None,
    header: bool | None = None,
    tell: Callable[[float], None] = lambda share: None,
    stop: Callable[[], bool] = lambda: False,
    most_rows: int = MOST_ROWS,
    most_bytes: int = MOST_BYTES,
) -> Preview:
    """Read a table of numbers and texts, or the beginning of a longer one.

    Parameters
    ----------
    delimiter, decimal, header
        What separates cells and marks decimals, and whether the first row names the columns; found out if not given.
    tell
        Is told the share of the work that is done.
    stop
        Is asked every few milliseconds whether to give up.

    Raises
    ------
    ValueError
        One sentence: the file cannot be read, or is no table.
    Stopped
        If `stop` said so.
    """
    if delimiter not in (None, *DELIMITERS) or decimal not in (None, ".", ",") or (delimiter == decimal == ","):
        raise ValueError("Cells are separated by a comma, semicolon, tab or pipe, and decimals marked by a point or, "
                         "where cells are not separated by it, a comma; choose such a pair.")  # fmt: skip
    text = read_text(path, stop, most_bytes)
    end = text.content.rfind(b"\n", 0, SAMPLE) + 1 or text.content.find(b"\n", SAMPLE, LONGEST_LINE) + 1 or SAMPLE
    sample = text.content if len(text.content) <= SAMPLE else text.content[:end]
    format = found(sample.decode(text.codec, "replace"), delimiter, decimal, header)
    if format.width > MOST_COLUMNS:
        raise ValueError(f"'{text.name}' has {format.width:,} columns, more than {MOST_COLUMNS}; leave some out.")
    return _Reader(text, format, tell, stop, most_rows).preview()


class _Reader:
    """Reading of one file."""

    def __init__(self, text: Text, format: Format, tell: Callable[[float], None], stop: Callable[[], bool],
                 most_rows: int) -> None:  # fmt: skip
        self._text, self._format, self._tell, self._stop, self._most = text, format, tell, stop, most_rows
        self._rows = csv.reader(self._lines(), delimiter=format.delimiter, skipinitialspace=True, strict=True)
        self._collectors = [Collector(format.decimal) for _ in range(format.width)]
        self._count = self._ragged = self._first_ragged = self._at = self._line = 0
        self._head: tuple[tuple[str, ...], ...] = ()

    def preview(self) -> Preview:
        """Read everything."""
        text, width = self._text, self._format.width
        header = self._header() if self._format.header else None
        while self._count < self._most and self._batch(min(self._most - self._count, max(1, CELLS // max(width, 1)))):
            pass
        cut = ""
        more = self._count == self._most and any(self._next(1)[0])
        if more or text.cut:
            share = text.share * self._at / len(text.content)
            limit = f"{self._most:,} rows" if more else f"{len(text.content) / 2**20:.0f} MiB"
            cut = (f"'{text.name}' goes on after the first {limit}: these {self._count:,} rows, about "
                   f"{max(1, round(100 * share))} % of it, are a sample.")  # fmt: skip
        if self._ragged > self._count:
            raise ValueError(f"'{text.name}' is no table: {self._ragged:,} of {self._ragged + self._count:,} rows have "
                             f"not {width} cells, the first in line {self._first_ragged:,}.")  # fmt: skip
        if not self._count:
            only = "only a header" if self._format.header else "no row"
            raise ValueError(f"'{text.name}' has {only}; choose a file with a row for each example.")
        warnings = [*text.remarks, *self._remarks(header)]
        columns = []
        for name, collector in zip(_names(header, width), self._collectors, strict=True):
            if self._stop():
                raise Stopped
            columns.append(collector.finished(name))
            warnings += columns[-1].warnings
        return Preview(text.name, self._format, tuple(columns), self._count, self._head, cut,
                       tuple([cut, *warnings] if cut else warnings))  # fmt: skip

    def _remarks(self, header: list[str] | None) -> Iterator[str]:
        name, width = self._text.name, self._format.width
        if header is not None and len(header) != width:
            yield (f"The header of '{name}' has {len(header)} names for {width} columns, so the columns are numbered.")
        if self._ragged:
            rows = "1 row has" if self._ragged == 1 else f"{self._ragged:,} rows have"
            yield (f"{rows} another number of cells than {width} and {'is' if self._ragged == 1 else 'are'} left out, "
                   f"the first in line {self._first_ragged:,}.")  # fmt: skip
        if self._format.doubt:
            yield (f"'{self._format.doubt}' may be a decimal number or thousands, so it counts as text; say which mark "
                   "is for decimals, or remove it.")  # fmt: skip

    def _header(self) -> list[str]:
        while True:
            rows, _ = self._next(1)
            if not rows:
                raise ValueError(f"'{self._text.name}' is empty; choose a file with a row for each example.")
            if any(cell.strip() for cell in rows[0]):
                return rows[0]

    def _batch(self, most: int) -> bool:
        """Take some rows; return whether there were any."""
        rows, lines = self._next(most)
        if not rows:
            return False
        width = self._format.width
        if any(len(row) != width for row in rows):
            ends = [(row, line) for row, line in zip(rows, lines, strict=True) if any(cell.strip() for cell in row)]
            odd = [line for row, line in ends if len(row) != width]
            if odd:
                self._first_ragged = self._first_ragged or odd[0]
                self._ragged += len(odd)
            ends = [(row, line) for row, line in ends if len(row) == width]
            rows, lines = [row for row, _ in ends], [line for _, line in ends]
        if rows:
            self._count += len(rows)
            for row in rows[: HEAD - len(self._head)]:
                self._head = (*self._head, tuple(shown(cell) for cell in row))
            for collector, cells in zip(self._collectors, zip(*rows, strict=True), strict=True):
                collector.add(cells, lines)
        return True

    def _next(self, most: int) -> tuple[list[list[str]], list[int]]:
        """Return up to `most` rows and the line in which each ends."""
        rows: list[list[str]] = []
        lines: list[int] = []
        if self._stop():
            raise Stopped
        reader = self._rows
        try:
            for row in islice(reader, most):
                rows.append(row)
                lines.append(reader.line_num)
        except csv.Error as error:
            raised, begun = str(error), (lines[-1] if lines else self._line) + 1
            if "unexpected end" in raised and self._text.cut:
                return rows, lines  # a quoted cell that goes on beyond the cut
            if "unexpected end" in raised:
                words = f"a quote in the row that begins in line {begun:,} is never closed"
            elif "limit" in raised:
                words = (f"the row that begins in line {begun:,} has a cell of more than {csv.field_size_limit():,} "
                         "characters, maybe a quote that is not closed")  # fmt: skip
            else:
                words = f"in line {reader.line_num:,} a quoted cell goes on after its closing quote"
            raise ValueError(f"'{self._text.name}' is damaged: {words}; correct it there.") from error
        self._line = reader.line_num
        return rows, lines

    def _lines(self) -> Iterator[str]:
        r"""Yield line by line, ended by \n alone."""
        content, start = self._text.content, 0
        while start < len(content):
            if self._stop():
                raise Stopped
            self._tell(max(start / len(content), self._count / self._most))
            self._at = end = (content.rfind(b"\n", start, start + BLOCK) + 1 or content.find(b"\n", start + BLOCK) + 1
                              or len(content))  # fmt: skip
            if end - start > LONGEST_LINE:
                line = content.count(b"\n", 0, start) + 1
                raise ValueError(
                    f"'{self._text.name}' is no table: line {line:,} is longer than {LONGEST_LINE:,} bytes."
                )
            yield from io.StringIO(content[start:end].decode(self._text.codec))
            start = end


def _names(header: list[str] | None, width: int) -> list[str]:
    """Return a name for each column, all different."""
    given = header if header is not None and len(header) == width else [""] * width
    names: dict[str, None] = {}
    for number, cell in enumerate(given, 1):
        name = wanted = shown(cell, LONGEST_NAME) or f"column {number}"
        count = 1
        while name in names:
            count += 1
            name = f"{wanted} ({count})"
        names[name] = None
    return list(names)
